"""What a campaign brought: the two groups as they were drawn, whoever of them was reached (intention to treat)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from clustera.campaigns.estimates import (
    WORTH,
    EstimatedDifference,
    Flags,
    Floats,
    Numbers,
    contact_difference,
    enough_buyers,
    enough_spenders,
    explained_share,
)
from clustera.campaigns.looks import ALPHA, bound_at
from clustera.power import Z95
from clustera.records import (
    Campaign,
    CampaignDecision,
    CampaignMeasure,
    CampaignPart,
    CampaignResults,
    Effect,
    GroupOutcome,
    HeavyTail,
    MissingOutcomes,
    SampleRatio,
)
from clustera.records.campaigns import ContactedElsewhere

BY_CHANCE = 0.001  # groups as unequal as these come by chance once in a thousand draws
TOP = 0.01  # of the buyers, those who spent most
CARRIED = 0.25  # of the revenue, from which on those few carry the sum


@dataclass(frozen=True, slots=True)
class Responses:
    """What every customer of a campaign did from its first day on; arrays (n_customers,)."""

    segment: Numbers
    contact: Flags
    bought: Flags
    orders: Numbers
    revenue: Floats
    revenue_before: Floats | None = None  # in as many days before the first; None where the log begins later
    orders_before: Floats | None = None

    def only(self, who: npt.NDArray[np.bool_]) -> Responses:
        """Some of the customers."""
        return Responses(
            self.segment[who],
            self.contact[who],
            self.bought[who],
            self.orders[who],
            self.revenue[who],
            None if self.revenue_before is None else self.revenue_before[who],
            None if self.orders_before is None else self.orders_before[who],
        )


def measure_groups(
    campaign: Campaign,
    responses: Responses,
    *,
    days: int,
    discounts: float = 0.0,
    has_revenue: bool = True,
    missing: MissingOutcomes | None = None,
) -> CampaignResults:
    """What a campaign brought, overall and by segment.

    Args:
        campaign: As it was launched.
        responses: What its customers did in `days` days from the first.
        days: Days that are over, up to those planned.
        discounts: Cost of discounts that the amounts of the log do not include.
        has_revenue: Amounts are known; of a table that only says yes or no they are not.
        missing: Customers without an outcome, by group.
    """
    over = campaign.days is not None and days >= campaign.days
    bound = _bounds(campaign, responses, days)
    ratio = sample_ratio(responses, campaign.share)
    # Of groups that nobody drew, and of a campaign that is to be looked at once, no difference is computed at all.
    judged = campaign.randomized and not (campaign.looks == "end" and not over)
    whole = _compared_groups(responses, bound, judged=judged, has_revenue=has_revenue)
    groups = [int(number) for number in np.unique(responses.segment)]
    parts = [
        replace(
            _compared_groups(
                responses.only(responses.segment == n), bound, judged=judged, has_revenue=has_revenue
            ).part,
            segment=n,
        )
        for n in (groups if len(groups) > 1 else ())
    ]
    results = CampaignResults(
        campaign=campaign,
        day=campaign.day + days - 1,
        days=days,
        decision=_decision(campaign, whole, ratio, missing, over=over),
        over=over,
        bound=bound.of(campaign),
        parts=(whole.part, *parts),
        ratio=ratio,
        missing=missing,
        narrower=whole.narrower,
        cost=campaign.contact_cost * whole.part.contact.customers + discounts,
    )
    if not results.causal:
        return _without_effects(results)
    if parts and judged:
        shown = _holm(campaign, responses, parts, days, campaign.measure)
        other = _holm(campaign, responses, parts, days, "revenue" if campaign.measure == "buyers" else "buyers")
        told = (replace(p, shown=shown.get(n), other_shown=other.get(n)) for n, p in enumerate(parts))
        results = replace(results, parts=(whole.part, *told))
    return _with_money(results, whole, responses, bound)


def sample_ratio(responses: Responses, share: float | None) -> SampleRatio | None:
    """Whether as many customers are in the control group as were drawn; None where no share is on record.

    A chi-square test with one degree of freedom. Source: Fabijan et al. (2019), KDD, on sample ratio mismatch.
    """
    from scipy.special import chdtrc

    n = len(responses.contact)
    if share is None or not 0 < share < 1 or not n:
        return None
    control = int((~responses.contact).sum())
    expected = share * n
    p = float(chdtrc(1, (control - expected) ** 2 / (expected * (1 - share))))
    return SampleRatio(expected, control, p, p >= BY_CHANCE)


def missing_outcomes(contact: Flags, missing: Flags) -> MissingOutcomes | None:
    """Whether outcomes are missing from one group more than from the other; None where none is missing.

    Fisher's exact test, as few may be missing. Lost outcomes would count as customers who did not buy.

    Args:
        contact: Who is in the group to contact, (n_customers,).
        missing: Who has no outcome, (n_customers,).

    >>> contact = np.repeat([True, False], 500)
    >>> missing_outcomes(contact, np.zeros(1_000, bool)) is None
    True
    """
    if not missing.any():
        return None
    p = _chance_of_shares(contact, missing)
    return MissingOutcomes(int((missing & contact).sum()), int((missing & ~contact).sum()), p, p >= BY_CHANCE)


def contacted_elsewhere(campaign: str, contact: Flags, reached: Flags) -> ContactedElsewhere | None:
    """Customers whom another campaign contacted as well; None where as many of one group are as of the other, up to chance.

    Args:
        campaign: The other one's name.
        contact: Who is in the group to contact, (n_customers,).
        reached: Whom the other campaign contacts, (n_customers,).

    >>> contact = np.repeat([True, False], 500)
    >>> contacted_elsewhere("summer", contact, contact)
    ContactedElsewhere(campaign='summer', contact=500, control=0)
    >>> contacted_elsewhere("summer", contact, np.tile([True, False], 500)) is None
    True
    """
    if not reached.any() or _chance_of_shares(contact, reached) >= BY_CHANCE:
        return None
    return ContactedElsewhere(campaign, int((reached & contact).sum()), int((reached & ~contact).sum()))


def _chance_of_shares(contact: Flags, flagged: Flags) -> float:
    """How often chance alone makes the shares of those flagged in both groups as unequal (Fisher's exact test)."""
    from scipy.stats import fisher_exact

    return float(fisher_exact([[(flagged & who).sum(), (~flagged & who).sum()] for who in (contact, ~contact)]).pvalue)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Standard errors that a difference must pass, of shares of buyers and of revenue."""

    buyers: float
    revenue: float

    def of(self, campaign: Campaign) -> float:
        return self.buyers if campaign.measure == "buyers" else self.revenue


def _bounds(campaign: Campaign, responses: Responses, days: int, alpha: float = ALPHA) -> _Bounds:
    if campaign.looks == "end":
        once = Z95 if alpha == ALPHA else bound_at(1, 1, alpha=alpha)
        return _Bounds(once, once)
    planned = campaign.days if campaign.looks == "daily" else None
    rate = float(responses.bought.mean()) if len(responses.bought) else None
    return _Bounds(bound_at(days, planned, alpha=alpha, rate=rate), bound_at(days, planned, alpha=alpha))


@dataclass(frozen=True, slots=True)
class _Compared:
    part: CampaignPart
    buyers: EstimatedDifference | None
    revenue: EstimatedDifference | None
    narrower: tuple[tuple[str, float], ...] = ()

    def primary(self, campaign: Campaign) -> EstimatedDifference | None:
        return self.buyers if campaign.measure == "buyers" else self.revenue


def _within_all(share: Effect) -> Effect:
    """A difference of two shares: no more than all of the customers."""
    return replace(share, low=max(share.low, -1.0), high=min(share.high, 1.0))


def _compared_groups(own: Responses, bound: _Bounds, *, judged: bool, has_revenue: bool) -> _Compared:
    narrower: list[tuple[str, float]] = []
    buyers = revenue = None
    if judged and enough_buyers(own.bought, own.contact):
        buyers = _sharper(own, own.bought.astype(np.float64), own.orders_before, "buyers", narrower, share=True)
    if judged and has_revenue and enough_spenders(own.contact):
        revenue = _sharper(own, own.revenue, own.revenue_before, "revenue", narrower)
    part = CampaignPart(
        segment=None,
        contact=_group(own, own.contact),
        control=_group(own, ~own.contact),
        buyers=_within_all(buyers.effect(bound.buyers)) if buyers else None,
        revenue=revenue.effect(bound.revenue) if revenue else None,
    )
    return _Compared(part, buyers, revenue, tuple(narrower))


def _sharper(
    own: Responses,
    values: Floats,
    before: Floats | None,
    name: str,
    narrower: list[tuple[str, float]],
    *,
    share: bool = False,
) -> EstimatedDifference:
    """The difference, freed of what the customers did before where that explains some of it."""
    plain = contact_difference(values, own.contact, own.segment, share=share)
    if before is None or explained_share(values, before, own.contact, own.segment) < WORTH:
        return plain
    freed = contact_difference(values, own.contact, own.segment, before=before)
    if freed.error <= 0 or plain.error <= 0:
        return plain
    narrower.append((name, 1 - freed.error / plain.error))
    # What the control group did is told as it was, not as it would have been.
    return replace(freed, control=plain.control, adjusted=True)


def _group(own: Responses, who: npt.NDArray[np.bool_]) -> GroupOutcome:
    return GroupOutcome(
        int(who.sum()), int(own.bought[who].sum()), int(own.orders[who].sum()), float(own.revenue[who].sum())
    )


def _decision(
    campaign: Campaign, whole: _Compared, ratio: SampleRatio | None, missing: MissingOutcomes | None, *, over: bool
) -> CampaignDecision:
    part, primary = whole.part, whole.primary(campaign)
    effect = part.buyers if campaign.measure == "buyers" else part.revenue
    shown: CampaignDecision = "no difference shown" if over else "too early"
    if effect is not None and effect.low > 0:
        shown = "works"
    elif effect is not None and effect.high < 0:
        shown = "harms"
    waits = campaign.looks == "end" and not over
    cases: tuple[tuple[bool, CampaignDecision], ...] = (
        (not part.contact.customers or not part.control.customers, "no control group"),
        (not campaign.randomized, "not randomized"),
        (ratio is not None and not ratio.holds, "groups differ"),
        (missing is not None and not missing.holds, "outcomes missing"),
        (primary is None and not waits, "too few" if over else "too early"),
    )
    return next((decision for holds, decision in cases if holds), shown)


def _without_effects(results: CampaignResults) -> CampaignResults:
    bare = tuple(replace(part, buyers=None, revenue=None) for part in results.parts)
    return replace(results, parts=bare, narrower=())


def _holm(
    campaign: Campaign, responses: Responses, parts: list[CampaignPart], days: int, measure: CampaignMeasure
) -> dict[int, bool]:
    """Whether the difference of each part holds among all of them, by the part's place.

    Source: Holm (1979), Scandinavian Journal of Statistics 6.
    """
    tested: list[tuple[float, int, EstimatedDifference]] = []
    for place, part in enumerate(parts):
        own = responses.only(responses.segment == part.segment)
        compared = _compared_groups(own, _Bounds(Z95, Z95), judged=True, has_revenue=part.revenue is not None)
        found = compared.buyers if measure == "buyers" else compared.revenue
        if found is not None and found.error > 0:
            tested.append((abs(found.value) / found.error, place, found))
    shown: dict[int, bool] = {}
    holds = True
    for rank, (_, place, found) in enumerate(sorted(tested, key=lambda entry: -entry[0])):
        bounds = _bounds(campaign, responses, days, ALPHA / (len(tested) - rank))
        holds = holds and found.passes(bounds.buyers if measure == "buyers" else bounds.revenue)
        shown[place] = holds
    return shown


def _with_money(results: CampaignResults, whole: _Compared, responses: Responses, bound: _Bounds) -> CampaignResults:
    """Totals over all who were contacted, the profit, and the tail where few customers carry the sum."""
    campaign, contacted = results.campaign, results.parts[0].contact.customers
    total = whole.revenue.effect(bound.revenue, contacted) if whole.revenue else None
    profit = None
    if total is not None and campaign.margin is not None:
        margin, cost = campaign.margin, results.cost
        profit = Effect(
            margin * total.value - cost,
            margin * total.low - cost,
            margin * total.high - cost,
            margin * total.control,
            margin * total.error,
        )
    return replace(
        results,
        total_revenue=total,
        total_buyers=whole.buyers.effect(bound.buyers, contacted) if whole.buyers else None,
        profit=profit,
        tail=_tail(responses, bound.revenue) if whole.revenue else None,
    )


def _tail(responses: Responses, bound: float) -> HeavyTail | None:
    """The difference with the largest amounts cut, where the 1 % who spent most carry a quarter of the revenue."""
    spent = np.sort(responses.revenue[responses.revenue > 0])[::-1]
    top = math.ceil(TOP * len(spent))
    if len(spent) < 2 or spent[:top].sum() < CARRIED * spent.sum():
        return None
    cap = float(spent[min(top, len(spent) - 1)])
    capped = replace(responses, revenue=np.minimum(responses.revenue, cap))
    found = _sharper(capped, capped.revenue, _capped(capped.revenue_before), "revenue", [])
    return HeavyTail(float(spent[:top].sum() / spent.sum()), cap, found.effect(bound), top, len(spent))


def _capped(before: Floats | None) -> Floats | None:
    """What was spent before, its largest amounts cut as those of the campaign are."""
    if before is None or not (before > 0).any():
        return before
    return np.minimum(before, np.quantile(before[before > 0], 1 - TOP))
