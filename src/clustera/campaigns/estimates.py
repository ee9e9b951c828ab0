"""Differences between two groups of customers, within segments and over all of them, with their standard errors, where there are enough buyers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clustera.power import FEWEST, FEWEST_SPENDERS
from clustera.records import Effect

SMALL = 10  # customers of a segment in either group; segments with fewer are looked at together
WORTH = 0.02  # part of the variance that earlier behavior must explain to be used
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EstimatedDifference:
    """Contact minus control, averaged over segments as the contacted customers are spread over them."""

    value: float
    error: float  # standard error
    freedom: float  # degrees of freedom (Welch-Satterthwaite)
    control: float  # mean of the control group, averaged alike
    adjusted: bool = False  # freed of what the customers did before

    def effect(self, bound: float, times: float = 1.0) -> Effect:
        """With the interval of a bound that holds for many customers; few make it wider. `times` turns it into a sum."""
        half = self.limit(bound) * self.error
        return Effect(
            times * self.value,
            times * (self.value - half),
            times * (self.value + half),
            times * self.control,
            times * self.error,
            self.adjusted,
        )

    def limit(self, bound: float) -> float:
        """The bound for as many customers as there are: of Student's t instead of the normal distribution."""
        from scipy.special import ndtr, stdtrit

        if self.freedom > 1_000:
            return bound
        return float(-stdtrit(self.freedom, ndtr(-bound)))

    def passes(self, bound: float) -> bool:
        """Whether it is that far from zero."""
        return abs(self.value) > self.limit(bound) * self.error


def contact_difference(
    values: Floats, contact: Flags, segments: Numbers, *, before: Floats | None = None, share: bool = False
) -> EstimatedDifference:
    """Contact minus control.

    Args:
        values: (n_customers,) what each did.
        contact: (n_customers,) who is in the group to contact.
        segments: (n_customers,) the difference is taken within each and averaged.
        before: (n_customers,) what each did before; its part is taken out (CUPED).
        share: The values are 0 and 1: a segment where all did the same still has an error.

    Source: Deng, Xu, Kohavi & Walker (2013), WSDM, for CUPED; Agresti & Caffo (2000) for shares.
    """
    places = customer_strata(contact, segments)
    adjusted = (
        values
        if before is None
        else values - baseline_slope(values, before, contact, places) * _centered(before, places)
    )
    weights, differences, controls, errors, freedoms = [], [], [], [], []
    for place in range(int(places.max()) + 1):
        own = places == place
        one, other = adjusted[own & contact], adjusted[own & ~contact]
        parts = [_variance(part, share=share and before is None) / len(part) for part in (one, other)]
        weights.append(len(one))
        differences.append(one.mean() - other.mean())
        controls.append(other.mean())
        errors.append(parts)
        freedoms.append([len(one) - 1, len(other) - 1])
    weight = np.array(weights) / sum(weights)
    variances = weight[:, None] ** 2 * np.array(errors)
    total = float(variances.sum())
    spread = float((variances**2 / np.array(freedoms)).sum())
    return EstimatedDifference(
        float(weight @ np.array(differences)),
        math.sqrt(total),
        total**2 / spread if spread > 0 else math.inf,
        float(weight @ np.array(controls)),
    )


def enough_buyers(bought: Flags, contact: Flags) -> bool:
    """Whether a share of buyers can be compared: five buyers and five others are expected in the smaller group."""
    smaller = min(int(contact.sum()), int((~contact).sum()))
    rate = float(bought.mean()) if len(bought) else 0.0
    return smaller * min(rate, 1 - rate) >= FEWEST


def enough_spenders(contact: Flags) -> bool:
    """Whether means of amounts can be compared: 30 customers in the smaller group."""
    return min(int(contact.sum()), int((~contact).sum())) >= FEWEST_SPENDERS


def explained_share(values: Floats, before: Floats, contact: Flags, segments: Numbers) -> float:
    """The part of the variance within groups and segments that earlier behavior explains."""
    places = customer_strata(contact, segments)
    own, earlier = (_centered(column, 2 * places + contact) for column in (values, before))
    both = float(own @ own) * float(earlier @ earlier)
    return float(own @ earlier) ** 2 / both if both > 0 else 0.0


def baseline_slope(values: Floats, before: Floats, contact: Flags, places: Numbers) -> float:
    """What one unit more before goes with: one number for all groups and segments."""
    own, earlier = (_centered(column, 2 * places + contact) for column in (values, before))
    square = float(earlier @ earlier)
    return float(own @ earlier) / square if square > 0 else 0.0


def customer_strata(contact: Flags, segments: Numbers) -> Numbers:
    """Segments as numbers from 0; those with too few in either group share one, or join the largest."""
    if len(segments) and (segments == segments[0]).all():
        return np.zeros(len(segments), dtype=np.int64)
    _, places = np.unique(segments, return_inverse=True)
    least = np.minimum(np.bincount(places, contact), np.bincount(places, ~contact))
    small = least < SMALL
    if not small.any():
        return places.astype(np.int64)
    together = np.where(small[places], len(least), places)
    rest = small[places]
    if min(int((contact & rest).sum()), int((~contact & rest).sum())) < SMALL:
        together = np.where(rest, int(least.argmax()), together)
    return np.unique(together, return_inverse=True)[1].astype(np.int64)


def _centered(values: Floats, places: Numbers) -> Floats:
    counts = np.bincount(places)
    means = np.bincount(places, values) / np.maximum(counts, 1)
    centered: Floats = values - means[places]
    return centered


def _variance(values: Floats, *, share: bool) -> float:
    if share:
        rate = (float(values.sum()) + 1) / (len(values) + 2)
        return rate * (1 - rate)
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0
