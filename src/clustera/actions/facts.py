"""The numbers that rules may ask for: of one segment's customers, or of those in some lifecycle stages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from clustera.lexicon import names_no_category
from clustera.power import Baseline
from clustera.records import Behavior, SegmentProfile, Stage, StageSummary, Subset

LOYAL = ("Champions", "Loyal")  # RFM groups
SUGGESTED = 0.03  # share of all customers' spend from which a category is worth a suggestion
MONEY = 0.05  # share of all money from which a segment must get something to do
UNDERBOUGHT = 0.75  # a segment that spends less than this part of all customers' share on it


@dataclass(frozen=True)
class Facts:
    """What is known of some customers of one segment, beside all customers."""

    segment: SegmentProfile
    stages: tuple[StageSummary, ...] = ()  # those that the customers are in; empty where stages are not known
    everybody: tuple[StageSummary, ...] = ()  # of all segments
    behavior: Behavior | None = None
    baseline: Baseline | None = (
        None  # of a customer table, or as the caller states it: the share of the segment who responded, or stayed
    )
    excluded: tuple[str, ...] = ()  # categories that are not suggested
    column_share: float | None = None  # of a customer table: the segment's part of a column of money; the largest
    messaged: float | None = None  # lowest expected sales per customer of a segment's lapsed who are sent something

    @property
    def customers(self) -> int:
        """Whom the action is for."""
        return self.total("customers") if self.stages else self.segment.size

    def total(self, field: str) -> int:
        """A field of the stages, added up."""
        return sum(getattr(stage, field) for stage in self.stages)

    def share(self, field: str) -> float | None:
        """Their part of what all customers have of a field."""
        own, every = self._sum(self.stages, field), self._sum(self.everybody, field)
        return own / every if own is not None and every is not None and every > 0 else None

    def index(self, field: str, per: str = "customers") -> float | None:
        """100 x (field per something of theirs) / (the same of all customers)."""
        own, own_per, every, every_per = (
            self._sum(part, name) for part in (self.stages, self.everybody) for name in (field, per)
        )
        if own is None or not all(value is not None and value > 0 for value in (own_per, every, every_per)):
            return None
        return 100 * (own / own_per) / (every / every_per)  # type: ignore[operator]

    def ratio(self, field: str, per: str) -> float | None:
        """A field of theirs divided by another."""
        own, other = self._sum(self.stages, field), self._sum(self.stages, per)
        return own / other if own is not None and other is not None and other > 0 else None

    def segment_share(self, field: str) -> float | None:
        """The whole segment's part of what all customers have of a field."""
        own = tuple(stage for stage in self.everybody if stage.segment == self.segment.segment)
        mine, every = self._sum(own, field) if own else 0.0, self._sum(self.everybody, field)
        return mine / every if mine is not None and every is not None and every > 0 else None

    def mean_index(self, field: str) -> float | None:
        """100 x mean of theirs / mean of all customers."""
        own, every = _mean(self.stages, field), _mean(self.everybody, field)
        return 100 * own / every if own is not None and every else None

    @property
    def spend_share(self) -> float | None:
        """The whole segment's part of all spend: of the orders, else of the table's column of money."""
        return self.segment_share("spend") if self.everybody else self.column_share

    @property
    def has_money(self) -> bool:
        """Whether 5 % of the revenue, of the last 12 months' or of the forecast is the segment's."""
        shares = (self.spend_share, self.segment_share("year_spend"), self.segment_share("forecast"))
        return any(share is not None and share >= MONEY for share in shares)

    @property
    def trend_index(self) -> float | None:
        """Change of the spend, last quarter against the one before: 100 x theirs / that of all customers."""
        return self.index("recent_spend", "earlier_spend")

    @property
    def messaged_index(self) -> float:
        """100 x their expected sales per customer / the lowest of a segment's lapsed customers who are sent something.

        0 where nobody is sent anything, or nothing is expected of these or known.
        """
        own = self.ratio("forecast", "customers")
        return (
            (math.inf if not self.messaged else 100 * own / self.messaged) if own and self.messaged is not None else 0.0
        )

    @property
    def loyal_share(self) -> float | None:
        """Share of the segment's customers whom RFM calls Champions or Loyal."""
        if self.behavior is None or not self.behavior.rfm_by_segment:
            return None
        own = [(name, n) for name, segment, n in self.behavior.rfm_by_segment if segment == self.segment.segment]
        counted = sum(n for _, n in own)
        return sum(n for name, n in own if name in LOYAL) / counted if counted else None

    @cached_property
    def category(self) -> tuple[str, float, float] | None:
        """The category to suggest: (name, share of all customers' spend, share of the segment's spend).

        Of the categories on which all customers spend at least 3 % and the segment less than three quarters of that
        share, the one on which it would spend most more if it spent like all.
        """
        if self.behavior is None:
            return None
        offered = [
            (
                100 * entry.share / entry.index - entry.share,
                entry.category,
                100 * entry.share / entry.index,
                entry.share,
            )
            for entry in self.behavior.affinities
            if entry.segment == self.segment.segment
            and entry.index > 0
            and entry.category not in (*_GATHERED, *self.excluded)
            and not names_no_category(entry.category)
        ]
        offered = [o for o in offered if o[2] >= SUGGESTED and o[3] < UNDERBOUGHT * o[2]]
        best = max(offered, default=None)
        return None if best is None else best[1:]

    @staticmethod
    def _sum(parts: Sequence[StageSummary], field: str) -> float | None:
        values = [getattr(part, field) for part in parts]
        return None if not values or any(value is None for value in values) else float(sum(values))


