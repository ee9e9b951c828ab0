"""A log of orders, its money, and what it says about customers and segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from clustera.records.actions import StageSummary
from clustera.records.moves import Comparison, MoveCause, Period, RankedBy
from clustera.records.rows import Finding, Reason, Source

if TYPE_CHECKING:
    from clustera.engines import Rows

OrderRole = Literal[
    "customer", "date", "amount", "price", "order", "product", "text", "category", "quantity", "discount", "cost",
    "channel", "store", "currency", "status", "refund", "email", "ignored",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderColumn:
    """What a column of an order log is, and why we think so."""

    name: str  # as the source spells it: "InvoiceDate"
    role: OrderRole
    reason: Reason
    asked: bool = False  # the user said so


@dataclass(frozen=True, slots=True)
class Money:
    """Money in = money used + money left out + money of lines after the snapshot date. Whole numbers of the smallest unit, so that sums are exact."""

    lines: int
    lines_used: int
    lines_set_aside: int
    read: int  # smallest units, all lines whose amount is readable
    used: int
    set_aside: int
    decimals: int = 2  # smallest units per unit of currency: 10 ** decimals
    currency: str = ""  # "" when the log names none
    lines_later: int = 0  # after the snapshot date: neither used nor left out
    later: int = 0

    @property
    def closes(self) -> bool:
        """Whether neither a line nor a cent was lost.

        >>> Money(3, 2, 1, read=900, used=700, set_aside=200).closes
        True
        >>> Money(3, 2, 1, read=900, used=700, set_aside=100).closes
        False
        """
        lines = self.lines_used + self.lines_set_aside + self.lines_later
        return self.lines == lines and self.read == self.used + self.set_aside + self.later

    def amount(self, units: int) -> float:
        """Smallest units as an amount of the currency.

        >>> Money(3, 2, 1, read=900, used=700, set_aside=200).amount(700)
        7.0
        """
        return float(units / 10**self.decimals)


@dataclass(frozen=True, slots=True)
class Orders:
    """Order lines as values, and every line that is not used, with its money and the reason.

    `rows` has `customer_id` (BIGINT where the source has whole numbers, else VARCHAR), `day` (INTEGER, since
    1970-01-01), `amount` (DECIMAL, negative for money given back), `kind` (VARCHAR: sale, return, discount) and, for
    each further role that the log has: `order_id`, `product`, `category`, `channel`, `store` (VARCHAR), `quantity`
    (DECIMAL), `discount` (DECIMAL, money taken off, positive), `cost` (DECIMAL, of the whole line).
    `quarantine` has `row` (BIGINT), `customer` (VARCHAR), `code` and `reason` (VARCHAR), `amount` (DECIMAL, NULL where
    unreadable), `text` (VARCHAR, the line as it stood, as JSON).
    """

    source: Source
    columns: tuple[OrderColumn, ...]
    rows: Rows
    quarantine: Rows
    findings: tuple[Finding, ...]
    money: Money
    first_day: int  # of the lines used, since 1970-01-01
    last_day: int
    as_of: int  # snapshot date: as asked, else the last day that was over when the log was exported
    contractual: Finding | None = None  # that the log looks like a contract's charges; None when it does not

    def column(self, role: OrderRole) -> str | None:
        """The source's name of the first column of a role."""
        return next((column.name for column in self.columns if column.role == role), None)


@dataclass(frozen=True, slots=True)
class RfmCell:
    """One cell of the RFM grid."""

    r: int  # recency score, 1..bins, highest = ordered most recently
    f: int  # frequency score
    customers: int
    spend: float


@dataclass(frozen=True, slots=True)
class RfmThreshold:
    """The values that one score stands for."""

    letter: str  # r (days since the last order), f (purchase days), m (spend)
    score: int  # 1..bins, highest is best; a score that nobody has is left out
    customers: int
    low: float  # smallest value among them
    high: float


