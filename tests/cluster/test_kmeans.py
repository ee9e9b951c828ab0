import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.cluster import KMeans as Reference
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import clustera
from clustera.cluster.auto import select_k
from clustera.cluster.estimator import KMeansSweep
from clustera.cluster.kmeans import KMeans
from clustera.errors import InputError

# scikit-learn's own KMeans fails these two: a repeated row and a row of weight 2 lead to other random starts.
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": "other starts, other optimum",
    "check_sample_weight_equivalence_on_sparse_data": "other starts, other optimum",
}


# A sweep takes several numbers and refuses the one that these checks set.
ONE_NUMBER = dict.fromkeys(
    (
        "check_dont_overwrite_parameters",
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
        "check_fit2d_1sample",
        "check_fit2d_1feature",
        "check_fit2d_predict1d",
    ),
    "sets n_clusters to one number",
)
SWEEP = KMeansSweep([3], silhouette=False, davies_bouldin=False)


@parametrize_with_checks(
    [KMeans(3), SWEEP], expected_failed_checks=lambda one: EXPECTED | (ONE_NUMBER if one is SWEEP else {})
)
def test_it_is_a_scikit_learn_estimator(estimator, check):
    check(estimator)


@pytest.mark.parametrize("seed", range(40))
def test_the_same_start_ends_in_the_same_optimum_as_in_scikit_learn(seed):
    random = np.random.default_rng(seed)
    n, n_features, k = random.integers(10, 300), random.integers(1, 9), random.integers(1, 9)
    for _ in range(50):
        points = random.normal(size=(n, n_features)) * random.lognormal(size=n_features)
        start = points[random.choice(n, k, replace=False)]
        weights = random.integers(1, 4, n).astype(float) if random.random() < 0.3 else None
        ours = KMeans(k, init=start, n_init=1, tol=0).fit(points, sample_weight=weights)
        theirs = Reference(k, init=start, n_init=1, tol=0).fit(points, sample_weight=weights)
        assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=1e-9)
        np.testing.assert_array_equal(ours.labels_, theirs.labels_)
        np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, atol=1e-9)


def test_its_parameters_are_those_of_scikit_learn():
    theirs, ours = Reference().get_params(), KMeans().get_params()
    assert {name: ours.get(name, "missing") for name in theirs} == theirs


def test_no_fit_is_worse_than_scikit_learn(few):
    for k in (2, 5, 8):
        assert (
            KMeans(k, random_state=0).fit(few).inertia_
            <= 1.001 * Reference(k, n_init=10, random_state=0).fit(few).inertia_
        )


def test_predict_transform_and_score_agree_with_scikit_learn(few):
    ours = KMeans(4, random_state=0).fit(few)
    theirs = Reference(4, init=ours.cluster_centers_, n_init=1, max_iter=1).fit(few)
    theirs.cluster_centers_ = ours.cluster_centers_
    np.testing.assert_array_equal(ours.predict(few), theirs.predict(few))
    np.testing.assert_allclose(ours.transform(few), theirs.transform(few), atol=1e-9)
    assert ours.score(few) == pytest.approx(theirs.score(few))
    assert ours.inertia_ == pytest.approx(-ours.score(few))


def test_sparse_rows_are_clustered_like_dense_ones(few):
    dense, rows = KMeans(3, random_state=0).fit(few), KMeans(3, random_state=0).fit(sparse.csr_array(few))
    np.testing.assert_array_equal(dense.cluster_centers_, rows.cluster_centers_)
    np.testing.assert_array_equal(rows.predict(sparse.csr_array(few)), dense.labels_)


def test_it_works_in_a_pipeline_with_pandas_output(few):
    frame = pd.DataFrame(few, columns=["age", "income", "score"])
    pipe = make_pipeline(StandardScaler(), KMeans(3, random_state=0)).set_output(transform="pandas")
    distances = pipe.fit_transform(frame)
    assert list(distances.columns) == ["kmeans0", "kmeans1", "kmeans2"]
    assert list(pipe[-1].feature_names_in_) == ["age", "income", "score"]


def test_float32_comes_out_as_float32(few):
    assert KMeans(3, random_state=0).fit(few.astype(np.float32)).cluster_centers_.dtype == np.float32


