"""Every kernel against plain NumPy, at every level of processors, on any number of rows."""

from __future__ import annotations

import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from clustera.errors import SetupError
from clustera.kernels import compiled, distances, lloyd, matching, moves, neighbors, rows, seeding

LEVELS = sorted({1, compiled.processor_level()})
KERNELS = Path(compiled.__file__).parent


@pytest.fixture(params=LEVELS)
def level(request, monkeypatch):
    """Run the test with the kernels of one level."""
    monkeypatch.setattr(compiled, "processor_level", lambda: request.param)
    return request.param


def test_the_compiled_kernels_are_those_of_the_source():
    made = (KERNELS / "compiled.bin").stat().st_mtime
    newer = [path.name for path in KERNELS.glob("*.[ch]") if path.stat().st_mtime > made]
    assert not newer, "compile them: pip install --no-deps --editable ."


@pytest.mark.parametrize("n", [*range(1, 20), 700])
@pytest.mark.parametrize("k", [1, 2, 3, 9])
@pytest.mark.parametrize("whole", [True, False])  # whole numbers make ties
def test_the_nearest_and_the_second_nearest(level, n, k, whole):
    random = np.random.default_rng([n, k])
    X, C = random.normal(0, 2, (5, n)), random.normal(0, 2, (k, 5))
    if whole:
        X, C = np.rint(X), np.rint(C)
    label, second = np.empty(n, np.int32), np.empty(n, np.int32)
    near, near2 = np.empty(n), np.empty(n)
    distances.two_nearest(X, C, label, near, second, near2)
    squared = np.zeros((k, n))
    for x, c in zip(X, C.T, strict=True):
        squared += np.square(x - c[:, None])
    order = np.argsort(squared, axis=0, kind="stable")
    everywhere = np.arange(n)
    np.testing.assert_array_equal(label, order[0])
    np.testing.assert_array_equal(near, squared[order[0], everywhere])
    np.testing.assert_array_equal(second, order[1] if k > 1 else -1)
    np.testing.assert_array_equal(near2, squared[order[1], everywhere] if k > 1 else np.inf)
    np.testing.assert_array_equal(distances.nearest_centers(X, C), near)


@pytest.mark.parametrize("features", [3, 4, 7])
def test_sums_of_distances(level, features):
    random = np.random.default_rng(0)
    A, X = (random.normal(0, 2, (features, n)).astype(np.float32) for n in (48, 400))
    starts, owner = np.array([0, 10, 11, 200, 400]), np.array([[0, 1, 0, 1], [2, 3, 4, 4]])
    sums = np.zeros((5, 48))
    distances.distance_sums(A, X, starts, owner, sums)
    apart = np.sqrt(np.square(A[:, None] - X[:, :, None]).sum(axis=0, dtype=np.float64))
    parts = np.stack([apart[a:b].sum(axis=0) for a, b in pairwise(starts)])
    expected = np.zeros((5, 48))
    for row in owner:
        np.add.at(expected, row, parts)
    np.testing.assert_allclose(sums, expected, rtol=1e-6)