@dataclass(frozen=True, slots=True)
class RfmGrid:
    """Customers by recency and frequency, and by named group; each customer is in one cell and one group."""

    bins: int
    cells: tuple[RfmCell, ...]  # those that hold somebody
    groups: tuple[tuple[str, int, float], ...]  # (name, customers, spend)
    thresholds: tuple[RfmThreshold, ...] = ()  # what each score stands for, by letter and score


@dataclass(frozen=True, slots=True)
class SegmentMonth:
    """What one segment did in one month."""

    month: str  # "2017-09"
    segment: int
    customers: int  # who ordered in it
    order_days: int
    revenue: float  # to the cent, returns deducted


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers whose first order fell into one month, and what became of them."""

    month: str
    size: int
    active: tuple[int, ...]  # who ordered, by months since the first; the first entry is `size`
    revenue: tuple[float, ...]  # by months since the first


@dataclass(frozen=True, slots=True)
class Newcomers:
    """A whole month with half as many first orders as usual, or twice as many."""

    month: str
    customers: int  # who ordered for the first time in it
    usual: int  # the median of the months before
    months: int  # how many those are
    before: tuple[tuple[str, int], ...] = ()  # (month, customers) of those that were as unusual, the latest first


@dataclass(frozen=True, slots=True)
class TopFalls:
    """Top customers (the fifth with the highest sales 3 to 6 months ago) who spend much less now."""

    least: float  # by which share their spend fell at least: 1/3, or more where all customers spend less
    customers: int  # in that fifth
    fallen: int  # of those
    usual: tuple[float, ...] = ()  # shares counted the same way 91, 182, ... days before, the latest first


@dataclass(frozen=True, slots=True)
class CategoryAffinity:
    """What one segment spends on one category, beside what all customers do."""

    segment: int
    category: str  # "all other categories" and "no category" gather what has no row of its own
    spend: float  # to the cent, returns deducted; adds up to the segment's revenue
    share: float  # of the segment's spend
    index: float  # 100 x share / share of all customers' spend; 100 where they spend nothing on it


@dataclass(frozen=True, slots=True)
class MigrationForecast:
    """Where customers are expected to be one period later, and how well that went before."""

    segments: tuple[int, ...]
    matrix: tuple[tuple[float, ...], ...]  # share of a segment's customers (row) that goes to each segment (column)
    arrivals: tuple[float, ...]  # new customers by segment, per period
    now: tuple[int, ...]
    expected: tuple[float, ...]  # sizes one period later
    transitions: int  # periods it was learned from
    tested: int  # periods that were forecast from those before them
    error: float | None  # of those: share of the customers counted in a wrong segment
    error_unchanged: float | None  # the same for "every size stays"
    move_error: float | None = None  # of those: share of the customers known before whose move was not foretold
    move_error_unchanged: float | None = None  # the same for "everybody stays"

    @property
    def better(self) -> bool | None:
        """Whether sizes were foretold better than by "every size stays"; None where that could not be tried.

        >>> MigrationForecast((1,), ((1.0,),), (0.0,), (40,), (42.0,), 3, 2, error=0.1, error_unchanged=0.2).better
        True
        """
        return None if self.error is None or self.error_unchanged is None else self.error < self.error_unchanged


@dataclass(frozen=True, slots=True)
class Migration:
    """One segmentation on several days: the same definitions applied to what was known on each of them."""

    days: tuple[int, ...]  # oldest first, equally far apart; the last is the run's own
    months: int  # between one day and the next
    segments: tuple[int, ...]  # identities
    sizes: tuple[tuple[int, ...], ...]  # customers, one row per day, one column per segment
    periods: tuple[Period, ...]  # one fewer than days
    forecast: MigrationForecast
    ranking: tuple[int, ...] = ()  # segments by what a customer brings, most first
    ranked_by: RankedBy = "spend"
    causes: tuple[MoveCause, ...] = ()  # of the moves of the last period

    def last(self, names: dict[int, str], before: str, after: str) -> Comparison:
        """The latest period as a comparison of two runs, for the pictures of such."""
        period = self.periods[-1]
        return Comparison(
            before=before,
            after=after,
            common=sum(move.count for move in period.moves),
            only_before=sum(count for _, count in period.left),
            only_after=sum(count for _, count in period.came),
            moves=period.moves,
            matched=(),
            new=(),
            gone=(),
            split=(),
            merged=(),
            names_before=names,
            names_after=names,
            ranking=self.ranking,
            ranked_by=self.ranked_by,
            same_definitions=True,
            day_before=period.before,
            day_after=period.after,
            causes=self.causes,
            came=period.came,
            left=period.left,
        )


@dataclass(frozen=True, slots=True)
class SegmentRisk:
    """Customers of one segment who are overdue."""

    segment: int
    customers: int  # with at least 3 gaps between orders
    overdue: int
    money: float  # what the overdue spent in the last 12 months (`sales_days`)
    share: float  # of the segment's money in those days


@dataclass(frozen=True, slots=True)
class Risk:
    """Customers who are overdue, and the money that hangs on them."""

    customers: int  # with at least 3 gaps between orders
    overdue: int
    money: float  # what the overdue spent in the last 12 months (`sales_days`)
    share: float  # of the money of all customers in those days
    tested_on: int = 0  # day of the back-test, 0 when there was none
    returned: float | None = None  # back-test: share of the overdue who ordered within a quarter
    returned_others: float | None = None  # the same of customers not overdue
    error: float | None = None  # back-test: mean days between expected and actual order, of those who ordered
    error_same: float | None = None  # the same when everybody is expected after the same wait
    segments: tuple[SegmentRisk, ...] = ()
    best: int = 0  # of the overdue, those who spent more than the mean of all customers in those days
    best_money: float = 0.0  # what these spent


@dataclass(frozen=True, slots=True)
class Usefulness:
    """How much of what customers do after a day is explained by groups drawn up to it.

    Shares of the variance (1 = everything, 0 = nothing, below 0 = worse than one mean for all), of customers whose
    outcome was not used to learn the groups' means; `None` where it can't be measured.
    """

    groups: str  # how the groups were made: "segments", "RFM groups", "spend quantiles"
    count: int  # groups
    customers: int
    log_spend: float | None  # of log(1 + spend)
    spend: float | None
    active: float | None  # ordered at all
    categories: float | None = None  # shares of the spend by category, of those who ordered


@dataclass(frozen=True, slots=True)
class UnusedLines:
    """Order lines that were not used, by reason."""

    code: str
    lines: int
    amount: float  # of those whose amount is readable


@dataclass(frozen=True, slots=True)
class Behavior:
    """What a log of orders says beside the segments drawn from it."""

    as_of: int  # snapshot date, since 1970-01-01
    first_day: int
    money: Money
    set_aside: tuple[UnusedLines, ...]
    contractual: Finding | None  # that the log looks like a contract's charges; None when it does not
    revenue: tuple[tuple[int, float], ...]  # (segment, spend up to as_of)
    rfm: RfmGrid
    rfm_by_segment: tuple[tuple[str, int, int], ...]  # (named group, segment, customers)
    months: tuple[SegmentMonth, ...]
    cohorts: tuple[Cohort, ...]
    risk: Risk | None
    usefulness: tuple[Usefulness, ...]  # segments drawn a quarter earlier, beside what needs no clustering
    judged_from: int = 0  # the day on which those were drawn; 0 when the log is too short
    judged_until: int = 0  # last day of what they were judged by
    judged_on_half: bool = False  # the other half of the customers chose k
    migration: Migration | None = None
    migration_refused: Reason | None = None  # why there is none
    affinities: tuple[
        CategoryAffinity, ...
    ] = ()  # by category, the one with most money first; empty without categories
    stages: tuple[StageSummary, ...] = ()  # lifecycle stages by segment
    returned_lines: int = 0  # lines used that give money back: returns, cancellations
    returned: float = 0.0  # what they give back, deducted from revenue
    outlier_revenue: float | None = None  # of the customers who are outliers; None in runs of older versions
    usual_silence: int = 0  # days without a purchase from which on a customer has lapsed; 0 in runs of older versions
    newcomers: Newcomers | None = None  # None where the latest month is as usual, or too little is known
    top_falls: TopFalls | None = None  # None where too little is known, and in runs of older versions
