"""The nouns that pass between the steps: data only, no behaviour beyond reading oneself.

Scalars and tuples, so that every record can be written as JSON and read back without pickle. What is as long as the
customer table stays in an engine (`Rows`) or in a NumPy array and is never a record's field, except in the few
records marked "in memory".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

Role = Literal["id", "feature", "descriptor", "date", "constant", "personal", "ignored"]
Kind = Literal["number", "bracket", "category", "boolean", "date", "text"]
Severity = Literal["note", "warning", "error"]
Verdict = Literal["natural", "reproducible", "constructive"]


class Rows(Protocol):
    """A table that lives in an engine: asked in SQL, read in batches, never assumed to fit into memory."""

    @property
    def columns(self) -> dict[str, str]:
        """Column names and their SQL types, in order."""

    def count(self) -> int:
        """Number of rows."""

    def query(self, sql: str) -> pa.Table:
        """The (small) result of a query; `{rows}` in the text stands for this table."""

    def select(self, sql: str, **others: Rows) -> Rows:
        """A table defined by a query over this one, and `{others}` of the same engine; computed when it is read."""

    def keep(self) -> Rows:
        """The same table, computed once and held by the engine (on disk when it is large)."""

    def batches(self, columns: Sequence[str] | None = None, *, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """Batches in the table's own order."""

    def arrow(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The whole table in memory; for tables known to be small, or asked for by the user."""

    def write_parquet(self, path: Path) -> None:
        """One Parquet file in the table's order."""

    def write_csv(self, path: Path) -> None:
        """One CSV file (UTF-8, header) in the table's order."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows came from."""

    name: str  # file name, or "DataFrame"
    format: str  # csv, tsv, parquet, jsonl, frame, ...
    rows: int  # data rows as read, header and blank lines not counted
    bytes: int | None = None
    sha256: str | None = None  # of the file's bytes; None for a frame
    spelling: dict[str, Any] = field(default_factory=dict)  # separator, encoding, decimal mark, ...


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is, and why we think so."""

    name: str  # as the source spells it: "Annual Income (k$)"
    role: Role
    kind: Kind
    reason: str  # "61 distinct whole numbers": shown to the user
    title: str  # for people: "Annual income"
    unit: str = ""  # "years", "k$", "" when unknown
    asked: bool = False  # the user said so
    spelling: dict[str, Any] = field(
        default_factory=dict
    )  # how its text becomes a value; enough to read a later file alike
    missing: int = 0
    distinct: int = 0

    @property
    def label(self) -> str:
        """Title and unit, as an axis shows them."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the check saw, by a stated rule, with its cure."""

    code: str  # stable, documented: "missing-values"
    severity: Severity
    message: str  # "Income is missing in 12 of 2,000 rows (0.6 %)."
    rule: str  # what was tested, so that the user can disagree
    cure: str  # what we did, or what the user can do
    column: str | None = None
    count: int = 0
    share: float = 0.0  # of the rows read
    examples: tuple[tuple[int, str], ...] = ()  # (row number in the source from 1, the text as it stood)


@dataclass(frozen=True, slots=True)
class Balance:
    """Rows in = rows out + quarantined."""

    read: int
    segmented: int
    quarantined: int

    @property
    def closes(self) -> bool:
        """Whether no row was lost."""
        return self.read == self.segmented + self.quarantined


@dataclass(frozen=True, slots=True)
class Raw:
    """What `read` hands to `check`: every cell as the source has it.

    `rows` has `_row` (BIGINT, number of the data row in the source, from 1), then the source's columns under their own
    names: VARCHAR where the source is text, the source's own types where it has some (Parquet, frames).
    """

    source: Source
    rows: Rows
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check` hands on: typed values, and every row that is not used, with the reason.

    `rows` has `_row` (BIGINT), `_id` (VARCHAR; the row number when there is no id column), `_key` (UBIGINT, a hash of
    the id, else of the row's features: samples are drawn and ties broken by it), then each column of role feature
    (DOUBLE, NULL where missing), descriptor (VARCHAR) and date (DATE) under its own name.
    `quarantine` has `row` (BIGINT), `id` (VARCHAR), `code` and `reason` (VARCHAR), `text` (VARCHAR, the row as it
    stood, as JSON).
    """

    source: Source
    columns: tuple[Column, ...]
    rows: Rows
    quarantine: Rows
    findings: tuple[Finding, ...]
    balance: Balance

    def role(self, role: Role) -> tuple[Column, ...]:
        """The columns of one role, in the source's order."""
        return tuple(column for column in self.columns if column.role == role)


@dataclass(frozen=True, slots=True)
class FeaturePreparation:
    """How one feature becomes a coordinate: fill, power, centre, scale, weight - and back."""

    name: str
    title: str
    unit: str
    fill: float  # stands in for a missing value, original units
    missing: int
    skew: float  # of the values as they are
    power: float | None  # Yeo-Johnson's lambda; None when left as it is
    mean: float  # of the (transformed) kept rows
    scale: float  # their standard deviation
    weight: float = 1.0
    step: float = 0.0  # distance between neighbouring values of a discrete feature; 0 when continuous
    decimals: int = 0  # how many decimals a person needs

    @property
    def label(self) -> str:
        """Title and unit, as an axis shows them."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True, slots=True)
class Isolation:
    """The rule that sets rows apart: their distance to the n-th nearest of a hashed sample exceeds the fence."""

    neighbours: int
    fence: float  # distance in standard deviations, before weights
    reference: tuple[tuple[float, ...], ...]  # the sample: standard deviations, before weights, jittered
    keys: tuple[int, ...]  # of the sample's customers: nobody is his own neighbour


@dataclass(frozen=True, slots=True)
class Preparation:
    """All that turns a checked row into a point; stored with the model."""

    features: tuple[FeaturePreparation, ...]
    isolation: Isolation | None
    outliers: int  # rows set aside for the fit
    notes: tuple[str, ...] = ()  # what was done and why, for the report


@dataclass(frozen=True, slots=True)
class KEvidence:
    """What speaks for and against one number of segments."""

    k: int
    inertia: float
    explained: float  # share of the variance between segments, 0..1
    silhouette: float
    calinski_harabasz: float
    gap: float
    prediction_strength: float  # of the weakest segment, mean over half-splits
    prediction_strength_se: float
    valley: float  # 0 = nobody between neighbouring segments, 1 = no gap
    jaccard: float  # of the weakest segment over bootstraps
    smallest: float  # share of the smallest segment
    rank: float  # sum of ranks among admissible ks; higher is better
    admissible: bool
    why_not: str = ""  # why k is not admissible, for the table


@dataclass(frozen=True, slots=True)
class KSelection:
    """How many segments, for which reason."""

    k: int
    verdict: Verdict
    reason: str  # one sentence
    evidence: tuple[KEvidence, ...]
    alternatives: tuple[int, ...]  # the next best ks
    asked: str = ""  # the caller's constraint: "k = 5", "k in 3..8", "every segment at least 2 %"
    price: str = ""  # what the constraint costs against the free choice
    sample: int = 0  # customers the evidence was measured on


@dataclass(frozen=True, slots=True)
class FeatureProfile:
    """One feature within one segment, original units."""

    feature: str
    mean: float
    median: float
    low: float  # 10th percentile
    high: float  # 90th percentile
    quartiles: tuple[float, float]
    centre: float  # the K-Means centre, carried back to original units
    index: float  # 100 x segment mean / mean of all customers; nan-free: 100 when the mean of all is 0
    effect: float  # (segment mean - mean of the others) / standard deviation of all, in standard deviations


@dataclass(frozen=True, slots=True)
class DescriptorShare:
    """How often one value of a descriptor occurs in one segment."""

    descriptor: str
    value: str
    count: int
    share: float  # of the segment's customers whose value is known
    overall: float  # of all customers whose value is known
    margin: float  # half width of the 95 % (Wilson) interval of `share`


@dataclass(frozen=True, slots=True)
class Action:
    """A suggested action: a hypothesis, to be tested first."""

    kind: str  # cross-sell, upsell, offer, discount, retain, win back, recognise, leave alone
    text: str  # what to do
    because: str  # the numbers it follows from
    test: str  # how to find out whether it works


@dataclass(frozen=True, slots=True)
class TrustNumbers:
    """What was measured about one segment's stability, before it is put into words."""

    segment: int  # identity
    jaccard: float  # bootstrap mean of the best match
    valley: float  # towards the nearest neighbour: 0 = nobody between, 1 = no gap
    neighbour: int  # identity of the nearest neighbour; the segment's own when it is the only one
    borderline: float  # share of members nearly as close to another centre


@dataclass(frozen=True, slots=True)
class SegmentTrust:
    """How sure one segment is."""

    jaccard: float  # bootstrap mean of the best match
    valley: float  # towards the nearest neighbour
    neighbour: int  # segment id of the nearest neighbour
    borderline: float  # share of members nearly as close to another centre
    statement: Literal["distinct", "reproducible", "pattern", "unreliable", "drawn"]
    sentence: str


@dataclass(frozen=True, slots=True)
class SegmentProfile:
    """One segment, explained."""

    segment: int  # identity; stays with the segment over runs
    name: str
    sentence: str
    size: int
    share: float
    outliers: int
    colour: int  # index into the palette; stays with the segment
    centre: tuple[float, ...]  # prepared units
    features: tuple[FeatureProfile, ...]
    descriptors: tuple[DescriptorShare, ...]
    distinguishing: tuple[str, ...]  # features by |effect|, largest first
    trust: SegmentTrust
    action: Action


@dataclass(frozen=True, slots=True)
class Distribution:
    """How one column is distributed over all customers."""

    name: str
    label: str
    edges: tuple[float, ...]  # histogram edges, original units
    counts: tuple[int, ...]  # one fewer than edges
    mean: float
    sd: float
    quantiles: tuple[float, ...]  # 0, 1, 5, 25, 50, 75, 95, 99, 100 %
    skew: float
    missing: int


@dataclass(frozen=True, slots=True)
class CategoryCounts:
    """How one descriptor is distributed over all customers; rare values are gathered under `other`."""

    name: str
    values: tuple[str, ...]
    counts: tuple[int, ...]
    other: int
    missing: int


@dataclass(frozen=True, slots=True)
class Patterns:
    """What the table shows before anything is clustered."""

    distributions: tuple[Distribution, ...]
    categories: tuple[CategoryCounts, ...]
    correlation: tuple[tuple[float, ...], ...]  # Spearman, in the order of `distributions`
    redundant: tuple[tuple[str, str, float], ...]  # pairs with |correlation| >= .95
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """Customers who went from one segment to another."""

    before: int
    after: int
    count: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs held against each other, on the customers both know."""

    before: str  # run or label
    after: str
    common: int
    only_before: int
    only_after: int
    moves: tuple[Move, ...]  # with before == after for those who stayed
    matched: tuple[tuple[int, int, float], ...]  # (segment before, segment after, Jaccard overlap)
    new: tuple[int, ...]
    gone: tuple[int, ...]
    split: tuple[tuple[int, tuple[int, ...]], ...]  # before -> its parts
    merged: tuple[tuple[tuple[int, ...], int], ...]  # parts -> after
    names_before: dict[int, str] = field(default_factory=dict)
    names_after: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def stayed(self) -> float:
        """Share of the common customers who kept their segment."""
        same = sum(move.count for move in self.moves if move.before == move.after)
        return same / self.common if self.common else 0.0


OrderRole = Literal[
    "customer", "date", "amount", "price", "order", "product", "text", "category", "quantity", "discount", "cost",
    "channel", "store", "currency", "ignored",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderColumn:
    """What a column of an order log is, and why we think so."""

    name: str  # as the source spells it: "InvoiceDate"
    role: OrderRole
    reason: str
    asked: bool = False  # the user said so


@dataclass(frozen=True, slots=True)
class Money:
    """Money in = money used + money set aside. Whole numbers of the smallest unit, so that sums are exact."""

    lines: int
    lines_used: int
    lines_set_aside: int
    read: int  # smallest units, all lines whose amount is readable
    used: int
    set_aside: int
    decimals: int = 2  # smallest units per unit of currency: 10 ** decimals
    currency: str = ""  # "" when the log names none

    @property
    def closes(self) -> bool:
        """Whether neither a line nor a cent was lost."""
        return self.lines == self.lines_used + self.lines_set_aside and self.read == self.used + self.set_aside

    def amount(self, units: int) -> float:
        """Smallest units as an amount of the currency."""
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
    contractual: str = ""  # why the log looks like a contract's charges; "" when it does not

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
class RfmGrid:
    """Customers by recency and frequency, and by named group; each customer is in one cell and one group."""

    bins: int
    cells: tuple[RfmCell, ...]  # those that hold somebody
    groups: tuple[tuple[str, int, float], ...]  # (name, customers, spend)


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
    error_unchanged: float | None  # the same for "nothing changes"


@dataclass(frozen=True, slots=True)
class Risk:
    """Customers who are silent for longer than ever before, and the money that hangs on them."""

    customers: int  # with a rhythm of their own
    at_risk: int
    money: float  # what those at risk spent in the last 364 days
    share: float  # of the money of all customers in those days
    tested_on: int = 0  # day of the back-test, 0 when there was none
    returned: float | None = None  # back-test: share of those at risk who ordered within a quarter
    returned_others: float | None = None  # the same of customers not at risk
    error: float | None = None  # back-test: mean days between expected and actual order, of those who ordered
    error_same: float | None = None  # the same when everybody is expected after the same wait


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
class Model:
    """What is needed to assign a new customer: columns, preparation, centres, names."""

    columns: tuple[Column, ...]
    preparation: Preparation
    centres: tuple[tuple[float, ...], ...]  # prepared units, one per segment
    segments: tuple[int, ...]  # identities, in the order of `centres`
    names: tuple[str, ...]
    colours: tuple[int, ...]
    borderline: float = 0.1  # (d2 - d1) / d2 below this


@dataclass(frozen=True, slots=True)
class ForecastScore:
    """How well one way to forecast purchases did in the hold-out."""

    name: str  # "Pareto/NBD", "own rate"
    kind: Literal["model", "rule", "learner"]
    mae: float  # purchases per customer
    rmse: float
    predicted: float  # purchases of all customers
    bias: float  # predicted / actual - 1
    excess: float  # mean absolute error above the chosen model's
    excess_se: float  # standard error of that difference, paired by customer
    note: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the hold-out fell into 80 % ranges: as the model gives them, and recalibrated (cross-fitted)."""

    raw: float
    recalibrated: float
    level: float  # nominal level whose ranges cover 80 %


@dataclass(frozen=True, slots=True)
class BackTest:
    """Forecasts from the first part of the history held against the second."""

    first_day: int
    split_day: int  # last day that the forecasts saw
    last_day: int
    customers: int
    purchases: int  # in the hold-out
    spend: float
    scores: tuple[ForecastScore, ...]  # best first
    chosen: str
    reason: str
    beaten_by: tuple[str, ...]  # rules and learners better than the chosen model beyond chance
    deciles: tuple[tuple[float, float, int], ...]  # of the forecast: mean forecast, mean actual, customers
    purchase_coverage: Coverage
    spend_coverage: Coverage
    spend_bias: float  # forecast spend / actual - 1
    group_error: float  # log error of the spend of a tenth of the customers, by forecast; weighted by spend


@dataclass(frozen=True, slots=True)
class Parameter:
    """One fitted parameter; None where the likelihood is flat and no error can be told."""

    name: str
    estimate: float
    standard_error: float | None
    low: float | None  # 95 %
    high: float | None


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A purchase or spend model as fitted."""

    name: str
    parameters: tuple[Parameter, ...]
    log_likelihood: float
    customers: int


@dataclass(frozen=True, slots=True)
class SegmentValue:
    """What a segment is expected to bring within the horizon, in margin, discounted."""

    segment: int | None  # None: all customers
    customers: int
    active: float  # expected number of customers who have not left
    purchases: float  # expected
    value: float
    low: float  # 80 % range
    high: float
    at_risk: float  # what customers would bring if they had not left, times the probability that they have
    upgrade: float  # what the segment would gain if its likely active customers below its best quarter reached it


@dataclass(frozen=True, slots=True)
class Tracking:
    """Repeat purchases of all customers over time, actual and as the model expects them."""

    days: tuple[int, ...]  # last day of each period
    actual: tuple[float, ...]  # in the period
    expected: tuple[float, ...]
    split_day: int  # the model saw no later day


@dataclass(frozen=True, slots=True)
class FrequencyCounts:
    """Customers by number of repeat purchases in the calibration period; the last count is "or more"."""

    actual: tuple[float, ...]
    expected: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class FrequencyRecency:
    """A quantity for every combination of frequency (columns) and age at the last purchase (rows)."""

    title: str
    unit: str  # of the ages
    frequency: tuple[int, ...]
    recency: tuple[float, ...]
    values: tuple[tuple[float | None, ...], ...]  # None where the combination can't occur


@dataclass(frozen=True, slots=True)
class AliveHistory:
    """Probability that one customer had not left, day by day."""

    customer: str
    days: tuple[int, ...]
    probability: tuple[float, ...]
    purchases: tuple[int, ...]  # days


@dataclass(frozen=True, slots=True)
class LifetimeValue:
    """Value of the customers within a horizon, with its evidence and its doubts."""

    as_of: int
    horizon_months: int
    margin: float
    monthly_discount: float
    purchase_model: FittedModel
    spend_model: FittedModel
    back_test: BackTest
    total: SegmentValue
    segments: tuple[SegmentValue, ...]
    doubts: tuple[Finding, ...]
    tracking: Tracking
    frequencies: FrequencyCounts
    matrices: tuple[FrequencyRecency, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetAside:
    """Order lines that were not used, by reason."""

    code: str
    reason: str
    lines: int
    amount: float  # of those whose amount is readable


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a log of orders says beside the segments drawn from it."""

    as_of: int  # last day that is seen, since 1970-01-01
    first_day: int
    money: Money
    set_aside: tuple[SetAside, ...]
    contractual: str  # why the log looks like a contract's charges; "" when it does not
    revenue: tuple[tuple[int, float], ...]  # (segment, spend up to as_of)
    rfm: RfmGrid
    rfm_by_segment: tuple[tuple[str, int, int], ...]  # (named group, segment, customers)
    months: tuple[SegmentMonth, ...]
    cohorts: tuple[Cohort, ...]
    risk: Risk | None
    usefulness: tuple[Usefulness, ...]  # segments drawn a quarter earlier, beside what needs no clustering
    judged_from: int = 0  # the day on which those were drawn; 0 when the log is too short


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


@dataclass(frozen=True, slots=True)
class SeedAgreement:
    """Whether other seeds draw the same segments."""

    seeds: int
    mean: float  # adjusted Rand index against the segments that are used, mean over the seeds
    worst: float  # of the seed that agrees least
    segments: tuple[float, ...]  # Jaccard overlap of each segment with its best match, mean over the seeds


@dataclass(frozen=True, slots=True)
class FeatureEffect:
    """What becomes of the segments when one feature is left out."""

    feature: str
    agreement: float  # adjusted Rand index of the segments drawn without it against those that are used
    lost: tuple[int, ...]  # places of the segments that are not found again without it (overlap below one half)


@dataclass(frozen=True, slots=True)
class FeatureLeak:
    """How well one feature follows from the others."""

    feature: str
    r2: float  # share of its variance that the others foretell, on customers not used to learn it
    kind: Literal["linear", "tree"]  # which of both foretold better
    sources: tuple[str, ...]  # the features it follows from, the strongest first
    leaks: bool  # it is a score of the others and counts them twice


@dataclass(frozen=True, slots=True)
class MethodAgreement:
    """Whether another method finds the same groups."""

    method: str  # "Gaussian mixture", "Ward"
    ari: float  # adjusted Rand index against the segments that are used
    segments: tuple[float, ...]  # Jaccard overlap of each segment with its best match


@dataclass(frozen=True, slots=True)
class OutlierFeature:
    """One feature among those who stand apart, original units."""

    feature: str
    typical: float  # median of the outliers
    others: float  # median of the others
    low: float  # 5th percentile of the others
    high: float  # 95th percentile of the others
    below: float  # share of the outliers that lie below `low`
    above: float  # and above `high`


@dataclass(frozen=True, slots=True)
class OutlierProfile:
    """Who stands apart from all others."""

    count: int
    share: float
    features: tuple[OutlierFeature, ...]  # by how often it sets them apart, most often first
    many: bool  # more than 5 %: a small real segment may be among them
    sentence: str


@dataclass(frozen=True, slots=True)
class OutlierEffect:
    """What the choice of k would be if nobody were set aside."""

    k_without: int  # outliers set aside, as it is
    k_with: int  # outliers drawing along
    verdict_without: Verdict
    verdict_with: Verdict
    agreement: float  # adjusted Rand index of both segmentations at k_without, on all but the outliers
    sentence: str
