"""Who moved between two runs, as a file for a mail tool: the same customers as pandas finds."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.errors import InputError
from tests.test_control_groups import orders


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """October, November by its definitions with other customers, and one drawn anew."""
    folder = tmp_path_factory.mktemp("runs")
    log = orders(1, 400)
    early, late = log[log.customer_id < 380], log[log.customer_id >= 15]
    with clustera.segment(orders=early, as_of="2024-10-31", k=4, value=False, progress=False) as first:
        first.publish(folder, name="october")
        with clustera.segment(orders=late, as_of="2024-11-30", like=first, value=False, progress=False) as second:
            second.publish(folder, name="november")
    with clustera.segment(orders=late, as_of="2024-11-30", k=3, value=False, progress=False) as other:
        other.publish(folder, name="anew")
    return folder


def loaded(runs, *names):
    return [clustera.load(name, runs=runs) for name in names]


def test_those_who_moved_are_those_whose_segment_differs(runs):
    before, after = loaded(runs, "october", "november")
    both = before.customers[["id", "segment"]].merge(
        after.customers[["id", "segment"]], on="id", how="outer", suffixes=("_before", "")
    )
    other = both[both["segment"].fillna(0) != both["segment_before"].fillna(0)].sort_values("id")
    moved = before.moved(after)
    assert moved["id"].tolist() == other["id"].tolist()
    for column in ("segment", "segment_before"):
        assert moved[column].astype(float).tolist() == pytest.approx(other[column].astype(float).tolist(), nan_ok=True)
    assert moved["name"].dropna().tolist() == moved["segment"].dropna().map(after.names).tolist()
    assert moved["name_before"].dropna().tolist() == moved["segment_before"].dropna().map(before.names).tolist()


def test_the_directions_add_up_to_what_compare_says(runs):
    before, after = loaded(runs, "october", "november")
    comparison, counted = before.compare(after), before.moved(after)["direction"].value_counts()
    assert comparison.only_after > 0 < comparison.only_before
    assert dict(counted) == {
        "up": comparison.up, "down": comparison.down, "new": comparison.only_after, "gone": comparison.only_before,
    }  # fmt: skip


def test_without_a_common_ranking_nobody_is_said_to_move_up(runs):
    before, after = loaded(runs, "october", "anew")
    assert set(before.moved(after)["direction"]) <= {"moved", "new", "gone"}


@pytest.mark.parametrize("name", ["moved.csv", "moved.parquet", "a folder"])
def test_compare_writes_who_moved_and_the_matrix(runs, tmp_path, name):
    words = ["compare", "october", "november", "--runs", runs, "--output", tmp_path / name, "--json"]
    result = CliRunner().invoke(app, list(map(str, words)))
    assert result.exit_code == 0, result.output
    before, after = loaded(runs, "october", "november")
    moved = before.moved(after)
    files = json.loads(result.stdout)["files"]
    for path in files[:-1]:
        table = pd.read_parquet(path) if path.endswith("parquet") else pd.read_csv(path, dtype={"id": str})
        assert table["id"].tolist() == moved["id"].tolist()
        assert table["direction"].tolist() == moved["direction"].tolist()
        assert list(table.columns) == ["id", "segment", "name", "segment_before", "name_before", "direction"]
    matrix = pd.read_csv(files[-1])
    sizes = before.customers["segment"].value_counts()
    assert matrix["customers"].tolist() == [*sizes.sort_index(), (moved["direction"] == "new").sum()]
    ends = matrix.iloc[:, 2:-2].sum()
    assert ends.tolist() == after.customers["segment"].value_counts().sort_index().tolist()
    assert matrix["gone"].sum() == (moved["direction"] == "gone").sum()


def test_a_file_of_another_kind_is_refused_before_the_work(runs, tmp_path):
    result = CliRunner().invoke(
        app, ["compare", "october", "november", "--runs", str(runs), "--output", str(tmp_path / "moved.txt")]
    )
    assert result.exit_code != 0
    assert "neither .csv nor .parquet" in result.output
    before, after = loaded(runs, "october", "november")
    with pytest.raises(InputError, match="neither"):
        before.write_moved(after, tmp_path / "moved.txt")


def test_runs_without_ids_are_not_compared_by_the_numbers_of_their_rows(blobs):
    nameless = blobs[["age", "income", "spending_score"]]
    with (
        clustera.segment(nameless, k=3, progress=False, threads=1) as one,
        clustera.segment(nameless[::-1].reset_index(drop=True), like=one, progress=False, threads=1) as other,
        clustera.segment(blobs, features=[*nameless], k=3, progress=False, threads=1) as named,
    ):
        for first, second in ((one, other), (one, named), (named, one)):
            with pytest.raises(InputError, match="without ids can't be found again"):
                first.compare(second)


def test_the_same_groups_under_other_numbers_are_no_moves():
    """Two runs number their segments each for itself, the largest first."""
    draw = np.random.default_rng(0)
    table = pd.DataFrame({"id": [f"c{i}" for i in range(160)], "spend": draw.normal(np.repeat([20, 90], [100, 60]), 4)})
    later = table[70:].reset_index(drop=True)  # fewer of the first group than of the second
    later.loc[:1, "spend"] = 90.0
    asked = {"features": ["spend"], "k": 2, "progress": False, "threads": 1}
    with clustera.segment(table, **asked) as one, clustera.segment(later, **asked) as other:
        found, moved = one.compare(other), one.moved(other)
    assert {(before, after) for before, after, _ in found.matched} == {(1, 2), (2, 1)}
    assert found.stayed == pytest.approx(88 / 90)
    assert [(move.before, move.after, move.count) for move in found.movers] == [(1, 1, 2)]
    assert moved[moved.direction == "moved"].id.tolist() == ["c70", "c71"]
