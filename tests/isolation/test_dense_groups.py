"""Small groups far from the rest are no outliers; customers who are scattered are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import HDBSCAN
from tests.prepare.test_prepare import column, table

from clustera import prepare
from clustera.engines import Engine
from clustera.isolation.dense_groups import dense_groups
from clustera.records import Preparation
from clustera.texts.findings import note_text
from gathered import gather


def crowd_group_and_scattered(seed: int, *, n: int, size: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and what each is: 0 of the crowd, 1 of a small group, 2 scattered far away in all directions."""
    random = np.random.default_rng(seed)
    toward, ways = random.normal(size=d), random.normal(size=(n // 50, d))
    scattered = ways / np.linalg.norm(ways, axis=1)[:, None] * random.uniform(8, 30, (len(ways), 1))
    group = 10 * toward / np.linalg.norm(toward) + 0.5 * random.normal(size=(size, d))
    what = np.repeat([0, 1, 2], [n, size, len(scattered)])
    return np.concatenate([random.normal(size=(n, d)), group, scattered]), what


def learned_from(points: np.ndarray) -> tuple[Preparation, np.ndarray]:
    """The preparation, and which points are outliers."""
    names = [f"x{j}" for j in range(points.shape[1])]
    with Engine(threads=1) as engine:
        rows = table(engine, **dict(zip(names, points.T, strict=True)))
        learned = prepare.learn_preparation(rows, [column(name) for name in names])
        block = gather(prepare.prepared_blocks(rows, learned))
    apart = np.zeros(len(points), bool)
    apart[block.row] = block.outlier
    return learned, apart


@settings(max_examples=8)
@given(seed=st.integers(0, 10**6), n=st.sampled_from([500, 1500]), size=st.integers(12, 40), d=st.integers(2, 5))
def test_a_small_group_is_kept_and_scattered_customers_are_outliers(seed, n, size, d):
    points, what = crowd_group_and_scattered(seed, n=n, size=size, d=d)
    _, apart = learned_from(points)
    assert apart[what == 1].mean() <= 0.1
    assert apart[what == 0].mean() <= 0.02
    if d > 2:  # in the plane the scattered ones come near the group and the crowd
        assert apart[what == 2].mean() >= 0.8


def test_a_group_with_few_customers_in_the_sample_is_kept():
    points, what = crowd_group_and_scattered(3, n=20_000, size=40, d=3)
    _, apart = learned_from(points)
    assert apart[what == 1].sum() <= 4
    assert apart[what == 2].mean() >= 0.9


def test_one_crowd_of_any_shape_has_no_small_groups_beyond_the_fence():
    random = np.random.default_rng(7)
    for draw in (random.normal, random.exponential, random.uniform, lambda size: random.standard_t(4, size)):
        learned, _ = learned_from(draw(size=(800, 3)))
        assert not learned.isolation.groups


@pytest.mark.parametrize("d", [2, 3, 6])
def test_the_groups_are_those_that_hdbscan_finds(d):
    random = np.random.default_rng(d)
    points = np.concatenate([random.normal(size=(400, d)), 12 + 0.3 * random.normal(size=(20, d))])
    (places, reach), *more = [found for found in dense_groups(points, most=40, link=np.inf) if found[0].max() >= 400]
    labels = HDBSCAN(min_cluster_size=10, min_samples=5, copy=True).fit_predict(points)
    theirs = np.flatnonzero(labels == labels[400:][labels[400:] >= 0][0])
    assert not more
    assert np.intersect1d(places, theirs).size >= 0.9 * np.union1d(places, theirs).size
    assert 0 < reach < 3


def test_small_groups_are_told():
    points, _ = crowd_group_and_scattered(1, n=8_000, size=25, d=3)
    learned, _ = learned_from(points)
    told = [note for note in prepare.preparation_notes(learned, len(points)) if note.code == "small-groups"]
    assert [note.values["groups"] for note in told] == [1]
    assert 25 <= told[0].values["members"] <= 30
    assert "Far from the rest is 1 small group of customers who are close to each other" in note_text(told[0])
