"""Offers under a budget in words: what the plan brings, how good it is, and what has to be tested first."""

from __future__ import annotations

from clustera.records import OfferLimit, OfferPlan, OfferTest, PlannedOffer
from clustera.texts.campaigns import effect_text, format_points
from clustera.texts.counts import translate_count
from clustera.texts.numbers import NOTHING, format_amount, format_count, format_percent, format_share
from clustera.texts.translation import translate

LEAST = 0.005  # money below which nothing is told


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
        if plan.terms and plan.terms.contacts == 0:
            return [translate("The limit of 0 contacts leaves room for no offer.")]
        if plan.next_unit > 0.005:
            return [translate("The budget pays for no offer with a known effect.")]
        if any(limit.kind in ("contacts", "most") and limit.brings > LEAST for limit in plan.limits):
            return offer_limit_sentences(plan)
        return [translate("No offer with a known effect is expected to pay.")]
    more = 100 * plan.gap
    told = [
        translate(
            "No other choice within these limits brings more than {bound} ({share} more).",
            bound=format_amount(plan.bound, plan.currency),
            share=format_percent(more, 1) if more >= 0.05 else translate("less than 0.1%"),
        )
    ]
    return [*told, *offer_limit_sentences(plan)]


def offer_plan_sentences(plan: OfferPlan) -> list[str]:
    """The whole plan: what it brings, how good it is, what holds it back, and what has to be tested."""
    unknown = [] if _known(plan) else [translate("Nobody knows yet what these offers change: test first.")]
    early = [
        translate(
            "{name}: the campaign {campaign} was still running when its effect was measured, so the effect is an early result.",
            name=offer.name,
            campaign=offer.campaign,
        )
        for offer in plan.offers
        if offer.source == "early"
    ]
    tests = [offer_test_sentence(test, plan.currency) for test in plan.tests]
    return [offer_plan_head(plan), *_left_out_sentences(plan), *offer_plan_bound(plan), *early, *unknown, *tests]


def held_since_sentence(n: int) -> str:
    """Why the list of a kept plan has fewer customers than the plan; "" where it has as many."""
    if not n:
        return ""
    return translate_count(
        n,
        "{n} customer of the plan is held out of an audience or in the control group of a campaign since, and is not in this list.",
        "{n} customers of the plan are held out of an audience or in the control group of a campaign since, and are not in this list.",
    )


def _left_out_sentences(plan: OfferPlan) -> list[str]:
    """Why the plan is about fewer customers than the run has."""
    if not plan.left_out:
        return []
    return [
        translate_count(
            plan.left_out,
            "{n} of the run's {all} customers is left out: in the control group of a campaign that is still running, or held out of "
            "an audience.",
            "{n} of the run's {all} customers are left out: in the control group of a campaign that is still running, or held out of "
            "an audience.",
            all=format_count(plan.customers + plan.left_out),
        )
    ]


def offer_plan_line(plan: OfferPlan) -> str:
    """The plan in one line, for the report."""
    if not _known(plan):
        return translate("Offers: nobody knows yet what they change; test first.")
    return translate_count(
        sum(offer.customers for offer in plan.offers),
        "Offers: {n} customer gets one, for {cost}; expected profit {profit}.",
        "Offers: {n} customers get one, for {cost}; expected profit {profit}.",
        cost=format_amount(plan.spent, plan.currency),
        profit=format_amount(plan.profit, plan.currency),
    )


def offer_limit_sentences(plan: OfferPlan) -> list[str]:
    """What holds the plan back, and what one more of it would bring; first what is left of the budget, and why."""
    told = [_limit_sentence(limit, plan.currency) for limit in plan.limits]
    if plan.left > LEAST and not any(limit.kind == "budget" for limit in plan.limits):
        left = translate(
            "The plan needs {left} less than the budget; a larger budget would bring no more profit.",
            left=format_amount(plan.left, plan.currency),
        )
        told.insert(0, left)
    return told