def test_a_large_offset_does_not_change_the_segments(few):
    near, far = KMeans(4, init=few[:4]).fit(few), KMeans(4, init=few[:4] + 1e6).fit(few + 1e6)
    np.testing.assert_array_equal(near.labels_, far.labels_)
    assert far.inertia_ == pytest.approx(near.inertia_, rel=1e-8)


def test_random_starts_take_weights_whose_shares_are_too_small_to_be_numbers(few):
    weights = np.where(np.arange(len(few)) == 0, 1e100, 1e-300)
    assert KMeans(3, init="random", random_state=0).fit(few, sample_weight=weights).cluster_centers_.shape == (
        3,
        few.shape[1],
    )


def test_distances_to_the_centers_keep_their_digits_far_from_zero(few):
    far = few + 1e9
    kmeans = KMeans(4, random_state=0).fit(far)
    distance = kmeans.transform(far)
    np.testing.assert_allclose(
        distance, np.linalg.norm(far[:, None] - kmeans.cluster_centers_[None], axis=2), rtol=1e-9
    )
    assert (distance.argmin(axis=1) == kmeans.labels_).all()
    assert (kmeans.transform(kmeans.cluster_centers_).diagonal() == 0).all()
    np.testing.assert_array_equal(kmeans.transform(sparse.csr_array(far)), distance)


def test_random_starts_come_close_to_careful_ones(few):
    best = KMeans(4, random_state=0).fit(few).inertia_
    assert KMeans(4, init="random", n_init=30, random_state=0).fit(few).inertia_ <= 1.01 * best


def test_auto_finds_three_groups_far_apart():
    random = np.random.default_rng(0)
    points = np.concatenate([random.normal(size=(50, 2)) + center for center in ([0, 0], [20, 0], [0, 20])])
    assert KMeans("auto", random_state=0).fit(points).n_clusters_ == 3


def test_auto_refuses_what_is_too_little_to_judge(few):
    with pytest.raises(InputError, match="at least 10 samples"):
        KMeans("auto").fit(few[:5])


def test_masked_weights_and_starts_are_refused(few):
    weights = np.ma.masked_array(np.ones(len(few)), np.arange(len(few)) < 2)
    for model in (KMeans(3), KMeansSweep([3])):
        with pytest.raises(InputError, match="sample_weight is a masked array, and 2 of its values"):
            model.fit(few, sample_weight=weights)
    start = np.ma.masked_array(few[:3], few[:3] == few[0, 0])
    with pytest.raises(InputError, match="init is a masked array, and 1 of its values is"):
        KMeans(3, init=start).fit(few)


def test_masked_values_are_refused(few):
    masked = np.ma.masked_array(few, mask=few < np.sort(few, axis=None)[2])
    with pytest.raises(InputError, match="2 of its values are masked"):
        KMeans(3).fit(masked)
    np.testing.assert_array_equal(
        KMeans(3, random_state=0).fit(np.ma.masked_array(few)).labels_, KMeans(3, random_state=0).fit(few).labels_
    )


def test_a_generator_of_numpy_is_a_random_state_that_goes_on(few):
    first, again = np.random.default_rng(5), np.random.default_rng(5)
    starts = [
        KMeans(4, init="random", n_init=1, max_iter=1, random_state=some).fit(few) for some in (first, again, first)
    ]
    np.testing.assert_array_equal(starts[0].cluster_centers_, starts[1].cluster_centers_)
    assert (starts[0].cluster_centers_ != starts[2].cluster_centers_).any()


def test_fewer_distinct_rows_than_segments_is_a_warning():
    with pytest.warns(ConvergenceWarning, match=r"distinct clusters \(2\) found smaller than n_clusters \(3\)"):
        KMeans(3, random_state=0).fit(np.repeat([[0.0], [1.0]], 5, axis=0))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_clusters": 0}, "n_clusters is 0"),
        ({"n_clusters": 500}, "n_samples=400 should be >= n_clusters=500"),
        ({"init": "kmeans"}, "init is 'kmeans'"),
        ({"n_init": 0}, "n_init is 0"),
        ({"max_iter": 0}, "max_iter is 0"),
        ({"tol": -1}, "tol is -1"),
        ({"algorithm": "full"}, "algorithm is 'full'"),
        ({"n_clusters": 2, "init": np.zeros((3, 3))}, "does not match the number of clusters 2"),
        ({"random_state": -3}, "random_state is -3; it must be a whole number from 0 to 4,294,967,295"),
        ({"random_state": "seed"}, "random_state is 'seed'"),
    ],
)
def test_a_parameter_that_means_nothing_is_refused(few, parameters, message):
    with pytest.raises(InputError, match=message):
        KMeans(**parameters).fit(few)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_no_number_is_refused(few, value):
    bad = few.copy()
    bad[3, 1] = value
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        KMeans(2).fit(bad)


