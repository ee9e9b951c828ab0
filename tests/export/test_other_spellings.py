"""A later table may write its cells otherwise than the run's: a query reads the usual spellings as `predict` does, and says which."""

import itertools
import re
import sqlite3

import duckdb
import numpy as np
import pandas as pd
import pytest

import clustera
from clustera import export
from clustera.errors import RunError
from clustera.export import dialect_of, spellings_read
from clustera.lexicon import scale_words
from clustera.records import CellReading

ROWS = 120
SPELLINGS = (
    lambda x: f"{x:,.0f}",
    lambda x: f"${x:,.2f}",
    lambda x: f"{x:,.2f} USD",
    lambda x: f" {x:.2f} ",
    lambda x: f"{x / 1000:.3f}k",
    lambda x: f"€ {x:,.1f}",
    lambda x: f"{x:.3e}",
)


def numbers(seed):
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": [f"c{i}" for i in range(ROWS)],
            "income": np.r_[draw.normal(20_000, 2_000, 60), draw.normal(60_000, 3_000, 60)].round(),
            "spend": draw.lognormal(7, 1, ROWS).round(2),
            "visits": draw.poisson(400, ROWS) * 10.0,
        }
    )


def written(table, seed):
    """The same table as texts; each column in a spelling of its own, with cells that hold nothing."""
    draw = np.random.default_rng(seed)
    later = table.copy()
    for name in table.columns[1:]:
        spell = SPELLINGS[int(draw.integers(len(SPELLINGS)))]
        cells = [spell(x) for x in table[name]]
        for at in draw.integers(0, ROWS, 5):
            cells[at] = ("n/a", "", None, "-", "unknown")[int(draw.integers(5))]
        later[name] = pd.Series(cells, dtype=object)
    return later


def assert_as_predicted(seg, table, postgres):
    expected = dict(zip(*(seg.predict(table)[name].tolist() for name in ("id", "segment")), strict=True))
    with duckdb.connect() as duck, sqlite3.connect(":memory:") as lite:
        duck.register("customers", table)
        assert {key: found for key, found, _ in duck.execute(seg.sql()).fetchall()} == expected
        table.to_sql("customers", lite, index=False)
        assert {key: found for key, found, _ in lite.execute(seg.sql(dialect="sqlite")).fetchall()} == expected
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    with psycopg.connect(postgres) as server, server.cursor() as cursor:
        kinds = ["double precision" if table[name].dtype == float else "text" for name in table]
        columns = ", ".join(f"{name} {kind}" for name, kind in zip(table, kinds, strict=True))
        cursor.execute(f"create temp table customers ({columns})".encode())
        cursor.executemany("insert into customers values (%s, %s, %s, %s)", table.to_numpy(dtype=object).tolist())
        cursor.execute(seg.sql(dialect="postgres"))
        assert {key: found for key, found, _ in cursor.fetchall()} == expected


@pytest.fixture(scope="module")
def of_numbers():
    with clustera.segment(numbers(0), id="id", k=3, progress=False, threads=1) as seg:
        yield seg


@pytest.mark.parametrize("seed", range(6))
def test_texts_are_read_where_the_run_had_numbers(of_numbers, seed, postgres):
    assert_as_predicted(of_numbers, written(numbers(seed), seed), postgres)


def test_numbers_are_read_where_the_run_had_texts_with_decimal_commas(postgres):
    table = numbers(1)
    later = table.copy()
    for name in table.columns[1:]:
        table[name] = [f"{x:,.2f} €".replace(",", "#").replace(".", ",").replace("#", ".") for x in table[name]]
    later["spend"] = later["spend"] / 8  # 120.125 is no hundred thousand
    with clustera.segment(table, id="id", k=3, progress=False, threads=1) as seg:
        assert_as_predicted(seg, later, postgres)
        assert "1.200,50, $1.200,50 and 12k in income, spend, visits." in seg.sql()


def test_the_proof_has_numbers_written_as_texts(of_numbers, monkeypatch):
    text = of_numbers.sql().splitlines()
    assert any(line.startswith("-- Spellings that it reads: numbers, 1,200.50, $1,200.50 and 12k in ") for line in text)
    told = export.query
    none = re.compile(r"when z\d = 1 then 0")
    monkeypatch.setattr(export, "query", lambda *a, **k: none.sub("when 1 = 1 then null", told(*a, **k)))
    del of_numbers.__dict__["_proof"]
    with pytest.raises(RunError, match="labels differ from predict"):
        of_numbers.sql()


def test_a_warehouse_that_cannot_tell_a_cells_type_reads_numbers_only():
    plain = CellReading("spend", "plain", 0.0, 1e15, typed=True, group=",")
    assert spellings_read([plain], dialect_of("snowflake")).startswith(
        "Spellings that it reads: numbers in spend. Other"
    )


@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_words_for_thousands_of_every_language_are_read_in_small_letters_and_capitals(of_numbers, case, postgres):
    later = numbers(2)
    words = [
        word for word in scale_words().items() if not word[0].isascii()
    ]  # `lower` of a database may know ASCII only
    later["spend"] = [
        f"{x / 10**zeros:.12f} {case(word)}"
        for x, (word, zeros) in zip(later["spend"], itertools.cycle(words), strict=False)
    ]
    assert_as_predicted(of_numbers, later, postgres)
