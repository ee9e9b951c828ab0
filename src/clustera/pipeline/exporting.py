"""An audience to another system: contacts are read, and who may be written to is chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from clustera import audiences
from clustera.audiences import ContactTable, Member, Selection, Suppression
from clustera.engines import Engine, Rows
from clustera.errors import InputError, own_names_told
from clustera.pipeline.merge_fields import recommended_fields
from clustera.read import read, read_sheets
from clustera.read.options import ReadOptions
from clustera.records import (
    Assignment,
    Audience,
    AudienceExport,
    AudienceReach,
    Campaign,
    ContactField,
    LeftOutCode,
    Raw,
    RunningHoldout,
    SuppressionFile,
)

# What a campaign calls those who are reached but in its control group, and at whose addresses others are kept out.
_CAMPAIGN_CODES: Mapping[LeftOutCode, LeftOutCode] = {
    "held-out": "campaign-control",
    "control-group": "control-address",
}
_EXAMPLES = 3  # entries of a suppression list that are shown, masked


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What an export is asked for.

    Args:
        network: Where the list goes: generic, klaviyo, mailchimp, hubspot, meta, google, linkedin or tiktok.
        contacts: The table of contacts: a path, or any table that speaks Arrow.
        suppress: Suppression lists: paths or tables.
        holdout: Share of each segment that is held out.
        seed: Enters the draw; the audience's name when empty.
        columns: Columns of the contacts by field, where they are not recognized.
        all_consented: Whoever is in the contacts has consented, the user says.
        country: Two letters; of phone numbers without a country code.
        key: Where given, customers' ids leave as a hash with this key.
        include_controls: Include customers in the control groups of running campaigns.
        recommendations: Items for each customer, as `clustera recommend` writes them: columns beside the addresses.
        read: How files are read.
    """

    network: str
    contacts: object
    suppress: tuple[object, ...] = ()
    holdout: float = 0.0
    seed: str = ""
    columns: Mapping[ContactField, str] = field(default_factory=dict)
    all_consented: bool = False
    country: str = ""
    key: bytes = field(default=b"", repr=False)
    include_controls: bool = False
    recommendations: object = None
    read: ReadOptions = field(default_factory=ReadOptions)


def open_contacts(customers: Rows, request: ExportRequest) -> ContactTable:
    """The contacts with their columns recognized.

    Args:
        customers: With `id`, in the engine that the contacts are read into.
        request: What is asked for.

    Raises:
        InputError: the contacts can't be read, or a column that is needed is not there.
    """
    raw = read(request.contacts, engine=customers.engine, options=request.read, role="contacts")
    return _contact_table(raw, customers, request)


@own_names_told
def _contact_table(raw: Raw, customers: Rows, request: ExportRequest) -> ContactTable:
    return audiences.contact_table(
        raw.rows,
        source=raw.source.name,
        customers=customers,
        named={field: raw.column_meant(column) for field, column in request.columns.items()},
        all_consented=request.all_consented,
        country=request.country,
        notes=tuple(finding for finding in raw.findings if finding.code == "several-sheets"),
    )


@dataclass(frozen=True, slots=True)
class SuppressionLists:
    """Everybody on the suppression lists, and what each list is."""

    together: Suppression
    files: tuple[tuple[str, Suppression], ...]  # name of each, and who is on it

    def told(self, contacts: ContactTable) -> tuple[SuppressionFile, ...]:
        """What each file had, once the contacts were looked through."""
        return tuple(self._file_told(source, one, contacts) for source, one in self.files)

    def _file_told(self, source: str, one: Suppression, contacts: ContactTable) -> SuppressionFile:
        missed, entries = self.together.unmatched(one), len(one.entries)
        nobody = len(missed) == entries
        return SuppressionFile(
            source,
            entries,
            entries - len(missed),
            len(one.unread),
            tuple(map(audiences.masked_text, sorted(missed or one.unread)[:_EXAMPLES])),
            one.looks if nobody else (),
            contacts.looks() if nobody else (),
        )


def open_suppression(customers: Rows, request: ExportRequest) -> SuppressionLists:
    """Everybody on the suppression lists; of a workbook on all its sheets.

    Raises:
        InputError: a list can't be read, or has nothing that is recognized.
    """
    together, files = Suppression(), []
    for source in request.suppress:
        sheets = read_sheets(source, engine=customers.engine, options=request.read)
        lists, refused = [], []
        for raw in sheets:
            try:
                one = audiences.read_suppression(raw.rows, source=raw.source.name, country=request.country)
                lists.append((raw.source.name, one))
            except InputError as error:
                refused.append(error)
        if not lists:
            raise refused[0]
        for _, one in lists:
            together |= one
        files += lists
    return SuppressionLists(together, tuple(files))


