import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from clustera.cluster import estimator
from clustera.cluster.estimator import KMeansSweep
from clustera.cluster.kmeans import KMeans
from clustera.cluster.sweep import solve_sweep
from clustera.errors import InputError


@pytest.fixture(scope="module")
def sweep(few):
    return KMeansSweep(range(1, 7), gap=True, prediction_strength=True, valley=True, jaccard=True).fit(few)


@pytest.mark.parametrize(
    ("column", "reference"),
    [
        ("silhouette", silhouette_score),
        ("calinski_harabasz", calinski_harabasz_score),
        ("davies_bouldin", davies_bouldin_score),
    ],
)
def test_indices_are_those_of_scikit_learn(sweep, few, column, reference):
    for k in range(2, 7):
        assert sweep.scores_.loc[k, column] == pytest.approx(reference(few, sweep.labels_[k]), rel=1e-6)


def test_one_segment_has_inertia_but_no_separation(sweep, few):
    row = sweep.scores_.loc[1]
    assert row["inertia"] == pytest.approx(few.var(axis=0).sum() * len(few))
    assert row[["silhouette", "calinski_harabasz", "davies_bouldin", "valley"]].isna().all()


def test_every_index_can_be_switched_off(few):
    bare = KMeansSweep([2, 3], silhouette=False, calinski_harabasz=False, davies_bouldin=False).fit(few)
    assert list(bare.scores_.columns) == ["inertia"]


def test_labels_are_those_of_the_nearest_center(sweep, few):
    for k, centers in sweep.cluster_centers_.items():
        nearest = ((few[:, None] - centers[None]) ** 2).sum(axis=2).argmin(axis=1)
        np.testing.assert_array_equal(sweep.labels_[k], nearest)
        np.testing.assert_array_equal(sweep.predict(few, k), nearest)


def test_a_k_that_was_not_fitted_is_refused(sweep, few):
    with pytest.raises(InputError, match="fitted for k in"):
        sweep.predict(few, 9)


def test_the_gap_is_largest_at_the_true_number():
    random = np.random.default_rng(1)
    centers = ([0, 0], [12, 0], [0, 12], [12, 12])
    points = np.concatenate([random.normal(size=(100, 2)) + center for center in centers])
    scores = KMeansSweep(range(1, 7), gap=True).fit(points).scores_
    assert scores["gap"].idxmax() == 4


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(3), "sample_weight"),
        (np.full(400, -1.0), "Negative values"),
        (np.full(400, np.nan), "NaN"),
        (np.zeros(400), "weights (are 0|must contain at least one non-zero)"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(few, weights, message):
    with pytest.raises(InputError, match=message):
        KMeansSweep([2]).fit(few, sample_weight=weights)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_init": 0}, "n_init is 0"),
        ({"n_jobs": "all"}, "n_jobs is 'all'"),
        ({"n_jobs": 0}, "n_jobs is 0"),
        ({"n_clusters": 5}, r"KMeansSweep\(\[5\]\) or KMeans\(5\)"),
        ({"n_clusters": [2.5]}, "whole numbers"),
        ({"n_clusters": []}, "whole numbers"),
        ({"n_clusters": [2, 500]}, "only 400 samples"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(few, parameters, message):
    with pytest.raises(InputError, match=message):
        KMeansSweep(**parameters).fit(few)


@pytest.mark.parametrize(("jobs", "threads"), [(None, None), (-1, 8), (-2, 7), (-20, 1), (3, 3)])
def test_jobs_are_counted_as_joblib_counts_them(few, monkeypatch, jobs, threads):
    asked = []
    monkeypatch.setattr(estimator, "allowed_threads", lambda _: 8)
    monkeypatch.setattr(
        estimator, "solve_sweep", lambda *some, threads, **more: asked.append(threads) or solve_sweep(*some, **more)
    )
    KMeansSweep([2], n_jobs=jobs).fit(few)
    assert asked == [threads]


def test_one_segment_alone_has_no_halves_to_compare(few):
    assert KMeansSweep([1], prediction_strength=True, valley=True).fit(few).scores_["valley"].isna().all()


@pytest.mark.parametrize("estimator", [KMeans(3, random_state=0), KMeansSweep([3], random_state=0)])
def test_weights_reach_the_last_step_of_a_pipeline_by_metadata_routing(few, estimator):
    weights = np.random.default_rng(5).uniform(0, 5, len(few))
    scaled = StandardScaler().fit_transform(few)
    with sklearn.config_context(enable_metadata_routing=True):
        with pytest.raises(UnsetMetadataPassedError):
            make_pipeline(clone(estimator)).fit(few, sample_weight=weights)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        asks = clone(estimator).set_fit_request(sample_weight=True)
        found = make_pipeline(scaler, asks).fit(few, sample_weight=weights)
    for fitted, weighed, equal in (
        (found[-1], clone(estimator).fit(scaled, sample_weight=weights), True),
        (found[-1], clone(estimator).fit(scaled), False),
    ):
        one, other = (
            model.cluster_centers_ if isinstance(model, KMeans) else model.cluster_centers_[3]
            for model in (fitted, weighed)
        )
        assert np.array_equal(one, other) == equal
    np.testing.assert_array_equal(found.predict(few), found[-1].predict(scaled))
