"""The compiler was told that no two arrays of a call share memory: nobody may hand over such."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from clustera.cluster import sweep
from clustera.cluster.assign import assign
from clustera.cluster.evidence import gather_evidence
from clustera.cluster.kernels import distances, lloyd, moves, rows, seeding
from clustera.cluster.silhouette import silhouette

KERNELS = [
    *((distances, name) for name in ("two_nearest", "nearest", "distance_sums")),
    (lloyd, "iterate"),
    (moves, "single_moves"),
    (rows, "tally"),
    (seeding, "seed"),
]


def arrays(arguments):
    for value in arguments:
        if isinstance(value, tuple):
            yield from arrays(value)
        elif isinstance(value, np.ndarray):
            yield value


@pytest.fixture
def called(monkeypatch):
    """Which kernels were called; each call is looked at before it is made."""
    seen = set()

    def watched(name, kernel):
        def call(*arguments):
            for a, b in combinations(arrays(arguments), 2):
                assert not np.may_share_memory(a, b), name
            seen.add(name)
            return kernel(*arguments)

        return call

    for module, name in KERNELS:
        monkeypatch.setattr(module, name, watched(name, getattr(module, name)))
    return seen


def test_no_kernel_is_given_the_same_memory_twice(called):
    random = np.random.default_rng(0)
    few, some, many = (random.normal(size=(n, 4)).astype(np.float32) for n in (300, 2_500, 30_000))
    for points in (few, some, many):
        found = sweep.solve_sweep(points, range(1, 6), threads=2)
    gather_evidence(some[:1_500].astype(np.float64), some, found, seed=0)
    silhouette(some, {3: assign(some, found[3].centres)[0]})
    sweep.solve_sweep(random.integers(0, 9, (30_000, 3)).astype(np.float64), [3])
    assert called == {name for _, name in KERNELS}
