"""Whose segment is another one than before: how many stand on a border, and what they spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clustera.days import sales_days
from clustera.engines import Rows, exact_sum_sql
from clustera.pipeline.assigning import sales_at_risk
from clustera.pipeline.sources import Log
from clustera.records import Call, Movers, Outcome

CALLS = 6  # customers of each of the two lists, to call and to write to, who stand in the report
_OF_CALLS = ("sales_3_months", "earlier_sales_3_months", "usual_gap")  # columns that runs of older versions lack


def summarize_movers(customers: Rows, ranking: Sequence[int], log: Log | None) -> Movers | None:
    """The customers who moved, from the best segment above all; None where nobody's earlier segment is known.

    Args:
        customers: id, segment, borderline and, where it is known, segment_before.
        ranking: Segments by what a customer brings, most first; empty where that is not known on both days.
        log: The orders and the snapshot date, where there are orders.
    """
    if "segment_before" not in customers.columns:
        return None
    places = f"case {{}} {' '.join(f'when {segment} then {at}' for at, segment in enumerate(ranking))} end"
    now, then = (places.format(name) if ranking else "null" for name in ("segment", "segment_before"))
    spent = customers
    if log is not None:
        orders, days = log.orders.rows, sales_days(log.orders.first_day, log.as_of)
        spent = customers.select(
            "select c.*, coalesce(o.spent, 0) as spent from {rows} c left join (select cast(customer_id as varchar) as id, "
            f"sum(amount) as spent from {{orders}} where day > {log.as_of - days} and day <= {log.as_of} group by 1) o "
            "on o.id = c.id",
            orders=orders,
        )
    money = "spent" if log is not None else "cast(null as double)"
    row = spent.query(
        f"select count(*) filter (where moved) as moved, count(*) filter (where moved and borderline) as borderline, "
        f"{exact_sum_sql('money', 'now < earlier')} as up_money, {exact_sum_sql('money', 'now > earlier')} as down_money, "
        "count(*) filter (where earlier = 0) as best, count(*) filter (where earlier = 0 and now > 0) as fell, "
        f"{exact_sum_sql('money', 'earlier = 0 and now > 0')} as fell_money from (select borderline, {money} as money, "
        f"cast({now} as integer) as now, cast({then} as integer) as earlier, segment <> segment_before as moved from {{rows}} "
        "where segment_before is not null)"
    ).to_pylist()[0]
    return Movers(
        customers=row["moved"],
        borderline=row["borderline"],
        best=ranking[0] if ranking else None,
        best_before=row["best"],
        fell=row["fell"],
        fell_money=row["fell_money"],
        up_money=row["up_money"],
        down_money=row["down_money"],
    )


def with_fallen_actions(movers: Movers | None, customers: Rows) -> Movers | None:
    """The same, with what those get who left the segment with the highest sales per customer, the most frequent first.

    Args:
        movers: As `summarize_movers` returns it.
        customers: segment, segment_before and action_code.
    """
    if movers is None or movers.best is None or not movers.fell:
        return movers
    counted = customers.query(
        "select action_code, count(*) as n from {rows} "
        f"where segment_before = {movers.best} and segment <> {movers.best} group by 1 order by n desc, 1"
    ).to_pylist()
    told = tuple((row["action_code"], int(row["n"])) for row in counted if row["action_code"])
    return replace(movers, fell_actions=told)


def first_to_call(customers: Rows, outcome: Outcome) -> tuple[Call, ...]:
    """The first customers to call, then the first to write to, of whom less is expected than before.

    Of an id that is an e-mail address, its ends alone. Without a forecast, nobody is left out.

    Args:
        customers: id, segment, action_code and, with orders, contact_order, last_order and what is known of sales and pace.
        outcome: The forecast and the snapshot date of the orders.
    """
    if "contact_order" not in customers.columns or outcome.behavior is None:
        return ()
    as_of = outcome.behavior.as_of
    known = {name: name if name in customers.columns else "null" for name in _OF_CALLS}
    known["contact_by"] = "contact_by" if "contact_by" in customers.columns else "case when overdue then 'call' end"
    known["at_risk"] = sales_at_risk(customers, outcome) or "null"
    told = ", ".join(f"{sql} as {name}" for name, sql in known.items())
    rows = customers.query(
        f"select id, sales_12_months, segment, action_code, {as_of} - (last_order - date '1970-01-01') as silence, {told}, "
        "contact_order from {rows} where contact_order is not null "
        f"and coalesce(round({known['at_risk']}, 2) > 0, true) "
        f"qualify row_number() over (partition by {known['contact_by']} order by contact_order) <= {CALLS} order by contact_order"
    ).to_pylist()
    return tuple(
        Call(
            shortened_address(str(row["id"])),
            float(row["sales_12_months"]),
            int(row["segment"]),
            row["action_code"],
            float(row["sales_3_months"] or 0.0),
            row["earlier_sales_3_months"],
            int(row["silence"]),
            row["usual_gap"],
            int(row["contact_order"]),
            row["contact_by"] == "call",
            row["at_risk"],
        )
        for row in rows
    )


def shortened_address(customer: str) -> str:
    """An id as a report shows it: of an e-mail address, who it is of can be told by its owner's company only.

    >>> shortened_address("ann.example@shop.example"), shortened_address("ab@shop.example"), shortened_address("C17")
    ('ann…@shop.example', 'a…@shop.example', 'C17')
    """
    name, at, host = customer.rpartition("@")
    return f"{name[: max(1, min(3, len(name) // 2))]}…@{host}" if at else customer
