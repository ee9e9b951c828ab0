"""Offers under a budget among the customers of a run: what each is expected to bring, who gets which, what to test."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from clustera import allocation
from clustera.campaigns import CONTACT, CONTROL
from clustera.engines import Rows, array_of, hash_sql, literal
from clustera.errors import InputError
from clustera.pipeline.offer_effects import Numbers, OfferEffect, OfferPeople, offer_effect
from clustera.pipeline.offer_limits import binding_limits
from clustera.power import WORTH_SEEING, detectable_lift
from clustera.records import (
    CampaignResults,
    OfferPlan,
    OffersFile,
    OfferTerms,
    OfferTest,
    Outcome,
    PlannedOffer,
)

SMALLEST_TEST = 50  # customers in each group


@dataclass(frozen=True, slots=True)
class OfferWish:
    """What is to be planned.

    Args:
        file: The offers and their common limits.
        budget: That all costs together are expected to reach at most; None: any.
        margin: Share of sales that is profit.
        test: Pay for tests of offers whose effect nobody knows, before anything else.
    """

    file: OffersFile
    budget: float | None
    margin: float
    test: bool = True


@dataclass(frozen=True, slots=True)
class PlannedOffers:
    """The plan, and everybody who is in it.

    `rows` has, by id: id, segment, offer, part (plan or test), group (contact or control), expected_cost and expected_profit
    (missing for tests).
    """

    rows: pa.Table
    record: OfferPlan


def plan_offers(
    outcome: Outcome,
    wish: OfferWish,
    *,
    run: str,
    customers: Rows,
    values: Rows | None,
    measured: Mapping[str, CampaignResults | None],
    excluded: Collection[str] = (),
) -> PlannedOffers:
    """Who gets which offer, or none, so that the expected profit is largest.

    An offer brings the rise of the chance to buy times the margin of a purchase, less the contact, less the discount of everybody
    who is expected to buy: also of those who would have bought anyway.

    Args:
        outcome: Of the run.
        wish: The offers, the budget, the margin.
        run: The run's name.
        customers: id, segment, key and, of a run from orders, stage.
        values: id with spend and order_days, where they are known.
        measured: By the name of a campaign that an offer names: its results; None where nobody has looked at them.
        excluded: Ids of customers who get nothing: control groups of campaigns that go on.

    Raises:
        InputError: a segment is unknown, the limits can't be met together, or nothing says what customers do anyway.
    """
    _check_segments(outcome, wish.file)
    people = _read_people(outcome, wish.file, customers, values, excluded)
    offers = wish.file.offers
    effects = [offer_effect(offer, people, measured) for offer in offers]
    tests, drawn = _plan_tests(offers, effects, people, wish, customers)
    free = np.ones(len(people.segment), bool)
    for members in drawn.values():
        free[members[0]] = free[members[1]] = False
    test_cost = sum(test.cost for test in tests if test.paid)
    budget = None if wish.budget is None else wish.budget - test_cost
    tested = np.zeros(len(offers))
    for place, (contacted, _) in drawn.items():
        tested[place] = len(contacted)
    problem = _problem(offers, effects, people, wish, free=free, budget=budget, tested=tested)
    found = allocation.allocate(problem)
    if found is None:
        raise InputError(
            "The limits can't be met together: the least numbers of customers ask for more than the budget, the contacts and the "
            "offers allow.",
            hint="Lower the least numbers in the file of offers, or raise the budget.",
        )
    behavior = outcome.behavior
    record = OfferPlan(
        run=run,
        days=max((stage.window_days for stage in behavior.stages), default=0) if behavior else 0,
        customers=len(people.segment),
        budget=wish.budget,
        spent=float(found.used[0]),
        test_cost=float(test_cost),
        profit=found.value,
        bound=max(found.bound, found.value),
        next_unit=float(found.prices[0]) if budget is not None else 0.0,
        offers=tuple(
            _planned_offer(offer, effect, place, found.choice, problem)
            for place, (offer, effect) in enumerate(zip(offers, effects, strict=True))
        ),
        tests=tuple(tests),
        currency=behavior.money.currency if behavior else "",
        limits=binding_limits(
            problem,
            found,
            names=tuple(offer.name for offer in offers),
            tested=tested,
            segments=tuple(int(number) for number in np.unique(people.segment)),
        ),
        terms=replace(wish.file, margin=wish.margin),
        test=wish.test,
        left_out=customers.count() - len(people.segment),
    )
    return PlannedOffers(_plan_rows(offers, people, problem, found.choice, drawn), record)


def _check_segments(outcome: Outcome, file: OffersFile) -> None:
    known = {profile.segment for profile in outcome.segments}
    named = {segment for segment, _ in file.least} | {
        segment for offer in file.offers for segment in (*offer.segments, *(number for number, _ in offer.rises))
    }
    if unknown := sorted(named - known):
        raise InputError(
            f"The offers name segment {unknown[0]}; this run has: {', '.join(map(str, sorted(known)))}.",
            hint="These are the numbers before the names of the segments.",
        )


def _read_people(
    outcome: Outcome, file: OffersFile, customers: Rows, values: Rows | None, excluded: Collection[str]
) -> OfferPeople:
    """Everybody who may get an offer, with the chance to buy anyway and what a purchase brings."""
    stage = "c.stage" if "stage" in customers.columns else "null"
    known = values is not None and {"spend", "order_days"} <= set(values.columns)
    purchase = "v.spend / nullif(v.order_days, 0)" if known else "null"
    joined = " left join {values} v on v.id = c.id" if known and values is not None else ""
    others = {"values": values} if known and values is not None else {}
    found = customers.query(
        f"select c.id, c.segment, cast({stage} as varchar) as stage, cast({purchase} as double) as purchase "
        f"from {{rows}} c{joined} order by c.id",
        **others,
    )
    ids = found["id"].to_pylist()
    kept = np.array([id_ not in excluded for id_ in ids], bool) if excluded else np.ones(len(ids), bool)
    segment = array_of(found["segment"]).astype(np.int64)
    stages = found["stage"].to_pylist()
    rate, spent = _base_of(outcome, file, segment, stages)
    own = found["purchase"].to_numpy(zero_copy_only=False).astype(np.float64)
    worth = np.where(np.isfinite(own) & (own > 0), own, spent)
    if not np.isfinite(rate[kept]).all() or not np.isfinite(worth[kept]).all():
        raise InputError(
            "This run does not know how many customers buy anyway, and what a purchase brings.",
            hint="Say both with the offers, such as a share of 0.1 (base_rate) and 40.0 (purchase). Runs from orders know them.",
        )
    return OfferPeople(pa.array(np.array(ids, dtype=object)[kept], pa.string()), segment[kept], rate[kept], worth[kept])


def _base_of(outcome: Outcome, file: OffersFile, segment: Numbers, stages: list[str | None]) -> tuple[Numbers, Numbers]:
    """The chance to buy anyway, and what a buyer spends, of customers of this segment and stage; else of all customers."""
    known = [s for s in (outcome.behavior.stages if outcome.behavior else ()) if s.earlier_customers]
    everybody = sum(s.earlier_customers for s in known)
    buyers = sum(s.earlier_buyers for s in known)
    spend = sum(s.earlier_buyers_spend for s in known)
    rate = buyers / everybody if everybody else np.nan if file.base_rate is None else file.base_rate
    worth = spend / buyers if buyers else np.nan if file.purchase is None else file.purchase
    rates, worths = np.full(len(segment), rate), np.full(len(segment), worth)
    names = np.array([name or "" for name in stages])
    for one in sorted(known, key=lambda stage: stage.subset, reverse=True):  # those in no subset last
        own = (segment == one.segment) & (names == one.stage)
        rates[own] = one.earlier_buyers / one.earlier_customers
        if one.earlier_buyers:
            worths[own] = one.earlier_buyers_spend / one.earlier_buyers
    return rates, worths


def _discounts(offer: OfferTerms, people: OfferPeople) -> Numbers:
    """What one purchase with the offer costs, by customer."""
    taken: Numbers = offer.discount + offer.discount_share * people.purchase
    return taken


def _may_get(offer: OfferTerms, people: OfferPeople) -> Numbers:
    if not offer.segments:
        return np.ones(len(people.segment), bool)
    return np.isin(people.segment, offer.segments)


def _problem(
    offers: tuple[OfferTerms, ...],
    effects: list[OfferEffect],
    people: OfferPeople,
    wish: OfferWish,
    *,
    free: Numbers,
    budget: float | None,
    tested: Numbers,
) -> allocation.OfferProblem:
    """Expected profit and cost of each offer for each customer, and what tests leave of the limits."""
    values = np.full((len(people.segment), len(offers)), -np.inf)
    costs = np.zeros_like(values)
    for place, (offer, effect) in enumerate(zip(offers, effects, strict=True)):
        if effect.rise is None and effect.revenue is None:
            continue
        # Whoever buys anyway can't be made to.
        rise = (
            np.zeros(len(people.segment))
            if effect.rise is None
            else np.clip(effect.rise, -people.rate, 1 - people.rate)
        )
        revenue = rise * people.purchase if effect.revenue is None else effect.revenue
        costs[:, place] = offer.cost + _discounts(offer, people) * np.clip(people.rate + rise, 0.0, 1.0)
        own = _may_get(offer, people) & free & effect.known_to(len(free))
        values[own, place] = (wish.margin * revenue - costs[:, place])[own]
    numbers = np.unique(people.segment)
    least = dict(wish.file.least)
    return allocation.OfferProblem(
        values=values,
        costs=costs,
        budget=budget,
        most=_most_of(offers) - tested,
        contacts=None if wish.file.contacts is None else wish.file.contacts - int(tested.sum()),
        groups=np.searchsorted(numbers, people.segment),
        least=np.array([least.get(int(number), 0) for number in numbers], dtype=np.float64),
    )


def _plan_tests(
    offers: tuple[OfferTerms, ...], effects: list[OfferEffect], people: OfferPeople, wish: OfferWish, customers: Rows
) -> tuple[list[OfferTest], dict[int, tuple[Numbers, Numbers]]]:
    """A test for each offer where its effect is not known, and the customers of those that the limits allow, the cheapest first."""
    eligible = [_may_get(o, people) & ~e.known_to(len(people.segment)) for o, e in zip(offers, effects, strict=True)]
    unknown = [n for n, effect in enumerate(effects) if effect.source in ("unknown", "not shown") or eligible[n].any()]
    tests = {place: _one_test(offers[place], people, wish.margin, eligible[place]) for place in unknown}
    for place in unknown:
        if effects[place].outside is not None:
            segments = tuple(np.unique(people.segment[eligible[place]]).tolist())
            tests[place] = replace(tests[place], segments=segments)
    left, most = _left_for_tests(wish), _most_of(offers)
    used = np.zeros(len(people.segment), bool)
    drawn: dict[int, tuple[Numbers, Numbers]] = {}
    for place in sorted(unknown, key=lambda place: (tests[place].cost, place)):
        test = tests[place]
        order = _random_order(customers, people, offers[place].name)
        order = order[(eligible[place] & ~used)[order]]
        takes = np.array([test.cost, test.contact])
        payable = wish.test and test.break_even is not None and test.shows is not None
        fits = (takes <= left).all() and test.contact <= most[place] and test.contact + test.control <= len(order)
        if payable and fits:
            drawn[place] = order[: test.contact], order[test.contact : test.contact + test.control]
            used[drawn[place][0]] = used[drawn[place][1]] = True
            left -= takes
            tests[place] = replace(test, paid=True)
    return [tests[place] for place in unknown], drawn


def _left_for_tests(wish: OfferWish) -> Numbers:
    """The budget and the contacts that tests may take: not those that segments get at least."""
    file = wish.file
    contacts = np.inf if file.contacts is None else file.contacts - sum(n for _, n in file.least)
    return np.array([np.inf if wish.budget is None else wish.budget, contacts], dtype=np.float64)


def _most_of(offers: tuple[OfferTerms, ...]) -> Numbers:
    """Customers who get each offer at most."""
    return np.array([np.inf if offer.most is None else offer.most for offer in offers], dtype=np.float64)


def _one_test(offer: OfferTerms, people: OfferPeople, margin: float, own: Numbers) -> OfferTest:
    """Two groups of equal size, as small as shows the rise from which on the offer pays, two points at least."""
    eligible = int(own.sum())
    rate = float(people.rate[own].mean()) if eligible else 0.0
    discount = float(_discounts(offer, people)[own].mean()) if eligible else 0.0
    earned = (margin * float(people.purchase[own].mean()) if eligible else 0.0) - discount
    break_even = (offer.cost + discount * rate) / earned if earned > 0 else None
    if break_even is not None and break_even > 1 - rate:
        break_even = None  # not even if everybody bought
    wanted = max(break_even or 0.0, WORTH_SEEING)
    low, high = SMALLEST_TEST, max(eligible // 2, SMALLEST_TEST)
    while low < high:
        middle = (low + high) // 2
        shows = detectable_lift(middle, middle, rate)
        low, high = (low, middle) if shows is not None and shows <= wanted else (middle + 1, high)
    size = min(low, eligible // 2)
    cost = size * (offer.cost + discount * min(rate + wanted, 1.0))
    shows = detectable_lift(size, size, rate) if size else None
    return OfferTest(offer.name, eligible, size, size, cost, rate, break_even, shows, paid=False)


def _random_order(customers: Rows, people: OfferPeople, name: str) -> Numbers:
    """Places of the customers in an order drawn by a hash of the offer's name and their ids."""
    table = customers.engine.arrow(pa.table({"id": people.ids, "place": pa.array(np.arange(len(people.ids)))}))
    drawn = hash_sql(f"{literal(name)} || ' ' || id")
    return array_of(table.query(f"select place from {{rows}} order by {drawn}, id")["place"])


