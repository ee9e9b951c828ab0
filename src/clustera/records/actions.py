"""Suggested actions, and what of the orders they follow from: codes and numbers, no sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clustera.records.campaigns import MeasuredEffect
from clustera.records.segments import Level

Stage = Literal["new", "active", "overdue", "lapsed", "returned"]
Subset = Literal["", "valuable", "likely lost", "falling"]  # of a stage's customers; "": the others
Counted = Literal["bought", "responded", "stayed"]
CALLED: tuple[Subset, ...] = ("valuable", "falling")  # who is called or written to one by one
ActionKind = Literal[
    "protect", "win back", "activate new", "reward loyalty", "grow", "upsell", "product offer", "discount", "sunset",
    "no special campaign",
]  # fmt: skip
SENDS_NOTHING: tuple[ActionKind, ...] = ("no special campaign", "sunset")  # nothing that could be tested or mailed


@dataclass(frozen=True, slots=True)
class StageSummary:
    """The customers of one segment in one lifecycle stage, and what such customers did lately without any action.

    Who never bought and only gave something back is in no stage, and stands by itself, so that the stages of a segment add
    up to its money.

    Three subsets stand alone: of the overdue those with sales above average in the last 12 months ("valuable"), of the new,
    active and returned those with a chance of no order of 90 % or more ("likely lost"), of the other active ones the best
    customers who buy less ("falling").

    The `earlier_...` numbers are of the customers who were in the same stage `window_days` before the snapshot (and in
    the same segment, where `earlier_in_segment` says so), and of what they bought since.
    """

    segment: int
    stage: Stage | None  # None: of who only gave something back
    customers: int
    spend: float  # whole log, returns deducted
    year_spend: float  # last 12 months (`sales_days`)
    year_days: int  # purchase days in those
    recent_spend: float  # last 91 days
    earlier_spend: float  # the 91 days before those
    recent_buyers: int  # with a purchase in the last 91 days
    shortest_silence: int | None  # days since the last purchase of whoever bought last; None where nobody did
    categories: float | None = None  # bought at least once, mean; None where the log names none
    discounts: float | None = None  # money taken off; None where the log names no discounts
    full_price: float | None = None  # what the sales would have cost without
    forecast: float | None = None  # what they are expected to bring; None without a forecast
    window_days: int = 0  # 0 where the log is too young to look back
    earlier_in_segment: bool = False
    earlier_customers: int = 0
    earlier_buyers: int = 0  # of those: with a purchase in the window
    earlier_buyers_spend: float = 0.0  # what those spent in it
    earlier_spend_sd: float | None = None  # standard deviation over all of them of what they spent in it
    subset: Subset = ""
    quarter_customers: int = 0  # the same of those who were in it a quarter (91 days) before the snapshot
    quarter_buyers: int = 0
    quarter_buyers_spend: float = 0.0
    quarter_spend_sd: float | None = None
    quarter_in_segment: bool = False
    fallen: int = 0  # of its customers: in the top fifth 3 to 6 months ago, and spend at least a third less since
    fallen_spend: float = 0.0  # what those spent in the last 12 months
    usual_gap: float | None = None  # mean of their usual days between orders, of whoever has at least 3 gaps


@dataclass(frozen=True, slots=True)
class ActionEvidence:
    """One number that an action follows from."""

    measure: str  # a feature's column, or a number of the orders such as "bought_lately"
    mean: float
    level: Level | None = None
    index: float | None = None  # 100 x mean / mean of all customers


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """How to find out whether an action works: whom to leave out, and what that can show."""

    share: float  # of the customers, to be drawn at random and left out
    customers: int  # of this segment, left out
    base_rate: float | None  # share of such customers who bought in the window without the action; None where unknown
    base_customers: int = 0  # on whom that was counted
    base_buyers: int | None = (
        None  # of those; None where the rate is a mean of groups counted apart, weighted by their customers today
    )
    base_in_segment: bool = False  # and whether only in this segment
    window_days: int = 0
    detectable_lift: float | None = None  # smallest rise of the rate it shows (0.02 = two points); None: shows none
    base_spend: float | None = None  # what such customers spent in the window, per customer
    base_spend_sd: float | None = None  # over those customers; None in runs of older versions
    counts: Counted = "bought"  # what the base rate is the share of
    column: str = ""  # of the customer table that says so; "" with orders, and where the caller stated the rate
    needed: tuple[tuple[float, int], ...] = ()  # usual rate -> customers with whom a rise of two points shows
    detectable_spend: float | None = None  # smallest rise of that it shows, as a share of it (0.05 = 5 %)
    pool: int = 0  # customers of all segments who are tested together; 0: this segment is tested alone
    pool_control: int = 0  # of those, left out


@dataclass(frozen=True, slots=True)
class Call:
    """A customer who is called or written to, one of the first in the list (`contact_order`)."""

    customer: str  # id; an e-mail address is shortened
    sales: float  # last 12 months
    segment: int
    rule: str  # of the action
    recent: float  # sales of the last 91 days
    earlier: float | None  # sales of the 91 days before; None where the log does not cover them
    silence: int  # days since the last purchase
    gap: float | None  # usual days between purchases; None where fewer than three gaps are known
    order: int = 0  # place in the list, `contact_order`
    silent: bool = True  # to be called: longer without a purchase than usual; False: to be written to
    at_risk: float | None = None  # sales of the last 12 months less those expected in as many days; None: no forecast


@dataclass(frozen=True, slots=True)
class Action:
    """What to do for the customers of one segment, or of one lifecycle stage in it. An idea, not proven yet."""

    segment: int
    rule: str  # of the playbook
    kind: ActionKind
    stages: tuple[Stage, ...]  # whose customers it is for; empty: all of the segment
    customers: int
    evidence: tuple[ActionEvidence, ...]
    control: ControlGroup | None  # None where there is nothing to test
    money: float | None = None  # what they spent in the last 12 months; None without orders
    money_share: float | None = None  # of all customers' spend in those days
    forecast: float | None = None  # what they are expected to bring without it
    expected_buyers: tuple[float, float] | None = None  # within the window, without the action: 80 % range
    point_value: float | None = None  # what one point more of buyers brings within the window, of those not left out
    percent_value: float | None = (
        None  # what 1 % more spend per customer brings within the window, of those not left out
    )
    category: str = ""  # the one to suggest
    category_share: float | None = None  # of all customers' spend
    category_own_share: float | None = None  # of the segment's
    suggested: str = ""  # category (else product) suggested to most of its customers; "" where none is, or several are
    suggested_customers: int = 0  # to how many
    suggested_kind: str = "category"  # what it is, as in the column of customers.csv: category or product
    offered_customers: int = 0  # how many of its customers have something suggested to them
    label: str = ""  # what the playbook calls it; "" stands for the catalog's label
    text: str = ""  # the playbook's own words; "" stands for those of the catalog
    measured: MeasuredEffect | None = None  # what the last campaign with it brought; None: an idea, not proven yet
    quarter: ControlGroup | None = None  # what the same control group shows in 91 days; None where that is not known
    groups: tuple[tuple[Stage, Subset], ...] = ()  # whose it is; empty in runs of older versions: all of the stages

    def is_for(self, stage: Stage | None, subset: Subset) -> bool:
        """Whether it is for the customers of its segment in a stage, and in a subset of that."""
        return (stage, subset) in self.groups if self.groups else stage in self.stages

    def is_for_most(self, size: int) -> bool:
        """Whether it is for more than half of a segment of so many customers."""
        return 2 * self.customers > size

    @property
    def contacted(self) -> int:
        """Who gets it: its customers less those left out.

        >>> [(action.customers, action.contacted) for action in seg.outcome.actions[:2]]
        [(23, 23), (8, 8)]
        """
        return self.customers - (self.control.customers if self.control else 0)
