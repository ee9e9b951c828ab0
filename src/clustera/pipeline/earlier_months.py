"""Whether a later log holds of the earlier months, and of their customers, what the log of the earlier run did."""

from __future__ import annotations

from collections import defaultdict

from clustera.days import to_date
from clustera.engines import exact_sum_sql
from clustera.features import feature_catalog, may_be_one_currency
from clustera.pipeline.keeping import Earlier
from clustera.pipeline.sources import Log
from clustera.records import Finding

DIFFERENT = 0.05  # of a month's sales, or of a usual month's where that is more
VERY_DIFFERENT = 0.2  # likewise, from which it is a warning
MOST_TOLD = 3  # months
OTHERS = 0.5  # of the customers whom both runs know, from which ids seem to be those of other customers


def earlier_months_findings(log: Log, earlier: Earlier | None) -> tuple[Finding, ...]:
    """What is said where no time has passed since the earlier run, or where months or customers that it knew are others now.

    Months count from the first that both logs have whole, up to the day of the earlier run.

    Args:
        log: The orders, and the snapshot date.
        earlier: The run.
    """
    if earlier is None or earlier.as_of is None:
        return ()
    findings: list[Finding] = []
    if log.as_of == earlier.as_of:
        day = str(to_date(log.as_of))
        findings.append(Finding("no-time-passed", "note", values={"day": day, "earlier": earlier.label}))
    known = {feature.name for feature in feature_catalog()}
    of_orders = known.issuperset(feature.name for feature in earlier.model.preparation.features)
    if earlier.months and of_orders and may_be_one_currency(log.orders.money.currency, earlier.currency):
        findings += _other_sales(log, earlier, earlier.as_of)
    if all(finding.severity == "note" for finding in findings):  # a month that is missing changes last orders too
        findings += _other_customers(log, earlier, earlier.as_of)
    return tuple(findings)


def _other_customers(log: Log, earlier: Earlier, until: int) -> list[Finding]:
    """A warning where most ids that both know ordered last on another day than then; two days beside each other are one, as zones differ."""
    if earlier.customers is None or "last_order" not in earlier.customers.column_names:
        return []
    then = log.orders.rows.engine.arrow(earlier.customers.select(["id", "last_order"]))
    [row] = log.orders.rows.query(
        "with now as (select cast(customer_id as varchar) as id, max(day) as last from {rows} "
        f"where kind = 'sale' and day <= {until} group by all) "
        "select count(*) as of, count(case when abs(n.last - (t.last_order - date '1970-01-01')) > 1 then 1 end) as count "
        "from now n join {then} t on cast(t.id as varchar) = n.id where t.last_order is not null",
        then=then,
    ).to_pylist()
    if row["count"] < OTHERS * row["of"] or not row["count"]:
        return []
    return [
        Finding.counted(
            "other-customers-then",
            "warning",
            row["count"],
            row["of"],
            of=row["of"],
            day=str(to_date(until)),
            earlier=earlier.label,
        )
    ]


def _other_sales(log: Log, earlier: Earlier, until: int) -> list[Finding]:
    totals = log.orders.rows.query(
        f"select strftime(date '1970-01-01' + day, '%Y-%m') as month, {exact_sum_sql('amount')} as sales from {{rows}} "
        f"where day <= {until} group by month"
    ).to_pylist()
    now = {row["month"]: float(row["sales"]) for row in totals}
    then: dict[str, float] = defaultdict(float)
    for part in earlier.months:
        then[part.month] += part.revenue
    begun = f"{to_date(max(log.orders.first_day, earlier.first_day)):%Y-%m}"
    whole = log.orders.first_day == earlier.first_day
    months = sorted(month for month in {*now, *then} if month > begun or (whole and month == begun))
    if not now or not months:
        return []
    before = {month: then[month] for month in months}
    usual = sum(before.values()) / len(months)
    off = {month: abs(now.get(month, 0.0) - before[month]) / max(before[month], usual, 0.01) for month in months}
    told = sorted((month for month in months if off[month] >= DIFFERENT), key=lambda month: -off[month])
    if not told:
        return []
    shown = tuple(
        {"month": month, "then": before[month], "now": now.get(month, 0.0)} for month in sorted(told[:MOST_TOLD])
    )
    return [
        Finding(
            "other-sales-then",
            "warning" if off[told[0]] >= VERY_DIFFERENT else "note",
            count=len(told),
            values={
                "of": len(months),
                "day": str(to_date(until)),
                "earlier": earlier.label,
                "months": shown,
                "further": len(told) - len(shown),
            },
        )
    ]
