"""A query reads a table as people have it, and gives each row the segment of `predict`: money, brackets, dates, birth years."""

import datetime
import re
import sqlite3

import duckdb
import numpy as np
import pandas as pd
import pytest

import clustera
from clustera import export
from clustera.engines import Engine
from clustera.errors import RunError

ROWS = 120
DAY = datetime.date(2024, 2, 8)


def grouped(values, group, decimal):
    return [f"{v:,.2f}".replace(",", "#").replace(".", decimal).replace("#", group) for v in values]


def days_before(draw, most):
    return [DAY - datetime.timedelta(days=int(days)) for days in draw.integers(1, most, ROWS)]


def spend(draw):
    return draw.lognormal(6, 1, ROWS)


KINDS = {
    "spend": lambda draw: [f"${v}" for v in grouped(spend(draw), ",", ".")],
    "Umsatz (€)": lambda draw: [f"{v} €" for v in grouped(spend(draw), ".", ",")],
    "chiffre d'affaires": lambda draw: grouped(spend(draw), "\u202f", ","),
    'the "discount"': lambda draw: [f"{v:.1f} %".replace(".", ",") for v in draw.uniform(1, 90, ROWS)],
    "revenue": lambda draw: [f"{v:.1f}k" for v in draw.uniform(1, 90, ROWS)],
    "fiyat": lambda draw: [f"{v} TL" for v in grouped(spend(draw), ".", ",")],
    "balance": lambda draw: [f"({v:.2f})" if v < 0 else f"{v:.2f}" for v in draw.normal(0, 50, ROWS)],
    "visits": lambda draw: [str(v) if v else "none" for v in draw.integers(0, 9, ROWS)],
    "age_group": lambda draw: draw.choice(["18-24", "25-34", "35-44", "65+"], ROWS).tolist(),
    "income": lambda draw: draw.choice(["Under 15K", "15-24K", "25-34K", "it's 250K+"[5:]], ROWS).tolist(),
    "birth_year": lambda draw: draw.integers(1940, 2005, ROWS).astype(str).tolist(),
    "birth_date": lambda draw: [f"{d:%d.%m.%Y}" for d in days_before(draw, 25_000)],
    "signup_date": lambda draw: [f"{d:%Y-%m-%d} 10:30:00" for d in days_before(draw, 3_000)],
    "last_purchase": lambda draw: [f"{d:%m/%d/%Y}" for d in days_before(draw, 900)],
    "last_login_date": lambda draw: [f"{d:%Y%m%d}" for d in days_before(draw, 900)],
    "last_contact_date": lambda draw: [f"{d:%d%m%y}" for d in days_before(draw, 900)],
    "signup_yyyymm": lambda draw: [f"{d:%Y%m}" for d in days_before(draw, 900)],
    "orders": lambda draw: draw.poisson(4, ROWS).astype(str).tolist(),
    "select": lambda draw: draw.normal(0, 1, ROWS).round(3).astype(str).tolist(),
}
GAPS = ("", "n/a", None, "?")


def raw_table(seed, names):
    draw = np.random.default_rng(seed)
    table = {"id": [f"c{i}" for i in range(ROWS)]}
    for name in names:
        cells = KINDS[name](draw)
        for at in draw.integers(0, ROWS, 6):
            # Plain numbers stay a column of numbers.
            cells[at] = GAPS[int(draw.integers(4))] if name not in {"orders", "select"} else None
        table[name] = cells
    return pd.DataFrame(table, dtype=object)


def in_duckdb(text, table):
    with duckdb.connect() as connection:
        connection.execute(f"create table customers ({', '.join(map(column, table))})")
        connection.executemany(f"insert into customers values ({', '.join('?' * table.shape[1])})", rows_of(table))
        return connection.execute(text).fetchall()


def in_sqlite(text, table):
    connection = sqlite3.connect(":memory:")
    connection.execute(f"create table customers ({', '.join(map(column, table))})")
    connection.executemany(f"insert into customers values ({', '.join('?' * table.shape[1])})", rows_of(table))
    found = connection.execute(text).fetchall()
    connection.close()
    return found


def column(name):
    return '"' + name.replace('"', '""') + '" text'


def rows_of(table):
    return [[None if cell is None else str(cell) for cell in row] for row in table.itertuples(index=False)]


def segmented(seed, count):
    draw = np.random.default_rng(seed)
    names = draw.permutation(list(KINDS))[:count].tolist()
    table = raw_table(seed, names)
    return table, clustera.segment(table, id="id", features=names, k=3, progress=False, threads=1)


