"""Who gets which offer: against HiGHS on random small problems in which every kind of limit binds."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from clustera.allocation import OfferProblem, allocate
from tests.soaking import as_time_allows

KINDS = ("budget", "contacts", "offers", "groups")


def random_problem(seed: int) -> OfferProblem:
    """8 to 40 customers, 1 to 4 offers; every second limit is there, and about so large that it matters."""
    random = np.random.default_rng(seed)
    customers, offers, groups = int(random.integers(8, 41)), int(random.integers(1, 5)), int(random.integers(1, 4))
    values = np.round(random.normal(1.0, 2.0, (customers, offers)), 2)
    values[random.random(values.shape) < 0.1] = -np.inf  # cannot get it
    costs = np.round(random.gamma(1.0, 1.0, (customers, offers)), 2) * (random.random(offers) < 0.8)
    group = random.integers(0, groups, customers)
    free = np.where(values.max(1) > 0, values.argmax(1), -1)
    spent = costs[free >= 0, free[free >= 0]].sum()
    return OfferProblem(
        values,
        costs,
        float(round(spent * random.uniform(0.2, 1.1), 2)) if random.random() < 0.7 else None,
        np.where(random.random(offers) < 0.5, random.integers(1, max(customers // 2, 2), offers), np.inf).astype(float),
        float(random.integers(2, customers)) if random.random() < 0.5 else None,
        group,
        np.where(
            random.random(groups) < 0.8, np.round(np.bincount(group, minlength=groups) * random.uniform(0.3, 0.9)), 0.0
        ),
    )


def by_highs(problem: OfferProblem) -> tuple[float | None, float | None]:
    """The best sum of the integer program, and of its linear relaxation; None where there is no choice."""
    customers, offers = problem.values.shape
    rows = [sp.kron(sp.eye(customers), np.ones((1, offers)))]
    most = [np.ones(customers)]
    if problem.budget is not None:
        rows.append(sp.csr_matrix(problem.costs.reshape(1, -1)))
        most.append([problem.budget])
    if problem.contacts is not None:
        rows.append(sp.csr_matrix(np.ones((1, customers * offers))))
        most.append([problem.contacts])
    for offer in np.flatnonzero(np.isfinite(problem.most)):
        rows.append(sp.csr_matrix(np.tile(np.eye(offers)[offer], customers)[None]))
        most.append([problem.most[offer]])
    for group in np.flatnonzero(problem.least > 0):
        rows.append(sp.csr_matrix(np.repeat((problem.groups == group) * -1.0, offers)[None]))
        most.append([-problem.least[group]])
    limits, most = sp.vstack(rows).tocsc(), np.concatenate(most)
    possible = np.isfinite(problem.values).ravel()
    values = np.where(possible, problem.values.ravel(), 0.0)
    whole = milp(
        -values,
        constraints=LinearConstraint(limits, -np.inf, most),
        integrality=np.ones(len(values)),
        bounds=Bounds(0, possible.astype(float)),
        options={"mip_rel_gap": 0.0},
    )
    relaxed = linprog(-values, A_ub=limits, b_ub=most, bounds=np.c_[np.zeros(len(values)), possible], method="highs")
    return None if whole.x is None else -whole.fun, None if relaxed.x is None else -relaxed.fun


def check_against_highs(seeds, open_customers):
    binding = dict.fromkeys(KINDS, 0)
    impossible, lost = 0, []
    for seed in seeds:
        problem = random_problem(seed)
        best, relaxed = by_highs(problem)
        found = allocate(problem, open_customers=open_customers)
        if best is None:
            impossible += 1
            assert found is None
            continue
        assert found is not None, seed
        assert (found.used <= problem.capacities + 1e-6).all(), seed
        assert found.value == pytest.approx(problem.worth(found.choice))
        assert found.value <= best + 1e-6, seed
        assert found.bound >= best - 1e-6, seed
        assert found.bound == pytest.approx(relaxed, rel=1e-3, abs=1e-3), seed
        lost.append((best - found.value) / max(abs(best), 1.0))
        offers = problem.values.shape[1]
        parts = {
            "budget": slice(0, 1),
            "contacts": slice(1, 2),
            "offers": slice(2, 2 + offers),
            "groups": slice(2 + offers, None),
        }
        for kind, part in parts.items():
            binding[kind] += bool((found.prices[part] > 1e-6).any())
    return binding, impossible, np.array(lost)


def test_no_limit_is_broken_the_bound_holds_and_the_best_choice_is_found():
    binding, impossible, lost = check_against_highs(range(60), open_customers=150)
    assert min(binding.values()) >= 5, binding  # every kind of limit had a price in many of them
    assert impossible >= 3
    assert lost.max() < 0.01
    assert np.mean(lost < 1e-6) > 0.9


def test_the_same_where_prices_decide_for_most_customers():
    _, _, lost = check_against_highs(range(1_000, 1_025), open_customers=6)
    assert lost.max() < 0.1
    assert lost.mean() < 0.01


@pytest.mark.soak
def test_the_same_on_many_more():
    tried = []
    seeds = (tried.append(seed) or seed for seed in as_time_allows(range(10_000, 11_500)))
    binding, impossible, lost = check_against_highs(seeds, open_customers=150)
    print(  # noqa: T201 - `pytest -rP` shows it
        f"{len(tried):,} problems, {impossible} impossible, limits with a price: {binding}; "
        f"the best choice in {np.mean(lost < 1e-6):.1%}, lost at most {lost.max():.2%}"
    )
    assert min(binding.values()) >= len(tried) // 10
    assert lost.max() < 0.02


def test_without_limits_everybody_gets_the_offer_worth_most():
    values = np.array([[1.0, 2.0], [-1.0, -2.0], [3.0, 3.0]])
    free = OfferProblem(values, np.ones((3, 2)), None, np.full(2, np.inf), None, np.zeros(3, int), np.zeros(1))
    found = allocate(free)
    assert found.choice.tolist() == [1, -1, 0]
    assert (found.value, found.bound, found.gap) == (5.0, 5.0, 0.0)


def test_a_budget_that_pays_for_one_of_three_buys_the_best_and_has_the_price_of_the_next():
    values, costs = np.array([[5.0], [4.0], [3.0]]), np.ones((3, 1))
    problem = OfferProblem(values, costs, 1.0, np.full(1, np.inf), None, np.zeros(3, int), np.zeros(1))
    found = allocate(problem)
    assert found.choice.tolist() == [0, -1, -1]
    assert found.value == 5.0
    assert 4.0 - 1e-6 <= found.prices[0] <= 5.0 + 1e-6


def test_twelve_thousand_customers_are_allocated_within_a_tenth_of_a_percent():
    random = np.random.default_rng(0)
    values = random.gamma(1.0, 1.0, (12_000, 4)) - 0.3
    costs = random.gamma(2.0, 0.5, (12_000, 4))
    group = random.integers(0, 3, 12_000)
    problem = OfferProblem(
        values, costs, 2_000.0, np.array([900.0, np.inf, 1_500.0, np.inf]), 4_000.0, group, np.full(3, 1_000.0)
    )
    found = allocate(problem)
    assert found.gap < 1e-3
    assert (found.used <= problem.capacities + 1e-6).all()
    assert np.array_equal(found.choice, allocate(problem).choice)
