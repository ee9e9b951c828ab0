"""An audience to another system: contacts are read, and who may be written to is chosen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clustera import audiences
from clustera.audiences import ContactTable, Member, Selection, Suppression
from clustera.engines import Rows
from clustera.errors import InputError, own_names_told
from clustera.pipeline.merge_fields import recommended_fields
from clustera.read import read, read_sheets
from clustera.read.options import ReadOptions
from clustera.records import (
    Assignment,
    Audience,
    AudienceExport,
    ContactField,
    Raw,
    RunningHoldout,
    SuppressionFile,
)

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


def list_members(customers: Rows) -> tuple[Member, ...]:
    """Customers with id, segment and key, in their order."""
    found = customers.query("select id, segment, key from {rows}")
    return tuple(map(Member, *(found[name].to_pylist() for name in ("id", "segment", "key"))))


@dataclass(frozen=True, slots=True)
class EarlierGroups:
    """Whom earlier lists and campaigns drew.

    Args:
        earlier: Customer -> group, as drawn by earlier exports of the same audience.
        elsewhere: Customers whom another control group or hold-out keeps out.
        shared: Other audiences with the same conditions that hold customers out: their groups are in `earlier`.
    """

    earlier: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Collection[str] = ()
    shared: tuple[str, ...] = ()


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
    members = list_members(selection.customers())
    seed = request.seed or audience.name
    lists = open_suppression(selection.rows, request)
    chosen = choose_members(members, contacts, lists, request, seed=seed, known=known)
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
        running=_running_holdout(chosen.assignments, request.holdout, known.earlier, (audience.name, *known.shared)),
        shared=known.shared,
        suppressions=lists.told(contacts),
        members=tuple(member.id for member in members),
    )


def choose_members(
    members: Sequence[Member],
    contacts: ContactTable,
    lists: SuppressionLists,
    request: ExportRequest,
    *,
    seed: str,
    known: EarlierGroups,
) -> audiences.Chosen:
    """Who of these customers is in the list, by the contacts, the suppression lists and the hold-out; and why others are not."""
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
    assignments: Sequence[Assignment], asked: float, earlier: Mapping[str, str], audiences: tuple[str, ...]
) -> RunningHoldout | None:
    """The hold-out that goes on, where a share is asked for all the same."""
    held = sum(group == "control" for group in earlier.values())
    if not asked or not held:
        return None
    return RunningHoldout(asked, len(earlier), held, sum(one.customer not in earlier for one in assignments), audiences)


def _drawn_share(assignments: Sequence[Assignment]) -> float:
    """The share of the control group as it was drawn: an audience keeps that of its first export."""
    held = sum(assignment.group == "control" for assignment in assignments)
    return round(held / len(assignments), 4) if assignments else 0.0


def source_name(source: object) -> str:
    """What to call a source in the record of an export."""
    return Path(source).name if isinstance(source, (str, Path)) else type(source).__name__
