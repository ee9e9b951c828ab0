"""The ONNX graph gives the labels of `predict`: by ONNX Runtime, by ONNX's own evaluator, on 200,000 customers."""

import builtins
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera import export
from clustera.cli import app
from clustera.errors import InputError, RunError, SetupError
from clustera.pipeline import onnx_export
from clustera.pipeline.assigning import predicted_labels
from clustera.records import Model
from tests.export.models import random_model, tried

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")


@pytest.mark.parametrize("seed", range(10))
def test_onnx_runtime_gives_every_row_the_label_of_predict(seed):
    model, _ = random_model(seed)
    values = tried(model, seed)
    expected = predicted_labels(model, values)
    assert len(set(expected.tolist())) > 1
    run, by = onnx_export.onnx_session(export.onnx_model(model))
    assert by.startswith("ONNX Runtime")
    assert (run(values) == expected).all()


def test_of_200_000_customers_no_label_differs():
    model, _ = random_model(3, features=4, k=6)
    draw = np.random.default_rng(1)
    spread = np.array([f.scale for f in model.preparation.features])
    values = draw.standard_t(2, (200_000, 4)) * spread
    values[draw.random(values.shape) < 0.02] = np.nan
    run, _ = onnx_export.onnx_session(export.onnx_model(model))
    expected = predicted_labels(model, values)
    assert len(set(expected.tolist())) > 3
    assert np.count_nonzero(run(values) != expected) == 0


