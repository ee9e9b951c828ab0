import numpy as np
import pytest

from clustera.cluster.exchange import Effort, exchange
from clustera.cluster.layout import Columns
from clustera.cluster.search import lloyd_from_starts

BLOBS = np.array([[0.0, 0, 0], [900, 0, 0], [0, 900, 0], [900, 900, 0]])


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    points = np.round(BLOBS[random.integers(0, 4, 2_000)] + random.normal(0, 10, (2_000, 3)))
    return Columns.of(np.ascontiguousarray(points.T, np.float32))


def starting_at(rows, *starts):
    return lloyd_from_starts(rows, {len(start): [np.array(start, np.float64)] for start in starts})


@pytest.mark.parametrize("effort", [Effort(1, 0, additions=0, moves=0, aimed=1), Effort(1, 1, additions=1, moves=1)])
def test_a_center_is_found_for_a_blob_that_had_none(rows, effort):
    """k = 4 spends two centers on one blob and one on two: moved, or as k = 3 with one more, there is one for each."""
    poor = starting_at(rows, BLOBS[:3], [[-9, 0, 0], [9, 0, 0], [900, 0, 0], [450, 900, 0]])
    assert poor[4][0].inertia > 100 * lloyd_from_starts(rows, {4: [BLOBS]})[4][0].inertia
    better = exchange(rows, poor, lambda starts: lloyd_from_starts(rows, starts), effort=effort, seed=0)
    assert better[4][0].inertia == lloyd_from_starts(rows, {4: [BLOBS]})[4][0].inertia


def test_merging_a_neighbor_repairs_a_solution(rows):
    poor = starting_at(rows, [[0, 0, 0], [0, 10, 0], [900, 450, 0], [0, 900, 0]], [*BLOBS, [905, 905, 0]])
    better = exchange(rows, poor, lambda starts: lloyd_from_starts(rows, starts), effort=Effort(1, 1, 0, 0), seed=0)
    assert better[4][0].inertia == pytest.approx(lloyd_from_starts(rows, {4: [BLOBS]})[4][0].inertia)


def test_nothing_is_tried_twice_in_vain(rows):
    best, calls = lloyd_from_starts(rows, {4: [BLOBS]}), []
    exchange(rows, best, lambda starts: calls.append(1) or lloyd_from_starts(rows, starts), effort=Effort(9), seed=0)
    assert len(calls) == 1


def test_a_k_depends_on_no_k_farther_off_than_the_rounds():
    random = np.random.default_rng(3)
    rows = Columns.of(np.ascontiguousarray(np.round(random.normal(0, 300, (3, 3_000))), np.float32))
    starts = {k: [rows.X[:, random.choice(3_000, k, replace=False)].T.astype(np.float64)] for k in range(2, 14)}
    found = lloyd_from_starts(rows, starts, max_iter=3)
    effort = Effort(2, additions=3, moves=2)
    every = exchange(rows, found, lambda starts: lloyd_from_starts(rows, starts), effort=effort, seed=5)
    near = {k: some for k, some in found.items() if abs(k - 7) <= effort.rounds}
    few = exchange(rows, near, lambda starts: lloyd_from_starts(rows, starts), effort=effort, seed=5)
    assert every[7][0].inertia < found[7][0].inertia
    np.testing.assert_array_equal(few[7][0].centers, every[7][0].centers)
