"""A small integer program: which entries to take, by branch and bound on its linear relaxation."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from clustera.allocation.problem import Numbers

SLACK = 1e-9
WHOLE = 1e-6  # distance from 0 or 1 up to which an entry counts as decided


def best_selection(
    values: Numbers, limits: sp.csc_matrix, most: Numbers, *, nodes: int, close: float
) -> Numbers | None:
    """The entries, of those that fit, whose values have the largest sum; bool (entries,), None where none was found.

    SciPy's own solver of integer programs prints lines of its own, so only its linear programs are used.

    Args:
        values: By entry.
        limits: What an entry uses of each limit (limits, entries).
        most: Of each limit.
        nodes: Linear programs at most.
        close: Distance from the best possible sum from which on it is good enough.
    """
    best: Numbers | None = None
    worth, possible = -np.inf, np.inf
    branches = [(np.zeros(len(values)), np.ones(len(values)))]
    for _ in range(nodes):
        if not branches:
            break
        low, high = branches.pop()
        found = linprog(-values, A_ub=limits, b_ub=most, bounds=np.c_[low, high], method="highs-ds")
        if found.x is None or -found.fun <= worth + close:
            continue
        possible = float(-found.fun) if possible == np.inf else possible  # of the first, in which nothing is decided
        apart = np.abs(found.x - np.round(found.x))
        if apart.max() <= WHOLE:
            best, worth = found.x > 0.5, float(-found.fun)
            if worth >= possible - close:
                break
            continue
        rounded = _round_down(values, limits, most, found.x)
        if rounded is not None and values[rounded].sum() > worth:
            best, worth = rounded, float(values[rounded].sum())
            if worth >= possible - close:
                break
        entry = int(np.argmax(np.where(apart > WHOLE, found.x, -1.0)))
        for value in (0.0, 1.0):  # the last one is tried first
            one, other = low.copy(), high.copy()
            one[entry] = other[entry] = value
            branches.append((one, other))
    return best


def _round_down(values: Numbers, limits: sp.csc_matrix, most: Numbers, shares: Numbers) -> Numbers | None:
    """What is taken whole, then whatever else fits: what is taken in part first, then by value; None where that is too little.

    Args:
        values: By entry.
        limits: What an entry uses of each limit.
        most: Of each limit.
        shares: By entry: how much of it is taken, from 0 to 1.
    """
    taken = shares > 1 - WHOLE
    left = most - limits @ taken
    part = np.flatnonzero((shares > WHOLE) & ~taken)
    rest = np.flatnonzero((shares <= WHOLE) & (values > 0))
    for entry in np.r_[part[np.argsort(-shares[part], kind="stable")], rest[np.argsort(-values[rest], kind="stable")]]:
        at = slice(limits.indptr[entry], limits.indptr[entry + 1])
        where, uses = limits.indices[at], limits.data[at]
        if ((uses <= 0) | (uses <= left[where] + SLACK)).all():
            left[where] -= uses
            taken[entry] = True
    return taken if (left >= -SLACK * np.maximum(np.abs(most), 1.0)).all() else None
