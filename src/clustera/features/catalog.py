"""What customers do, each feature one readable SQL expression.

The dialect is DuckDB's as far as it carries to PostgreSQL and others (sqlglot writes them): `percentile_cont` within
group, `case` instead of boolean sums, explicit `group by`, days as whole numbers. Money is DECIMAL and counts are whole
numbers until the last division, so that neither the order of the lines nor the number of threads changes a digit.

`{as_of}` stands for the snapshot date; lines after it are cut off before anything is computed. `{window}` stands for
the days that sums and counts look back, so that customers are compared over the same stretch of time on every day.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from clustera.days import QUARTER, title_with_days

Relation = Literal["days", "orders", "categories", "products", "channels", "stores", "customers"]
Needs = Literal["sums", "an extreme or a median", "a set", "all customers"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing a customer does, and its definition.

    Attributes:
        name: Column of the customer table.
        title: For people, without the days that `names_days` adds.
        unit: "money" stands for the log's currency.
        meaning: One sentence.
        relation: What the expression aggregates: one row per customer and day, order, category, ...; "customers" for
            an expression over other features.
        sql: The expression.
        needs: Columns of the order lines without which it can't be had.
        over: Other features that the expression reads.
        looks_back: Days that it looks back on; a log that covers no more of them can't tell it from the whole. 0 is all of them.
        names_days: Whether the title names the days that it looks back on: "Spend, last 3 months".
        fading: What `faded_sql` is, where it does not follow from `sql`.
    """

    name: str
    title: str
    unit: str
    meaning: str
    relation: Relation
    sql: str
    needs: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    looks_back: int = 0
    names_days: bool = False
    fading: str = ""

    @property
    def grows_older(self) -> bool:
        """Whether it counts days up to the snapshot date, so that it grows by the mere passing of time."""
        return self.sql.startswith("{as_of} - ")

    @property
    def full_title(self) -> str:
        """The title with the days that it names: "Spend, last 3 months"."""
        return title_with_days(self.title, self.looks_back if self.names_days else 0)

    @property
    def reach(self) -> int:
        """Days before a snapshot that its own stretches go back; 0 where it has none, as sums over the window have not.

        >>> [(one.name, one.reach) for one in CATALOG if one.name in ("spend", "recent_spend", "trend", "growth")]
        [('spend', 0), ('recent_spend', 91), ('trend', 182), ('growth', 364)]
        """
        return max((int(days) for days in re.findall(rf"{_AGE} < (\d+)", self.sql)), default=0)

    @property
    def faded_sql(self) -> str:
        """The expression with windows that fade out: an order counts less with every day, and never stops counting.

        A window of w days counts an order in full up to its last day and not at all from then on, so that two customers
        with the same purchases a day apart differ by all of them. Here an order of age a counts exp(-a / w), which adds up
        to as much as the window does. It serves to judge whether a gap between customers is one of the window's edge.
        """
        return self.fading or _WINDOW.sub(_fade, self.sql)

    @property
    def kept_by(self) -> Needs:
        """What has to be kept of a customer so that the next order changes the feature without reading all earlier ones.

        Sums of days (with the days in the window), the smallest, largest or middle value, the set of what was bought; or
        no state of one customer is enough, because the feature is a rank among all.
        """
        if self.relation == "customers":
            return "all customers"
        if self.relation != "days":
            return "a set"
        return "an extreme or a median" if _ORDERED.search(self.sql) else "sums"


_ORDERED = re.compile(r"\b(max|min|percentile_cont)\(")
_WINDOW = re.compile(
    r"case when (?P<age>\{as_of\} - \w+) (>= (?P<begin>\d+) and \{as_of\} - \w+ )?< (?P<end>\S+) then (?P<what>[^()]+?) else 0 end"
)


def _fade(window: re.Match[str]) -> str:
    begin, end = window["begin"], window["end"]
    weight = _faded(window["age"], end) + (f" - {_faded(window['age'], begin)}" if begin else "")
    return f"({window['what']}) * ({weight})"


def _faded(age: str, days: str | int) -> str:
    # A fixed number of decimals, so that the order of the lines changes no sum.
    return f"cast(exp(-({age}) / {days}.0) as decimal(9, 8))"


