"""From orders to what the purchase models see of a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clustera.arguments import shown_value
from clustera.days import CALENDAR_DAYS, as_day, day_number
from clustera.errors import InputError, closest
from clustera.records import Orders
from clustera.texts import format_day
from clustera.value.rows import Floats

Unit = Literal["day", "week", "month"]
DAYS: dict[Unit, float] = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}


@dataclass(frozen=True, slots=True)
class PurchaseDays:
    """Purchases: a customer's days with an order, sorted by customer and day. In memory."""

    customers: NDArray[np.object_]  # ids, sorted, (n_customers,)
    customer: NDArray[np.int64]  # index into `customers`, (n_purchases,)
    day: NDArray[np.int64]  # since 1970-01-01
    amount: Floats | None  # of the day, less returns and discounts of it, 0 or more; None without amounts

    def until(self, day: int) -> PurchaseDays:
        """What was known at the end of the day; customers keep their index."""
        seen = self.day <= day
        amount = None if self.amount is None else self.amount[seen]
        return PurchaseDays(self.customers, self.customer[seen], self.day[seen], amount)


def purchase_days(orders: pd.DataFrame) -> PurchaseDays:
    """Orders merged by customer and day: each day with an order is one purchase, whatever came back on it.

    Its amount is the sum of the day, returns and discounts (amounts below zero) deducted, and never less than 0. A day with
    nothing but returns is no purchase.

    Raises:
        InputError: a column is missing, empty in places or not a number.
    """
    orders = frame_of_orders(orders)
    day = _day_numbers(orders["day"])
    amount = _amount_numbers(orders["amount"]) if "amount" in orders.columns else None
    try:
        customer, ids = pd.factorize(orders["customer_id"], sort=True)
    except TypeError as error:
        raise InputError(f"customer_id must be texts or numbers: {error}.") from error
    if (customer < 0).any():
        raise InputError(
            f"customer_id is missing in {(customer < 0).sum():,} of {len(orders):,} orders.",
            hint="Leave these orders out.",
        )
    if not len(orders):
        return PurchaseDays(np.asarray(ids, dtype=object), customer.astype(np.int64), day, amount)
    origin = int(day.min())
    span = int(day.max()) - origin + 1
    key = customer.astype(np.int64) * span + (day - origin)
    order = np.argsort(key)
    ordered = key[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    merged, totals = ordered[first], None
    if amount is not None:
        totals = np.add.reduceat(amount[_ties_by_amount(order, first, amount)], first)
        ordered_something = np.maximum.reduceat(amount[order], first) >= 0
        merged, totals = merged[ordered_something], np.maximum(totals[ordered_something], 0.0)
    return PurchaseDays(np.asarray(ids, dtype=object), merged // span, merged % span + origin, totals)


def purchases_of_orders(orders: Orders, *, as_of: int) -> PurchaseDays:
    """The purchases of `purchase_days`, from lines in an engine, which groups and sorts them: only numbers come into memory.

    Args:
        orders: The order lines.
        as_of: The last day that counts (days since 1970-01-01).
    """
    sales = orders.rows.select(
        "select cast(customer_id as varchar) as id, day, greatest(cast(sum(amount) as double), 0) as amount from {rows} "
        f"where day <= {as_of} group by customer_id, day having bool_or(kind = 'sale')"
    ).keep()
    ids = sales.select(
        "select id, row_number() over (order by id) - 1 as place from (select distinct id from {rows})"
    ).keep()
    days = sales.select("select i.place, s.day, s.amount from {rows} s join {ids} i using (id)", ids=ids).query(
        "select cast(place as bigint) as place, cast(day as bigint) as day, amount from {rows} order by place, day"
    )
    return PurchaseDays(
        ids.query("select id from {rows} order by place")["id"].to_numpy(zero_copy_only=False),
        *(days[name].to_numpy() for name in ("place", "day", "amount")),
    )


def _ties_by_amount(order: NDArray[np.intp], first: NDArray[np.intp], amount: Floats) -> NDArray[np.intp]:
    """Orders of one customer and day sorted by amount: their sum must not depend on the order of the rows."""
    count = np.diff(first, append=len(order))
    group = np.repeat(np.arange(len(first)), count)
    tied = np.repeat(count > 1, count)
    among = order[tied]
    sorted_order = order.copy()
    sorted_order[tied] = among[np.lexsort((amount[among], group[tied]))]
    return sorted_order


def histories_until(purchases: PurchaseDays, as_of: int, unit: Unit) -> pd.DataFrame:
    """One row per customer with a purchase by the end of `as_of`; see `repeat_purchases`."""
    days = DAYS[unit]
    seen = purchases.until(as_of)
    present, index, count = np.unique(seen.customer, return_inverse=True, return_counts=True)
    first = np.cumsum(count) - count  # positions; rows are sorted by customer and day
    first_day, last_day = seen.day[first], seen.day[first + count - 1]
    frame = pd.DataFrame(
        {
            "customer_id": purchases.customers[present],
            "frequency": count - 1,
            "recency": (last_day - first_day) / days,
            "T": (as_of - first_day) / days,
        }
    )
    if seen.amount is not None:
        repeat = np.bincount(index, seen.amount, len(present)) - seen.amount[first]
        frame["monetary_value"] = np.where(count > 1, repeat / np.maximum(count - 1, 1), 0.0)
    return frame


def repeat_purchases(orders: pd.DataFrame, *, as_of: int | date | str, unit: Unit = "week") -> pd.DataFrame:
    """What the purchase models need to know of each customer.

    Orders of one day are one purchase, whose amount is what was paid less what was given back on that day, and never less
    than 0; a day with nothing but returns (amounts below zero) is none. Weeks and months are fractions of days, not
    calendar periods.

    Args:
        orders: One row per order: customer_id, day (since 1970-01-01, or dates), amount (optional).
        as_of: Snapshot date; later orders are left out.
        unit: Of recency and T: "day", "week" (7 days) or "month" (365.25 / 12 days).

    Returns:
        One row per customer, sorted: customer_id, frequency (repeat purchases), recency (age at the last one, 0
        without), T (age: from the first purchase to `as_of`), monetary_value (mean spend of the repeat purchases, 0
        without), the last only where the orders have amounts.

    Raises:
        InputError: a column is missing, empty in places or not a number; or no order up to `as_of`.

    Source: Fader & Hardie (2008), Creating an RFM Summary Using Excel.

    >>> import pandas as pd
    >>> from clustera.value import repeat_purchases
    >>> orders = pd.DataFrame({"customer_id": [7, 7, 7, 9], "day": [0, 14, 21, 7], "amount": [5.0, 10.0, 20.0, 3.0]})
    >>> repeat_purchases(orders, as_of=28)
       customer_id  frequency  recency    T  monetary_value
    0            7          2      3.0  4.0            15.0
    1            9          0      0.0  3.0             0.0
    """
    if not isinstance(unit, str) or unit not in DAYS:
        raise InputError(f"unit is {shown_value(unit)}; it must be one of {', '.join(DAYS)}.")
    purchases, as_of = purchase_days(orders), as_day(as_of)
    if not (purchases.day <= as_of).any():
        raise InputError(
            f"There is no order up to {format_day(as_of)}; {_seen(purchases)}.", hint="Ask for a later as_of."
        )
    return histories_until(purchases, as_of, unit).infer_objects()


def _seen(purchases: PurchaseDays) -> str:
    return (
        f"the first is of {format_day(int(purchases.day.min()))}"
        if len(purchases.day)
        else "there are none at all, or nothing but refunds"
    )


def frame_of_orders(orders: object) -> pd.DataFrame:
    """Orders as a pandas frame; those of polars and Arrow are made one.

    Raises:
        InputError: they are no table, or lack the customer or the day.
    """
    if not isinstance(orders, pd.DataFrame) and callable(made := getattr(orders, "to_pandas", None)):
        orders = made()
    if not isinstance(orders, pd.DataFrame):
        raise InputError(
            f"orders must be a frame of pandas, polars or Arrow, not {shown_value(orders)}.",
            hint="Read a file with pandas first, such as pandas.read_csv.",
        )
    names = ("customer_id", "day")
    if twice := [name for name in (*names, "amount") if list(orders.columns).count(name) > 1]:
        raise InputError(f"The orders have more than one column '{twice[0]}'.", hint="Drop all but one of them.")
    for name in names:
        if name not in orders.columns:
            meant = closest(name, map(str, orders.columns))
            raise InputError(
                f"The orders have no column '{name}'; they have: {', '.join(map(str, orders.columns))}.",
                hint=f"Rename '{meant}' to '{name}'."
                if meant
                else "Orders need customer_id, day and, for values, amount.",
            )
    return orders


def _day_numbers(day: pd.Series) -> NDArray[np.int64]:
    if day.isna().any():
        raise InputError(
            f"day is missing in {day.isna().sum():,} of {len(day):,} orders.", hint="Leave these orders out."
        )
    if pd.api.types.is_datetime64_any_dtype(day):
        dates: NDArray[np.int64] = (
            pd.DatetimeIndex(day).tz_localize(None).to_numpy().astype("datetime64[D]").astype(np.int64)
        )
        return dates
    if not pd.api.types.is_numeric_dtype(day) and all(isinstance(one, date) for one in day):
        return np.array([day_number(one) for one in day], dtype=np.int64)
    numbers = pd.to_numeric(day, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    first, last = CALENDAR_DAYS  # 20240131 and seconds since 1970 are whole numbers too
    wrong = np.flatnonzero(~((numbers >= first) & (numbers <= last)) | (numbers != np.floor(numbers)))
    if wrong.size:
        raise InputError(
            f"day is {_first_wrong(day, wrong)}; it must be a date, or a whole number of days since 1970-01-01 (up to {last:,}).",
            hint='Read dates with pandas.to_datetime first: format="%Y%m%d" for 20240131, unit="s" for seconds.',
        )
    return numbers.astype(np.int64)


def _amount_numbers(amount: pd.Series) -> Floats:
    numbers = pd.to_numeric(amount, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if wrong.size:
        raise InputError(
            f"amount is {_first_wrong(amount, wrong)}; it must be a number.",
            hint="Leave these orders out.",
        )
    return numbers


def _first_wrong(values: pd.Series, wrong: NDArray[np.intp]) -> str:
    """The first of the wrong values, where it stands, and how many others there are."""
    others = f", and something like it in {wrong.size - 1:,} more" if wrong.size > 1 else ""
    first = values.iloc[wrong[0]]
    return f"{repr(first) if isinstance(first, str) else first} in order {wrong[0]}{others}"
