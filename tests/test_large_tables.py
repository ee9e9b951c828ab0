"""Tables larger than memory: limits that are kept, and a bar that moves."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import clustera


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
    seg.score(table, progress=lambda step, share: told.append((step, share)))
    assert moving(told)
    assert {"Reading", "Checking", "Assigning customers"} <= {step for step, _ in told}


@pytest.mark.parametrize("verb", ["check", "segment", "predict"])
def test_too_small_a_limit_of_memory_ends_in_a_sentence_and_leaves_nothing(tmp_path, table, seg, verb):
    seg.save(tmp_path / "runs" / "one")
    words = {"check": [str(table)], "segment": [str(table), "--out", "more"], "predict": ["runs/one", str(table)]}[verb]
    found = subprocess.run(
        [sys.executable, "-m", "clustera", verb, *words, "--set", "memory_limit=300KB"],
        cwd=tmp_path,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 6, found.stderr
    assert "Traceback" not in found.stderr
    assert "memory" in found.stderr.lower()
    assert not (tmp_path / "scored.csv").exists()
    assert not list((tmp_path / "more").glob("*/*")) if (tmp_path / "more").exists() else True


def test_points_beyond_a_share_of_the_memory_are_streamed_with_the_same_answer(table, seg, monkeypatch):
    monkeypatch.setattr("clustera.prepare.table.SHARE_HELD", 1 << 40)
    monkeypatch.setattr("clustera.engines.ranks.HELD_VALUES", 10)
    streamed = clustera.segment(table, progress=False)
    assert streamed.outcome == seg.outcome
    assert streamed.customers.equals(seg.customers)