def members_of_audience(selection: Selection) -> tuple[Member, ...]:
    """The customers of an audience, in the run's order."""
    found = selection.customers().query("select id, segment, key from {rows}")
    return tuple(map(Member, *(found[name].to_pylist() for name in ("id", "segment", "key"))))


@dataclass(frozen=True, slots=True)
class EarlierGroups:
    """Whom earlier lists and campaigns drew.

    Args:
        earlier: Customer -> group, as drawn by earlier exports of the same audience.
        elsewhere: Customers whom another control group or hold-out keeps out.
    """

    earlier: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Collection[str] = ()


def choose_export(
    audience: Audience,
    selection: Selection,
    request: ExportRequest,
    *,
    names: Mapping[int, str],
    run: str,
    version: int,
    known: EarlierGroups,
) -> AudienceExport:
    """Who of an audience is written for a network, and why the others are not. Nothing is written yet.

    Args:
        audience: The audience.
        selection: Its customers.
        request: What is asked for.
        names: Of segments.
        run: The run's name.
        version: The audience's version.
        known: Whom earlier lists and campaigns drew.

    Raises:
        InputError: the contacts can't be used, or the list would be smaller or larger than it may be.
    """
    network = audiences.network_of(request.network)
    contacts = open_contacts(selection.rows, request)
    members = members_of_audience(selection)
    seed = request.seed or audience.name
    lists = open_suppression(selection.rows, request)
    chosen = _choose(members, contacts, lists, request, seed=seed, known=known)
    more = recommended_fields(
        request.recommendations, members, network, engine=selection.rows.engine, options=request.read
    )
    header, rows = audiences.export_rows(chosen, network, names=names, audience=audience.name, key=request.key)
    beside = (more.of(member.id) for member, _ in chosen.written)
    return AudienceExport(
        audience=audience.name,
        version=version,
        run=run,
        network=network.name,
        header=(*header, *more.header),
        rows=tuple((*row, *cells) for row, cells in zip(rows, beside, strict=True)),
        steps=chosen.steps,
        left_out=chosen.left_out,
        assignments=chosen.assignments,
        columns=contacts.described(),
        notes=contacts.notes,
        holdout=_drawn_share(chosen.assignments) if known.earlier else request.holdout,
        seed=seed,
        running=_running_holdout(chosen.assignments, request.holdout, known.earlier),
        suppressions=lists.told(contacts),
        members=tuple(member.id for member in members),
    )


def _choose(
    members: Sequence[Member],
    contacts: ContactTable,
    lists: SuppressionLists,
    request: ExportRequest,
    *,
    seed: str,
    known: EarlierGroups,
) -> audiences.Chosen:
    return audiences.choose_contacts(
        members,
        contacts,
        audiences.network_of(request.network),
        suppression=lists.together,
        holdout=request.holdout,
        seed=seed,
        earlier=known.earlier,
        controls=known.elsewhere,
    )


def _running_holdout(
    assignments: Sequence[Assignment], asked: float, earlier: Mapping[str, str]
) -> RunningHoldout | None:
    """The hold-out that goes on, where a share is asked for all the same."""
    held = sum(group == "control" for group in earlier.values())
    if not asked or not held:
        return None
    return RunningHoldout(asked, len(earlier), held, sum(one.customer not in earlier for one in assignments))


def _drawn_share(assignments: Sequence[Assignment]) -> float:
    """The share of the control group as it was drawn: an audience keeps that of its first export."""
    held = sum(assignment.group == "control" for assignment in assignments)
    return round(held / len(assignments), 4) if assignments else 0.0


@dataclass(frozen=True, slots=True)
class CampaignReach:
    """Whom a campaign reaches by a table of contacts."""

    people: audiences.Reached
    contacts: ContactTable
    network: audiences.Network
    suppressions: tuple[SuppressionFile, ...]
    engine: Engine


def reached_by(members: Rows, request: ExportRequest, *, customers: Rows, kept_out: Collection[str]) -> CampaignReach:
    """Who of the members of a campaign may be written to.

    Args:
        members: id, segment, key, ...
        request: The contacts, and where the list goes.
        customers: All of the run, whose ids the contacts have.
        kept_out: Customers who take no part since another control group or hold-out has them: nobody is written to at
            their addresses.

    Raises:
        InputError: the contacts can't be used.
    """
    network = audiences.network_of(request.network)
    contacts = open_contacts(customers, request)
    found = members.query("select id, segment, key from {rows}")
    people = tuple(map(Member, *(found[name].to_pylist() for name in ("id", "segment", "key"))))
    lists = open_suppression(members, request)
    reached = audiences.reach_people(people, contacts, network, suppression=lists.together, controls=kept_out)
    return CampaignReach(reached, contacts, network, lists.told(contacts), members.engine)