def _limit_sentence(limit: OfferLimit, currency: str) -> str:
    n, amount = int(limit.limit), format_amount(limit.brings, currency)
    if limit.kind == "budget":
        return translate(
            "The budget is used up: the next {one} would bring about {amount}.",
            one=format_amount(1, currency),
            amount=amount,
        )
    if limit.kind == "contacts" and limit.brings > LEAST:
        return translate_count(
            n,
            "The {n} contact is used up: one more would bring about {amount}.",
            "All {n} contacts are used up: one more would bring about {amount}.",
            amount=amount,
        )
    if limit.kind == "contacts":
        return translate_count(
            n,
            "The {n} contact is used up, and no further customer is expected to bring more than an offer costs.",
            "All {n} contacts are used up, and no further customer is expected to bring more than an offer costs.",
        )
    if limit.kind == "most":
        return translate_count(
            n,
            "{offer} goes to {n} customer, the most it may: one more would bring about {amount}.",
            "{offer} goes to {n} customers, the most it may: one more would bring about {amount}.",
            offer=limit.offer,
            amount=amount,
        )
    if limit.kind == "least":
        return translate_count(
            n,
            "Segment {segment} gets {n} offer because that is the least you asked for: it loses about {amount}.",
            "Segment {segment} gets {n} offers because that is the least you asked for: the last of them loses about {amount}.",
            segment=limit.segment,
            amount=amount,
        )
    return translate("No further customer is expected to bring more than an offer costs.")


def _known(plan: OfferPlan) -> bool:
    return any(offer.effect is not None for offer in plan.offers)


def offer_effect_text(offer: PlannedOffer, currency: str = "") -> str:
    """What an offer changes, for those who get it."""
    return NOTHING if offer.effect is None else effect_text(offer.effect, offer.measure, currency)


def offer_source_text(offer: PlannedOffer) -> str:
    """Where an effect is known from."""
    return {
        "file": translate("as you gave it"),
        "campaign": translate("measured: {campaign}", campaign=offer.campaign),
        "early": translate("early result: {campaign}", campaign=offer.campaign),
        "not shown": translate("could be chance: {campaign}", campaign=offer.campaign),
        "unknown": translate("not known: test it"),
    }[offer.source]


def offer_test_sentence(test: OfferTest, currency: str = "") -> str:
    """The test of an offer whose effect nobody knows: its size, its cost, and what it shows."""
    name = test.name
    if test.segments:
        segments = ", ".join(map(str, test.segments))
        name = (
            translate("{name} in segment {segments}, where it was not measured", name=name, segments=segments)
            if len(test.segments) == 1
            else translate("{name} in segments {segments}, where it was not measured", name=name, segments=segments)
        )
    if not test.eligible:
        return translate("{name}: no customer is allowed to get it.", name=name)
    if test.break_even is None:
        return translate(
            "{name}: it costs more than it can bring, even if everybody bought. Lower its cost or discount.",
            name=name,
        )
    if test.shows is None:
        return translate_count(
            test.eligible,
            "{name}: nobody knows what it changes, and {n} customer is too few to test it. It pays from {rise} of buyers on.",
            "{name}: nobody knows what it changes, and {n} customers are too few to test it. It pays from {rise} of buyers on.",
            name=name,
            rise=format_points(test.break_even),
        )
    said = translate(
        "{name}: nobody knows what it changes. Test it: send it to {contact} customers drawn at random and leave {control} others out; "
        "that costs about {cost}. {rate} buy anyway; the offer pays from {rise} of buyers on, and the test shows {shows} or more.",
        name=name,
        contact=format_count(test.contact),
        control=format_count(test.control),
        cost=format_amount(test.cost, currency),
        rate=format_share(test.base_rate),
        rise=format_points(test.break_even),
        shows=format_points(test.shows),
    )
    state = (
        translate("Budget and limits allow it: both groups are in the list.")
        if test.paid
        else translate(
            "It is not in the list: the budget, the limit of contacts or the number of customers is not enough, or tests were left out."
        )
    )
    return f"{said} {state}"
