"""What is settled before a log's lines are counted: whole orders, customers, statuses, money paid back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clustera.engines import Rows, literal
from clustera.features.buyers import Buyers, buyer_findings, named_buyers
from clustera.features.line_values import LineValues
from clustera.features.options import OrderOptions
from clustera.features.order_findings import AsideReason, refund_finding
from clustera.features.statuses import MOST_SHOWN, status_finding, status_values, unpaid_sql
from clustera.features.totals import (
    OrderTotals,
    is_of_orders,
    is_refund_of_orders,
    order_totals,
    over_midnight,
    share_totals,
)
from clustera.records import MARKED_LINES, Finding

_OF_THE_ORDER = ("customer_id", "day", "currency", "channel", "store", "_email")


@dataclass(frozen=True, slots=True)
class SettledLines:
    """The lines with what was settled, and what is to be told of it once the money is counted.

    `lines` has, where it applies, `_unreadable`, `_header`, `_unpaid` and `_nobody` (whether the line is left out for that) and `_back`
    (money paid back, taken off `amount` already).
    """

    lines: Rows
    values: LineValues
    filled: int  # lines that took a cell from another line of their order
    totals: OrderTotals | None
    buyers: Buyers
    unknown: frozenset[str]  # values of the status that say nothing of the payment
    amount_name: str

    def findings(self, lines: Rows, aside: Sequence[AsideReason], of: int, currency: str) -> list[Finding]:
        """What was settled, as findings.

        Args:
            lines: With amounts as they are counted and `_code`, why a line can't be used.
            aside: What is left out, by reason.
            of: Lines of the log.
            currency: Empty where the log names none.
        """
        found = [self.totals.finding(of, self.amount_name, currency)] if self.totals else []
        if self.filled:
            found.append(Finding.counted("order-cells", "note", self.filled, of))
        if "_unpaid" in lines.columns:
            values = status_values(lines, self.values.statuses, self.unknown)
            found += status_finding(values, self.values.statuses, of, currency)
        if "_back" in lines.columns:
            back = lines.query(
                "select count(*) filter (where _back > 0) as n, coalesce(sum(_back), 0) as money from {rows} "
                "where _code is null or _code in ('refunded', 'after-snapshot')"
            ).to_pylist()[0]
            found += refund_finding(int(back["n"]), float(back["money"]), of, currency)
        left = ((part.lines, float(part.money)) for part in aside if part.code == "placeholder-customer")
        return found + buyer_findings(self.buyers, of, next(left, (0, 0.0)), currency)

    def statuses_shown(self) -> str:
        """The columns that say what was paid, with their values."""
        columns = (
            (name, self.lines.query(f"select distinct _status_{at} as v from {{rows}} order by v limit {MOST_SHOWN}"))
            for at, name in enumerate(self.values.statuses)
        )
        shown = (
            f"{name!r} holds {', '.join(map(str, filter(None, found['v'].to_pylist())))}." for name, found in columns
        )
        return " ".join(shown)


def settled_lines(values: LineValues, rows: Rows, options: OrderOptions, copies: Rows | None) -> SettledLines:
    """Settle what a line can't say by itself.

    Args:
        values: The lines as values.
        rows: The log as read.
        options: What the caller says.
        copies: `_row` of lines that repeat others.
    """
    lines, filled = _with_no_orders(values, rows), 0
    name = next((column.name for column in values.columns if column.role == "amount"), "amount")
    totals = None
    if "order_id" in lines.columns:
        lines, filled = _filled_within_orders(lines)
        lines = over_midnight(lines)
        totals = order_totals(lines) if any(column.role == "amount" for column in values.columns) else None
        if totals:
            beside = [name for name in ("discount", "_refund") if name in lines.columns and is_of_orders(lines, name)]
            lines = share_totals(lines, ["amount", *beside], copies=copies)
        elif "_refund" in lines.columns and is_refund_of_orders(lines):
            lines = share_totals(_worth_their_amount(lines), ["_refund"], copies=copies)
    buyers = named_buyers(lines, options)
    lines, unknown = _with_payment(buyers.lines, values, options)
    if not buyers.nobody:
        lines = lines.select("select * exclude (_nobody) from {rows}")
    return SettledLines(lines, values, filled, totals, buyers, unknown, name)


def _worth_their_amount(lines: Rows) -> Rows:
    rest = "* exclude (_worth)" if "_worth" in lines.columns else "*"
    return lines.select(f"select {rest}, amount as _worth from {{rows}}")


def _with_no_orders(values: LineValues, rows: Rows) -> Rows:
    """Add `_cut`, `_other_names`, `_unreadable` and `_header` where a line is cut off, below other names, has more cells than columns, or repeats the column names."""
    lines = values.lines
    beyond = "_extra" in rows.columns
    tests = {
        "_cut": f'"_extra" = {literal(MARKED_LINES["cut-off"])}' if beyond else "",
        "_other_names": f'"_extra" = {literal(MARKED_LINES["other-names"])}' if beyond else "",
        "_unreadable": '"_extra" is not null' if beyond else "",
        "_header": values.header,
    }
    for name, test in tests.items():
        found = rows.select(f"select _row from {{rows}} where {test}").keep() if test else None
        if found and found.count():
            lines = lines.select(f"select *, _row in (select _row from {found.name}) as {name} from {{rows}}")
    return lines


def _filled_within_orders(lines: Rows) -> tuple[Rows, int]:
    """Cells that all lines of an order share, and that exports write on its first line only."""
    columns = [name for name in lines.columns if name in _OF_THE_ORDER or name.startswith("_status_")]
    counts = lines.query(
        f"select count(order_id) as n, {', '.join(f'count({name}) as {name}' for name in columns)} from {{rows}}"
    )
    of = counts.to_pylist()[0]
    blank = [name for name in columns if 0 < of[name] < of["n"]]
    if not blank:
        return lines, 0
    own = ", ".join(f"min({name}) as least_{at}, max({name}) as most_{at}" for at, name in enumerate(blank))
    orders = lines.select(
        f"select order_id, {own} from {{rows}} where order_id is not null group by order_id having count(*) > 1"
    ).keep()
    # What differs within an order, such as the status of its lines, is each line's own.
    same = [at for at in range(len(blank)) if not orders.has(f"least_{at} <> most_{at}")]
    if not same:
        return lines, 0
    lacks = " or ".join(f"(l.{blank[at]} is null and o.least_{at} is not null)" for at in same)
    cells = ", ".join(f"coalesce(l.{blank[at]}, o.least_{at}) as {blank[at]}" for at in same)
    joined = lines.engine.view(
        f"select l.* replace ({cells}), coalesce({lacks}, false) as _taken from {lines.name} l "
        f"left join {orders.name} o on o.order_id = l.order_id order by l._row"
    ).keep()
    taken = joined.count("_taken")
    if not taken:
        return lines, 0
    return joined.select("select * exclude (_taken) from {rows}"), taken


def _with_payment(lines: Rows, values: LineValues, options: OrderOptions) -> tuple[Rows, frozenset[str]]:
    """Add `_unpaid` where the log has a status, and take money paid back off the amounts of orders that count."""
    unknown: frozenset[str] = frozenset()
    if values.statuses:
        unpaid, unknown = unpaid_sql(lines, values.statuses, options)
        lines = lines.select(f"select *, coalesce({unpaid or 'false'}, false) as _unpaid from {{rows}}")
    if "_refund" in lines.columns:
        back = "case when _unpaid then 0 else _refund end" if values.statuses else "_refund"
        lines = lines.select(
            f"select * exclude (_refund) replace (amount - {back} as amount), cast({back} as decimal(18,4)) as _back from {{rows}}"
        )
    return lines, unknown