def predicted(seg, table):
    return dict(zip(*(seg.predict(table)[name].tolist() for name in ("id", "segment")), strict=True))


def assert_same(found, expected):
    given = {row[0]: row[-2] for row in found}
    assert {key: given[key] for key in expected} == expected


@pytest.mark.parametrize("seed", range(4))
def test_duckdb_and_sqlite_read_a_table_of_text_as_predict_does(seed):
    table, seg = segmented(seed, (1, 6, 2, 3)[seed])
    with seg:
        later = raw_table(seed + 100, list(table.columns[1:]))
        expected = predicted(seg, later)
        assert len(set(expected.values())) > 1
        assert_same(in_duckdb(seg.sql(), later), expected)
        assert_same(in_sqlite(seg.sql(dialect="sqlite"), later), expected)


@pytest.fixture(scope="module")
def many():
    table, seg = segmented(20, 12)
    with seg:
        yield table, seg, predicted(seg, table)


def test_all_kinds_of_columns_stand_in_one_table(many):
    table, seg, expected = many
    assert_same(in_duckdb(seg.sql(), table), expected)
    assert_same(in_sqlite(seg.sql(dialect="sqlite"), table), expected)


def test_customers_and_edge_cases_are_tried_by_one_query(monkeypatch):
    """A query of 30 columns takes longer to plan than to run on thousands of rows."""
    _, seg = segmented(1, 1)
    with seg:
        made, told = [], Engine.table
        monkeypatch.setattr(Engine, "table", lambda engine, sql, **how: made.append(sql) or told(engine, sql, **how))
        proof = seg.sql().split("Proof: ")[1]
    assert re.match(r"run by DuckDB on 1\d\d customers of the run and", proof)
    assert sum("with read1" in sql for sql in made) == 1


def test_postgresql_reads_a_table_of_text_as_predict_does(many, postgres):
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    table, seg, expected = many
    with psycopg.connect(postgres) as connection, connection.cursor() as cursor:
        cursor.execute(f"create table customers ({', '.join(map(column, table))})")
        cursor.executemany(f"insert into customers values ({', '.join(['%s'] * table.shape[1])})", rows_of(table))
        cursor.execute(seg.sql(dialect="postgres"))
        assert_same(cursor.fetchall(), expected)


def test_a_query_that_reads_a_cell_otherwise_is_refused_with_the_cell(monkeypatch):
    _, seg = segmented(2, 2)
    told = export.query
    monkeypatch.setattr(export, "query", lambda *a, **k: told(*a, **k).replace("'e3'", "'e6'").replace("'('", "'['"))
    with seg, pytest.raises(RunError, match=r"labels differ from predict\. .*by predict, \d+ by the query"):
        seg.sql()


@pytest.mark.parametrize("dialect", export.DIALECTS)
def test_the_parser_of_each_dialect_reads_the_query(many, dialect):
    sqlglot = pytest.importorskip("sqlglot", reason="sqlglot is not installed")
    text = many[1].sql(dialect=dialect)
    assert sqlglot.parse_one(text, read=dialect).named_selects == ["id", "segment", "segment_name"]
    assert not set(text) & set("\t\r\u00a0\u202f\ufeff\u200b")


def test_days_are_counted_up_to_the_latest_date_of_the_table():
    table, seg = segmented(3, 3)
    with seg:
        later = table.copy()
        later.loc[0, "last_purchase"] = "03/20/2024"
        expected = predicted(seg, later)
        assert "20" in seg.sql().split("counted up to ")[1]
        assert_same(in_duckdb(seg.sql(), later), expected)


def test_a_column_called_as_one_of_ours_is_read_under_its_own_name():
    random = np.random.default_rng(0)
    spent = random.gamma(3, 20, 150).round(2)
    table = pd.DataFrame({"customer_id": [f"C{i}" for i in range(150)], "Distance": [f"${x:.2f}" for x in spent]})
    table["place"] = random.integers(18, 80, 150)
    with clustera.segment(table, progress=False) as seg, duckdb.connect() as warehouse:
        warehouse.register("customers", table)
        found = dict(warehouse.execute(seg.sql()).df()[["customer_id", "segment"]].to_numpy().tolist())
        assert found == dict(zip(seg.customers["id"], seg.customers["segment"], strict=True))
        assert len(warehouse.execute(seg.rules_sql()).fetchall()) == 150