def test_without_the_runtime_the_evaluator_of_onnx_says_the_same(monkeypatch):
    imported = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "onnxruntime":
            raise ImportError(name)
        return imported(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    model, _ = random_model(5, features=3)
    values = tried(model, 5)
    run, by = onnx_export.onnx_session(export.onnx_model(model))
    assert by == f"the reference evaluator of ONNX {onnx.__version__}"
    assert (run(values) == predicted_labels(model, values)).all()


def test_of_equally_near_segments_the_first_of_the_model_wins():
    model, _ = random_model(1, features=2, k=4)
    centers = (model.centers[0], model.centers[0], model.centers[2], model.centers[2])
    model = Model((), model.preparation, centers, model.segments, (), ())
    run, _ = onnx_export.onnx_session(export.onnx_model(model))
    assert set(run(tried(model, 1)).tolist()) == {model.segments[0], model.segments[2]}


def test_one_feature_and_one_segment_are_enough():
    model, _ = random_model(4, features=1, k=1)
    run, _ = onnx_export.onnx_session(export.onnx_model(model))
    assert run(np.array([[np.nan], [3.0]])).tolist() == [model.segments[0]] * 2


def test_a_graph_that_disagrees_is_refused_with_its_rows(monkeypatch):
    model, names = random_model(2, features=2, k=3)
    other = Model((), model.preparation, model.centers[::-1], model.segments, (), ())
    right = export.onnx_model
    monkeypatch.setattr(export, "onnx_model", lambda _: right(other))
    with pytest.raises(RunError, match=r"ONNX graph was not written: .* labels differ from predict"):
        onnx_export.model_onnx(model, names, None, run="first")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    draw = np.random.default_rng(7)
    table = pd.DataFrame({"id": [f"c{i}" for i in range(400)], "age": draw.normal(40, 12, 400).round()})
    table["spend"] = draw.lognormal(3, 1.3, 400).round(2)
    table.loc[::13, "spend"] = np.nan
    folder = tmp_path_factory.mktemp("runs")
    with clustera.segment(table, id="id", features=["age", "spend"], k=4, progress=False, threads=1) as seg:
        seg.publish(folder, name="first")
    return folder, table


def test_the_written_file_gives_each_customer_of_the_run_her_segment(run, tmp_path):
    folder, table = run
    place = tmp_path / "model.onnx"
    said = CliRunner().invoke(app, ["onnx", "first", "--output", str(place), "--runs", str(folder)])
    assert said.exit_code == 0, said.output
    assert " 0 of 2," in said.output
    session = onnxruntime.InferenceSession(place, providers=["CPUExecutionProvider"])
    told = session.get_modelmeta().custom_metadata_map
    values = table[json.loads(told["features"])].to_numpy(np.float64)
    seg = clustera.load("first", runs=folder)
    assert (session.run(None, {"features": values})[0] == seg.customers["segment"].to_numpy()).all()
    assert json.loads(told["segments"]) == {str(number): name for number, name in seg.names.items()}
    assert "on 400 customers of the run" in told["proof"]
    assert " 0 of 2," in told["proof"]


def test_the_same_run_gives_the_same_bytes(run, tmp_path):
    seg = clustera.load("first", runs=run[0])
    seg.write_onnx(tmp_path / "a.onnx")
    seg.write_onnx(tmp_path / "b.onnx")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_another_ending_is_refused(run, tmp_path):
    with pytest.raises(InputError, match=r"model.pb is no .onnx"):
        clustera.load("first", runs=run[0]).write_onnx(tmp_path / "model.pb")


def test_a_folder_that_is_not_there_is_refused(run, tmp_path):
    seg = clustera.load("first", runs=run[0])
    for write, name in ((seg.write_onnx, "model.onnx"), (seg.write_sql, "segments.sql")):
        with pytest.raises(InputError, match="there is no folder"):
            write(tmp_path / "slip" / name)
    assert not (tmp_path / "slip").exists()


def test_without_onnx_the_cure_is_told(monkeypatch):
    imported = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == "onnx":
            raise ImportError(name)
        return imported(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SetupError) as told:
        export.onnx_model(random_model(1, features=1)[0])
    assert told.value.hint == "pip install 'clustera[onnx]'"


@pytest.mark.parametrize("seed", range(3))
def test_infinite_numbers_count_as_missing_as_in_a_table(seed):
    model, _ = random_model(seed)
    values = tried(model, seed)[:500]
    infinite = np.where(np.isnan(values), np.where(np.arange(len(values))[:, None] % 2, np.inf, -np.inf), values)
    assert np.isinf(infinite).any()
    run, _ = onnx_export.onnx_session(export.onnx_model(model))
    assert (run(infinite) == predicted_labels(model, values)).all()


def test_the_metadata_call_columns_as_the_table_does(tmp_path):
    table = pd.DataFrame(
        np.random.default_rng(0).normal(50, 9, (60, 3)), columns=["segment", "Annual  Income", "visits"]
    )
    with clustera.segment(table, k=3, progress=False) as seg:
        seg.write_onnx(tmp_path / "model.onnx")
        expected = seg.customers["segment"].to_numpy()
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    columns = json.loads(session.get_modelmeta().custom_metadata_map["features"])
    assert (session.run(None, {"features": table[columns].to_numpy("float64")})[0] == expected).all()


def test_the_snippet_of_the_docs_runs_on_a_table_with_brackets(tmp_path, monkeypatch):
    draw = np.random.default_rng(3)
    levels = ["Under 15K", "15-24K", "25-34K", "35-49K", "50-74K", "75-99K", "100-124K", "250K+"]
    customers = pd.DataFrame({"Household  income": draw.choice(levels, 200), "visits": draw.poisson(9, 200) + 0.0})
    customers["id"] = [f"c{i}" for i in range(200)]
    monkeypatch.chdir(tmp_path)
    with clustera.segment(customers, id="id", k=3, progress=False, threads=1) as seg:
        seg.write_onnx("model.onnx")
        expected = seg.predict(customers)["segment"].to_numpy()
        for values in customers.drop(columns="id").head(20).to_dict("records"):
            assert (
                seg.explain(values=values).segment == seg.predict(pd.DataFrame([{"id": "N", **values}]))["segment"][0]
            )
        with pytest.raises(InputError, match="'a lot' is no number") as refused:
            seg.explain(values={"Household  income": "a lot"})
        assert all(level in refused.value.hint for level in levels)
        assert seg.explain(values={"visits": "1,200"}).reasons == seg.explain(values={"visits": 1200}).reasons
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    snippet = next(code for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "onnxruntime" in code)
    names = {"customers": customers}
    exec(snippet, names)
    assert (names["segment"] == expected).all()
