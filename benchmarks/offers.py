"""Who gets which offer under a budget: time, gap, and the time of HiGHS' linear program on the same problem.

    .venv/bin/python benchmarks/offers.py             # 10,000 and 100,000 customers, six offers; HiGHS takes minutes
    .venv/bin/python benchmarks/offers.py 1000000     # our own alone

CPU seconds of one thread. "budget" has a budget alone; "all" also limits of each offer, of contacts, and a least number of
customers in each of five segments. The linear program is a lower bar than the choice: it may give a customer half an offer.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from clustera.allocation import OfferProblem, allocate
from clustera.borrowed import plain_products

OFFERS, SEGMENTS = 6, 5
COSTS = np.array([0.0, 0.02, 0.5, 2.0, 5.0, 10.0])


def made_problem(customers: int, *, limits: bool) -> OfferProblem:
    """Customers with a lift, a margin and a chance to redeem of their own; offers from a mail to ten units of money."""
    random = np.random.default_rng(0)
    base = random.gamma(2, 0.02, customers)[:, None]
    lift = random.gamma(1, 0.03, (customers, OFFERS)) * np.linspace(0.5, 1.5, OFFERS)
    margin = random.lognormal(3, 0.8, customers)[:, None]
    cost = np.where(COSTS > 1, COSTS * np.clip(base + lift, 0, 0.9), COSTS) + 1e-3
    segment = random.integers(0, SEGMENTS, customers)
    return OfferProblem(
        values=lift * margin - cost,
        costs=cost,
        budget=0.05 * customers,
        most=np.full(OFFERS, 0.1 * customers if limits else np.inf),
        contacts=0.4 * customers if limits else None,
        groups=segment,
        least=np.full(SEGMENTS, 0.03 * customers if limits else 0.0),
    )


def solve_by_highs(problem: OfferProblem) -> float:
    """The best sum of the linear program."""
    customers, offers = problem.values.shape
    rows = [sp.kron(sp.eye(customers), np.ones((1, offers))), sp.csr_matrix(problem.costs.reshape(1, -1))]
    most = [np.ones(customers), np.array([problem.budget])]
    if problem.contacts is not None:
        rows += [sp.csr_matrix(np.ones((1, customers * offers))), sp.kron(np.ones((1, customers)), sp.eye(offers))]
        most += [np.array([problem.contacts]), problem.most]
        for group in range(len(problem.least)):
            rows.append(sp.csr_matrix(np.repeat((problem.groups == group) * -1.0, offers)[None]))
        most.append(-problem.least)
    found = linprog(
        -problem.values.ravel(), A_ub=sp.vstack(rows).tocsc(), b_ub=np.concatenate(most), bounds=(0, 1), method="highs"
    )
    return float(-found.fun)


@plain_products
def compare(customers: int, *, highs: bool) -> None:
    """One line for each kind of problem."""
    for name, limits in (("budget", False), ("all", True)):
        problem = made_problem(customers, limits=limits)
        began = time.process_time()
        found = allocate(problem)
        own = time.process_time() - began
        assert found is not None
        line = f"{customers:>9,} {name:6s} own {own:6.2f} s, value {found.value:,.1f}, gap {found.gap:.1e}"
        if highs:
            began = time.process_time()
            best = solve_by_highs(problem)
            took = time.process_time() - began
            line += f"; HiGHS {took:6.1f} s ({took / own:.0f} times), bound {best:,.1f}"
        print(line, flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        compare(int(sys.argv[1]), highs=False)
    else:
        compare(10_000, highs=True)
        compare(100_000, highs=True)
