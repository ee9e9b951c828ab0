"""Campaigns with a control group: what was planned, what was launched, and what it brought. Codes and numbers, no sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from clustera.records.exports import ExportStep
from clustera.records.rows import Finding

Group = Literal["contact", "control"]
# Marked by the run; drawn, since the run has marked nobody; the one and the other, by segment; drawn by a share that was asked for.
ControlFrom = Literal["run", "drawn", "both", "asked"]
CampaignMeasure = Literal["buyers", "revenue"]  # what decides: the share who buy, or revenue per customer
LooksPlanned = Literal["daily", "end", "open"]  # looked at every day, once when it is over, or daily without an end
CampaignDecision = Literal[
    "too early", "works", "harms", "no difference shown", "not randomized", "groups differ", "outcomes missing", "too few",
    "no control group",
]  # fmt: skip
# Whose share who buy without a campaign a plan takes: counted in the orders, in the table by segment, as somebody stated it.
RatesFrom = Literal["orders", "table", "stated", ""]
PlanAdvice = Literal["", "larger control", "combine segments", "longer", "unknown rate"]


@dataclass(frozen=True, slots=True)
class ControlSize:
    """What a control group of one size can show."""

    share: float  # of the customers
    customers: int  # in the control group
    buyers_lift: float | None  # smallest rise of the share who buy that shows (0.02 = two points); None: shows none
    spend_lift: float | None  # smallest rise of revenue per customer, as a share of it; None: shows none


@dataclass(frozen=True, slots=True)
class PlannedAudience:
    """The customers of one action, segment, or of all of them together, and what a campaign to them can show."""

    segment: int | None  # None for all together
    action_code: str  # "" where the audience is no action's
    customers: int
    days: int  # of the window in which the base rates were counted, and which the campaign lasts
    base_customers: int  # on whom they were counted; 0 where nothing is known
    base_rate: float | None  # share who bought in such a window without a campaign
    base_spend: float | None  # what each of them spent in it
    base_spend_sd: float | None
    sizes: tuple[ControlSize, ...]  # by share, the smallest first
    share: float  # the smallest that shows a rise worth seeing, else the largest that is of any use
    measure: CampaignMeasure
    advice: PlanAdvice  # what to do where the test can't work; "" where it can
    measured: MeasuredEffect | None = None  # what an earlier campaign with the same action brought
    action_label: str = ""  # what reports call the action


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """What campaigns to the customers of a run can show, by action or segment, and all together."""

    run: str
    days: int
    looks: LooksPlanned
    audiences: tuple[PlannedAudience, ...]
    together: PlannedAudience | None  # None where there is only one audience
    currency: str = ""
    audience: str = ""  # whose customers alone are counted: a name, a definition, or a file
    rates_from: RatesFrom = ""  # "" where nothing is known


@dataclass(frozen=True, slots=True)
class CampaignOverlap:
    """Customers who are in another campaign that is still going on."""

    campaign: str
    customers: int
    excluded: bool
    same_control: bool = False  # both leave out the customers whom the run has marked


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it was launched, or groups that somebody else made."""

    name: str
    run: str  # whose customers they are; "" for groups of one's own
    day: int  # first day, since 1970-01-01
    days: int | None  # how long it is measured; None where no end was planned
    share: float | None  # of the control group; None where it is not known
    randomized: bool  # the groups were drawn at random, and that is on record
    seed: str  # what enters the draw beside the customer's key: the campaign's name
    measure: CampaignMeasure
    looks: LooksPlanned
    customers: int
    contact: int
    control: int
    segments: tuple[tuple[int, str], ...] = ()  # number and name
    action_code: str = ""
    action_label: str = ""  # what reports call the action
    margin: float | None = None  # share of sales that is profit
    contact_cost: float = 0.0  # per customer contacted
    currency: str = ""
    overlaps: tuple[CampaignOverlap, ...] = ()
    not_in_run: int = 0  # customers of the audience whom the run does not know; they take no part
    audience: str = ""  # whose customers alone take part: a name, a definition, or a file
    control_from: ControlFrom = "asked"  # whose control group it is
    drawn_from: int = 0  # customers among whom a control group was drawn; the others are as the run has marked them
    drawn_share: float | None = None  # share of those who were drawn
    in_other_control: int = 0  # customers left out since they are in the control group of another campaign
    held_out: int = 0  # of those, whom an audience holds out
    network: str = ""  # what the list was written for; "" where no contacts were given
    unreachable: int = 0  # customers left out before the draw: no address, no consent, suppressed
    # Customers left after each step, from all whom it is for to those contacted; empty in campaigns of older versions.
    steps: tuple[ExportStep, ...] = ()
    marked: int = 0  # of all whom it is for, whom the run has marked as control group
    exported: str = (
        ""  # when the audience's list was exported whose groups these are; "" where the campaign has its own
    )
    options: dict[str, Any] = field(default_factory=dict, hash=False)  # how the run read its orders; JSON values

    @property
    def last_day(self) -> int | None:
        """The last day that is measured, since 1970-01-01; None where no end was planned."""
        return None if self.days is None else self.day + self.days - 1


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """What one group did from the first day on."""

    customers: int
    buyers: int
    orders: int  # days with a purchase
    revenue: float  # returns deducted


