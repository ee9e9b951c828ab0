"""A run's outcome: every record of it together."""

from __future__ import annotations

from dataclasses import dataclass

from clustera.records.orders import Behaviour
from clustera.records.rows import Balance, Column, Finding, Source
from clustera.records.segments import Comparison, KSelection, Model, Patterns, Preparation, SegmentProfile
from clustera.records.value import LifetimeValue


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a run found, short of the customers themselves. Written as profile.json."""

    source: Source
    balance: Balance
    columns: tuple[Column, ...]
    findings: tuple[Finding, ...]
    patterns: Patterns
    preparation: Preparation
    selection: KSelection
    segments: tuple[SegmentProfile, ...]
    model: Model
    seed: int
    comparison: Comparison | None = None
    behaviour: Behaviour | None = None  # where segments were drawn from orders
    value: LifetimeValue | None = None  # likewise, where the history allows a forecast
    value_refused: str = ""  # why there is no forecast
    notes: tuple[str, ...] = ()