def campaign_list(
    campaign: Campaign,
    reached: CampaignReach,
    assigned: pa.Table,
    told: pa.Table,
    request: ExportRequest,
    *,
    names: Mapping[int, str],
) -> AudienceExport:
    """The list of a campaign: whom to contact, with what a mail may say to each.

    Args:
        campaign: As it is launched.
        reached: Who may be written to.
        assigned: customer, segment, group.
        told: id, segment and what else is told of whoever is contacted.
        request: The contacts, and where the list goes.
        names: Of segments.

    Raises:
        InputError: the list would be smaller or larger than it may be.
    """
    pairs = zip(assigned["customer"].to_pylist(), assigned["group"].to_pylist(), strict=True)
    held = {customer for customer, group in pairs if group == "control"}
    chosen = audiences.choose_contacted(reached.people, held)
    audiences.check_size(len(chosen.written), reached.network, minimum=0)
    header, rows = audiences.export_rows(chosen, reached.network, names=names, audience=campaign.name, key=request.key)
    members = [member for member, _ in chosen.written]
    items = recommended_fields(
        request.recommendations, members, reached.network, engine=reached.engine, options=request.read
    )
    more = [name for name in told.column_names if name not in ("id", "segment")] if reached.network.extras else []
    lines = {row["id"]: row for row in told.to_pylist()}
    beside = [
        (*("" if (cell := lines[one.id][name]) is None else str(cell) for name in more), *items.of(one.id))
        for one in members
    ]
    return AudienceExport(
        audience=campaign.audience,
        version=0,
        run=campaign.run,
        network=reached.network.name,
        header=(*header, *more, *items.header),
        rows=tuple((*row, *cells) for row, cells in zip(rows, beside, strict=True)),
        steps=chosen.steps,
        left_out=tuple(replace(gone, code=_CAMPAIGN_CODES.get(gone.code, gone.code)) for gone in chosen.left_out),
        assignments=chosen.assignments,
        columns=reached.contacts.described(),
        notes=reached.contacts.notes,
        holdout=campaign.share or 0.0,
        seed=campaign.seed,
        suppressions=reached.suppressions,
        members=tuple(one.customer for one in chosen.assignments),
    )


def count_reach(
    audience: Audience, selection: Selection, request: ExportRequest, *, known: EarlierGroups
) -> AudienceReach:
    """How many customers of an audience have an address for a network, may be written to, and would be in the list."""
    members = members_of_audience(selection)
    seed = request.seed or audience.name
    contacts = open_contacts(selection.rows, request)
    lists = open_suppression(selection.rows, request)
    chosen = _choose(members, contacts, lists, request, seed=seed, known=known)
    left = Counter(gone.code for gone in chosen.left_out)
    return AudienceReach(
        request.network,
        with_contact=len(members) - left["no-contact"] - left["no-address"],
        reachable=len(chosen.written) + left["held-out"] + left["control-group"],
        listed=len(chosen.written),
        suppressed=left["suppressed"],
        suppressions=lists.told(contacts),
        notes=contacts.notes,
    )


def consenting_customers(customers: Rows, request: ExportRequest) -> tuple[str, ...]:
    """Ids of the customers who may be written to: with an address or number, consent, no objection, on no suppression list.

    Two who share an address may both be written to, though a list has the address once.

    Args:
        customers: All of a run.
        request: The contacts and how they are read.

    Raises:
        InputError: the contacts can't be used.
    """
    reached = reached_by(customers, request, customers=customers, kept_out=()).people
    shared = (gone.customer for gone in reached.left_out if gone.code == "same-address")
    return (*(member.id for member, _ in reached.people), *shared)


def reachable_customers(ranking: pa.Table, request: ExportRequest) -> pa.Table:
    """The rows of a table whose customers may be written to, in its order: as `consenting_customers`.

    Args:
        ranking: customer, segment, ...
        request: The contacts and how they are read.

    Raises:
        InputError: the contacts can't be used.
    """
    with Engine() as engine:
        rows = engine.arrow(ranking).select(
            "select cast(customer as varchar) as id, segment, cast(0 as ubigint) as key from {rows}"
        )
        found = consenting_customers(rows.keep(), request)
    return ranking.filter(pc.is_in(ranking["customer"].cast(pa.string()), pa.array(found, pa.string())))


def source_name(source: object) -> str:
    """What to call a source in the record of an export."""
    return Path(source).name if isinstance(source, (str, Path)) else type(source).__name__
