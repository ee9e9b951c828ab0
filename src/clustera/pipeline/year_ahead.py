"""The forecast of 12 months beside the last 12 months: how much of the difference comes from customers not expected back."""

from __future__ import annotations

from clustera import features
from clustera.days import QUARTER, YEAR, sales_days
from clustera.engines import Rows, exact_sum_sql
from clustera.pipeline.sources import Log
from clustera.records import LifetimeValue, YearAhead

EVEN = 0.5  # chance to order again, below which a customer is not expected back
MONTHS = 12


def compare_years(customers: Rows, log: Log, value: LifetimeValue) -> YearAhead | None:
    """What customers spent in the last 12 months and are expected to spend in the next, those not expected back apart.

    Args:
        customers: sales_12_months, value, probability_alive, id.
        log: Their orders, and the snapshot date.
        value: Their forecast.

    Returns:
        None where the log covers less than 12 months, or the forecast is not of sales in 12 months.
    """
    covered, days = log.as_of - log.orders.first_day + 1, sales_days(log.orders.first_day, log.as_of)
    if covered <= YEAR or (value.horizon_months, value.margin, value.monthly_discount) != (MONTHS, 1.0, 0.0):
        return None
    # Who bought before the log begins, nobody can tell: the first quarter of a log tells no new customers.
    newest = log.as_of - days if covered >= days + QUARTER else None
    first = features.first_purchases(log.orders, as_of=log.as_of)
    gone, new = f"probability_alive < {EVEN}", "false" if newest is None else f"first_day > {newest}"
    ((sales, expected, leaving, left_sales, left_expected, new_sales),) = (
        row.values()
        for row in customers.select(
            "select c.sales_12_months as sales, c.value, c.probability_alive, f.first_day from {rows} c "
            "left join {first} f on cast(f.customer_id as varchar) = c.id",
            first=first,
        )
        .query(
            f"select {exact_sum_sql('sales')}, {exact_sum_sql('value')}, count(*) filter ({gone}), "
            f"{exact_sum_sql('sales', gone)}, {exact_sum_sql('value', gone)}, {exact_sum_sql('sales', new)} from {{rows}}"
        )
        .to_pylist()
    )
    return YearAhead(
        sales=sales or 0.0,
        expected=expected or 0.0,
        leaving=leaving,
        leaving_sales=left_sales or 0.0,
        leaving_expected=left_expected or 0.0,
        new_sales=None if newest is None else new_sales or 0.0,
    )
