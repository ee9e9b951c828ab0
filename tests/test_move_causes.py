"""Because of which feature customers moved: the parts add up, and the largest decides."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clustera
from clustera import pipeline, prepare
from tests.service.conftest import orders_of


@pytest.fixture(scope="module")
def two_months(blobs):
    """Customers, and the same a month later: some of them richer, some older."""
    first = clustera.segment(blobs, k=4, progress=False, threads=1)
    random = np.random.default_rng(3)
    later = blobs.copy()
    who = random.random(len(blobs))
    later.loc[who < 0.1, "income"] += 40
    later.loc[who > 0.9, "age"] += 25
    return first, clustera.segment(later, like=first, progress=False, threads=1), blobs, later


def points_of(seg, table):
    names = [feature.name for feature in seg.outcome.preparation.features]
    n = len(table)
    block = prepare.prepare_block(
        np.arange(n), np.zeros(n, np.uint64), table[names].to_numpy(np.float64), seg.outcome.model.preparation
    )
    return block.points.astype(np.float64)


def test_every_mover_has_one_cause(two_months):
    first, later, _, _ = two_months
    found = first.compare(later)
    assert found.movers
    for move in found.movers:
        assert sum(cause.count for cause in found.causes_of(move)) == move.count
    assert later.comparison.causes == found.causes
    assert first.move_causes(later).equals(later.move_causes())


def test_the_cause_is_the_feature_that_was_changed(two_months):
    first, later, before, after = two_months
    changed = {"income": before["income"] != after["income"], "age": before["age"] != after["age"]}
    moved = first.moved(later)["id"]
    expected = {
        name: int(before.loc[rows, "customer_id"].astype(str).isin(moved).sum()) for name, rows in changed.items()
    }
    counted = first.move_causes(later).groupby("feature")["customers"].sum().to_dict()
    assert counted == {name: n for name, n in expected.items() if n}
    assert first.move_causes(later)["rose"].all()


@given(st.data())
def test_parts_add_up_to_the_change_of_the_distance_difference(two_months, data):
    first, _, before, _ = two_months
    model, names = first.outcome.model, [f.name for f in first.outcome.preparation.features]
    rows = data.draw(st.lists(st.integers(0, len(before) - 1), min_size=2, max_size=2))
    one, other = (before.iloc[[row]] for row in rows)
    was, now = data.draw(st.permutations(model.segments))[:2]
    parts = pipeline.parts_of_change(model, one[names].to_numpy(float), other[names].to_numpy(float), was, now)
    centers = dict(zip(model.segments, np.array(model.centers), strict=True))

    def nearer(point):
        return ((point - centers[was]) ** 2).sum() - ((point - centers[now]) ** 2).sum()

    change = nearer(points_of(first, other)[0]) - nearer(points_of(first, one)[0])
    assert parts.sum() == pytest.approx(change, abs=1e-6)


def test_segments_that_were_drawn_anew_have_no_causes(two_months, blobs):
    first, _, _, later = two_months
    with clustera.segment(later, like=first, redraw=True, progress=False, threads=1) as redrawn:
        assert redrawn.comparison.causes == ()


def test_the_last_month_of_a_log_says_which_feature_moved_whom():
    with clustera.segment(orders=orders_of(120, 400), k=3, progress=False, threads=1) as seg:
        moves = seg.outcome.behavior.migration.last({}, "", "")
        counted = {(m.before, m.after): m.count for m in moves.movers}
        found = seg.move_causes().groupby(["before", "after"])["customers"].sum().to_dict()
        assert found == counted
        assert isinstance(seg.move_causes(), pd.DataFrame)