def given(n, features, ks, seed=0):
    """Whole numbers with weights, padded, and sets of centers."""
    random = np.random.default_rng(seed)
    full = -(-n // 64) * 64
    X, w = np.zeros((features, full), np.float32), np.zeros(full, np.float32)
    X[:, :n], w[:n] = random.integers(-500, 500, (features, n)), random.integers(1, 4, n)
    offsets = np.concatenate([[0], np.cumsum(ks)])
    C = X[:, random.integers(0, n, offsets[-1])].T.astype(np.float64)
    return X, w, offsets, np.ascontiguousarray(C)


@pytest.mark.parametrize("features", [3, 4, 5, 8, 13])
@pytest.mark.parametrize("n", [30, 64, 1000])
def test_a_scan_and_its_moves(level, features, n):
    ks = [1, 2, 3, 5, 8, 255]
    X, w, offsets, C = given(n, features, ks)
    minus = -C.astype(np.float32)
    half = (np.square(C).sum(axis=1) / 2).astype(np.float32)
    labels = np.full((len(ks), len(w)), lloyd.UNASSIGNED, np.uint8)
    sums = np.zeros((offsets[-1], lloyd.sums_width(features)))
    which = np.array([4, 1, 0])  # the others take no part
    expected_sums = np.zeros_like(sums)
    expected_labels = labels.copy()
    for turn in range(2):
        state = C, minus, half, offsets, which.copy(), labels, sums
        assert lloyd.lloyd_iteration(X, w, *state) == (0, 3)
        for j in which:
            own = slice(offsets[j], offsets[j + 1])
            # The same single precision, without fused steps: the nearest within rounding.
            apart = half[own, None] + minus[own] @ X
            chosen = apart[labels[j].astype(int), np.arange(len(w))]
            assert (chosen <= apart.min(axis=0) + 1e-6 * np.square(X).sum(axis=0) + 1).all()
            expected_labels[j] = labels[j]
            expected_sums[own] = 0
            for label, x, by in zip(labels[j], X.T.astype(np.float64), w, strict=True):
                expected_sums[own][label, :features] += by * x
                expected_sums[own][label, -1] += by
        np.testing.assert_array_equal(labels, expected_labels)
        np.testing.assert_array_equal(sums, expected_sums)
        if turn == 0:  # other centers, so that rows change sides
            C[:] = C[::-1].copy()
            minus[:], half[:] = -C, np.square(C).sum(axis=1) / 2


@pytest.mark.parametrize("features", [3, 6])
def test_rounds_end_where_means_and_labels_agree(level, features):
    ks = [2, 4, 7]
    X, w, offsets, C = given(2_000, features, ks)
    state = C, -C.astype(np.float32), (np.square(C).sum(axis=1) / 2).astype(np.float32), offsets
    labels = np.full((len(ks), len(w)), lloyd.UNASSIGNED, np.uint8)
    sums = np.zeros((offsets[-1], lloyd.sums_width(features)))
    done, going = lloyd.lloyd_iteration(X, w, *state, np.arange(3), labels, sums, rounds=500)
    assert going == 0
    assert 3 < done < 500
    for j in range(3):
        own = slice(offsets[j], offsets[j + 1])
        assert np.array_equal(C[own], sums[own, :features] / sums[own, -1:])
        apart = np.square(X.T[:, None] - C[own]).sum(axis=2)
        assert np.array_equal(apart.argmin(axis=1)[w > 0], labels[j][w > 0])


def test_a_center_without_rows_stops_the_rounds(level):
    X, w, offsets, C = given(100, 3, [2])
    C[1] = 1e6
    state = C, -C.astype(np.float32), (np.square(C).sum(axis=1) / 2).astype(np.float32), offsets
    before = C.copy()
    labels, sums = np.full((1, len(w)), lloyd.UNASSIGNED, np.uint8), np.zeros((2, 4))
    assert lloyd.lloyd_iteration(X, w, *state, np.arange(1), labels, sums, rounds=5) == (0, 1)
    assert np.array_equal(C, before)


@pytest.mark.parametrize("k", [1, 2, 8, 9, 20])
def test_single_moves_leave_nothing_to_move(level, k):
    n, features = 150, 4
    X, w, offsets, _ = given(n, features, [k, k])
    points, w = np.ascontiguousarray(X[:, :n].T, np.float64), w[:n].copy()
    labels = np.zeros((2, 192), np.uint8)
    labels[:, :n] = np.arange(n) % k
    sums = np.zeros((2 * k, lloyd.sums_width(features)))
    for j in range(2):
        np.add.at(sums[j * k : (j + 1) * k, :features], labels[j, :n], points * w[:, None])
        np.add.at(sums[j * k : (j + 1) * k, -1], labels[j, :n], w)
    moves.single_moves(points, w, offsets, labels, sums, 100)
    assert np.array_equal(labels[0], labels[1])
    assert not labels[:, n:].any()
    label, size = labels[0, :n], sums[:k, -1]
    mean = sums[:k, :features] / size[:, None]
    np.testing.assert_allclose(size, np.bincount(label, w, k))
    np.testing.assert_allclose(sums[:k, 0], np.bincount(label, w * points[:, 0], k))
    squared = np.square(points[:, None] - mean).sum(axis=2)
    here = squared[np.arange(n), label] * size[label] / np.maximum(size[label] - w, 1e-9) * w
    here[size[label] <= w] = 0
    there = squared * size / (size + w[:, None]) * w[:, None]
    there[np.arange(n), label] = np.inf
    assert (there.min(axis=1) >= here * (1 - 1e-6)).all()


def test_seeds_find_every_group(level):
    X, w, _, _ = given(2_500, 3, [1])
    group = np.random.default_rng(0).integers(0, 6, X.shape[1])
    X[0] += 20_000 * group
    states = np.arange(1, 9, dtype=np.uint64)
    seeds = seeding.greedy_seeds(X, w, 6, 4, states.copy())
    assert ((seeds >= 0) & (seeds < 2_500)).all()
    assert all(set(some) == set(range(6)) for some in group[seeds].tolist())
    # What is drawn for one state does not depend on the others, and a smaller k has the first of them.
    assert np.array_equal(seeding.greedy_seeds(X, w, 3, 4, states[2:3].copy()), seeds[2:3, :3])
    assert len({tuple(some) for some in seeds.tolist()}) == 8


def test_seeds_of_fewer_rows_than_seeds(level):
    X, w = np.zeros((3, 64), np.float32), np.zeros(64, np.float32)
    X[0, :2], w[:2] = [1, 5], 1
    seeds = seeding.greedy_seeds(X, w, 4, 3, np.arange(5, dtype=np.uint64))
    assert all(set(some) == {0, 1} for some in seeds.tolist())


@pytest.mark.parametrize("n", [1, 7, 1000])
def test_hashes(level, n):
    values = np.random.default_rng(0).normal(size=(3, n))
    out = np.full(n, 5, np.uint64) ^ np.uint64(0x9E3779B97F4A7C15)
    for row in values.view(np.uint64):
        out = out ^ row
        out = (out ^ (out >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        out = (out ^ (out >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        out = (out ^ (out >> np.uint64(31))) + np.uint64(0x9E3779B97F4A7C15)
    np.testing.assert_array_equal(rows.hash_columns(values, seed=5), out)


def test_tallies(level):
    hashes = np.random.default_rng(0).integers(0, 40, 500).astype(np.uint64) << np.uint64(7)  # the same slots
    keys, places = np.zeros(128, np.uint64), np.full(128, -1)
    counts, fresh = np.zeros(60, np.int64), np.empty(500, np.int64)
    half = rows.tally_hashes(hashes[:200], keys, places, counts, 0, fresh)
    values, first = np.unique(hashes[:200], return_index=True)
    assert fresh[:half].tolist() == sorted(first.tolist())
    assert half == len(values)
    assert rows.tally_hashes(hashes[200:], keys, places, counts, half, fresh) == len(np.unique(hashes))
    assert counts.sum() == 500
    assert rows.tally_hashes(hashes, np.zeros(128, np.uint64), np.full(128, -1), np.zeros(9, np.int64), 0, fresh) == -1


def test_neighbors(level):
    random = np.random.default_rng(0)
    z, reference = random.normal(size=(300, 3)), random.normal(size=(200, 3))
    needed = random.integers(1, 30, 300)
    within = (np.square(z[:, None] - reference).sum(axis=2) <= 0.25).sum(axis=1)
    out = neighbors.lacks_neighbors(z, reference, needed, 0.5)
    assert np.array_equal(out, within < needed)
    assert 0 < out.sum() < 300


@pytest.mark.parametrize("m", [3, 8, 200])
def test_the_nth_nearest(level, m):
    random = np.random.default_rng(0)
    z, reference = random.normal(size=(60, 3)), random.normal(size=(m, 3))
    apart = np.sort(np.sqrt(np.square(z[:, None] - reference).sum(axis=2)), axis=1)
    for nth in (1, 2, m):
        np.testing.assert_allclose(neighbors.nth_nearest(z, reference, nth), apart[:, nth - 1], rtol=1e-14)


@pytest.mark.parametrize("k", [1, 2, 3, 7, 30])
@pytest.mark.parametrize("whole", [True, False])
def test_matching_costs_as_little_as_scipys(level, k, whole):
    random = np.random.default_rng(k)
    for _ in range(20):
        cost = random.normal(size=(k, k)) * 1e3
        cost = np.rint(cost / 800) if whole else cost
        chosen = matching.match_pairs(cost)
        assert sorted(chosen.tolist()) == list(range(k))
        assert cost[np.arange(k), chosen].sum() == pytest.approx(cost[linear_sum_assignment(cost)].sum())


@pytest.mark.parametrize("wrong", [np.zeros((3, 5), np.float32), np.zeros((5, 3)).T])
def test_an_array_of_another_kind_is_refused(wrong):
    with pytest.raises(TypeError, match="nearest: .* is not an array of float64 in C order"):
        distances.nearest_centers(wrong, np.zeros((1, 3)))


def test_a_missing_library_is_told_with_the_cure(tmp_path):
    source = Path(compiled.__file__).parents[1]
    shutil.copytree(source, tmp_path / "clustera", ignore=shutil.ignore_patterns("compiled.bin*", "__pycache__"))
    code = "import numpy, clustera.kernels.neighbors as n; n.lacks_neighbors(*[numpy.zeros((1, 1))] * 2, numpy.ones(1, int), 1.0)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert SetupError.__name__ in done.stderr
    assert "Hint: Install the package for this machine (pip install .): that compiles it." in done.stderr


def test_a_library_older_than_the_code_says_what_to_do():
    with pytest.raises(SetupError, match="of another version: it has no function 'not_yet_written_v") as refused:
        compiled.Kernel("not_yet_written", int)(1)
    assert "pip install" in refused.value.hint
