"""Amounts of a whole order that stand on its lines: counted once, and shared among the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clustera.engines import Rows
from clustera.records import Finding

MOSTLY = 0.95  # share of the orders with several lines that must bear it out
FEW, CHANCE_OF_FEW, CHANCE = 5, 0.1, 0.5  # with fewer such orders, equal amounts must be rarer elsewhere
# Numbers of orders may begin again with a shop or a year, what is paid on several days, such as installments, is no total that is
# repeated, and money given back is a line of its own beside the order's.
_ORDER = "order_id, customer_id, day, coalesce(amount < 0, false)"
# One order of so many is looked at first: enough of those, and so few of them of one amount, that MOSTLY can't be.
GLANCE, ENOUGH_ORDERS, PLAINLY_FEW = 64, 1_000, 0.9
HOUR = 3600  # seconds: lines of an order on both sides of midnight that lie no farther apart were written together


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """What was found of amounts that are those of the whole order."""

    orders: int  # with several lines
    lines: int  # of these orders
    repeated: float  # money that the lines repeat
    blank: int  # lines that leave the amount to another one
    priced: bool  # whether prices say how to share

    def finding(self, lines: int, name: str, currency: str) -> Finding:
        """The finding that tells it."""
        return Finding.counted(
            "order-totals",
            "note",
            self.lines,
            lines,
            column=name,
            orders=self.orders,
            how="price" if self.priced else "even",
            repeated=self.repeated,
            currency=currency,
        )


def over_midnight(lines: Rows) -> Rows:
    """The lines, with `_begun` where some orders were written over midnight: the day on which the line's order began."""
    if "_clock" not in lines.columns or "order_id" not in lines.columns:
        return lines
    second = "_clock" if lines.columns["_clock"] == "INTEGER" else "epoch(try_cast(_clock as time))"
    near = lines.select(
        f"select order_id, customer_id, day, min({second}) as first, max({second}) as last from {{rows}} "
        f"where order_id is not null and day is not null and ({second} <= {HOUR} or {second} >= {23 * HOUR}) "
        "group by order_id, customer_id, day"
    ).keep()
    over = near.select(
        "select a.order_id, a.customer_id, a.day as begun from {rows} a join {rows} b on a.order_id = b.order_id "
        f"and a.customer_id is not distinct from b.customer_id and b.day = a.day + 1 and b.first + {24 * HOUR} - a.last <= {HOUR}"
    ).keep()
    if not over.count():
        return lines
    orders = lines.select(
        "select l.order_id, l.customer_id, any_value(o.begun) as begun from {rows} l join {over} o on l.order_id = o.order_id "
        "and l.customer_id is not distinct from o.customer_id where l.day is not null "
        "group by l.order_id, l.customer_id having count(distinct l.day) = 2",
        over=over,
    ).keep()
    if not orders.count():
        return lines
    return lines.select(
        "select l.*, coalesce(o.begun, l.day) as _begun from {rows} l left join {orders} o "
        "on l.order_id = o.order_id and l.customer_id is not distinct from o.customer_id order by l._row",
        orders=orders,
    ).keep()


def _lines_of_order(lines: Rows) -> str:
    """SQL for what lines of one order share."""
    return _ORDER.replace("day", "_begun") if "_begun" in lines.columns else _ORDER


def order_totals(lines: Rows) -> OrderTotals | None:
    """Whether `amount` is that of the whole order; None where it is the line's own, or no order has several lines.

    Args:
        lines: `order_id`, `customer_id`, `day`, `amount` and, where the log has prices, `_worth` (price times quantity).
    """
    if "order_id" not in lines.columns:
        return None
    priced = "_worth" in lines.columns
    same = "count(*) filter (where abs(_worth - amount) < 0.005)" if priced else "0"
    key = _lines_of_order(lines)
    orders = lines.select(
        f"select hash({key}) as drawn, count(*) as n, count(amount) as c, min(amount) as least, max(amount) as most, "
        f"{same} as same, sum(amount) as money from {{rows}} "
        f"where order_id is not null group by {key} having count(*) > 1"
    )
    whole = "c > 0 and least = most and (c = n or c = 1)"
    some, alike = orders.value(
        f"select [count(*), count(*) filter (where {whole})] from {{rows}} where drawn <= {(2**64 - 1) // GLANCE} and c > 0"
    )
    if some >= ENOUGH_ORDERS and alike < PLAINLY_FEW * some:
        return None
    seen = orders.query(
        f"select count(*) filter (where c > 0) as several, count(*) filter (where {whole}) as whole, sum(n) filter (where {whole}) as lines, "
        f"sum(case when {whole} then same end) as same, sum(c) filter (where {whole}) as amounts, "
        f"sum(case when {whole} then n - c end) as blank, sum(case when {whole} then money - most end) as repeated "
        "from {rows}"
    ).to_pylist()[0]
    found = {name: float(value or 0) for name, value in seen.items()}
    if found["whole"] < 2 or found["whole"] < MOSTLY * found["several"]:
        return None
    if priced and found["same"] > 0.5 * found["amounts"]:
        return None
    if not found["blank"]:
        chance = orders.value(
            "select sum(k * (k - 1)) / (sum(k) * (sum(k) - 1)) as p "
            f"from (select count(*) as k from {{rows}} where {whole} group by most)"
        )
        # How often two orders have one amount: where they often do, equal lines say little.
        if chance > (CHANCE_OF_FEW if found["whole"] < FEW else CHANCE):
            return None
    whole_orders, blank, of = int(found["whole"]), int(found["blank"]), int(found["lines"])
    return OrderTotals(whole_orders, of, found["repeated"], blank, priced)


