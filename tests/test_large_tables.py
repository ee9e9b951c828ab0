"""Tables larger than memory: limits that are kept, and a bar that moves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.engines import Engine
from clustera.pipeline.inspect import read_and_check
from clustera.pipeline.sources import Sources
from clustera.read import read
from clustera.settings import Settings


@pytest.fixture(scope="module")
def table(tmp_path_factory, blobs):
    path = tmp_path_factory.mktemp("table") / "customers.csv"
    blobs.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def seg(table):
    return clustera.segment(table, progress=False)


def moving(told):
    shares = [share for _, share in told]
    return shares[0] == 0.0 and shares[-1] == 1.0 and shares == sorted(shares)


def test_the_bar_of_a_run_never_goes_back(table):
    told = []
    clustera.segment(table, progress=lambda step, share: told.append((step, share)))
    assert moving(told)
    assert "Assigning customers" in {step for step, _ in told}


def test_the_bar_moves_while_customers_are_assigned_by_a_model(table, seg):
    told = []
    seg.assign(table, progress=lambda step, share: told.append((step, share)))
    assert moving(told)
    assert {"Reading", "Checking", "Assigning customers"} <= {step for step, _ in told}


def test_the_bar_moves_within_the_check(table):
    told = []
    with Engine(threads=1) as engine:
        read_and_check(Sources(table), Settings(), engine, progress=lambda step, share: told.append((step, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert len({share for step, share in told if step == "Checking"}) >= 4


def test_a_query_that_lasts_tells_how_far_it_is(monkeypatch):
    monkeypatch.setattr("clustera.engines.duck.SECONDS_BETWEEN", 0.005)
    told = []
    with Engine(threads=1) as engine:
        rows = engine.table("select i from range(3_000_000) t(i)")
        with engine.watched(told.append):
            rows.query("select max(md5(i::varchar)) from {rows}")
    assert told == sorted(set(told))
    assert told
    assert 0 < told[0] < told[-1] <= 1


@pytest.mark.parametrize("kind", ["parquet", "xlsx"])
def test_the_bar_moves_while_a_parquet_file_or_a_workbook_is_read(blobs, tmp_path, kind):
    path = tmp_path / f"customers.{kind}"
    blobs.to_parquet(path) if kind == "parquet" else blobs.to_excel(path, index=False)
    told = []
    with Engine(threads=1) as engine:
        read(path, engine=engine, progress=lambda step, share: told.append(share))
    assert told == sorted(told)
    assert told[0] == 0.0
    assert told[-1] == 1.0
    assert len(set(told)) >= (2 if kind == "parquet" else 5)


@pytest.mark.parametrize("verb", ["check", "segment", "predict"])
def test_too_small_a_limit_of_memory_ends_in_a_sentence_and_leaves_nothing(tmp_path, table, seg, verb, monkeypatch):
    (tmp_path / "runs").mkdir()
    seg.save(tmp_path / "runs" / "one")
    monkeypatch.chdir(tmp_path)
    words = {"check": [str(table)], "segment": [str(table), "--runs", "more"], "predict": ["runs/one", str(table)]}[
        verb
    ]
    found = CliRunner().invoke(app, [verb, *words, "--set", "memory_limit=300KB"])
    assert found.exit_code == 6, found.output
    assert isinstance(found.exception, SystemExit)
    assert "memory" in found.stderr.lower()
    assert not (tmp_path / "scored.csv").exists()
    assert not list((tmp_path / "more").glob("*/*")) if (tmp_path / "more").exists() else True


def test_points_beyond_a_share_of_the_memory_are_streamed_with_the_same_answer(table, seg, monkeypatch):
    monkeypatch.setattr("clustera.prepare.table.SHARE_HELD", 1 << 40)
    monkeypatch.setattr("clustera.engines.ranks.HELD_VALUES", 10)
    streamed = clustera.segment(table, progress=False)
    assert streamed.outcome == seg.outcome
    assert streamed.customers.equals(seg.customers)


def test_the_evidence_for_the_chosen_number_is_that_of_its_final_segments():
    """Beyond 20,000 different customers every number is judged by a draft, and the chosen one once more in the end."""
    random = np.random.default_rng(0)
    middles = np.array([[10.0, 10.0], [16.0, 11.0], [11.0, 17.0]])
    values = middles[random.integers(0, 3, 30_000)] + random.normal(0, 1, (30_000, 2))
    options = {"outliers": False, "unskew": False}
    seg = clustera.segment(pd.DataFrame(values, columns=["spend", "visits"]), progress=False, **options)
    chosen = next(e for e in seg.outcome.selection.evidence if e.k == seg.k)
    squares = float(np.square(seg.customers["distance"].to_numpy()).sum())
    assert seg.k == 3
    assert chosen.inertia == pytest.approx(squares, rel=1e-6)
    assert min(trust.jaccard for trust in (profile.trust for profile in seg.outcome.segments)) == chosen.jaccard
