"""Offers under a budget in words: what the plan brings, how good it is, and what has to be tested first."""

from __future__ import annotations

from clustera.records import OfferPlan, OfferTest, PlannedOffer
from clustera.texts.campaigns import effect_text, format_points
from clustera.texts.numbers import NOTHING, format_amount, format_count, format_percent, format_share
from clustera.texts.translation import translate


def offer_plan_head(plan: OfferPlan) -> str:
    """How many customers get an offer, what that costs and what it is expected to bring."""
    given = sum(offer.customers for offer in plan.offers)
    head = translate(
        "{given} of {customers} customers get an offer. Expected cost: {cost}. Expected profit after it: {profit}.",
        given=format_count(given),
        customers=format_count(plan.customers),
        cost=format_amount(plan.spent, plan.currency),
        profit=format_amount(plan.profit, plan.currency),
    )
    if plan.budget is None:
        return head
    tested = translate(", of which tests take {cost}", cost=format_amount(plan.test_cost, plan.currency))
    return translate(
        "{head} The budget is {budget}{tests}.",
        head=head,
        budget=format_amount(plan.budget, plan.currency),
        tests=tested if plan.test_cost else "",
    )


def offer_plan_bound(plan: OfferPlan) -> list[str]:
    """How much better any other choice could be at most, and what more budget would bring."""
    if not any(offer.customers for offer in plan.offers):
        if not _known(plan):
            return []
        if plan.next_unit > 0.005:
            return [translate("The budget pays for no offer with a known effect.")]
        return [translate("No offer with a known effect is expected to pay.")]
    more = 100 * plan.gap
    told = [
        translate(
            "No other choice within these limits brings more than {bound} ({share} more).",
            bound=format_amount(plan.bound, plan.currency),
            share=format_percent(more, 1) if more >= 0.05 else translate("less than 0.1%"),
        )
    ]
    if plan.next_unit > 0.005:
        told.append(
            translate(
                "The budget is used up: the next {one} would bring about {amount}.",
                one=format_amount(1, plan.currency),
                amount=format_amount(plan.next_unit, plan.currency),
            )
        )
    return told


def _known(plan: OfferPlan) -> bool:
    return any(offer.effect is not None for offer in plan.offers)


def offer_effect_text(offer: PlannedOffer, currency: str = "") -> str:
    """What an offer changes, for those who get it."""
    return NOTHING if offer.effect is None else effect_text(offer.effect, offer.measure, currency)


def offer_source_text(offer: PlannedOffer) -> str:
    """Where an effect is known from."""
    return {
        "file": translate("from your file"),
        "campaign": translate("measured: {campaign}", campaign=offer.campaign),
        "not shown": translate("no difference shown: {campaign}", campaign=offer.campaign),
        "unknown": translate("not known: test it"),
    }[offer.source]


def offer_test_sentence(test: OfferTest, currency: str = "") -> str:
    """The test of an offer whose effect nobody knows: its size, its cost, and what it shows."""
    if not test.eligible:
        return translate("{name}: no customer is allowed to get it.", name=test.name)
    if test.break_even is None:
        return translate(
            "{name}: it costs more than it can bring, even if everybody bought. Lower its cost or discount.",
            name=test.name,
        )
    if test.shows is None:
        return translate(
            "{name}: nobody knows what it changes, and {n} customers are too few to test it. It pays from {rise} of buyers on.",
            name=test.name,
            n=format_count(test.eligible),
            rise=format_points(test.break_even),
        )
    said = translate(
        "{name}: nobody knows what it changes. Test it: send it to {contact} customers drawn at random and leave {control} others out; "
        "that costs about {cost}. {rate} buy anyway; the offer pays from {rise} of buyers on, and the test shows {shows} or more.",
        name=test.name,
        contact=format_count(test.contact),
        control=format_count(test.control),
        cost=format_amount(test.cost, currency),
        rate=format_share(test.base_rate),
        rise=format_points(test.break_even),
        shows=format_points(test.shows),
    )
    state = (
        translate("The budget pays for it: both groups are in the list.")
        if test.paid
        else translate(
            "It is not in the list: the budget or the number of customers is not enough, or tests were left out."
        )
    )
    return f"{said} {state}"
