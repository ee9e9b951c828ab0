"""Why a customer is in one segment: the distances are scikit-learn's, and what is said to be enough is enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clustera
from clustera.components import confidence_sentence, why_sentences
from clustera.errors import InputError, RunError
from clustera.pipeline import explain


@pytest.fixture(scope="module")
def seg(blobs):
    table = blobs.assign(spend=np.exp(blobs.income / 20).round(2))
    return clustera.segment(table, features=["age", "income", "spend"], k=4, progress=False, threads=1)


def test_the_segment_and_the_distances_are_those_of_the_run(seg):
    for customer in seg.customers.head(40).itertuples():
        found = seg.explain(customer.id)
        assert found.segment == customer.segment
        assert found.second == customer.second_segment
        assert found.distances[0][1] == pytest.approx(customer.distance, abs=1e-4)


def test_the_parts_of_the_features_add_up_to_the_difference_of_the_squared_distances(seg):
    for id_ in seg.customers["id"].head(20):
        found = seg.explain(id_)
        distances = dict(found.distances)
        ahead = distances[found.second] ** 2 - distances[found.segment] ** 2
        assert np.sign(sum(reason.weight for reason in found.reasons)) == np.sign(ahead)
        assert sum(abs(reason.weight) for reason in found.reasons) == pytest.approx(1)


@given(st.integers(0, 179), st.integers(0, 3))
def test_beyond_the_border_a_customer_is_in_the_other_segment_and_before_it_is_not(seg, row, other):
    values = seg.customer(seg.customers["id"][row])["values"]
    model = seg.outcome.model
    here = explain(model, values).segment
    wanted = model.segments[other]
    if wanted == here:
        return
    found = explain(model, values, other=wanted)
    for reason in found.reasons:
        if reason.enough is None:
            continue
        way = 1 if reason.enough > reason.value else -1
        beyond = reason.enough + way * 1e-3 * max(1.0, abs(reason.enough))
        assert explain(model, values | {reason.feature: beyond}).segment == wanted
        before = reason.enough - way * 1e-3 * max(1.0, abs(reason.enough))
        assert explain(model, values | {reason.feature: before}).segment != wanted


def test_a_number_in_the_sentence_is_enough_as_it_stands(seg):
    import re

    told = 0
    for row in range(0, 180, 3):
        values = seg.customer(seg.customers["id"][row])["values"]
        found = explain(seg.outcome.model, values)
        last = why_sentences(found, seg.outcome)[-1]
        match = re.match(r"With (\w+)[^0-9−]*([−\d.,]+).* or (more|less) ", last)
        if match is None:
            continue
        told += 1
        feature = next(f.name for f in seg.outcome.preparation.features if f.title.lower() == match[1])
        number = float(match[2].replace(",", "").replace("−", "-"))
        assert explain(seg.outcome.model, values | {feature: number}).segment == found.second, last
    assert told > 10


def test_a_missing_value_counts_as_what_stands_in_for_it(seg):
    values = seg.customer(seg.customers["id"][0])["values"]
    found = explain(seg.outcome.model, values | {"income": None})
    reason = next(reason for reason in found.reasons if reason.feature == "income")
    assert reason.missing
    fill = next(feature.fill for feature in seg.outcome.preparation.features if feature.name == "income")
    assert reason.value == fill


def test_what_can_not_be_explained_is_told_in_a_sentence(seg):
    with pytest.raises(InputError, match="is no number"):
        explain(seg.outcome.model, {"income": "much"})
    with pytest.raises(InputError, match="no segment 99"):
        explain(seg.outcome.model, {"income": 1.0}, other=99)
    with pytest.raises(RunError, match="has no customer"):
        seg.explain("nobody")


def test_infinity_is_no_value(seg):
    with pytest.raises(InputError, match="is no number"):
        explain(seg.outcome.model, {"income": float("inf")})


def test_somebody_with_values_is_where_predict_puts_her(seg, blobs):
    rows = blobs.assign(spend=np.exp(blobs.income / 20).round(2)).sample(20, random_state=2)[["age", "income", "spend"]]
    rows.iloc[3, 1] = np.nan
    placed = seg.predict(rows.assign(customer_id=[f"N{i}" for i in range(20)]))
    for values, segment, second in zip(
        rows.to_dict("records"), placed["segment"], placed["second_segment"], strict=True
    ):
        known = {name: value for name, value in values.items() if not np.isnan(value)}
        found = seg.explain(values=known)
        assert (found.segment, found.second) == (segment, second)


def test_the_typical_customer_of_a_segment_is_in_it_for_sure(seg):
    for segment in seg.names:
        found = seg.explain(values=seg.typical(segment))
        assert found.segment == segment
        assert confidence_sentence(found, seg.named).startswith("Sure")


@pytest.mark.parametrize(
    "asked", [{}, {"id": "C0001", "values": {}}, {"values": {"agee": 1}}, {"values": {"age": "x"}}]
)
def test_what_can_not_be_explained_is_said(seg, asked):
    with pytest.raises(InputError):
        seg.explain(**asked)