@pytest.mark.parametrize("write", ["sql", "rules_sql"])
def test_sqlite_refuses_a_table_without_a_column_that_the_query_reads(write):
    # Alone, "visits" would be taken for a text, and every row would get a segment.
    draw = np.random.default_rng(1)
    table = pd.DataFrame({"customer_id": [f"C{i}" for i in range(150)], "spend": draw.lognormal(3, 1, 150).round(2)})
    table["visits"] = np.r_[draw.poisson(3, 75), draw.poisson(30, 75)]
    with clustera.segment(table, progress=False) as seg, sqlite3.connect(":memory:") as warehouse:
        text = getattr(seg, write)(dialect="sqlite")
        table.to_sql("customers", warehouse, index=False)
        assert len(warehouse.execute(text).fetchall()) == 150
        table.rename(columns={"visits": "visit count"}).to_sql("customers", warehouse, index=False, if_exists="replace")
        with pytest.raises(sqlite3.OperationalError, match="visits"):
            warehouse.execute(text)


@pytest.mark.parametrize("first", [1950, 2027, 2101])
def test_births_beyond_the_present_are_read_as_predict_does(first):
    """One date is the only feature: edge cases reach births a century ahead, who have no age yet."""
    born = pd.Timestamp(first, 1, 1) + pd.to_timedelta(np.random.default_rng(1).integers(0, 18_000, ROWS), unit="D")
    table = pd.DataFrame({"id": np.arange(ROWS), "birth_date": born.strftime("%Y-%m-%d")})
    ahead = {"id": ROWS + np.arange(400), "birth_date": [f"{1900 + year}-02-28" for year in range(400)]}
    later = pd.concat([table, pd.DataFrame(ahead)])
    with clustera.segment(table, id="id", features=["birth_date"], k=3, progress=False, threads=1) as seg:
        expected = {str(key): segment for key, segment in predicted(seg, later).items()}
        assert_same(in_duckdb(seg.sql(), later), expected)
        assert_same(in_sqlite(seg.sql(dialect="sqlite"), later), expected)


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 0])
def test_numbers_that_are_dates_of_no_calendar_have_no_value(unit):
    """Seconds, their thousandths and millionths, and days of spreadsheets: of any size, in a later table."""
    days = np.random.default_rng(2).integers(17_000, 19_000, ROWS)
    table = pd.DataFrame({"id": np.arange(ROWS), "signup_date": days + 25_569 if not unit else days * 86_400 * unit})
    ends = [sign * 10.0**power for power in (14, 17, 19, 40, 300) for sign in (1, -1)]
    later = pd.DataFrame({"id": 1_000 + np.arange(len(ends)), "signup_date": ends})
    later = pd.concat([table.astype({"signup_date": float}), later])
    with clustera.segment(table, id="id", features=["signup_date"], k=3, progress=False, threads=1) as seg:
        assert seg.outcome.columns[1].kind == "date"
        expected = {str(key): segment for key, segment in predicted(seg, later).items()}
        with duckdb.connect() as warehouse, sqlite3.connect(":memory:") as lite:
            warehouse.register("customers", later)
            later.to_sql("customers", lite, index=False)
            for found in (warehouse.execute(seg.sql()), lite.execute(seg.sql(dialect="sqlite"))):
                given = {str(row[0]): row[1] for row in found.fetchall()}
                assert {key: given[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("cells", "further"),
    [
        (lambda draw: draw.integers(42_000, 45_400, ROWS) + draw.integers(0, 24, ROWS) / 24, [45_379.999, 45_380.0, 1.5]),
        (
            lambda draw: draw.integers(2015, 2024, ROWS) * 100 + draw.integers(1, 13, ROWS),
            [202_400, 202_413, 202_401.6, 185_001, 184_912, 210_012, 210_101, 20_240_131, -202_401],
        ),
    ],
    ids=["spreadsheet with a time of day", "months"],
)  # fmt: skip
def test_days_with_a_fraction_and_months_in_figures_are_read_as_predict_does(cells, further):
    table = pd.DataFrame({"id": np.arange(ROWS), "signup_date": cells(np.random.default_rng(2)).astype(float)})
    later = pd.concat(
        [table, pd.DataFrame({"id": 1_000 + np.arange(len(further)), "signup_date": map(float, further)})]
    )
    with clustera.segment(table, id="id", features=["signup_date"], k=3, progress=False, threads=1) as seg:
        assert seg.outcome.columns[1].kind == "date"
        expected = {str(key): segment for key, segment in predicted(seg, later).items()}
        assert_same(in_duckdb(seg.sql(), later), expected)
        assert_same(in_sqlite(seg.sql(dialect="sqlite"), later), expected)
