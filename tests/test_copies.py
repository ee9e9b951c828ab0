"""Segmentations, what their methods return, and estimators can be pickled and copied, as joblib and multiprocessing ask."""

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import is_dataclass
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import clustera
from clustera.value import BGNBD, MBGNBD, GammaGamma, ParetoNBD
from tests import outcomes, shoppers
from tests.test_shown import records_within

COPIES = [copy.deepcopy, lambda held: pickle.loads(pickle.dumps(held))]


@pytest.fixture(scope="module")
def log():
    random = np.random.default_rng(4)
    who = np.repeat(np.arange(120), 1 + random.poisson(np.repeat([2, 9], 60)))
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 400, len(who)), unit="D")
    amount = random.lognormal(3, 0.4, len(who)).round(2)
    return pd.DataFrame({"customer": [f"C{i:03}" for i in who], "date": days, "amount": amount})


@pytest.fixture(scope="module")
def fresh(log):
    with clustera.segment(orders=log, k=2, value=False, keep_orders=True, progress=False) as seg:
        yield seg


@pytest.fixture(scope="module")
def stored(fresh, tmp_path_factory):
    with clustera.load(fresh.save(tmp_path_factory.mktemp("runs") / "march")) as run:
        yield run


def frames_of(seg):
    names = ("customers", "segments", "actions", "quarantine", "orders_quarantine", "sample", "k_selection", "findings")
    return {name: getattr(seg, name) for name in names}


@pytest.mark.parametrize("duplicate", COPIES)
@pytest.mark.parametrize("kind", ["fresh", "stored"])
def test_a_copy_of_a_segmentation_gives_the_same_answers(kind, duplicate, request, log):
    seg = request.getfixturevalue(kind)
    expected = frames_of(seg)
    made = duplicate(seg)
    for name, frame in frames_of(made).items():
        pd.testing.assert_frame_equal(frame, expected[name])
    assert repr(made) == repr(seg)
    pd.testing.assert_frame_equal(made.predict(orders=log), seg.predict(orders=log))
    assert made.audience("segment is 1").count().customers == seg.audience("segment is 1").count().customers
    made.close()
    assert len(seg.quarantine) == 0  # closing the copy leaves the other open
    assert len(seg._tables.sample()) == 120


def test_a_copy_of_a_fresh_segmentation_can_be_published_and_kept(fresh, log, tmp_path):
    made = pickle.loads(pickle.dumps(fresh))
    pd.testing.assert_frame_equal(made.prepared, fresh.prepared)
    assert clustera.load(made.publish(tmp_path, name="april")).k == 2
    with clustera.segment(orders=log, like=made, value=False, progress=False) as later:
        assert later.comparison.common == 120


def test_a_segmentation_reaches_another_process_in_another_folder(stored, tmp_path):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(sizes_elsewhere, stored, tmp_path).result() == list(stored.segments["customers"])


def sizes_elsewhere(seg, folder):
    """Sizes of the segments, counted in another folder."""
    import os

    os.chdir(folder)
    return seg.customers["segment"].value_counts().sort_index().tolist()


@pytest.mark.parametrize("duplicate", COPIES)
def test_what_methods_return_can_be_copied(fresh, log, duplicate):
    for made in (fresh.assign(orders=log), fresh.audience("segment is 1"), fresh.plan_campaign("Reward loyalty")):
        assert repr(duplicate(made)) == repr(made)


@pytest.mark.parametrize("duplicate", COPIES)
@pytest.mark.parametrize("made", [outcomes.mall, shoppers.shopping])
def test_every_record_can_be_copied(made, duplicate):
    outcome = made()[0]
    assert duplicate(outcome) == outcome
    assert all(map(is_dataclass, records_within(outcome)))


@pytest.mark.parametrize(
    "estimator",
    [
        clustera.KMeans("auto", random_state=0),
        clustera.KMeansSweep([2, 3]),
        BGNBD(),
        MBGNBD(),
        GammaGamma(),
        ParetoNBD(),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.parametrize("duplicate", COPIES)
def test_an_estimator_can_be_cloned_and_copied(estimator, duplicate):
    assert repr(clone(estimator)) == repr(estimator)
    if isinstance(estimator, clustera.KMeans | clustera.KMeansSweep):
        points = np.repeat([[0.0, 0], [5, 5], [0, 9]], 20, axis=0) + np.arange(60)[:, None] / 100
        fitted = clone(estimator).fit(points)
        again = duplicate(fitted)
        labels = [one.labels_ if isinstance(one, clustera.KMeans) else one.labels_[3] for one in (fitted, again)]
        np.testing.assert_array_equal(*labels)
