"""Which numbers of segments are looked at: what is asked for, and how far the search goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from clustera.cluster.judgments import VALLEY_DEEP
from clustera.errors import InputError
from clustera.records import KEvidence
from clustera.shares import read_share

LEAST_CUSTOMERS = 10
K_RANGES = (20, 35, 50, 70, 100)  # largest numbers that are looked at, one after the other


class ClusterOptions(BaseModel):
    """How many segments may be drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    k: tuple[int, int] | None = Field(
        default=None,
        description='Number of segments: "5", or "3..8" for the best of these. Default: chosen from the data.',
    )
    min_size: float = Field(
        default=0.0, description='Smallest share of customers a segment may have: "2%" or 0.02.', ge=0, lt=0.5
    )
    k_max: int | None = Field(
        default=None,
        description="Largest number of segments that is looked at, up to 100. Default: 20, and further while there are "
        "gaps between all segments at the largest numbers.",
        ge=2,
        le=100,
    )
    choose_by: Literal["auto", "evidence", "future-spend"] = Field(
        default="auto",
        description="What chooses the number of segments: evidence (that they are there), future-spend (only with orders: "
        "the fewest that predict the spending of the following quarter as well as any number), or auto: clear groups "
        "where there are any, else future-spend where the orders reach back far enough, else evidence.",
    )

    redraw: bool = Field(
        default=False,
        description="With like: draw new segments from these customers, and keep names and identities where most "
        "customers of a segment are still together. When false, the earlier definitions are kept and customers move.",
    )

    @field_validator("k", mode="before")
    @classmethod
    def _read_k(cls, value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            return value
        found = re.fullmatch(r"\s*(\d+)\s*(?:(?:\.\.|-)\s*(\d+)\s*)?", value)
        if not found:
            raise ValueError(f'{value!r} is no number of segments; say 5 or "3..8"')
        low, high = int(found[1]), int(found[2] or found[1])
        if not 2 <= low <= high:
            raise ValueError(
                f'{value!r} is no number of segments; say 2 or more, or "3..8" with the smaller number first'
            )
        return low, high

    @field_validator("min_size", mode="before")
    @classmethod
    def _read_share(cls, value: object) -> object:
        if isinstance(value, str) and value.strip().endswith("%"):
            share = read_share(value)
            return value if share is None else share
        return value


def candidate_numbers(customers: int, distinct: int, options: ClusterOptions) -> range:
    """The ks to look at.

    Args:
        customers: How many take part in drawing the segments.
        distinct: How many of them differ from each other.
        options: What is asked for.

    Raises:
        InputError: more segments asked for than there are different customers, or too few customers for any.
    """
    low, high = options.k or (2, 0)
    if customers < LEAST_CUSTOMERS:
        raise InputError(
            f"Only {customers} customers are left after checking, without outliers; segments need at least {LEAST_CUSTOMERS}.",
            hint="Look at the findings and the quarantine: Left out, and why? With --like: were units changed since that run?",
        )
    if max(low, high) > distinct:
        raise InputError(
            f"k is {max(low, high)}, but only {distinct} different customers are left after checking; ask for k <= {distinct}."
        )
    free = max(2, min(options.k_max or K_RANGES[0], customers // 10, distinct))
    return range(2, max(free, high) + 1)


def further(evidence: Sequence[KEvidence], customers: int, distinct: int, options: ClusterOptions) -> range:
    """The ks to look at next, because the largest so far are as far apart as fewer are; none where they are not.

    Args:
        evidence: What has been looked at.
        customers: How many take part in drawing the segments.
        distinct: How many of them differ from each other.
        options: What is asked for.
    """
    last = max(e.k for e in evidence)
    beyond = [some for some in K_RANGES if some > last]
    if options.k is not None or options.k_max is not None or not beyond or last < K_RANGES[0]:
        return range(0)
    outward = [e for e in evidence if e.k > last - 3 and min(e.valley, e.valley_whole) <= VALLEY_DEEP]
    return range(last + 1, min(beyond[0], customers // 10, distinct) + 1) if outward else range(0)