@pytest.mark.filterwarnings("error")
def test_rows_too_far_for_squares_are_assigned_and_measured_and_refused_in_a_fit(few):
    model = KMeans(3, random_state=0).fit(few)
    far = np.vstack([few[:1], np.full((1, few.shape[1]), 1e200)])
    assert model.predict(far)[0] == model.labels_[0]
    assert 0 <= model.predict(far)[1] < 3
    np.testing.assert_allclose(model.transform(far)[1], 1e200 * few.shape[1] ** 0.5)
    for init in ("k-means++", "random", far):
        with pytest.raises(InputError, match="too far for squared distances"):
            KMeans(2, init=init, random_state=0).fit(np.vstack([few, far]))


def test_a_clone_has_the_same_parameters():
    assert clone(KMeans(5, tol=1e-3)).get_params()["tol"] == 1e-3


@pytest.mark.parametrize("tol", [0, 1e-3])
def test_iterations_are_counted_as_in_scikit_learn(few, tol):
    ours, theirs = (kind(5, init=few[:5], n_init=1, tol=tol).fit(few) for kind in (KMeans, Reference))
    assert ours.n_iter_ == theirs.n_iter_


def test_more_starts_than_given_centers_is_a_warning(few):
    with pytest.warns(RuntimeWarning, match="performing only one init"):
        KMeans(3, init=few[:3], n_init=10).fit(few)


def test_a_weight_may_be_given_by_position_to_fit_transform(few):
    weights = np.arange(len(few), dtype=float)
    distances = KMeans(3, random_state=0).fit_transform(few, None, weights)
    np.testing.assert_array_equal(distances, KMeans(3, random_state=0).fit(few, sample_weight=weights).transform(few))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tol": None}, "tol is None"),
        ({"init": None}, "init is None"),
        ({"init": [[0, np.nan, 0]] * 8}, "init can't be used as centers: Input init contains NaN"),
        ({"init": np.zeros((8, 2))}, "does not match the number of features of the data 3"),
    ],
)
def test_a_start_or_tolerance_that_means_nothing_is_refused(few, parameters, message):
    with pytest.raises(InputError, match=message):
        KMeans(**parameters).fit(few)


def test_more_than_250_segments_are_fitted(few):
    model = KMeans(256, random_state=0).fit(few)
    assert len(np.unique(model.labels_)) == 256
    assert model.inertia_ <= 1.001 * Reference(256, n_init=10, random_state=0).fit(few).inertia_


def test_very_wide_and_large_sparse_rows_are_fitted_by_scikit_learn():
    wide = np.random.default_rng(0).normal(size=(60, 600))
    thin = sparse.random_array((700, 60_000), density=0.0002, random_state=0, format="csr")
    for rows in (wide, thin):
        ours, theirs = (kind(3, n_init=2, random_state=0).fit(rows) for kind in (KMeans, Reference))
        np.testing.assert_array_equal(ours.labels_, theirs.labels_)
        np.testing.assert_array_equal(ours.predict(rows), ours.labels_)
        assert ours.inertia_ == pytest.approx(theirs.inertia_)


def test_auto_counts_a_row_by_its_weight():
    random = np.random.default_rng(0)
    points = np.concatenate([random.normal(size=(100, 2)) + center for center in ([0, 0], [20, 0], [0, 20])])
    without_the_third = np.repeat([1.0, 1.0, 0.0], 100)
    assert KMeans("auto", random_state=0).fit(points).n_clusters_ == 3
    assert KMeans("auto", random_state=0).fit(points, sample_weight=without_the_third).n_clusters_ == 2


