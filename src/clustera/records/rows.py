"""Rows as they lie in an engine, what their columns are, and what was found wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from clustera.records.titles import names_told, own_columns, title_with_unit

if TYPE_CHECKING:
    from clustera.engines import Rows

Role = Literal["id", "feature", "descriptor", "date", "constant", "personal", "ignored"]
Kind = Literal["number", "bracket", "category", "boolean", "date", "text"]
Severity = Literal["note", "warning", "error"]
NOISE = "noise-feature"  # the finding, and the reason of a descriptor, of a column that would tell no segments apart


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows came from."""

    name: str  # file name, or "DataFrame"
    format: str  # csv, tsv, parquet, jsonl, frame, ...
    rows: int  # data rows as read, header and blank lines not counted
    bytes: int | None = None
    sha256: str | None = None  # of the file's bytes; None for a frame
    spelling: dict[str, Any] = field(default_factory=dict)  # separator, encoding, decimal mark, ...
    files: tuple[tuple[str, int | None], ...] = ()  # (name, data rows; None where files alike were counted together)


Scalar = str | int | float | bool | None
Item = Scalar | Mapping[str, Scalar]
Value = Item | tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """What was decided or done, and why: a code, and the numbers that its sentence holds."""

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnFormat:
    """How the text of a column becomes a value: enough to read a later file alike. Empty where nothing is special."""

    decimal: str = ""  # mark of numbers that are written as text
    group: str = ""  # mark between thousands
    unit: str = ""  # what stands before or behind the numbers, where it is none of the usual units
    owed: str = ""  # what marks amounts below zero, where `unit` marks the others: "DR" beside "CR"
    zeros: tuple[str, ...] = ()  # words for 0
    shares: bool = False  # numbers up to 1 without a percent sign are shares: 0.77 beside 77%
    duration: Literal["", "m:s", "h:m"] = ""  # what 12:34 stands for; the numbers are minutes
    digits: int = 0  # of codes such as 02115 that all have as many
    order: Literal["", "ymd", "mdy", "dmy"] = ""  # of day, month and year in dates
    dates: tuple[str, ...] = ()  # how dates are written, see `check.dates`; empty where they are no text and no number
    months: Mapping[str, int] = field(default_factory=dict, hash=False)  # of dates with a month in letters: "mar": 3
    yes: tuple[str, ...] = ()  # what stands for yes, in lower case; "" is an empty cell
    no: tuple[str, ...] = ()
    brackets: Mapping[str, float] = field(default_factory=dict, hash=False)  # "18-25": 21.5
    same: Mapping[str, str] = field(default_factory=dict, hash=False)  # a category's other spelling: the usual one
    sentinels: tuple[float, ...] = ()  # numbers that stand for "unknown"; of dates days since 1970-01-01
    keep: tuple[str, ...] = ()  # codes of the fixes that are switched off
    as_of: str = ""  # day up to which dates are counted, as 2024-01-31
    unbounded: str = ""  # kind of the usual limits that do not hold for it


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is, and why we think so."""

    name: str  # as the source spells it: "Annual Income (k$)"
    role: Role
    kind: Kind
    title: str  # for people: "Annual income"
    unit: str = ""  # "years", "k$", "" when unknown
    reason: Reason = Reason("")  # of the role; its words are those of `clustera.texts`
    asked: bool = False  # the user said so
    format: ColumnFormat = ColumnFormat()
    missing: int = 0
    distinct: int = 0
    # What its name and its cells say it holds: "age", "birth", "money", ... (docs/reading.md); empty when they don't,
    # None where an earlier version did not say.
    measures: str | None = None
    topic: str = ""  # the title without the time that it looks back over: "Spend"; empty where it names none
    looks_back: int = 0  # days that the title names: 91 of "Spend, last 3 months"; 0 where it names none
    own_name: str = ""  # in its own table, where reading changed the name: "Annual  Income" is "Annual Income" here

    @property
    def label(self) -> str:
        """Title and unit, as an axis shows them; "days" is not said twice.

        >>> Column("spend", "feature", "number", "Spend", unit="$").label
        'Spend ($)'
        """
        return title_with_unit(self.title, self.unit)


def columns_told(columns: Iterable[Column]) -> dict[str, str]:
    """Column -> what people are told it is called, where that is another name.

    >>> columns_told([Column("_id_2", "feature", "number", "Id", own_name="_id"), Column("spend", "feature", "number", "Spend")])
    {'_id_2': '_id'}
    """
    known = {column.name: column.own_name for column in columns}
    return names_told({name: own for name, own in known.items() if own}, known)


def column_meant(name: str, columns: Iterable[Column]) -> str:
    """The column that a name of the table's own means; the name itself where none is called so.

    >>> column_meant("_id", [Column("_id_2", "feature", "number", "Id", own_name="_id")])
    '_id_2'
    """
    return next((column for column, told in columns_told(columns).items() if told == name), name)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was seen, by a stated rule: a code and numbers. Its sentences are made by `clustera.texts`."""

    code: str  # stable, documented, a key of the catalog: "missing-values"
    severity: Severity
    column: str | None = None
    count: int = 0
    share: float = 0.0  # of the rows read
    examples: tuple[tuple[int, str], ...] = ()  # (row number in the source from 1, the text as it stood)
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)  # what its sentences hold besides, by name

    @classmethod
    def counted(
        cls,
        code: str,
        severity: Severity,
        count: int,
        of: int,
        /,
        *,
        column: str | None = None,
        examples: tuple[tuple[int, str], ...] = (),
        **values: Value,
    ) -> Finding:
        """A finding on some of all rows, or lines.

        >>> Finding.counted("refunds", "note", 3, 12, currency="EUR").share
        0.25
        """
        return cls(code, severity, column, count, count / of if of else 0.0, examples, values)


@dataclass(frozen=True, slots=True)
class Balance:
    """Rows in = rows out + left out."""

    read: int
    segmented: int
    quarantined: int

    @property
    def closes(self) -> bool:
        """Whether no row was lost.

        >>> Balance(read=100, segmented=97, quarantined=3).closes, Balance(100, 97, 2).closes
        (True, False)
        """
        return self.read == self.segmented + self.quarantined


# In `_extra` of a row in which its file ends, or of one below a line that names the columns otherwise, by why it is left out.
MARKED_LINES = {"cut-off": "(the file ends here)", "other-names": "(below other names)"}


@dataclass(frozen=True, slots=True)
class Raw:
    """What `read` hands to `check`: every cell as the source has it.

    `rows` has `_row` (BIGINT, number of the data row in the source, from 1), then the source's columns under their own
    names: VARCHAR where the source is text, the source's own types where it has some (Parquet, frames). `_extra` (VARCHAR)
    comes last where some row has more cells than there are columns, or is not readable: what stood beyond, else NULL.
    """

    source: Source
    rows: Rows
    findings: tuple[Finding, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)  # column -> its name in the source, where reading changed it
    # Files from which `rows` are read whenever they are asked for: the size of each, and when it was last written, in ns.
    lazy_files: Mapping[Path, tuple[int, int]] = field(default_factory=dict)

    @property
    def told_names(self) -> dict[str, str]:
        """Column -> what people are told it is called, where that is another name."""
        return names_told(self.names, self.rows.columns)

    @property
    def shown_columns(self) -> list[str]:
        """The source's columns, as people are told they are called."""
        told = self.told_names
        return [told.get(name, name) for name in own_columns(self.rows.columns)]

    def column_meant(self, name: str) -> str:
        """The column that a name of the source's own means; the name itself where none is called so."""
        return next((column for column, told in self.told_names.items() if told == name), name)


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
