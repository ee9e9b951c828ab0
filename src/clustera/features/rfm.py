"""RFM: a quantile grid with fixed ties, and named groups that are exhaustive and disjoint."""

from __future__ import annotations

from typing import cast

from clustera.engines import DuckRows, literal
from clustera.errors import InputError
from clustera.features.behaviour import behaviour
from clustera.records import Orders, RfmCell, RfmGrid, Rows

# The first rule that fits names the group; the last one fits everybody. r5: 5 = ordered most recently; fm5: mean of the
# frequency and the monetary score, rounded up.
_GROUPS: tuple[tuple[str, str], ...] = (
    ("Champions", "r5 = 5 and fm5 >= 4"),
    ("Loyal", "r5 >= 3 and fm5 >= 4"),
    ("Can't lose", "r5 <= 2 and fm5 = 5"),
    ("At risk", "r5 <= 2 and fm5 >= 3"),
    ("New", "r5 = 5 and fm5 = 1"),
    ("Potential loyalists", "r5 >= 4 and fm5 >= 2"),
    ("Promising", "r5 = 4"),
    ("Need attention", "r5 = 3 and fm5 = 3"),
    ("About to sleep", "r5 = 3"),
    ("Hibernating", "r5 = 2"),
    ("Lost", "true"),
)


def group_names() -> tuple[str, ...]:
    """The names of the groups, best first as a rule."""
    return tuple(name for name, _ in _GROUPS)


def rfm(orders: Orders, *, as_of: int, bins: int = 5) -> Rows:
    """How recently, how often and for how much each customer has bought, as scores and a named group.

    Customers with equal values always get equal scores: a score counts how many in `bins` parts of all customers stand
    below. So a bin can be empty where many share one value (half of a shop's customers order once), and no tie is
    broken by chance or by the order of the rows.

    Args:
        orders: The order lines.
        as_of: Last day that is seen.
        bins: Scores per dimension; the named groups are defined on five.

    Returns:
        One row per customer with an order: `customer_id`, `days_since_last_order`, `order_days`, `spend`, then `r`,
        `f`, `m` (INTEGER 1..bins, higher is better) and `group_name`.

    Raises:
        InputError: fewer than two bins, or no order up to `as_of`.

    Source: Hughes (1994), Strategic Database Marketing.
    """
    if bins < 2:
        raise InputError(f"An RFM grid of {bins} bins has nothing to compare; ask for at least 2.")
    customers = behaviour(orders, as_of=as_of, selection=("days_since_last_order", "order_days", "spend"))
    known = customers.select("select * from {rows} where days_since_last_order is not null")
    scored = known.select(
        f"select *, {_score('days_since_last_order desc', bins)} as r, {_score('order_days', bins)} as f, "
        f"{_score('spend', bins)} as m from {{rows}}"
    )
    # Named groups are defined on fifths, whatever the grid.
    fifths = ", ".join(f"cast(ceil({score} * 5.0 / {bins}) as integer) as {score}5" for score in "rfm")
    cases = " ".join(f"when {rule} then {literal(name)}" for name, rule in _GROUPS)
    return scored.select(
        f"select customer_id, days_since_last_order, order_days, spend, r, f, m, case {cases} end as group_name from "
        f"(select *, cast(ceil((f5 + m5) / 2.0) as integer) as fm5 from (select *, {fifths} from {{rows}}))"
    )


def rfm_grid(scored: Rows, *, bins: int = 5) -> RfmGrid:
    """Customers and money by recency and frequency score, and by named group.

    Args:
        scored: As `rfm` returns it.
        bins: Scores per dimension.
    """
    cells = scored.query(
        "select r, f, count(*) as customers, sum(cast(spend as decimal(38,4))) as spend from {rows} group by r, f order by r, f"
    ).to_pylist()
    groups = scored.query(
        "select group_name, count(*) as customers, sum(cast(spend as decimal(38,4))) as spend from {rows} group by group_name"
    ).to_pylist()
    counted = {row["group_name"]: row for row in groups}
    return RfmGrid(
        bins=bins,
        cells=tuple(RfmCell(row["r"], row["f"], row["customers"], float(row["spend"])) for row in cells),
        groups=tuple(
            (name, counted[name]["customers"], float(counted[name]["spend"]))
            for name in group_names()
            if name in counted
        ),
    )


def cross_table(scored: Rows, segments: Rows) -> tuple[tuple[str, int, int], ...]:
    """How many customers of each named RFM group are in each segment: (group, segment, customers).

    Args:
        scored: As `rfm` returns it.
        segments: `id` (VARCHAR) and `segment`, in the same engine.
    """
    left, right = cast("DuckRows", scored), cast("DuckRows", segments)
    both = left.engine.view(
        f"select g.group_name, s.segment from {left.name} g join {right.name} s on s.id = g.customer_id"
    )
    place = {name: at for at, name in enumerate(group_names())}
    rows = both.query("select group_name, segment, count(*) as n from {rows} group by group_name, segment").to_pylist()
    found = [(row["group_name"], int(row["segment"]), int(row["n"])) for row in rows]
    return tuple(sorted(found, key=lambda row: (place[row[0]], row[1])))


def _score(order: str, bins: int) -> str:
    """1..bins: the part of all customers in which the first of those with an equal value stands."""
    return f"cast(1 + {bins} * ((rank() over (order by {order})) - 1) // (count(*) over ()) as integer)"