# One row per customer and day. A day on which goods only came back is no purchase day: `ordered` is 0.
DAY_SUMS: Mapping[str, str] = {
    "ordered": "max(case when kind = 'sale' then 1 else 0 end)",
    "spend": "sum(amount)",
    "sales": "sum(case when kind = 'sale' then amount else 0 end)",
    "returned": "sum(case when kind = 'return' then -amount else 0 end)",
    "order_lines": "sum(case when kind = 'sale' then 1 else 0 end)",
    "pieces": "sum(case when kind = 'sale' then quantity else 0 end)",
    "discount": "sum(discount)",
    "cost": "sum(cost)",
}
GAP = "case when ordered = 1 then day - lag(day) over (partition by customer_id, ordered order by day) end"

# One row per customer and what is bought, bought through or bought at, with the money paid for it.
BREADTHS: Mapping[str, str] = {
    "orders": "order_id",
    "categories": "category",
    "products": "product",
    "channels": "channel",
    "stores": "store",
}

_AGE = "{as_of} - day"
_IN_WINDOW = f"{_AGE} < {{window}}"
_COUNTED = "sum(case when {as_of} - last_day < {window} then 1 else 0 end)"
_RECENT = f"sum(case when {_AGE} < {QUARTER} then spend else 0 end)"
_BEFORE = f"sum(case when {_AGE} >= {QUARTER} and {_AGE} < {2 * QUARTER} then spend else 0 end)"
_HALF = f"sum(case when {_AGE} < {2 * QUARTER} then spend else 0 end)"
_HALF_BEFORE = f"sum(case when {_AGE} >= {2 * QUARTER} and {_AGE} < {4 * QUARTER} then spend else 0 end)"


def _change_between(after: str, before: str) -> str:
    """Between -1 (stopped) and 1 (new): a ratio would have no value for those who bought nothing before."""
    top, bottom = f"cast({after} - {before} as double)", f"cast({after} + {before} as double)"
    return f"case when {after} > 0 or {before} > 0 then greatest(-1, least(1, {top} / nullif({bottom}, 0))) else 0 end"


# The effective number of things: 1 when all money goes to one, n when it is spread evenly over n.
# Source: the inverse of Simpson's (1949) index; Hill's (1973) number of order 2.
_EVENNESS = "cast(sum(spend) as double) * cast(sum(spend) as double) / nullif(cast(sum(spend * spend) as double), 0)"

