"""Who can be written to, by the contacts that are given: the members of a campaign, all customers, those of a ranking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from clustera import audiences
from clustera.audiences import ContactTable, Selection
from clustera.engines import Engine, Rows
from clustera.pipeline.exporting import (
    EarlierGroups,
    ExportRequest,
    choose_members,
    list_members,
    open_contacts,
    open_suppression,
)
from clustera.pipeline.merge_fields import recommended_fields
from clustera.records import (
    Audience,
    AudienceExport,
    AudienceReach,
    Campaign,
    LeftOutCode,
    SuppressionFile,
)


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
    lists = open_suppression(members, request)
    reached = audiences.reach_people(
        list_members(members), contacts, network, suppression=lists.together, controls=kept_out
    )
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
    members = list_members(selection.customers())
    seed = request.seed or audience.name
    contacts = open_contacts(selection.rows, request)
    lists = open_suppression(selection.rows, request)
    chosen = choose_members(members, contacts, lists, request, seed=seed, known=known)
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
    import pyarrow.compute as pc

    with Engine() as engine:
        rows = engine.arrow(ranking).select(
            "select cast(customer as varchar) as id, segment, cast(0 as ubigint) as key from {rows}"
        )
        found = consenting_customers(rows.keep(), request)
    return ranking.filter(pc.is_in(ranking["customer"].cast(pa.string()), pa.array(found, pa.string())))


# What a campaign calls those who are reached but in its control group, and at whose addresses others are kept out.
_CAMPAIGN_CODES: Mapping[LeftOutCode, LeftOutCode] = {
    "held-out": "campaign-control",
    "control-group": "control-address",
}