@dataclass(frozen=True, slots=True)
class Effect:
    """A difference, contact minus control, with its interval."""

    value: float
    low: float
    high: float
    control: float  # the same measure in the control group
    error: float  # standard error
    adjusted: bool = False  # what the customers did before the campaign is taken out


@dataclass(frozen=True, slots=True)
class CampaignPart:
    """What a campaign brought to some of its customers."""

    segment: int | None  # None for all
    contact: GroupOutcome
    control: GroupOutcome
    buyers: Effect | None  # share who bought; None where the groups are too small to say
    revenue: Effect | None  # per customer
    # Of a segment: whether its difference holds among all segments, of what decides and of the other; None: not judged.
    shown: bool | None = None
    other_shown: bool | None = None

    def holds(self, measure: CampaignMeasure, decides: CampaignMeasure) -> bool | None:
        """Whether a difference is more than chance: of a segment among all segments, else by its own interval."""
        effect = self.buyers if measure == "buyers" else self.revenue
        if effect is None:
            return None
        if self.segment is None:
            return effect.low > 0 or effect.high < 0
        return self.shown if measure == decides else self.other_shown


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Whether the groups are as large as they were drawn."""

    expected: float  # customers in the control group
    control: int
    p: float
    holds: bool


@dataclass(frozen=True, slots=True)
class MissingOutcomes:
    """Customers of the groups whom a table of outcomes does not name, although it also names customers whose outcome is 0."""

    contact: int
    control: int
    p: float  # that the groups miss as unequal shares by chance
    holds: bool  # as many are missing from one group as from the other, up to chance


@dataclass(frozen=True, slots=True)
class ContactedElsewhere:
    """Customers of the groups whom another campaign contacted in the same days, more of one group than of the other."""

    campaign: str
    contact: int  # of the contact group
    control: int


@dataclass(frozen=True, slots=True)
class HeavyTail:
    """The revenue beside a second interval, where few customers carry the sum."""

    share: float  # of the revenue, by the 1 % who spent most
    cap: float  # what the largest amounts are counted as
    effect: Effect
    top: int = 0  # how many those are; 0 in results of earlier versions
    buyers: int = 0  # of how many


@dataclass(frozen=True, slots=True)
class CampaignResults:
    """What a campaign brought, as far as that can be said."""

    campaign: Campaign
    day: int  # last day that is counted, since 1970-01-01
    days: int  # days that are counted
    decision: CampaignDecision
    over: bool  # all planned days are over
    bound: float  # standard errors that a difference must pass on this day
    parts: tuple[CampaignPart, ...]  # all customers first, then by segment
    ratio: SampleRatio | None  # None where no share is on record
    missing: MissingOutcomes | None = None  # None where no outcome is missing, or the table names buyers only
    total_revenue: Effect | None = None  # of all who were contacted
    total_buyers: Effect | None = None
    profit: Effect | None = None  # None without a margin
    cost: float = 0.0  # of contacts and discounts
    narrower: tuple[tuple[str, float], ...] = ()  # measure -> part of the interval that earlier behavior took away
    tail: HeavyTail | None = None
    contacted_control: int | None = None  # control customers who got it anyway; None where nobody said who got it
    not_contacted: int | None = None
    contacted_unknown: int | None = None
    others: int = 0  # customers in the log during the campaign who are in neither group
    others_revenue: float = 0.0
    not_in_log: int = (
        0  # customers of the groups of whom the log has no order, also not before the campaign; counted as 0
    )
    future_lines: int = 0  # order lines of the log that are dated after today; not counted
    left_out_lines: int = 0  # other order lines of the log that are not used: no customer, not paid, no amount, ...
    left_out_money: float = 0.0  # of those whose amount is readable
    not_in_table: int = 0  # customers of the groups whom a table of outcomes does not name; counted as 0
    lost_files: tuple[Finding, ...] = ()  # files of the log that are not read, empty or cut off: orders may be missing
    elsewhere: tuple[ContactedElsewhere, ...] = ()  # by campaigns that this one did not know when it was launched
    respelled: tuple[Finding, ...] = ()  # ids of the groups that the log or the table writes otherwise

    @property
    def early(self) -> bool:
        """Whether the campaign went on when this was measured: some of its planned days were still to come."""
        return self.campaign.days is not None and not self.over

    @property
    def causal(self) -> bool:
        """Whether a difference may be called what the campaign brought."""
        return self.decision not in ("not randomized", "groups differ", "outcomes missing", "no control group")


@dataclass(frozen=True, slots=True)
class MeasuredEffect:
    """What a campaign with an action brought, as the action carries it from then on."""

    campaign: str
    segment: int | None  # None: of all segments together
    day: int
    days: int
    measure: CampaignMeasure
    value: float  # of the share who buy, or of revenue per customer
    low: float
    high: float
    decision: CampaignDecision
    customers: int
    adjusted: bool = False  # as of `Effect`
    planned: int = 0  # days that the campaign was to last; 0 where nobody said

    @property
    def early(self) -> bool:
        """Whether the campaign went on when this was measured."""
        return self.days < self.planned


@dataclass(frozen=True, slots=True)
class RankedUplift:
    """How well a rule ranks customers by what a contact changes; 0 = no better than a choice at random."""

    rule: str  # "segment": the difference within the segment; "T", "DR": learners
    qini: float  # what ranking adds per customer, averaged over how many are contacted
    low: float  # 97.5 % interval, so that those of two rules hold together in 95 of 100 campaigns
    high: float
    half: float  # what it adds per contacted customer, where half of the customers are contacted
    half_low: float  # 95 % interval
    half_high: float
    beyond_low: float | None = (
        None  # 97.5 % interval of the Qini figure's difference from that of the simple rule; None for that rule
    )
    beyond_high: float | None = None


@dataclass(frozen=True, slots=True)
class UpliftGroup:
    """What a contact changed in a segment, or in the third that a learner ranks first, second or last."""

    place: int  # number of the segment, or 1 to 3
    customers: int
    effect: float
    low: float  # 95 % interval
    high: float


@dataclass(frozen=True, slots=True)
class UpliftResults:
    """Who responds to a campaign."""

    customers: int
    contact: int
    tested: int  # customers on whom the rules were judged
    rules: tuple[RankedUplift, ...]
    best: str  # the rule to rank by: "segment", "DR"; "" where none is better than a choice at random
    groups: tuple[UpliftGroup, ...]  # by that rule
    campaign: str = ""
    measure: CampaignMeasure = "buyers"
    currency: str = ""
    columns: tuple[str, ...] = ()  # that the learners know
    segments: tuple[tuple[int, str], ...] = ()  # number and name
    margin: float | None = None  # share of sales that is profit
    contact_cost: float = 0.0  # per customer contacted
