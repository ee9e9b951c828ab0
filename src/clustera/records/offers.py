"""Offers under a budget: who gets which, what it is expected to bring, and which effects have to be tested first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clustera.records.campaigns import CampaignMeasure

# From the offers file; measured in a campaign, or in one that still ran; measured, and nothing was shown; nobody knows.
EffectSource = Literal["file", "campaign", "early", "not shown", "unknown"]


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """An offer as the offers file describes it."""

    name: str
    cost: float = 0.0  # of contacting one customer
    discount: float = 0.0  # money taken off a purchase
    discount_share: float = 0.0  # share taken off a purchase
    rise: float | None = None  # of the share who buy, known from elsewhere (0.02 = two points)
    rises: tuple[tuple[int, float], ...] = ()  # the same by segment
    campaign: str = ""  # whose measured effect it is
    most: int | None = None  # customers who get it
    segments: tuple[int, ...] = ()  # who may get it; empty for all


@dataclass(frozen=True, slots=True)
class OffersFile:
    """All offers, and what limits them together."""

    offers: tuple[OfferTerms, ...]
    contacts: int | None = None  # customers who get any
    least: tuple[tuple[int, int], ...] = ()  # by segment: customers who get any
    margin: float | None = None  # share of sales that is profit
    base_rate: float | None = None  # share who buy anyway, where the run does not know
    purchase: float | None = None  # what a purchase is worth, where the run does not know


@dataclass(frozen=True, slots=True)
class PlannedOffer:
    """What one offer is expected to bring."""

    name: str
    source: EffectSource
    campaign: str  # "" where none measured it
    measure: CampaignMeasure  # of the effect
    effect: float | None  # points of buyers (0.02 = two), or revenue per customer; over those who get it
    customers: int
    cost: float
    profit: float  # after its cost


@dataclass(frozen=True, slots=True)
class OfferTest:
    """The test of an offer whose effect nobody knows."""

    name: str
    eligible: int  # customers who may get it
    contact: int
    control: int
    cost: float
    base_rate: float  # share who buy anyway
    break_even: float | None  # rise from which on it pays; None: it can't, it takes off more than a purchase brings
    shows: float | None  # smallest rise that the test shows; None: too few customers
    paid: bool  # fits into the budget, and its customers are drawn
    segments: tuple[int, ...] = ()  # where alone it is tested: its campaign had nobody of them; empty: anywhere


@dataclass(frozen=True, slots=True)
class OfferLimit:
    """What holds a plan back.

    `kind`: the budget; customers who get any offer; customers who get one offer; customers of a segment who get any at least; or
    that nobody is left who is expected to bring more than an offer costs.
    """

    kind: Literal["budget", "contacts", "most", "least", "nobody"]
    limit: float
    brings: float  # what one more of it brings; of a segment's least number, one less
    offer: str = ""
    segment: int | None = None


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """Who gets which offer, and how good that is."""

    run: str
    days: int  # that effects are about; 0 where the run does not know
    customers: int  # who may get one
    budget: float | None
    spent: float  # expected, on offers
    test_cost: float  # expected, on tests
    profit: float  # expected, of the offers
    bound: float  # no choice within the limits brings more
    next_unit: float  # what one more unit of the budget would bring; 0 where it is not used up
    offers: tuple[PlannedOffer, ...]
    tests: tuple[OfferTest, ...]
    currency: str = ""
    limits: tuple[OfferLimit, ...] = ()  # that hold it back
    terms: OffersFile | None = None  # that it was made with, and the margin used; None in plans kept before they were
    test: bool = True  # whether tests were paid for
    left_out: int = (
        0  # other customers of the run: in the control group of a running campaign, or held out of an audience
    )

    @property
    def left(self) -> float:
        """What is left of the budget; 0 without one.

        >>> OfferPlan("march", 30, 100, 500.0, 420.0, 30.0, 900.0, 910.0, 1.2, offers=(), tests=()).left
        50.0
        """
        return 0.0 if self.budget is None else max(self.budget - self.spent - self.test_cost, 0.0)

    @property
    def gap(self) -> float:
        """How much more the best choice can bring at most, as a share of it.

        >>> round(OfferPlan("march", 30, 100, 500.0, 420.0, 30.0, 900.0, 910.0, 1.2, offers=(), tests=()).gap, 4)
        0.011
        """
        return max(self.bound - self.profit, 0.0) / self.bound if self.bound > 0 else 0.0
