"""What a campaign brought, and who responded to it: tables with intervals."""

from __future__ import annotations

from collections.abc import Sequence

from clustera import texts
from clustera.components.markup import Markup, fill
from clustera.records import CampaignMeasure, CampaignPart, CampaignResults, UpliftResults

_MEASURES: tuple[CampaignMeasure, ...] = ("buyers", "revenue")


def campaign_table(results: CampaignResults) -> Markup:
    """All customers, then each segment: what both groups did, the differences with their intervals, and whether they hold."""
    names = dict(results.campaign.segments)
    has_money = any(part.contact.revenue or part.control.revenue for part in results.parts)
    rows = [(part.segment, names.get(part.segment or 0, ""), _part_cells(part, results)) for part in results.parts]
    judged = any(part.buyers or part.revenue for part in results.parts)
    return fill("campaign_results.html.j2", rows=rows, has_money=has_money, judged=judged)


def _part_cells(part: CampaignPart, results: CampaignResults) -> dict[str, str]:
    one, other = part.contact, part.control
    cells = {
        "customers": _figure_beside(texts.format_count(one.customers), texts.format_count(other.customers)),
        "bought": _figure_beside(
            *(texts.format_share(g.buyers / g.customers) if g.customers else "–" for g in (one, other))
        ),
        "each": _figure_beside(
            *(texts.format_amount(g.revenue / g.customers) if g.customers else "–" for g in (one, other))
        ),
    }
    for measure in _MEASURES:
        effect = part.buyers if measure == "buyers" else part.revenue
        cells[measure] = texts.effect_interval_text(part, measure)
        cells[f"{measure}_verdict"] = texts.effect_verdict(effect, part.holds(measure, results.campaign.measure))
    return cells


def _figure_beside(contact: str, control: str) -> str:
    return f"{contact} / {control}"


def uplift_section(found: Sequence[UpliftResults]) -> Markup:
    """Of each campaign: whom to contact next time, and how sure that is."""
    parts = [(results.campaign, texts.uplift_sentences(results), uplift_tables(results)) for results in found]
    return fill("uplift_section.html.j2", parts=parts)


def uplift_tables(results: UpliftResults) -> Markup:
    """The rules, each with its Qini figure and interval, the simple rule among them; and what the contact changed, by the best."""
    heads = [texts.capitalize(head) for head in texts.uplift_heads(results)]
    group_heads = [texts.capitalize(head) for head in texts.uplift_group_heads(results)]
    return fill(
        "uplift.html.j2",
        heads=heads,
        rules=[texts.uplift_cells(rule, results) for rule in results.rules],
        group_heads=group_heads,
        groups=[texts.uplift_group(group, results) for group in results.groups],
    )
