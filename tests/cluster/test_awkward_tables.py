"""Whatever the table, a fit ends, with an inertia no worse than scikit-learn's best of ten, or with a sentence."""

import contextlib
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans as Reference
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning
from tests.awkward import KINDS, Streamed, table
from tests.soaking import as_time_allows

import clustera
from clustera.cluster.estimator import KMeansSweep
from clustera.cluster.kmeans import KMeans
from clustera.cluster.sweep import solve_sweep
from clustera.errors import ClusteraError, InputError
from clustera.kernels import compiled

LEVELS = sorted({1, compiled.processor_level()})


def fits(points: np.ndarray, k: int, *, threads: int, seed: int) -> dict[str, float]:
    """The inertia of every way to fit the same table."""
    sweep = KMeansSweep([k], silhouette=False, n_jobs=threads).fit(points)
    streamed = solve_sweep(Streamed(points, seed), [k], seed=seed, threads=threads)[k]
    return {
        "KMeans": KMeans(k, random_state=seed).fit(points).inertia_,
        "KMeansSweep": sweep.inertia_[k],
        "streamed": streamed.inertia,
    }


def worse(
    seed: int, *, n_features: int | None = None, kind: str = "", most_rows: int = 600, level: int, monkeypatch
) -> dict[str, float]:
    """The fits of one awkward table that are worse than the best of ten of scikit-learn."""
    points = table(seed, n_features=n_features, kind=kind, most_rows=most_rows)
    k = int(min(np.random.default_rng(seed).integers(1, 25), len(np.unique(points, axis=0))))
    monkeypatch.setattr(compiled, "processor_level", lambda: level)
    monkeypatch.setenv("OMP_NUM_THREADS", str(1 + seed % 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # scikit-learn's, on tables it can't tell apart
        best = Reference(k, n_init=10, random_state=seed).fit(points).inertia_
        found = fits(points, k, threads=1 + seed % 2, seed=seed)
    # What rounding the values themselves costs: no more can be asked of the last digit.
    rounding = points.size * (1e-15 * np.abs(points).max()) ** 2
    return {way: inertia for way, inertia in found.items() if not inertia <= 1.001 * best + rounding}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("n_features", range(1, 31))
def test_no_awkward_table_ends_worse_than_in_scikit_learn(n_features, level, monkeypatch):
    seed = 100 * n_features + level
    kind = KINDS[n_features % len(KINDS)]
    assert not worse(seed, n_features=n_features, kind=kind, level=level, monkeypatch=monkeypatch)


def test_a_table_of_few_whole_numbers_ends_as_well_as_in_a_lucky_fit_of_scikit_learn(monkeypatch):
    # Its best of ten starts is usually 1 to 3 % above ours; with this seed .1 %, and one search of ours was .7 % above the best.
    assert not worse(950775438, level=LEVELS[-1], monkeypatch=monkeypatch)


def test_several_searches_for_a_k_that_was_asked_for_alone_find_better_centers_than_one():
    points = table(950775438)
    once = [solve_sweep(points, [7], seed=seed, searches=1)[7].inertia for seed in range(4)]
    often = [solve_sweep(points, [7], seed=seed)[7].inertia for seed in range(4)]
    assert all(some <= one for some, one in zip(often, once, strict=True))
    assert sum(often) < sum(once)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(20))
def test_no_awkward_table_of_thousands_ends_worse_than_in_scikit_learn(part, monkeypatch):
    fresh = time.time_ns() % 10**9
    failed = {}
    for seed in as_time_allows(range(fresh, fresh + 250)):
        level = LEVELS[seed % len(LEVELS)]
        if found := worse(seed, most_rows=200, level=level, monkeypatch=monkeypatch):
            failed[seed] = found
    assert not failed


@pytest.mark.parametrize("n_features", [1, 2, 4, 5, 8, 16, 20, 21, 30])
def test_more_segments_than_groups_fit_for_any_number_of_features(n_features):
    points = make_blobs(1000, n_features=n_features, centers=6, random_state=0)[0]
    assert len(np.unique(KMeans(8, random_state=0).fit(points).labels_)) == 8


@pytest.mark.parametrize("seed", range(6))
def test_every_index_of_a_sweep_can_be_had_of_an_awkward_table(seed):
    points = table(seed, most_rows=150)
    ks = [k for k in (1, 2, 5) if k <= len(np.unique(points, axis=0))]
    scores = KMeansSweep(ks, gap=True, prediction_strength=True, valley=True, jaccard=True).fit(points).scores_
    assert list(scores.index) == ks


def segmented(seed: int, kind: str = "") -> None:
    points = table(seed, kind=kind, most_rows=200)
    with contextlib.suppress(ClusteraError):
        clustera.segment(pd.DataFrame(points, columns=[f"f{j}" for j in range(points.shape[1])]), progress=False)


@pytest.mark.parametrize("kind", ["too many centers", "rounded", "near constant", "cauchy", "tiny", "huge"])
def test_an_awkward_table_is_segmented_or_refused_with_a_sentence(kind):
    segmented(7, kind)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(20))
def test_awkward_tables_by_the_hundred_are_segmented_or_refused_with_a_sentence(part):
    fresh = time.time_ns() % 10**9
    for seed in as_time_allows(range(fresh, fresh + 20)):
        segmented(seed)


@pytest.mark.parametrize("seed", range(5))
def test_auto_ends_with_a_number_or_a_sentence(seed):
    with contextlib.suppress(InputError), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        assert KMeans("auto", random_state=0).fit(table(seed, most_rows=150)).n_clusters_ >= 2


def test_a_row_that_rounding_gives_back_is_not_filled_in_for_ever():
    # One row is so far away that float32 can't tell the others from their centers: a filled center loses its row at once.
    points = np.concatenate([np.arange(200.0) / 10, [1e9]])[:, None]
    begin = time.process_time()
    KMeansSweep(range(2, 21), prediction_strength=True, jaccard=True).fit(points)
    assert time.process_time() - begin < 30


def test_values_far_from_zero_are_told_apart():
    points = make_blobs(300, n_features=3, centers=4, random_state=1)[0]
    near, far = KMeans(4, random_state=0).fit(points), KMeans(4, random_state=0).fit(points + 1e8)
    assert far.inertia_ == pytest.approx(near.inertia_, rel=1e-6)


def test_values_too_far_apart_to_be_squared_are_refused_with_a_sentence():
    with pytest.raises(InputError, match="too far for squared distances"):
        KMeans(2).fit([[0.0], [1e155], [2e155]])