@pytest.mark.parametrize("weight", [1.0, 0.1, 1e30])
def test_auto_takes_equal_weights_for_none(weight):
    whole = np.round(np.random.default_rng(4).normal(scale=3, size=(60, 2)))
    far = np.full((4, 2), 90.0)
    rows, weights = np.vstack([whole, far]), np.repeat([weight, 0.0], [60, 4])
    plain = KMeans("auto", random_state=0).fit(whole)
    weighted = KMeans("auto", random_state=0).fit(rows, sample_weight=weights)
    np.testing.assert_array_equal(weighted.labels_[:60], plain.labels_)
    np.testing.assert_array_equal(weighted.isolated_[:60], plain.isolated_)


@pytest.mark.parametrize("rows", [np.zeros((50, 2)), np.arange(6.0)[:, None]])
def test_auto_refuses_in_the_terms_of_an_estimator(rows):
    with pytest.raises(InputError, match="n_clusters") as error:
        KMeans("auto").fit(rows)
    assert not any(word in str(error.value) for word in ("finding", "quarantine", "customer"))


@pytest.mark.parametrize("seed", range(4))
def test_auto_finds_what_segment_finds_among_outliers(seed):
    rng = np.random.default_rng(seed)
    centers = 12 * np.array(list(itertools.product((-1, 1), repeat=3)))[: 5 + seed % 3]
    crowd = np.vstack([rng.normal(center, 1.0, (90, 3)) for center in centers])
    rows = np.vstack([crowd, rng.uniform(-90, 90, (9, 3))])
    found = KMeans("auto", random_state=seed).fit(rows)
    with clustera.segment(pd.DataFrame(rows, columns=list("abc")), progress=False) as seg:
        labels = seg.customers["segment"].to_numpy()
    assert found.n_clusters_ == seg.k == len(centers)
    assert adjusted_rand_score(found.labels_[: len(crowd)], labels[: len(crowd)]) == 1
    assert not found.isolated_[: len(crowd)].any()
    assert found.isolated_.any()
    nobody = np.r_[np.ones(len(crowd)), np.zeros(9)]
    without = KMeans("auto", random_state=seed).fit(rows, sample_weight=nobody)
    assert without.n_clusters_ == len(centers)
    assert not without.isolated_[len(crowd) :].any()


@pytest.mark.parametrize(("seed", "size"), [(0, (200, 6)), (1, (200, 3))])
def test_auto_chooses_as_segment_does_for_the_same_prepared_customers(seed, size):
    rows = np.exp(0.8 * np.random.default_rng(seed).normal(size=size))  # no groups: several numbers are about as good
    with clustera.segment(pd.DataFrame(rows, columns=list("abcdef")[: size[1]]), seed=seed, progress=False) as seg:
        prepared, outlier = seg.prepared.to_numpy(), seg.customers["outlier"].to_numpy()
        chosen = seg.k, seg.outcome.selection.verdict
    found = KMeans("auto", random_state=seed).fit(prepared)
    assert (found.n_clusters_, found.isolated_.tolist()) == (chosen[0], outlier.tolist())
    again = select_k(prepared[~outlier], seed=seed)
    assert (again.k, again.verdict) == chosen


@pytest.mark.parametrize("estimator", [KMeans(3, random_state=0), KMeansSweep([3])], ids=["one", "sweep"])
def test_a_fit_that_is_refused_or_stopped_leaves_the_earlier_one_whole(estimator, few, monkeypatch):
    estimator = clone(estimator).set_params(n_clusters=[3] if isinstance(estimator, KMeansSweep) else 3).fit(few)
    before, labels = dict(vars(estimator)), estimator.predict(few)
    wider = np.hstack([few, few])
    with pytest.raises(InputError):
        estimator.fit(wider[:2])
    assert vars(estimator) == before

    def stopped(*_, **__):
        raise KeyboardInterrupt

    for module in ("kmeans", "estimator"):
        monkeypatch.setattr(f"clustera.cluster.{module}.solve_sweep", stopped)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(wider)
    with pytest.raises(ValueError, match=f"expecting {few.shape[1]} features"):
        estimator.predict(wider)
    np.testing.assert_array_equal(estimator.predict(few), labels)


def test_what_only_an_earlier_fit_had_is_gone_after_the_next(few):
    kmeans = KMeans("auto", random_state=0).fit(few)
    assert len(kmeans.isolated_) == len(few)
    assert not hasattr(kmeans.set_params(n_clusters=2).fit(few[:20]), "isolated_")
    sweep = KMeansSweep([2], jaccard=True).fit(few[:50])
    assert not hasattr(sweep.set_params(jaccard=False).fit(few[:20]), "jaccard_")
