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


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_addresses_of_several_lines_in_every_row_are_cells(tmp_path, engine, end):
    path = tmp_path / "customers.csv"
    lines = [
        f'{7000 + at},"{at} High Street{end}London, SW{at % 20}{end}UK",{20 + at % 60},{at * 7 % 90}'
        for at in range(300)
    ]
    path.write_text(end.join(["customer_id,address,age,visits", *lines]) + end, encoding="utf-8", newline="")
    raw = read(path, engine=engine)
    assert raw.source.rows == 300
    found = raw.rows.query("select customer_id, address, age from {rows} order by _row").to_pylist()
    assert [(row["customer_id"], row["age"]) for row in found] == [
        (str(7000 + at), str(20 + at % 60)) for at in range(300)
    ]
    assert {row["address"].count("\n") for row in found} == {2}
