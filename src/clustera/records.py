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
