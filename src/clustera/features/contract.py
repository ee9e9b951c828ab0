"""Whether a log looks like the charges of a contract rather than like purchases."""

from __future__ import annotations

from clustera.engines import Rows
from clustera.records import Finding

MOST_LINES = 250_000  # looked at: those of some customers, drawn by a hash
FEWEST_CUSTOMERS = 20  # of those with four purchase days or more, below which nothing is said
GLANCE = 10  # times fewer customers are looked at first
# Enough of those, and so few of them regular, that half of all can't be (nearly six standard errors): no second look.
ENOUGH_CUSTOMERS, PLAINLY_FEW = 200, 0.3
_PERIODS = (
    "gap in (7, 14, 28) or gap between 29 and 32 or gap between 89 and 93 or gap between 181 and 185 "
    "or gap between 363 and 367"
)


def contract_finding(orders: Rows, *, lines: int) -> Finding | None:
    """What is said where orders come as regularly as charges do; None where they don't.

    Args:
        orders: Order lines with `customer_id`, `day` and `kind`.
        lines: How many there are.
    """
    every = max(1, lines // MOST_LINES)
    if every > 1:
        customers, regular = _charged_regularly(orders, every=GLANCE * every)
        if customers >= ENOUGH_CUSTOMERS and regular < PLAINLY_FEW * customers:
            return None
    customers, regular = _charged_regularly(orders, every=every)
    if customers < FEWEST_CUSTOMERS and every > 1:
        every = 1  # few customers, and busy ones
        customers, regular = _charged_regularly(orders, every=every)
    if customers < FEWEST_CUSTOMERS or regular < 0.5 * customers:
        return None
    return Finding(
        code="contractual",
        severity="warning",
        count=regular,
        values={"customers": customers, "case": "all" if every == 1 else "some"},
    )


def _charged_regularly(orders: Rows, *, every: int) -> tuple[int, int]:
    """Of every so-many-th customer: how many have four purchase days or more, and how many of those are charged regularly."""
    drawn = f" and hash(customer_id) <= {(2**64 - 1) // every}" if every > 1 else ""
    seen = orders.query(
        "with ordered as (select customer_id, day from {rows} "
        f"where kind = 'sale'{drawn} group by customer_id, day), "
        "gaps as (select customer_id, day - lag(day) over (partition by customer_id order by day) as gap from ordered), "
        f"each as (select customer_id, count(gap) as n, count(*) filter (where {_PERIODS}) as regular from gaps "
        "group by customer_id) "
        "select count(*) as customers, count(*) filter (where regular >= 0.8 * n) as regular from each where n >= 3"
    ).to_pylist()[0]
    return seen["customers"], seen["regular"]
