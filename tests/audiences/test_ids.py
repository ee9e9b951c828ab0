"""Ids that a spreadsheet wrote otherwise meet those of the run, and nobody who is suppressed gets through by a zero."""

import csv

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import clustera
from clustera.audiences.ids import match_ids, plain_id, plain_id_sql
from clustera.cli import app
from clustera.engines import Engine


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as made:
        yield made


def texts(engine, name, values):
    return engine.arrow(pa.table({name: values}, pa.schema([(name, pa.string())])))


def matched(engine, cells, ids):
    return match_ids(texts(engine, "crm id", cells), "crm id", texts(engine, "id", ids))


def test_blanks_points_and_zeros_are_what_spreadsheets_add(engine):
    found = matched(engine, ["7", " 8 ", "9.0", "00010", "x", None, " "], ["7", "8", "9", "10", "11"])
    assert found.ids == {"9.0": "9", "00010": "10"}
    assert found.rules == (
        ("7", 1, "same id"),
        (" 8 ", 1, "without spaces"),
        ("9.0", 1, "without .0"),
        ("00010", 1, "without leading zeros"),
        ("x", 1, "not in the run"),
    )


def test_zeros_that_a_spreadsheet_dropped_are_found_again(engine):
    assert matched(engine, ["123", "45.00"], ["00123", "0045"]).ids == {"123": "00123", "45.00": "0045"}


def test_of_two_customers_who_differ_by_zeros_only_the_exact_one_is_meant(engine):
    found = matched(engine, ["0123", "123", "00123"], ["123", "0123"])
    assert found.ids == {}
    assert [rule[1:] for rule in found.rules] == [(2, "same id"), (1, "not in the run")]


def test_letters_are_never_changed(engine):
    assert matched(engine, ["k-7", "K-07", "1e3"], ["K-7", "1000"]).ids == {}


@given(st.lists(st.text("0123456789. kK", max_size=6), max_size=30))
def test_the_query_says_the_same_as_python(engine, cells):
    found = texts(engine, "cell", cells).query(f"select cell, {plain_id_sql('cell')} as plain from {{rows}}")
    assert found["plain"].to_pylist() == [plain_id(cell) for cell in cells]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    draw = np.random.default_rng(2)
    table = pd.DataFrame(draw.lognormal(size=(60, 2)).round(2), columns=["spend", "visits"])
    table.insert(0, "customer_id", np.arange(1, 61))
    folder = tmp_path_factory.mktemp("audience") / "runs"
    with clustera.segment(table, id="customer_id", k=2, progress=False, threads=1) as seg:
        seg.publish(folder, name="first")
    CliRunner().invoke(app, ["audience", "save", "All", "everyone", "--runs", str(folder)])
    return folder


def exported(run, tmp_path, *more):
    lines = [
        (f"{i:05d}" if i <= 20 else f"{i}.0" if i <= 30 else f" {i} ", f"c{i}@shop.example", "yes")
        for i in range(1, 61)
    ]
    contacts, output = tmp_path / "crm.csv", tmp_path / "list.csv"
    contacts.write_text("crm id,email,consent\n" + "\n".join(",".join(line) for line in lines) + "\n")
    asked = ["audience", "export", "All", "--for", "klaviyo", "--contacts", str(contacts), "--output", str(output)]
    said = CliRunner().invoke(app, [*asked, *more, "--runs", str(run)])
    assert said.exit_code == 0, said.output
    with output.open(newline="") as file:
        return said.output, list(csv.DictReader(file))


def test_a_list_has_the_ids_of_the_run_and_tells_how_they_were_met(run, tmp_path):
    said, rows = exported(run, tmp_path)
    assert [row["External ID"] for row in rows] == [str(i) for i in range(1, 61)]
    assert "without leading zeros (20)" in said
    assert "without .0 (10)" in said


def test_a_suppressed_customer_is_left_out_however_the_id_is_written(run, tmp_path):
    (tmp_path / "out.csv").write_text("customer id\n0007\n8.0\n25\n")
    _, rows = exported(run, tmp_path, "--suppress", str(tmp_path / "out.csv"))
    assert {str(i) for i in range(1, 61)} - {row["External ID"] for row in rows} == {"7", "8", "25"}