CATALOG: tuple[Feature, ...] = (
    Feature(
        "days_since_last_order", "Days since last order", "days", "Days from the last purchase day to the snapshot date.",
        "days", "{as_of} - max(case when ordered = 1 then day end)",
    ),
    Feature(
        "order_days", "Purchase days", "days", "Days with at least one order; orders of one day count once.",
        "days", f"sum(case when {_IN_WINDOW} then ordered else 0 end)",
    ),
    Feature(
        "spend", "Spend", "money", "Money paid, returns and discounts deducted.",
        "days", f"sum(case when {_IN_WINDOW} then spend else 0 end)",
    ),
    Feature(
        "average_order_value", "Average order value", "money", "Spend per purchase day.",
        "days", "cast(sum(spend) as double) / nullif(sum(ordered), 0)",
    ),
    Feature(
        "tenure", "Tenure", "days", "Days since the first order.",
        "days", "{as_of} - min(case when ordered = 1 then day end)",
    ),
    Feature(
        "median_gap", "Typical days between orders", "days", "Median of the days between one purchase day and the next.",
        "days", "percentile_cont(0.5) within group (order by gap)",
    ),
    Feature(
        "gap_variation", "Purchase-gap variation", "", "Standard deviation of the days between orders, in means: 0 is clockwork, "
        "1 is chance.",
        "days", "case when count(gap) >= 2 then sqrt(cast(count(gap) * sum(gap * gap) - sum(gap) * sum(gap) as double)) "
        "/ nullif(cast(sum(gap) as double), 0) end",
    ),
    Feature(
        "recent_order_days", "Purchase days", "days", f"Days with an order in the last {QUARTER} days.",
        "days", f"sum(case when {_AGE} < {QUARTER} then ordered else 0 end)", looks_back=QUARTER, names_days=True,
    ),
    Feature(
        "recent_spend", "Spend", "money", f"Money paid in the last {QUARTER} days.", "days", _RECENT,
        looks_back=QUARTER, names_days=True,
    ),
    Feature(
        "current_spend", "Recency-weighted spend", "money",
        f"Spend in which older money counts less: by half with every {QUARTER} days.",
        "days", f"sum(spend * case when {_AGE} < {QUARTER} then 1 when {_AGE} < {2 * QUARTER} then 0.5 "
        f"when {_AGE} < {3 * QUARTER} then 0.25 when {_AGE} < {4 * QUARTER} then 0.125 else 0.0625 end)", looks_back=QUARTER,
        fading=f"sum(spend * {_faded(_AGE, round(QUARTER / math.log(2)))})",
    ),
    Feature(
        "trend", "Trend", "", f"Last {QUARTER} days against the {QUARTER} before: -1 stopped, 0 steady, 1 new.",
        "days", _change_between(_RECENT, _BEFORE), looks_back=QUARTER,
    ),
    Feature(
        "growth", "Growth", "", f"Last {2 * QUARTER} days against the {2 * QUARTER} before: -1 stopped, 0 steady, 1 new.",
        "days", _change_between(_HALF, _HALF_BEFORE), looks_back=2 * QUARTER,
    ),
    Feature(
        "largest_day", "Largest purchase day", "money", "Money paid on the day with most of it.", "days", f"max(case when {_IN_WINDOW} then sales else 0 end)",
    ),
    Feature(
        "lines_per_day", "Lines per purchase day", "lines", "Order lines per purchase day: how full the basket is.",
        "days", "cast(sum(order_lines) as double) / nullif(sum(ordered), 0)",
    ),
    Feature(
        "pieces_per_day", "Pieces per purchase day", "pieces", "Pieces per purchase day.",
        "days", "cast(sum(pieces) as double) / nullif(sum(ordered), 0)", needs=("quantity",),
    ),
    Feature(
        "weekend_share", "Weekend share", "share", "Share of the purchase days that are a Saturday or a Sunday.",
        # 1970-01-01 was a Thursday, so (day + 3) % 7 is 0 on Mondays.
        "days", "cast(sum(case when (day + 3) % 7 >= 5 then ordered else 0 end) as double) / nullif(sum(ordered), 0)",
    ),
    Feature(
        "discount_share", "Discount share", "share", "Money taken off as a share of what would have been paid without.",
        "days", "cast(sum(discount) as double) / nullif(cast(sum(sales) + sum(discount) as double), 0)",
        needs=("discount",),
    ),
    Feature(
        "returns_share", "Returns share", "share", "Money given back as a share of money paid.",
        "days", "cast(sum(returned) as double) / nullif(cast(sum(sales) as double), 0)",
    ),
    Feature(
        "margin", "Margin", "money", "Spend less cost.",
        "days", f"sum(case when {_IN_WINDOW} then spend - cost else 0 end)", needs=("cost",),
    ),
    Feature(
        "margin_share", "Margin share", "share", "Spend less cost, as a share of spend.",
        "days", "cast(sum(spend) - sum(cost) as double) / nullif(cast(sum(spend) as double), 0)", needs=("cost",),
    ),
    Feature("orders", "Orders", "orders", "Orders by their number.", "orders", _COUNTED, needs=("order_id",)),
    Feature(
        "categories", "Categories", "categories", "Categories bought at least once.",
        "categories", _COUNTED, needs=("category",),
    ),
    Feature(
        "category_mix", "Category mix", "categories",
        "Effective number of categories: 1 when all money goes to one, n when it is spread evenly over n.",
        "categories", _EVENNESS, needs=("category",),
    ),
    Feature(
        "favorite_share", "Share of the favorite category", "share", "Money paid for the category most is paid for.",
        "categories", "cast(max(spend) as double) / nullif(cast(sum(spend) as double), 0)", needs=("category",),
    ),
    Feature("products", "Products", "products", "Products bought at least once.", "products", _COUNTED, needs=("product",)),
    Feature("channels", "Channels", "channels", "Channels used at least once.", "channels", _COUNTED, needs=("channel",)),
    Feature("stores", "Stores", "stores", "Stores visited at least once.", "stores", _COUNTED, needs=("store",)),
    Feature(
        "spending_score", "Spending score", "1-100", "Rank of the spend among all customers: 1 least, 100 most.",
        "customers", "1 + floor(99 * percent_rank() over (order by spend nulls first))", over=("spend",),
    ),
)  # fmt: skip

# What is summed or counted over the window, by name; all else looks at the whole history or at a stretch of its own.
WINDOWED = frozenset(
    {"order_days", "spend", "largest_day", "margin", "orders", "categories", "products", "channels", "stores"}
)

# What forms segments when nobody says otherwise, with its weight: chosen by what the segments explain of the months
# after them, on real logs and on days earlier than those it was judged on (docs/methods/behavior.md). Money tells most
# of the future; a long silence is half told by the recent spend already.
DEFAULT: Mapping[str, float] = {"days_since_last_order": 0.25, "order_days": 0.5, "spend": 1.0, "recent_spend": 0.5}
