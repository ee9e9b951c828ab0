"""A run's outcome: every record of it together, and the locale in which it speaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from clustera.records.actions import Action
from clustera.records.campaigns import UpliftResults
from clustera.records.examination import Examination, OutlierProfile
from clustera.records.moves import Comparison, Movers
from clustera.records.offers import OfferPlan
from clustera.records.orders import Behavior
from clustera.records.recommendations import RecommendedRun
from clustera.records.rows import Balance, Column, Finding, Reason, Source
from clustera.records.segments import KSelection, Model, Patterns, Preparation, SegmentProfile
from clustera.records.value import ForecastCheck, LifetimeValue


@dataclass(frozen=True, slots=True)
class Locale:
    """How a report speaks; as it stands here: English."""

    language: str = "English"
    code: str = "en"  # as the page's lang
    words: dict[str, str] = field(default_factory=dict)  # by the English ones
    catalog: dict[str, Any] = field(default_factory=dict)  # texts of findings, notes and segments, by section and key
    thousands: str = ","
    decimal: str = "."
    percent: str = "{number}%"
    times: str = "{number} times"  # the average
    same: str = "average"


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
    actions: tuple[Action, ...] = ()  # by segment, in the order of `suggest_actions`
    comparison: Comparison | None = None
    movers: Movers | None = None  # against the earlier run, or against the earlier day that the log was looked at
    behavior: Behavior | None = None  # where segments were drawn from orders
    value: LifetimeValue | None = None  # likewise, where the history allows a forecast
    value_refused: Reason | None = None  # why there is no forecast
    forecast_check: ForecastCheck | None = None  # of the earlier run whose definitions are kept, or names with `redraw`
    apart: OutlierProfile | None = None  # who the outliers are, where there are any
    examination: Examination | None = None  # where it was asked for
    recommended: RecommendedRun | None = None  # kept beside the run, once items were recommended to its customers
    offers: OfferPlan | None = None  # likewise, once offers were planned
    uplift: tuple[UpliftResults, ...] = ()  # who responded to its campaigns, where that was judged; the latest first
    locale: Locale = field(default_factory=Locale)
    title: str = ""  # of the report, as asked for
    company: str = ""

    @property
    def has_ids(self) -> bool:
        """Whether customers can be found again in another run; without ids they have the numbers of their rows.

        >>> seg.outcome.has_ids
        True
        """
        return any(column.role == "id" for column in self.columns)

    @property
    def first_actions(self) -> dict[int, Action]:
        """Segment -> the first of its actions: one for most of its customers, if any, else by the money at stake.

        >>> {segment: action.rule for segment, action in seg.outcome.first_actions.items()}
        {3: 'second_category', 2: 'larger_basket', 1: 'one_more_visit'}
        """
        return {action.segment: action for action in reversed(self.actions)}
