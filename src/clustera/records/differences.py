"""Two groups of customers held against each other, column by column."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moments:
    """A column of numbers in one group: how many values are known, their mean and their standard deviation (n - 1)."""

    n: int
    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class GroupColumns:
    """What is known of one group: the numbers of its columns, and how often each value of the others occurs."""

    customers: int
    numbers: dict[str, Moments]
    values: dict[str, dict[str, int]]  # column -> value -> customers


@dataclass(frozen=True, slots=True)
class Difference:
    """One column, or one value of a column, in two groups.

    Means of numbers are compared by Welch's t, shares by the pooled z; `q` is the p value after Benjamini and Hochberg over
    all rows of the comparison. `effect` tells sizes apart whatever the units: the difference in standard deviations
    (Cohen's d), for shares Cohen's h. It is infinite where two groups differ and nobody within one does.
    """

    column: str
    label: str
    value: str | None  # of a column of words: the share of customers who have it; None for a mean
    unit: str
    one: float  # mean or share
    other: float
    n_one: int  # customers whose value is known
    n_other: int
    difference: float  # one - other, original units
    low: float  # 95 % interval of the difference
    high: float
    effect: float
    p: float
    q: float
    forms: bool  # the segments are formed by this column, so that they differ in it says nothing new
    fraction: bool = False  # a share between 0 and 1, told in percent

    @property
    def differs(self) -> bool:
        """Whether the difference is told apart from chance, with one false discovery in twenty."""
        return self.q < 0.05


@dataclass(frozen=True, slots=True)
class GroupComparison:
    """Two groups held against each other on all columns."""

    one: int  # customers of the first group that are compared
    other: int
    both: int  # customers who are in both, and so in neither of what is compared
    differences: tuple[Difference, ...]  # what differs most first
