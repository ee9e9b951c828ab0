"""Why a customer is in one segment: the distances are scikit-learn's, and what is said to be enough is enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clustera
from clustera.errors import InputError, RunError
from clustera.pipeline import Explainer
from clustera.pipeline.assigning import predicted_labels
from clustera.texts import confidence_sentence, why_sentences
from tests.export.models import random_model, tried


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


def test_one_customer_stands_where_a_table_would_put_her(seg):
    from clustera import prepare

    model = seg.outcome.model
    draw = np.random.default_rng(0)
    rows = draw.normal(40, 30, (50, 3)) * np.where(draw.random((50, 3)) < 0.1, np.nan, 1)
    preparation = replace(model.preparation, isolation=None)
    points = prepare.prepare_block(np.arange(50), np.arange(50, dtype=np.uint64), rows, preparation).points.astype(
        float
    )
    for row, point in zip(rows, points, strict=True):
        values = dict(zip(("age", "income", "spend"), row.tolist(), strict=True))
        away = np.sqrt(((np.array(model.centers) - point) ** 2).sum(axis=1))
        assert dict(Explainer(model).explain(values).distances) == dict(zip(model.segments, away.tolist(), strict=True))


@pytest.mark.parametrize("features", [1, 2, 8, 17, 30])
def test_somebody_as_near_to_several_segments_is_explained_where_predict_puts_her(features):
    model, _ = random_model(features, features=features, k=6)
    plain = [replace(one, power=None, mean=0.0, scale=1.0, weight=1.0) for one in model.preparation.features]
    draw = np.random.default_rng(features)
    # The same steps in another order: sums that differ in their last digit, if at all, and decide.
    center = draw.normal(size=features).round(2)
    tied = replace(
        model,
        preparation=replace(model.preparation, features=tuple(plain)),
        centers=tuple(tuple(draw.permutation(center).tolist()) for _ in model.centers),
    )
    even = np.repeat(draw.normal(size=(60, 1)).round(1), features, axis=1)
    for one, rows in ((model, tried(model, features)[::20]), (tied, even)):
        explainer, names = Explainer(one), [feature.name for feature in one.preparation.features]
        with np.errstate(over="ignore"):
            told = [explainer.explain(dict(zip(names, row, strict=True))).segment for row in rows]
        assert told == predicted_labels(one, rows).tolist()


def test_the_parts_of_the_features_add_up_to_the_difference_of_the_squared_distances(seg):
    for id_ in seg.customers["id"].head(20):
        found = seg.explain(id_)
        distances = dict(found.distances)
        ahead = distances[found.second] ** 2 - distances[found.segment] ** 2
        assert np.sign(sum(reason.weight for reason in found.reasons)) == np.sign(ahead)
        assert sum(abs(reason.weight) for reason in found.reasons) == pytest.approx(1)


@given(st.integers(0, 179), st.integers(0, 3))
def test_between_the_borders_and_nowhere_else_a_customer_is_in_the_other_segment(seg, row, other):
    values = seg.customer(seg.customers["id"][row])["values"]
    model = seg.outcome.model
    here = Explainer(model).explain(values).segment
    wanted = model.segments[other]
    if wanted == here:
        return
    for reason in Explainer(model).explain(values, other=wanted).reasons:
        way = 1 if reason.enough is None or reason.enough > reason.value else -1
        at = next(entry for entry in seg.outcome.patterns.distributions if entry.name == reason.feature).quantiles
        grid = np.linspace(at[0] - 5, at[-1] + 5, 60)
        for value in grid[(grid - reason.value) * way > 0] if reason.enough is not None else grid:
            inside = reason.enough is not None and (value - reason.enough) * way > 0
            inside = inside and (reason.until is None or (reason.until - value) * way > 0)
            borders = [b for b in (reason.enough, reason.until) if b is not None]
            if all(abs(value - border) > 1e-3 * max(1.0, abs(border)) for border in borders):
                assert (Explainer(model).explain(values | {reason.feature: float(value)}).segment == wanted) == inside


def test_the_numbers_in_the_sentence_are_enough_as_they_stand(seg):
    import re

    told = ranges = 0
    for row in range(0, 180, 3):
        values = seg.customer(seg.customers["id"][row])["values"]
        here = Explainer(seg.outcome.model).explain(values).segment
        for other in set(seg.names) - {here}:
            found = Explainer(seg.outcome.model).explain(values, other=other)
            said = " ".join(why_sentences(found, seg.outcome))
            assert "With age" not in said
            match = re.search(r"With (\w+) of ([−\d.,]+)(?: to ([−\d.,]+))?", said)
            if match is None:
                assert "Age is not looked at: nobody can change it." in said
                continue
            told, ranges = told + 1, ranges + bool(match[3])
            feature = next(f.name for f in seg.outcome.preparation.features if f.title.lower() == match[1])
            numbers = [
                float(text.rstrip(".,").replace(",", "").replace("−", "-")) for text in match.groups()[1:] if text
            ]
            for number in np.linspace(numbers[0], numbers[-1], 5):
                assert Explainer(seg.outcome.model).explain(values | {feature: float(number)}).segment == other, said
    assert told > 10
    assert ranges > 5


def test_the_command_tells_values_that_are_not_known_and_which_of_two_is_meant(seg, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from clustera.cli import app

    monkeypatch.chdir(tmp_path)
    seg.publish("runs", name="first")
    done = CliRunner().invoke(app, ["explain", "first", "--value", "age=30"])
    assert "Income is not known;" in done.output
    done = CliRunner().invoke(app, ["explain", "first", "C0001", "--value", "age=30"])
    assert done.exit_code == 3
    assert "A customer's id and --value are both given." in done.output
    assert "values=" not in done.output
    own = str(seg.explain(values={"age": 30}).segment)
    done = CliRunner().invoke(app, ["explain", "first", "--value", "age=30", "--other", own])
    assert f"The customer is in segment {own} already." in done.output


def test_a_missing_value_counts_as_what_stands_in_for_it(seg):
    values = seg.customer(seg.customers["id"][0])["values"]
    found = Explainer(seg.outcome.model).explain(values | {"income": None})
    reason = next(reason for reason in found.reasons if reason.feature == "income")
    assert reason.missing
    fill = next(feature.fill for feature in seg.outcome.preparation.features if feature.name == "income")
    assert reason.value == fill


def test_what_can_not_be_explained_is_told_in_a_sentence(seg):
    with pytest.raises(InputError, match="is no number"):
        Explainer(seg.outcome.model).explain({"income": "much"})
    with pytest.raises(InputError, match="no segment 99"):
        Explainer(seg.outcome.model).explain({"income": 1.0}, other=99)
    with pytest.raises(RunError, match="has no customer"):
        seg.explain("nobody")


def test_infinity_is_no_value(seg):
    with pytest.raises(InputError, match="is no number"):
        Explainer(seg.outcome.model).explain({"income": float("inf")})


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