def _mean(parts: Sequence[StageSummary], field: str) -> float | None:
    known = [(part.customers, getattr(part, field)) for part in parts if getattr(part, field) is not None]
    counted = sum(customers for customers, _ in known)
    return sum(customers * value for customers, value in known) / counted if counted else None


_GATHERED = ("all other categories", "no category")

# What `at_least` and `below` of a rule may name.
MEASURES: dict[str, Callable[[Facts], float | None]] = {
    "value_index": lambda facts: facts.index("spend"),
    "spend_share": lambda facts: facts.share("year_spend"),
    "forecast_share": lambda facts: facts.share("forecast") or 0.0,  # without a forecast there is none to lose
    "segment_spend_share": lambda facts: facts.spend_share,
    "segment_year_share": lambda facts: facts.segment_share("year_spend"),
    "segment_forecast_share": lambda facts: facts.segment_share("forecast") or 0.0,
    "messaged_index": lambda facts: facts.messaged_index,
    "frequency_index": lambda facts: facts.index("year_days"),
    "basket_index": lambda facts: facts.index("year_spend", "year_days"),
    "trend_index": lambda facts: facts.trend_index,
    "trend": lambda facts: facts.ratio("recent_spend", "earlier_spend"),
    "bought_lately": lambda facts: facts.total("recent_buyers") / facts.customers if facts.stages else None,
    "loyal_share": lambda facts: facts.loyal_share,
    "categories_index": lambda facts: facts.mean_index("categories"),
    "category_gap": lambda facts: None if facts.category is None else facts.category[1] - facts.category[2],
    "discount": lambda facts: facts.ratio("discounts", "full_price"),
    "discount_index": lambda facts: facts.index("discounts", "full_price"),
    "silence_days": lambda facts: min(
        (float(s.shortest_silence) for s in facts.stages if s.shortest_silence is not None), default=None
    ),
    "usual_gap": lambda facts: _mean(facts.stages, "usual_gap"),
}
SUBSETS: Mapping[Subset, tuple[Stage, ...]] = {
    "valuable": ("overdue",),
    "likely lost": ("new", "active", "returned"),
    "falling": ("active",),
}
STAGES: tuple[Stage, ...] = ("overdue", "lapsed", "new", "returned", "active")
