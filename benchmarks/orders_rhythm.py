"""The next order by each customer's own pace, against the median of the own gaps and one wait for everybody.

Run it: python benchmarks/orders_rhythm.py
"""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa

from clustera import features
from clustera.days import day_number
from clustera.engines import Engine
from clustera.features.catalog import QUARTER
from clustera.records import Orders
from orders_usefulness import cdnow, complete_journey


def by_median_gap(orders: Orders, cut: int) -> float:
    """Mean days between the expected and the actual order when the median of the own gaps is expected."""
    expected = features.order_rhythm(orders, as_of=cut).arrow().to_pandas().set_index("customer_id")
    later: pa.Table = orders.rows.query(
        "select cast(customer_id as varchar) as customer_id, min(day) as back from {rows} "
        f"where kind = 'sale' and day > {cut} and day <= {cut + QUARTER} group by customer_id"
    )
    back = later.to_pandas().set_index("customer_id")["back"]
    known = expected.dropna(subset=["typical_gap"]).join(back, how="inner")
    return float(np.abs(known.back - np.maximum(known.last_day + known.typical_gap, cut + 1)).mean())


def main() -> None:
    cuts = {"Complete Journey": "2017-09-30", "CDNOW": "1997-09-30"}
    print("| log, day | own rate | median of own gaps | one wait for all | overdue | of them ordered | others |")
    print("|---|---|---|---|---|---|---|")
    with Engine(threads=1) as engine:
        for name, orders in (("Complete Journey", complete_journey(engine)), ("CDNOW", cdnow(engine))):
            cut = day_number(datetime.date.fromisoformat(cuts[name]))
            risk = features.overdue_customers(orders, as_of=cut + QUARTER)
            then = (
                features.order_rhythm(orders, as_of=cut).query("select sum(overdue) as n from {rows}")["n"][0].as_py()
            )
            print(
                f"| {name}, {cuts[name]} | {risk.error:.1f} | {by_median_gap(orders, cut):.1f} | {risk.error_same:.1f} | "
                f"{int(then):,} | {risk.returned:.0%} | {risk.returned_others:.0%} |"
            )


if __name__ == "__main__":
    main()