def is_refund_of_orders(lines: Rows) -> bool:
    """Whether `_refund` is that of the whole order, written on each of its lines, though their amounts are their own.

    Args:
        lines: `order_id`, `customer_id`, `day`, `amount` and `_refund`.
    """
    seen = lines.query(
        "select count(*) as several, count(*) filter (where whole) as whole, sum(n) filter (where whole) as lines, "
        "sum(same) filter (where whole) as same from (select count(*) as n, min(_refund) = max(_refund) as whole, "
        "count(*) filter (where abs(_refund - amount) < 0.005) as same from {rows} where order_id is not null "
        f"group by {_lines_of_order(lines)} having count(*) > 1 and max(_refund) > 0)"
    ).to_pylist()[0]
    found = {name: float(value or 0) for name, value in seen.items()}
    # A line that is paid back in full has its own amount there.
    return found["whole"] > 1 and found["whole"] >= MOSTLY * found["several"] and found["same"] <= 0.5 * found["lines"]


def is_of_orders(lines: Rows, column: str) -> bool:
    """Whether further money beside totals of whole orders is the order's too: the same on all its lines, or on one."""
    seen = lines.query(
        "select count(*) as several, count(*) filter (where least = most and (c = n or c = 1)) as whole from (select count(*) as n, "
        f"count(x) as c, min(x) as least, max(x) as most from (select *, nullif({column}, 0) as x from {{rows}}) "
        f"where order_id is not null group by {_lines_of_order(lines)} having count(*) > 1 and count(x) > 0)"
    ).to_pylist()[0]
    return bool(seen["whole"] >= MOSTLY * seen["several"])


def share_totals(lines: Rows, columns: Sequence[str], *, copies: Rows | None) -> Rows:
    """The lines, with each order's total counted once: shared among its lines by what they are worth, to the cent.

    Args:
        lines: `order_id`, `customer_id`, `day`, `amount`, the columns and perhaps `_worth`.
        columns: Amounts of the whole order.
        copies: `_row` of lines that repeat others; they get nothing.
    """
    worth = "coalesce(greatest(_worth, 0), 0)" if "_worth" in lines.columns else "1"
    copied = f"_row in (select _row from {copies.name})" if copies else "false"
    weighed = lines.select(
        f"select *, cast(case when {copied} then 0 else {worth} end as decimal(18,4)) as _weight, "
        f"cast(case when {copied} then 0 else 1 end as decimal(18,4)) as _one from {{rows}}"
    )
    order = f"partition by {_lines_of_order(lines)}"
    running = f"{order} order by _row rows between unbounded preceding and current row"
    weighed = weighed.select(
        f"select * replace (case when sum(_weight) over ({order}) > 0 then _weight else _one end as _weight) from {{rows}}"
    )
    weighed = weighed.select(
        f"select *, sum(_weight) over ({order}) as _all, sum(_weight) over ({running}) as _upto from {{rows}}"
    )
    cells = ", ".join(f"{_share_of_total_sql(column, order)} as {column}" for column in columns)
    return weighed.select(f"select * exclude (_weight, _one, _all, _upto) replace ({cells}) from {{rows}}").keep()


def _share_of_total_sql(column: str, order: str) -> str:
    """A line's part of its order's total; parts add up to it, since each ends where the next one begins."""
    total = f"try_cast(max({column}) over ({order}) as decimal(18,4))"

    def up_to(weight: str) -> str:
        part = f"cast(round(cast({total} as double) * cast({weight} as double) / cast(_all as double), 2) as decimal(18,4))"
        return f"case when {weight} >= _all then {total} when {weight} <= 0 then 0 else {part} end"

    return (
        f"case when order_id is null then try_cast({column} as decimal(18,4)) "
        f"when _all > 0 then ({up_to('_upto')}) - ({up_to('(_upto - _weight)')}) end"
    )
