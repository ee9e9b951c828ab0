"""Customers assigned later: what none of the run's customers has is counted and told, and tables of any length take the same memory."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.pipeline.predict import MEMORY


@pytest.fixture(scope="module")
def run(tmp_path_factory, blobs):
    folder = tmp_path_factory.mktemp("runs")
    features = ["age", "income", "spending_score"]
    with clustera.segment(blobs, features=features, k=4, progress=False, threads=1) as seg:
        seg.publish(folder, name="first")
    return folder, clustera.load("first", runs=folder)


def codes(scored):
    return {(finding.code, finding.column): finding for finding in scored.findings}


def test_the_runs_own_customers_have_nothing_unknown(run, blobs):
    assert not {code for code, _ in codes(run[1].assign(blobs))} & {"beyond-known-range", "unseen-category"}


def test_values_beyond_the_runs_range_are_counted(run, blobs):
    later = blobs.copy()
    later.loc[:3, "age"] = blobs.age.max() + 1
    later.loc[4:5, "age"] = blobs.age.min() - 1
    later.loc[6, "income"] = blobs.income.max()
    found = codes(run[1].assign(later))
    seen = found["beyond-known-range", "age"]
    assert (seen.count, seen.severity) == (6, "note")
    assert (seen.values["low"], seen.values["high"]) == (blobs.age.min(), blobs.age.max())
    assert ("beyond-known-range", "income") not in found


def test_many_of_them_are_a_warning(run, blobs):
    later = blobs.assign(age=np.where(np.arange(len(blobs)) < 9, 99.0, blobs.age))
    assert codes(run[1].assign(later))["beyond-known-range", "age"].severity == "warning"


def test_categories_that_the_run_does_not_know_are_counted_and_named(run, blobs):
    later = blobs.copy()
    later.loc[:2, "city"] = "Trier"
    later.loc[3, "city"] = "Ahaus"
    later.loc[4, "city"] = None
    seen = codes(run[1].assign(later))["unseen-category", "city"]
    assert (seen.count, seen.values["unseen"]) == (4, ("Trier", "Ahaus"))


def test_a_table_without_the_descriptors_is_assigned_all_the_same(run, blobs):
    found = codes(run[1].assign(blobs[["customer_id", "age", "income", "spending_score"]]))
    assert not {code for code, _ in found} & {"beyond-known-range", "unseen-category"}


def test_the_command_tells_of_a_single_value_and_json_has_its_numbers(run, blobs, tmp_path):
    later = blobs.copy()
    later.loc[0, "age"], later.loc[1, "income"], later.loc[2, "gender"] = 110.0, None, "unknown to us"
    later.to_csv(tmp_path / "later.csv", index=False)
    asked = ["predict", "first", str(tmp_path / "later.csv"), "--runs", str(run[0])]
    asked += ["--output", str(tmp_path / "scored.csv")]
    said = " ".join(CliRunner().invoke(app, asked).output.split())
    assert "Income is missing in 1 of 180 rows" in said
    assert "Age is outside of" in said
    assert "such as unknown to us, in 1 of 180 rows" in said
    told = json.loads(CliRunner().invoke(app, [*asked, "--json"]).output)
    assert {"beyond-known-range", "unseen-category", "missing-values"} <= {f["code"] for f in told["findings"]}


def test_memory_is_limited_unless_the_caller_sets_a_limit(run, blobs):
    with run[1].assign(blobs).engine as engine:
        assert engine.memory <= MEMORY
    with run[1].assign(blobs, memory_limit="3GiB").engine as engine:
        assert engine.memory == pytest.approx(3 << 30, rel=0.01)


def test_a_lower_limit_is_never_raised():
    with Engine(memory_limit="64MiB") as engine:
        engine.lower_memory(1 << 30)
        assert engine.memory < 1 << 27


def test_points_that_are_not_kept_give_the_same_segments_as_points_that_are(run, blobs):
    seg = run[1]
    later = blobs.assign(age=blobs.age.round(), income=blobs.income.where(blobs.index % 7 > 0))
    one, many = seg.predict(later), []
    for start in range(0, len(later), 50):
        many.append(seg.predict(later[start : start + 50].reset_index(drop=True)))
    pd.testing.assert_frame_equal(one, pd.concat(many, ignore_index=True))


@pytest.mark.parametrize("empty", [["seen"], ["born"], ["seen", "born"], ["spend"], ["spend", "seen", "born"]])
def test_a_later_table_may_have_no_value_in_a_column_of_any_kind(empty):
    draw = np.random.default_rng(0)
    table = pd.DataFrame({"id": [f"c{i}" for i in range(150)], "spend": draw.gamma(3, 20, 150).round(2)})
    for name, first, most in (("seen", "2024-05-01", 300), ("born", "1980-05-01", 9_000)):
        days = pd.to_timedelta(draw.integers(1, most, 150), unit="D")
        table[name] = (pd.Timestamp(first) - days).strftime("%Y-%m-%d")
    with clustera.segment(table, features=["spend", "seen", "born"], progress=False, threads=1) as seg:
        later = table.assign(**dict.fromkeys(empty))
        if len(empty) == 3:
            with pytest.raises(InputError, match="No row of DataFrame can be assigned to a segment. 150 rows: None of"):
                seg.assign(later, progress=False)
            return
        assert seg.assign(later, progress=False).balance.segmented == 150
