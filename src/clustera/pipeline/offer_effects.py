"""What an offer changes for each customer, and where that is known from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera.records import CampaignResults, EffectSource, OfferTerms

Numbers = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class OfferPeople:
    """What is known of each customer: arrays by customer."""

    ids: pa.Array
    segment: Numbers
    rate: Numbers  # chance to buy anyway
    purchase: Numbers  # what a purchase brings


@dataclass(frozen=True, slots=True)
class OfferEffect:
    """What an offer changes, by customer."""

    source: EffectSource
    rise: Numbers | None = None  # of the chance to buy
    revenue: Numbers | None = None  # per customer
    outside: Numbers | None = None  # customers of segments where it was not measured; None: nobody

    def known_to(self, customers: int) -> Numbers:
        """Whose effect is known."""
        if self.rise is None and self.revenue is None:
            return np.zeros(customers, bool)
        return np.ones(customers, bool) if self.outside is None else ~self.outside


def offer_effect(offer: OfferTerms, people: OfferPeople, measured: Mapping[str, CampaignResults | None]) -> OfferEffect:
    """What an offer changes for each customer, and where that is known from."""
    if offer.campaign:
        return _measured_effect(measured.get(offer.campaign), people)
    if offer.rise is None and not offer.rises:
        return OfferEffect("unknown")
    rises = np.full(len(people.segment), offer.rise if offer.rise is not None else 0.0)
    for segment, rise in offer.rises:
        rises[people.segment == segment] = rise
    return OfferEffect("file", rise=rises)


def _measured_effect(results: CampaignResults | None, people: OfferPeople) -> OfferEffect:
    """A campaign's difference in its segments, in one its own where that was shown; nothing where none was shown."""
    if results is None or not results.causal or results.decision not in ("works", "harms", "no difference shown"):
        return OfferEffect("unknown")
    if results.decision == "no difference shown":
        return OfferEffect("not shown")
    buyers = results.campaign.measure == "buyers"
    whole = results.parts[0].buyers if buyers else results.parts[0].revenue
    if whole is None:
        return OfferEffect("unknown")
    effect = np.full(len(people.segment), whole.value)
    for part in results.parts[1:]:
        own = part.buyers if buyers else part.revenue
        if part.shown and own is not None and part.segment is not None:
            effect[people.segment == part.segment] = own.value
    return OfferEffect(
        "early" if results.early else "campaign",
        rise=effect if buyers else None,
        revenue=None if buyers else effect,
        outside=_outside_segments(results, people),
    )


def _outside_segments(results: CampaignResults, people: OfferPeople) -> Numbers | None:
    """Who is in a segment that the campaign had nobody of; None where its segments are not known."""
    took_part = [number for number, _ in results.campaign.segments] or [
        p.segment for p in results.parts[1:] if p.segment is not None
    ]
    return ~np.isin(people.segment, took_part) if took_part else None
