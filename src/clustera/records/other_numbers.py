"""The segments that a run would have with another number of them."""

from __future__ import annotations

from dataclasses import dataclass

from clustera.records.moves import Comparison
from clustera.records.segments import KEvidence


@dataclass(frozen=True, slots=True)
class OtherSegment:
    """One segment of another number."""

    segment: int  # with orders by what a customer bought in the last 12 months, most first; else by size
    name: str
    customers: int
    share: float  # of all customers
    sales: float | None  # of the last 12 months, in the shop's currency; None without orders
    sales_share: float | None  # of all customers' sales
    color: int  # place in the palette: that of the run's segment most of its customers are in
    mostly: int  # the run's segment most of its customers are in
    mostly_share: float  # of its customers


@dataclass(frozen=True, slots=True)
class OtherNumber:
    """What the segments of a run would be with another number of them."""

    k: int
    evidence: KEvidence | None  # what was measured for it; None where it was not looked at
    segments: tuple[OtherSegment, ...]
    moves: Comparison  # from the run's segments to these
