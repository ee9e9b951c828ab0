"""Audiences: which customers, as a definition that is kept, and what its conditions are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from clustera.records.exports import SuppressionFile
from clustera.records.rows import Finding

Constant = str | bool | Decimal | date
Operator = Literal[
    "is", "in", ">", ">=", "<", "<=", "between", "contains", "starts with", "is missing",
    "in the last", "in the next", "more than ago",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Audience:
    """A definition with a name: it is counted, and exported, on any run."""

    name: str
    definition: str  # one line of text, such as: segment is "Regulars" and spend > 100
    note: str = ""  # what it is for, in the words of whoever made it
    minimum: int = 0  # customers below which nothing is exported


@dataclass(frozen=True, slots=True)
class Everyone:
    """All customers of a run."""


@dataclass(frozen=True, slots=True)
class ColumnTest:
    """What the value of one column must be. A missing value passes no test but "is missing"."""

    column: str
    operator: Operator
    values: tuple[Constant, ...] = ()  # of "in the last" and its like: the number of days
    at: int = field(default=0, compare=False)  # where it begins in the text, from 0


@dataclass(frozen=True, slots=True)
class InAudience:
    """Whether a customer is in another audience."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class InFrozen:
    """Whether a customer was a member of an audience on the day on which it was frozen."""

    name: str  # of the list of members that is kept
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Moved:
    """Whether a customer has come from one segment to another since the earlier day of a run."""

    before: Constant | None = None  # a segment's name or number; None: from any
    after: Constant | None = None
    days: int | None = None  # the earlier day is at most so long ago; None: whenever it was
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """Everybody whom a condition does not hold for."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Every:
    """All of several conditions must hold: "and"."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several conditions must hold: "or"."""

    conditions: tuple[Condition, ...]


Condition = Everyone | ColumnTest | InAudience | InFrozen | Moved | Not | Every | Either


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """A column that a condition may ask for, and what its values are on one run."""

    name: str  # as a definition writes it: in quotes where it has blanks
    kind: Literal["number", "integer", "boolean", "date", "text", "segment"]
    title: str  # of a feature or descriptor; empty for a column of customers.csv
    unit: str
    known: int  # customers who have a value
    missing: int
    low: float | date | None = None  # of numbers and days
    high: float | date | None = None
    values: tuple[str, ...] = ()  # of texts and segments: the most frequent ones
    distinct: int = 0  # different values of a text


@dataclass(frozen=True, slots=True)
class ConditionCount:
    """How many customers one condition holds for."""

    condition: str  # its text
    customers: int  # it alone
    together: int  # it and those before it, where all must hold; else as `customers`
    consented: int | None = None  # of `together`, who may be written to; None where no contacts are known


@dataclass(frozen=True, slots=True)
class AudienceReach:
    """How many customers of an audience a list for a network would have."""

    network: str  # its code, such as "klaviyo"
    with_contact: int  # customers with an address, or a number where the network takes one
    reachable: int  # of those, with consent, without objection, not suppressed; one for each address
    listed: int  # of those, who are in no control group and not held out
    suppressed: int = 0  # customers who are left out as they are on a suppression list
    suppressions: tuple[SuppressionFile, ...] = ()  # what each list had
    notes: tuple[Finding, ...] = ()  # which sheet of a workbook of contacts was read


@dataclass(frozen=True, slots=True)
class AudienceCount:
    """How large an audience is on one run."""

    customers: int
    of: int  # customers of the run
    conditions: tuple[ConditionCount, ...]  # in the order of the text
    segments: tuple[tuple[int, int], ...]  # (segment, customers of it in the audience), by segment
    notes: tuple[str, ...] = ()  # what may be mistyped, such as a value that no customer has
    reach: AudienceReach | None = None  # None without contacts
    joined: Literal["and", "or"] = "and"  # how the conditions go together
    consented: int | None = None  # who may be written to; None where no contacts are known


@dataclass(frozen=True, slots=True)
class KeptConsent:
    """Who of a run may be written to, as a table of contacts said: their ids are kept, no address."""

    source: str  # name of the table
    time: str  # when it was read, as 2026-11-29T14:30:00+01:00
    customers: int  # who may be written to: with an address, consent, no objection, not suppressed
    of: int  # customers of the run


@dataclass(frozen=True, slots=True)
class AudienceVersion:
    """One version of an audience, as it was saved."""

    version: int  # from 1
    text: str  # the TOML file, byte for byte
    saved: str  # when, as 2026-11-29T14:30:00+01:00
    by: str  # the user of the machine who saved it
    run: str = ""  # on which it was counted
    customers: int | None = None  # how many it had on that run; None where there was no run
    before: int | None = None  # how many the version before had there


@dataclass(frozen=True, slots=True)
class AudienceOverlap:
    """How many customers any two audiences share on one run."""

    names: tuple[str, ...]
    of: int  # customers of the run
    shared: tuple[tuple[int, ...], ...]  # by row and column in the order of `names`; the diagonal is each audience


@dataclass(frozen=True, slots=True)
class AudienceRank:
    """One audience of a list in which the first match wins."""

    name: str
    customers: int  # of the audience
    kept: int  # of those, whom no earlier audience of the list has
    definition: str  # of those who are kept: a line of text
