"""A list that was exported with a control group, as a campaign: so its results are kept, and its action says what it brought."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from clustera import campaigns
from clustera.errors import InputError
from clustera.pipeline.campaigns import CampaignWish, action_code, campaign_days, measure_of_wish
from clustera.pipeline.launching import Launched, LaunchTerms
from clustera.records import Campaign, Outcome
from clustera.texts import action_labels


def exported_campaign(
    outcome: Outcome,
    wish: CampaignWish,
    terms: LaunchTerms,
    assignments: pa.Table,
    *,
    run: str,
    names: Mapping[int, str],
    exported: str,
) -> Launched:
    """The campaign of an exported list; nothing is drawn, and nothing is written yet.

    Args:
        outcome: Of the run.
        wish: Which action the list carried, and how it is to be judged.
        terms: Its name, first day, share of the control group, margin and cost.
        assignments: customer, segment and group of everybody whom the export drew.
        run: The run's name.
        names: Names of segments, people's own first.
        exported: When the list was exported, as the record of exports has it.

    Raises:
        InputError: one of the groups is empty, or there is no such action.
    """
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
    measured = CampaignWish(code, () if code else tuple(n for n in numbers if n in names), looks=wish.looks)
    campaign = Campaign(
        name=terms.name,
        run=run,
        day=terms.day,
        days=None if wish.looks == "open" else wish.days or campaign_days(outcome),
        share=terms.control,
        randomized=True,
        seed=terms.audience_name,
        measure=wish.measure or measure_of_wish(outcome, measured),
        looks=wish.looks,
        customers=contact + control,
        contact=contact,
        control=control,
        segments=tuple((number, names.get(number, "")) for number in numbers),
        action_code=code,
        action_label=action_labels(outcome.actions).get(code, ""),
        margin=terms.margin,
        contact_cost=terms.contact_cost,
        currency=outcome.behavior.money.currency if outcome.behavior else "",
        options=dict(terms.options),
        audience=terms.audience_name,
        drawn_from=contact + control,
        drawn_share=terms.control,
        exported=exported,
    )
    told = assignments.filter(pc.equal(assignments["group"], campaigns.CONTACT))
    segments = [names.get(number, str(number)) for number in told["segment"].to_pylist()]
    return Launched(
        campaign, assignments, pa.table({"id": told["customer"], "segment": pa.array(segments, pa.string())})
    )
