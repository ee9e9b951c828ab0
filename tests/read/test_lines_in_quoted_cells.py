"""Notes of several lines beside numbers with commas in quotes: every record is one row, wherever it stands."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clustera.engines import Engine
from clustera.read import read


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


NOTES = st.sampled_from(
    ["line one\nline two", "100", "1.234,5", 'said "fine"', "a, b", "", "padded", "called; no answer\n7"]
)
ROWS = st.tuples(st.integers(0, 9999), NOTES, st.integers(100, 10**6))


@given(st.lists(ROWS, min_size=30, max_size=60))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_record_is_a_row(tmp_path, engine, rows):
    records = [
        [f"{score / 1000:.3f}".replace(".", ","), note, f"{cents / 100:.2f}".replace(".", ",")]
        for score, note, cents in rows
    ]
    held = io.StringIO()
    csv.writer(held, lineterminator="\n").writerows([["score", "remarks", "spend"], *records])
    path = tmp_path / "t.csv"
    path.write_text(held.getvalue())
    found = [list(row.values())[1:] for row in read(path, engine=engine).rows.arrow().to_pylist()]
    assert [[cell or "" for cell in row][::2] for row in found] == [row[::2] for row in records]
