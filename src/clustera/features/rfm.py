"""RFM: quantile scores that survive ties, and named groups of which each customer is in exactly one."""

from __future__ import annotations

from clustera.days import months_before
from clustera.engines import Rows, literal
from clustera.errors import InputError
from clustera.features.behavior import customer_behavior
from clustera.records import Orders, RfmCell, RfmGrid, RfmThreshold

# Name, rule in SQL, rule for people. The first that fits names the group; the last one fits everybody. r5 and f5 are recency and frequency scores in
# fifths, 5 = most recently, most often. Who has bought on one day only has no frequency to speak of, so the first six
# rules ask for a second purchase day.
_GROUPS: tuple[tuple[str, str, str], ...] = (
    ("Champions", "order_days > 1 and r5 >= 4 and f5 >= 4", "R 4-5, F 4-5"),
    ("Loyal", "order_days > 1 and r5 = 3 and f5 >= 4", "R 3, F 4-5"),
    ("Can't lose", "order_days > 1 and r5 <= 2 and f5 = 5", "R 1-2, F 5"),
    ("At risk", "order_days > 1 and r5 <= 2 and f5 >= 3", "R 1-2, F 3-4"),
    ("Potential loyalists", "order_days > 1 and r5 >= 4", "R 4-5, F 1-3"),
    ("Need attention", "order_days > 1 and r5 = 3 and f5 = 3", "R 3, F 3"),
    ("New", "order_days = 1 and r5 = 5", "R 5, one purchase day"),
    ("Promising", "r5 >= 4", "R 4, one purchase day"),
    ("About to sleep", "r5 = 3", "R 3, F 1-2 or one purchase day"),
    ("Hibernating", "r5 = 2", "R 2, F 1-2 or one purchase day"),
    ("Lost", "true", "R 1, F 1-2 or one purchase day"),
)
_SCORED = (("r", "days_since_last_order", "desc"), ("f", "order_days", "asc"), ("m", "spend", "asc"))


def group_names() -> tuple[str, ...]:
    """The names of the groups, best first as a rule."""
    return tuple(name for name, _, _ in _GROUPS)


def group_rules() -> dict[str, str]:
    """Each named group's rule, for people.

    >>> group_rules()["Champions"]
    'R 4-5, F 4-5'
    """
    return {name: rule for name, _, rule in _GROUPS}


def rfm_scores(orders: Orders, *, as_of: int, bins: int = 5) -> Rows:
    """How recently, how often and for how much each customer has bought, as scores and a named group.

    Customers with equal values always get equal scores: that of the middle of their ranks. So no tie is broken by
    chance or by the order of the rows, each score holds about as many customers as ties allow, and where many share
    one value they get the score that their place deserves.

    Args:
        orders: The order lines.
        as_of: Snapshot date (days since 1970-01-01); later orders are ignored.
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
    customers = customer_behavior(orders, as_of=as_of, selection=("days_since_last_order", "order_days", "spend"))
    known = customers.select("select * from {rows} where days_since_last_order is not null")
    scores = ", ".join(f"{_score_sql(column, order, bins)} as {letter}" for letter, column, order in _SCORED)
    scored = known.select(f"select *, {scores} from {{rows}}")
    # Named groups are defined on fifths, whatever the grid.
    fifths = ", ".join(f"cast(ceil({score} * 5.0 / {bins}) as integer) as {score}5" for score in "rf")
    cases = " ".join(f"when {rule} then {literal(name)}" for name, rule, _ in _GROUPS)
    return scored.select(
        f"select customer_id, days_since_last_order, order_days, spend, r, f, m, case {cases} end as group_name "
        f"from (select *, {fifths} from {{rows}})"
    )


def rfm_with_before(orders: Orders, *, as_of: int) -> Rows:
    """Scores and group of every customer, and the group a month earlier.

    Returns:
        customer_id, rfm_r, rfm_f, rfm_m, rfm_group, rfm_group_before (empty where unknown).
    """
    scored = rfm_scores(orders, as_of=as_of)
    columns = "s.customer_id, s.r as rfm_r, s.f as rfm_f, s.m as rfm_m, s.group_name as rfm_group"
    earlier = months_before(as_of, 1)
    if earlier < orders.first_day:
        return scored.select(f"select {columns}, cast(null as varchar) as rfm_group_before from {{rows}} s")
    return scored.select(
        f"select {columns}, b.group_name as rfm_group_before from {{rows}} s left join {{before}} b using (customer_id)",
        before=rfm_scores(orders, as_of=earlier),
    )


def rfm_grid(scored: Rows, *, bins: int = 5) -> RfmGrid:
    """Customers and money by recency and frequency score, by named group, and the values each score stands for.

    Args:
        scored: As `rfm_scores` returns it.
        bins: Scores per dimension.
    """
    cells = scored.query(
        "select r, f, count(*) as customers, sum(cast(spend as decimal(38,4))) as spend from {rows} group by r, f order by r, f"
    ).to_pylist()
    groups = scored.query(
        "select group_name, count(*) as customers, sum(cast(spend as decimal(38,4))) as spend from {rows} group by group_name"
    ).to_pylist()
    counted = {row["group_name"]: row for row in groups}
    thresholds = [
        RfmThreshold(letter, row["score"], row["customers"], float(row["low"]), float(row["high"]))
        for letter, column, _ in _SCORED
        for row in scored.query(
            f"select {letter} as score, count(*) as customers, min({column}) as low, max({column}) as high "
            "from {rows} group by 1 order by 1"
        ).to_pylist()
    ]
    return RfmGrid(
        bins=bins,
        cells=tuple(RfmCell(row["r"], row["f"], row["customers"], float(row["spend"])) for row in cells),
        groups=tuple(
            (name, counted[name]["customers"], float(counted[name]["spend"]))
            for name in group_names()
            if name in counted
        ),
        thresholds=tuple(thresholds),
    )


def rfm_cross_table(scored: Rows, segments: Rows) -> tuple[tuple[str, int, int], ...]:
    """How many customers of each named RFM group are in each segment: (group, segment, customers).

    Args:
        scored: As `rfm_scores` returns it.
        segments: `id` (VARCHAR) and `segment`, in the same engine.
    """
    both = scored.select(
        "select g.group_name, s.segment from {rows} g join {segments} s on s.id = g.customer_id", segments=segments
    )
    place = {name: at for at, name in enumerate(group_names())}
    rows = both.query("select group_name, segment, count(*) as n from {rows} group by group_name, segment").to_pylist()
    found = [(row["group_name"], int(row["segment"]), int(row["n"])) for row in rows]
    return tuple(sorted(found, key=lambda row: (place[row[0]], row[1])))


def _score_sql(column: str, order: str, bins: int) -> str:
    """1..bins: the part of all customers in which the middle of the ranks of an equal value lies."""
    ties = f"count(*) over (partition by {column})"
    middle = f"(rank() over (order by {column} {order}) - 1 + {ties} / 2.0)"
    return f"cast(1 + floor({bins} * {middle} / (count(*) over ())) as integer)"
