"""Which columns two groups of customers differ in: differences with intervals, and how many of them chance would give."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clustera.profile.numbers import wilson_interval
from clustera.records import Difference, GroupColumns, Moments

_FEWEST = 5  # customers expected with and without a value in each group, below which no share is compared
_MOST_VALUES = 12  # of one column, the most frequent ones


@dataclass(frozen=True, slots=True)
class Told:
    """How a column is called."""

    label: str
    unit: str = ""
    forms: bool = False
    fraction: bool = False


def group_differences(one: GroupColumns, other: GroupColumns, told: Mapping[str, Told]) -> tuple[Difference, ...]:
    """Every column that both groups have, what differs most first.

    Args:
        one: The first group.
        other: The second; nobody is in both.
        told: The columns to compare, and how each is called.
    """
    found: list[Difference] = []
    for column, called in told.items():
        if column in one.numbers and column in other.numbers:
            found += _of_means(column, called, one.numbers[column], other.numbers[column])
        elif column in one.values and column in other.values:
            found += _of_shares(column, called, one.values[column], other.values[column])
    corrected = benjamini_hochberg([entry.p for entry in found])
    named = [replace(entry, q=q) for entry, q in zip(found, corrected, strict=True)]
    return tuple(sorted(named, key=lambda entry: (-abs(entry.effect), entry.label, entry.value or "")))


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Adjusted p values: calling all below 0.05 findings makes one in twenty of them a false one, on average.

    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57.

    >>> [round(q, 3) for q in benjamini_hochberg([0.01, 0.04, 0.03, 0.5])]
    [0.04, 0.053, 0.053, 0.5]
    """
    order = sorted(range(len(p)), key=lambda at: p[at], reverse=True)
    found, least = [1.0] * len(p), 1.0
    for place, at in enumerate(order):
        least = min(least, p[at] * len(p) / (len(p) - place))
        found[at] = least
    return found


def _of_means(column: str, told: Told, one: Moments, other: Moments) -> list[Difference]:
    """Welch's comparison of two means."""
    if min(one.n, other.n) < 2:
        return []
    from scipy.special import stdtr, stdtrit

    difference = one.mean - other.mean
    # Squares are taken in this unit: that of 1e-301 would be 0.
    unit = max(one.sd, other.sd, abs(difference)) or 1.0
    apart, spreads = difference / unit, (one.sd / unit, other.sd / unit)
    parts = spreads[0] ** 2 / one.n, spreads[1] ** 2 / other.n
    error = math.sqrt(sum(parts))
    if error > 0:
        freedom = sum(parts) ** 2 / (parts[0] ** 2 / (one.n - 1) + parts[1] ** 2 / (other.n - 1))
        p = 2 * float(stdtr(freedom, -abs(apart) / error))
        reach = float(stdtrit(freedom, 0.975)) * error * unit
    else:
        p, reach = (0.0 if difference else 1.0), 0.0
    spread = math.hypot(*spreads) / math.sqrt(2)
    effect = apart / spread if spread > 0 else math.copysign(math.inf, difference) if difference else 0.0
    return [
        Difference(
            column, told.label, None, told.unit, one.mean, other.mean, one.n, other.n, difference,
            difference - reach, difference + reach, effect, p, p, told.forms, told.fraction,
        )
    ]  # fmt: skip


def _of_shares(column: str, told: Told, one: Mapping[str, int], other: Mapping[str, int]) -> list[Difference]:
    """The share of every frequent value."""
    n, m = sum(one.values()), sum(other.values())
    if not n or not m:
        return []
    both = {value: one.get(value, 0) + other.get(value, 0) for value in {*one, *other}}
    frequent = sorted(both, key=lambda value: (-both[value], value))[:_MOST_VALUES]
    if len(both) == 2:  # the share of the one is all that is to be known of the other
        frequent = ["true"] if "true" in both else frequent[1:]
    found = []
    for value in frequent:
        share = both[value] / (n + m)
        if min(share, 1 - share) * min(n, m) < _FEWEST:
            continue
        x, y = one.get(value, 0) / n, other.get(value, 0) / m
        error = math.sqrt(share * (1 - share) * (1 / n + 1 / m))
        p = math.erfc(abs(x - y) / error / math.sqrt(2))
        low, high = newcombe(one.get(value, 0), n, other.get(value, 0), m)
        effect = 2 * math.asin(math.sqrt(x)) - 2 * math.asin(math.sqrt(y))
        found.append(
            Difference(
                column, told.label, value, "", x, y, n, m, x - y, low, high, effect, p, p, told.forms, fraction=True
            )
        )
    return found


def newcombe(a: int, n: int, b: int, m: int) -> tuple[float, float]:
    """95 % interval of the difference of two shares, from Wilson's of each.

    Newcombe (1998), Statistics in Medicine 17, method 10.

    >>> [round(bound, 4) for bound in newcombe(56, 70, 48, 80)]
    [0.0524, 0.3339]
    """
    x, y = a / n, b / m
    (middle_x, half_x), (middle_y, half_y) = wilson_interval(a, n), wilson_interval(b, m)
    return (
        x - y - math.hypot(x - middle_x + half_x, middle_y + half_y - y),
        x - y + math.hypot(middle_x + half_x - x, y - middle_y + half_y),
    )
