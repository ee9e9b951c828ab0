"""What can be said of value where there are no orders: a relative score, with its assumptions printed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from clustera.arguments import NUMBER, takes
from clustera.errors import InputError
from clustera.records import readable
from clustera.value.kinds import NUMBERS
from clustera.value.rows import COUNT, Floats, floats_given


@readable
@dataclass(frozen=True, slots=True)
class RelativeValue:
    """A score, not a lifetime value: nothing here was learned from purchases. In memory.

    Attributes:
        score: 100 is the average customer, (n_customers,).
        value: The same in money, under the assumptions, (n_customers,).
        assumptions: What it rests on, one sentence each.

    >>> from clustera.value import relative_value
    >>> made = relative_value([100.0, 300.0], margin=0.5, yearly_retention=0.8, years=2)
    >>> made.value.round(1).tolist()
    [86.4, 259.1]
    >>> made.assumptions[1]
    '80 % of the customers stay from one year to the next, all alike.'
    """

    score: Floats
    value: Floats
    assumptions: tuple[str, ...]


@takes(yearly_spend=NUMBERS, margin=NUMBER, yearly_retention=NUMBER, years=COUNT, yearly_discount=NUMBER)
def relative_value(
    yearly_spend: ArrayLike, *, margin: float, yearly_retention: float, years: int, yearly_discount: float = 0.1
) -> RelativeValue:
    """Margin of each customer over some years if all stay at one given rate and spend as now.

    Without orders nobody can tell from data how often a customer will come back or when he leaves, so a lifetime
    value is refused; this score says no more than what is put in.

    Args:
        yearly_spend: Of each customer, in money, (n_customers,).
        margin: Share of the spend that is earned, 0..1.
        yearly_retention: Share of the customers who stay from one year to the next, 0..1.
        years: Horizon.
        yearly_discount: 0.1 for 10 % a year.

    Returns:
        Scores, values and the assumptions they rest on.

    Raises:
        InputError: an assumption out of its range, or spend that is negative or not a number.

    >>> from clustera.value import relative_value
    >>> made = relative_value([100.0, 300.0], margin=0.5, yearly_retention=0.8, years=2, yearly_discount=0.0)
    >>> made.value.round(1).tolist(), made.score.tolist()
    ([90.0, 270.0], [50.0, 150.0])
    """
    for name, share in (("margin", margin), ("yearly_retention", yearly_retention)):
        if not 0.0 < share <= 1.0:
            raise InputError(f"{name} is {share}; it must be a share above 0 and up to 1.")
    if years < 1 or yearly_discount < 0.0:
        raise InputError(
            f"years is {years} and yearly_discount {yearly_discount}; they must be 1 or more and 0 or more."
        )
    spend = floats_given("yearly_spend", yearly_spend, wanted="one number per customer")
    if not np.isfinite(spend).all() or (spend < 0).any() or not spend.any():
        raise InputError(
            "yearly_spend must be numbers of 0 or more, with at least one above 0.",
            hint="Fill or drop what is missing.",
        )
    year = np.arange(years)
    factor = margin * float(((yearly_retention / (1.0 + yearly_discount)) ** year).sum())
    return RelativeValue(
        score=100.0 * spend / spend.mean(),
        value=spend * factor,
        assumptions=(
            f"Every customer goes on spending as now; {100 * margin:g} % of it is margin.",
            f"{100 * yearly_retention:g} % of the customers stay from one year to the next, all alike.",
            f"{years} year{'s' if years > 1 else ''}, the first in full; {100 * yearly_discount:g} % discount a year.",
            "No orders were seen: this is a relative score, not a lifetime value.",
        ),
    )
