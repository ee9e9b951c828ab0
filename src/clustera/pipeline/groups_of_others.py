"""Customers of a campaign who are in other campaigns, or held out of lists, at the same time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from clustera import campaigns
from clustera.engines import Engine, Rows, array_of
from clustera.records import (
    CampaignOverlap,
    LeftOut,
    LeftOutCode,
)
from clustera.records.campaigns import ContactedElsewhere


@dataclass(frozen=True, slots=True)
class GroupsOfOthers:
    """Everybody in a campaign, or in a hold-out, that goes on at the same time."""

    name: str
    groups: Rows  # customer, group
    marked: bool = False  # its control group is the one that the runs mark, the same from month to month


def without_other_controls(
    members: Rows,
    running: Sequence[GroupsOfOthers],
    *,
    held_out: Collection[str],
    include_controls: bool,
    marks: bool,
) -> tuple[Rows, list[LeftOut]]:
    """The customers without those who are in another control group or held out of an audience's lists; and who these are.

    They are left out of both groups, before a draw. Only where both control groups are the one that runs mark, who is in
    both stays (`marks`): the same customers are left out of all campaigns.
    """
    held = members.engine.arrow(pa.table({"id": pa.array(list(held_out), pa.string())}))
    gone = members.select("select m.id, m.segment from {rows} m semi join {held} h using (id)", held=held).keep()
    left = left_out_rows(gone, "audience-hold-out")
    if left:
        members = members.select("select m.* from {rows} m anti join {gone} g on g.id = m.id", gone=gone).keep()
    if include_controls:
        return members, left
    for other in running:
        stays = " and not m.control" if marks and other.marked else ""
        held = other.groups.select(f"select customer from {{rows}} where \"group\" = '{campaigns.CONTROL}'")
        gone = members.select(
            f"select m.id, m.segment from {{rows}} m semi join {{held}} h on h.customer = m.id where true{stays}",
            held=held,
        ).keep()
        if found := left_out_rows(gone, "other-control"):
            members = members.select("select m.* from {rows} m anti join {gone} g on g.id = m.id", gone=gone).keep()
            left += found
    return members, left


def left_out_rows(gone: Rows, code: LeftOutCode) -> list[LeftOut]:
    """The same rows as records, with the reason."""
    return [
        LeftOut(row["id"], row["segment"], code) for row in gone.query("select id, segment from {rows}").to_pylist()
    ]


def running_overlaps(
    members: Rows, running: Sequence[GroupsOfOthers], *, exclude: bool, marks: bool
) -> tuple[Rows, tuple[CampaignOverlap, ...], list[LeftOut]]:
    """How many are in other campaigns too, each of which is named; without them where `exclude` says so, and who these are."""
    found = []
    left: list[LeftOut] = []
    for other in running:
        joined = "select m.* from {rows} m {how} join {others} o on o.customer = m.id"
        both = members.select(joined.replace("{how}", "semi"), others=other.groups).keep()
        shared = both.count()
        if shared:
            found.append(CampaignOverlap(other.name, shared, exclude, marks and other.marked))
        if shared and exclude:
            left += left_out_rows(both, "other-campaign")
            members = members.select(joined.replace("{how}", "anti"), others=other.groups).keep()
    return members, tuple(found), left


def contacted_by_others(assignments: pa.Table, others: Mapping[str, pa.Table]) -> tuple[ContactedElsewhere, ...]:
    """The campaigns that contacted more of one group than of the other: their effect is part of the difference.

    Args:
        assignments: customer and group of everybody in a campaign.
        others: The same of other campaigns, by name.
    """
    found = []
    with Engine() as engine:
        groups = engine.arrow(assignments)
        for name, other in others.items():
            table = groups.query(
                f"select g.\"group\" = '{campaigns.CONTACT}' as contact, o.customer is not null as reached from {{rows}} g left join "
                f"(select distinct customer from {{others}} where \"group\" = '{campaigns.CONTACT}') o on o.customer = g.customer",
                others=engine.arrow(other),
            )
            found.append(campaigns.contacted_elsewhere(name, array_of(table["contact"]), array_of(table["reached"])))
    return tuple(filter(None, found))
