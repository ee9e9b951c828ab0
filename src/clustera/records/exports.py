"""Contacts of customers, and what the export of an audience left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from clustera.records.rows import Finding

ContactField = Literal[
    "id", "email", "phone", "first_name", "last_name", "country", "zip", "consent", "objection",
]  # fmt: skip
LeftOutCode = Literal[
    "no-contact", "no-address", "objected", "no-consent", "suppressed", "held-out", "control-group", "same-address",
    # Of a campaign: in its own control group, in that of another one, held out of an audience's lists, in another campaign,
    # or with the address of somebody whom a control group or a hold-out keeps out.
    "campaign-control", "other-control", "audience-hold-out", "other-campaign", "control-address",
]  # fmt: skip

# Who is left after a step: in the audience; with an address; who may be written to; and so on, in this order.
ExportStepCode = Literal[
    "audience", "no-holdout", "other-control", "no-other-campaign", "address", "consent", "suppression", "same-address",
    "not-held-out", "not-control",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contact:
    """One row of a table of contacts."""

    customer: str
    email: str = ""  # in lower case; empty where there is no valid one
    phone: str = ""  # E.164
    first_name: str = ""
    last_name: str = ""
    country: str = ""  # two letters
    zip: str = ""
    more_emails: tuple[str, ...] = ()  # further addresses and numbers of the same customer
    more_phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column of contacts, and what it was taken for."""

    field: ContactField
    column: str
    cells: tuple[tuple[str, int, str], ...] = ()  # of consent and objection: (cell, rows, yes, no or not clear)
    others: tuple[
        tuple[str, int, int], ...
    ] = ()  # of the cells that are not in `cells`: (yes, no or not clear, kinds, rows)


@dataclass(frozen=True, slots=True)
class ExportStep:
    """How many customers are left after one step, and how many that step left out."""

    step: ExportStepCode
    customers: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A customer of the audience who is in no file, and why."""

    customer: str
    segment: int
    code: LeftOutCode


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who is contacted and who is held out."""

    customer: str
    segment: int
    group: Literal["contact", "control"]


@dataclass(frozen=True, slots=True)
class SuppressionFile:
    """A suppression list as it was read."""

    source: str
    entries: int  # different rows in which an id, an address, a number or a hash was recognized
    matched: int  # of those, how many a contact or a customer of the audience is on it by
    unread: int = 0  # rows in which nothing was recognized
    examples: tuple[
        str, ...
    ] = ()  # a few entries that match nobody, masked; of rows that were not recognized where all match
    looks: tuple[str, ...] = ()  # where none matches: how its first entries are spelled, such as "xxx@xxxx.xx"
    contacts: tuple[str, ...] = ()  # and how the first id, address and number of the contacts are spelled


@dataclass(frozen=True, slots=True)
class RunningHoldout:
    """The hold-out of an audience that goes on while another share is asked for."""

    asked: float  # share
    customers: int  # whom earlier exports drew, in either group
    held_out: int  # of those
    new: int  # customers whom no earlier export drew: the share is drawn of these
    audiences: tuple[str, ...] = ()  # whose exports drew them: the audience, and others with the same conditions


@dataclass(frozen=True, slots=True)
class AudienceExport:
    """An audience as it leaves for another system."""

    audience: str
    version: int
    run: str
    network: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    steps: tuple[ExportStep, ...]  # from all of the audience to what is written
    left_out: tuple[LeftOut, ...]
    assignments: tuple[Assignment, ...]
    columns: tuple[ExportColumn, ...]  # what the columns of the contacts were taken for
    holdout: float = 0.0
    seed: str = ""
    running: RunningHoldout | None = None  # where a share was asked for while a hold-out of the audience goes on
    shared: tuple[str, ...] = ()  # other audiences with the same conditions, whose control group is the same
    suppressions: tuple[SuppressionFile, ...] = ()
    notes: tuple[Finding, ...] = ()  # which sheet of a workbook of contacts was read
    members: tuple[str, ...] = field(default=(), repr=False)  # ids of all customers of the audience
