"""The plan of offers: what each is expected to bring, and who gets which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clustera import texts
from clustera.components.markup import Markup, fill
from clustera.records import OfferPlan, Outcome


def offer_table(plan: OfferPlan) -> Markup:
    """One row per offer: its effect and where that is known from, customers, cost and profit."""
    rows = [
        (offer, texts.offer_effect_text(offer, plan.currency), texts.offer_source_text(offer)) for offer in plan.offers
    ]
    return fill("offer_plan.html.j2", rows=rows, currency=plan.currency)


def offered_table(rows: Sequence[Mapping[str, Any]], outcome: Outcome, address: str) -> Markup:
    """Who gets which offer.

    Args:
        rows: As `seg.plan_offers` lists them.
        outcome: The run.
        address: Of the page of a customer, but for the id.
    """
    segments = {segment.segment: segment for segment in outcome.segments}
    return fill("offered.html.j2", rows=rows, segments=segments, address=address)
