"""A list that was exported with a control group, as a campaign: so its results are kept, and its action says what it brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from clustera import campaigns
from clustera.engines import Rows
from clustera.errors import InputError
from clustera.pipeline.campaign_members import CampaignWish, action_code, planned_whole
from clustera.pipeline.launching import Launched, LaunchTerms, campaign_of_groups, own_control
from clustera.records import LeftOut, Outcome


def exported_campaign(
    outcome: Outcome,
    wish: CampaignWish,
    terms: LaunchTerms,
    assignments: pa.Table,
    *,
    customers: Rows,
    run: str,
    names: Mapping[int, str],
    exported: str,
    left_out: Sequence[LeftOut] | None = None,
) -> Launched:
    """The campaign of an exported list; nothing is drawn, and nothing is written yet.

    Args:
        outcome: Of the run.
        wish: Which action the list carried, and how it is to be judged.
        terms: Its name, first day, share of the control group, margin and cost.
        assignments: customer, segment and group of everybody whom the export drew.
        customers: Of the run: id, segment, ...
        run: The run's name.
        names: Names of segments, people's own first.
        exported: When the list was exported, as the record of exports has it.
        left_out: Who of the audience is in no file, and why; None where the export did not keep it.

    Raises:
        InputError: one of the groups is empty, or there is no such action.
    """
    import pyarrow.compute as pc

    contact, control = (
        pc.sum(pc.equal(assignments["group"], group)).as_py() or 0 for group in (campaigns.CONTACT, campaigns.CONTROL)
    )
    if not contact or not control:
        raise InputError(
            f"The list of {terms.audience_name!r} has {contact} in the contact group and {control} in the control group; each needs at least one customer.",
            hint="Export the audience with a larger control group.",
        )
    code = action_code(outcome, wish.action)
    numbers = sorted(set(assignments["segment"].to_pylist()))
    chosen = replace(wish, action=code, segments=() if code else tuple(n for n in numbers if n in names))
    members = customers.select(
        "select c.* from {rows} c semi join {groups} g on g.customer = c.id", groups=customers.engine.arrow(assignments)
    ).keep()
    shown = planned_whole(outcome, chosen, members, outcome.behavior.stages if outcome.behavior else ())
    campaign = replace(
        campaign_of_groups(
            outcome,
            chosen,
            terms,
            (contact, control),
            measure=shown.measure,
            run=run,
            segments=numbers,
            names=names,
        ),
        share=terms.control,
        seed=terms.audience_name,
        drawn_from=contact + control,
        drawn_share=terms.control,
        exported=exported,
    )
    told = assignments.filter(pc.equal(assignments["group"], campaigns.CONTACT))
    segments = [names.get(number, str(number)) for number in told["segment"].to_pylist()]
    listed = pa.table({"id": told["customer"], "segment": pa.array(segments, pa.string())})
    return Launched(campaign, assignments, listed, left_out=_left_out_of(assignments, left_out or ()))


def _left_out_of(assignments: pa.Table, left_out: Sequence[LeftOut]) -> tuple[LeftOut, ...]:
    """The control group of the campaign, and whoever else is in no list."""
    own = own_control(assignments)
    drawn = set(assignments["customer"].to_pylist())
    return (*(gone for gone in left_out if gone.customer not in drawn), *own)
