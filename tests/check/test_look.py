"""Shorter ways to the same answer: different texts instead of cells, all bytes at once, the common spellings first."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from tests.check.test_spellings import MONEY, NAMES, table
from tests.spellings import Spelling, spell

from clustera.check import check
from clustera.check.look import all_cells_differ, look_at_columns
from clustera.engines import Engine
from clustera.read import read
from clustera.written_dates import DateStyle

ODD = [
    "n/a",
    "",
    "total",
    "31.02.2020",
    "12/13/2021",
    "1e5",
    "-5",
    "99999",
    "(12.5)",
    "12 k",
    "5 May 2020",
    " x ",
    "00417",
    "1/2/21",
]


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def spoilt(seed, spelling, rows=400):
    draw = random.Random(seed)
    made = table(seed, rows)
    for row in made:
        for name in NAMES:
            if draw.random() < 0.02:
                row[name] = draw.choice(ODD)
    return spell(NAMES, made, spelling, money=MONEY)


SPELLINGS = [
    Spelling(),
    Spelling(separator=";", decimal=",", group=".", date_format="d.m.y", padding=" ", yes="ja", no="nein"),
    Spelling(before="$", group=",", date_format="mdy", missing="NA", float_ids=True),
]


def said(path, engine):
    checked = check(read(path, engine=engine))
    return checked.columns, checked.findings, checked.balance, checked.rows.arrow(), checked.quarantine.arrow()


@pytest.mark.parametrize("spelling", SPELLINGS, ids=["plain", "german", "american"])
@pytest.mark.parametrize("seed", [1, 2])
def test_texts_that_are_counted_first_give_the_same_check(engine, tmp_path, monkeypatch, spelling, seed):
    path = tmp_path / "t.csv"
    path.write_bytes(spoilt(seed, spelling))
    row_by_row = said(path, engine)
    monkeypatch.setattr("clustera.check.look.SAMPLED", 1)
    monkeypatch.setattr("clustera.check.look.AGAIN", 0)
    assert all(found.cells for found in look_at_columns(read(path, engine=engine).rows).values())
    assert said(path, engine) == row_by_row


def test_only_texts_that_come_again_are_counted_first(engine, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,town\n" + "".join(f"C-{n},town {n % 50}\n" for n in range(30_000)))
    seen = look_at_columns(read(path, engine=engine).rows)
    assert seen["id"].cells is None
    assert seen["town"].cells.query("select count(*) as n, sum(_cells)::int as cells from {rows}").to_pylist() == [
        {"n": 50, "cells": 30_000}
    ]


def test_shapes_are_the_same_whoever_counts_them(engine, tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    draw = random.Random(0)
    texts = ["".join(draw.choice("0189aÄ٣-. ") for _ in range(draw.randint(1, 5))) for _ in range(5_000)]
    path.write_text("code,n\n" + "".join(f"{text},{n}\n" for n, text in enumerate(texts)), encoding="utf-8")
    here = look_at_columns(read(path, engine=engine).rows)["code"]
    monkeypatch.setattr("clustera.check.look.HELD_SHAPES", 0)
    assert look_at_columns(read(path, engine=engine).rows)["code"] == here
    assert len(here.shapes) > 100


@pytest.mark.parametrize("order", ["ymd", "dmy", "mdy"])
def test_common_spellings_of_dates_are_read_as_the_general_way_reads_them(engine, monkeypatch, order):
    draw = random.Random(7)
    parts = [*"0123456789" * 3, *"-/." * 4, *" T:+a", "2019", "05", "31", "st", "May"]
    texts = {"".join(draw.choice(parts) for _ in range(draw.randint(3, 9))) for _ in range(15_000)}
    for _ in range(15_000):
        mark, time = draw.choice("-/."), draw.choice(["", " 08:30", "T08:30:00Z", " 1/2/2019", "x"])
        day, month, year = (
            draw.randint(0, 33),
            draw.randint(0, 14),
            draw.choice([draw.randint(0, 99), 2019, 999, 10_001]),
        )
        first, second, third = draw.choice(
            [(day, month, year), (year, month, day), (f"{day:02d}", f"{month:02d}", year)]
        )
        texts.add(f"{first}{mark}{second}{mark}{third}{time}")
    values = ", ".join(f"('{text.strip()}')" for text in sorted(texts) if text.strip())
    rows = engine.table(f"select * from (values {values}) as texts(t)")
    common = rows.query(f"select t, {DateStyle(order).sql('t')} as day from {{rows}} order by t")
    monkeypatch.setattr(DateStyle, "_common", lambda self, text: "cast(null as date)")
    general = rows.query(f"select t, {DateStyle(order).sql('t')} as day from {{rows}} order by t")
    assert common == general
    assert common["day"].null_count < len(common)


def test_an_estimate_of_different_values_never_exceeds_the_filled_cells(engine):
    rows = engine.table("select range as _row, cast(range as varchar) as id from range(400_000)")
    # The engine's own estimate does, here by a thousand.
    assert rows.query("select approx_count_distinct(id) as n from {rows}")["n"][0].as_py() > 400_000
    assert look_at_columns(rows)["id"].distinct == 400_000


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        (["3", "1", "2"], True),
        (["3", "1", "3"], False),
        (["1", "01", "2"], True),  # one number, two texts
        (["1", "1.0", None, None], True),
        (["a", "b", "2"], True),
        (["9007199254740993", "9007199254740992", "1"], True),  # one number in floating point
        (["-5", "1000000", "7"], True),
        ([None, None, None], True),
    ],
)
def test_cells_differ_as_texts_even_where_their_numbers_do_not(engine, cells, answer):
    rows = engine.arrow(pa.table({"_row": range(1, len(cells) + 1), "id": pa.array(cells, pa.string())}))
    assert all_cells_differ(rows, look_at_columns(rows)["id"]) is answer