def _planned_offer(
    offer: OfferTerms, effect: OfferEffect, place: int, choice: Numbers, problem: allocation.OfferProblem
) -> PlannedOffer:
    own, known = choice == place, effect.known_to(len(choice))
    changed = effect.rise if effect.rise is not None else effect.revenue
    return PlannedOffer(
        name=offer.name,
        source=effect.source,
        campaign=offer.campaign,
        measure="revenue" if effect.revenue is not None else "buyers",
        effect=None if changed is None or not known.any() else float(changed[own if own.any() else known].mean()),
        customers=int(own.sum()),
        cost=float(problem.costs[own, place].sum()),
        profit=float(problem.values[own, place].sum()),
    )


def _plan_rows(
    offers: tuple[OfferTerms, ...],
    people: OfferPeople,
    problem: allocation.OfferProblem,
    choice: Numbers,
    drawn: Mapping[int, tuple[Numbers, Numbers]],
) -> pa.Table:
    """Everybody who is in the plan or in a test, by id."""
    offer, group = choice.copy(), np.where(choice >= 0, CONTACT, "")
    test = np.zeros(len(choice), bool)
    for place, (contact, control) in drawn.items():
        for members, name in ((contact, CONTACT), (control, CONTROL)):
            offer[members], group[members], test[members] = place, name, True
    there = np.flatnonzero(offer >= 0)
    names = np.array([entry.name for entry in offers], dtype=object)
    missing = test[there]
    own = offer[there]
    return pa.table(
        {
            "id": people.ids.take(pa.array(there)),
            "segment": people.segment[there],
            "offer": pa.array(names[own], pa.string()),
            "part": pa.array(np.where(missing, "test", "plan")),
            "group": pa.array(group[there]),
            "expected_cost": pa.array(problem.costs[there, own], mask=missing),
            "expected_profit": pa.array(np.where(missing, 0.0, problem.values[there, own]), mask=missing),
        }
    )
