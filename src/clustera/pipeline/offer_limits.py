"""Which limits hold a plan of offers back, and what one more of each would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from clustera.records import OfferLimit

if TYPE_CHECKING:
    from clustera.allocation import Allocation, OfferProblem

LEAST = 0.005  # money below which nothing is told


def binding_limits(
    problem: OfferProblem,
    found: Allocation,
    *,
    names: tuple[str, ...],
    tested: npt.NDArray[np.float64],
    segments: tuple[int, ...],
) -> tuple[OfferLimit, ...]:
    """The limits that are used up; where none is, that nobody is left who is expected to bring more than an offer costs.

    Args:
        problem: Values, costs and limits.
        found: The choice.
        names: Of the offers.
        tested: Customers who get each offer in its test: what the limits of the problem lack.
        segments: Their numbers, by group.
    """
    rows = np.arange(len(found.choice))
    given = found.choice >= 0
    own = np.where(given, problem.values[rows, found.choice], 0.0)  # what each customer brings now
    gain = problem.values - own[:, None]  # with each of the offers instead
    offers = len(names)
    full = found.used[2 : 2 + offers] >= problem.most - 0.5
    limits = []
    if problem.budget is not None and found.prices[0] > LEAST:
        limits.append(OfferLimit("budget", problem.budget, float(found.prices[0])))
    if problem.contacts is not None and found.used[1] >= problem.contacts - 0.5:
        others = np.where(full[None], -np.inf, problem.values)[~given]
        limits.append(
            OfferLimit("contacts", problem.contacts + float(tested.sum()), max(float(others.max(initial=0.0)), 0.0))
        )
    limits += [
        OfferLimit("most", float(problem.most[place] + tested[place]), more, offer=names[place])
        for place in np.flatnonzero(full)
        if (more := float(gain[:, place].max(initial=0.0))) > LEAST
    ]
    for group in np.flatnonzero(problem.least > 0):
        members = given & (problem.groups == group)
        loss = -float(own[members].min(initial=0.0))
        if members.sum() <= problem.least[group] + 0.5 and loss > LEAST:
            limits.append(OfferLimit("least", float(problem.least[group]), loss, segment=segments[group]))
    left = problem.budget is not None and not any(limit.kind in ("budget", "contacts", "most") for limit in limits)
    return (*limits, OfferLimit("nobody", 0.0, 0.0)) if left else tuple(limits)
