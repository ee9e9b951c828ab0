from __future__ import annotations

import datetime
import sqlite3

import openpyxl
import pandas as pd
import pytest

from clustera.engines import Engine
from clustera.errors import InputError
from clustera.read import ReadOptions, read


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def cells(raw):
    return [tuple(row.values())[1:] for row in raw.rows.query("select * from {rows} order by _row").to_pylist()]


@pytest.fixture
def workbook(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Customers"
    for row in (
        ["Customer export"],
        [],
        ["id", "joined", "spend"],
        [1, datetime.date(2024, 1, 31), 12.5],
        [2, None, 7],
    ):
        sheet.append(row)
    book.create_sheet("Notes").append(["nothing here"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    return path


def test_a_sheet_is_read_from_where_its_names_stand(workbook, engine):
    raw = read(workbook, engine=engine)
    assert raw.source.spelling["sheet"] == "Customers"
    assert list(raw.rows.columns) == ["_row", "id", "joined", "spend"]
    assert cells(raw) == [("1", "2024-01-31 00:00:00", "12.5"), ("2", None, "7")]
    assert [finding.code for finding in raw.findings] == ["several-sheets", "lines-above"]


def test_a_sheet_that_is_not_there_names_the_closest(workbook, engine):
    with pytest.raises(InputError, match="Did you mean 'Customers'"):
        read(workbook, engine=engine, options=ReadOptions(sheet="Custmers"))


def test_a_damaged_workbook_is_refused_in_a_sentence(tmp_path, engine):
    path = tmp_path / "bad.xlsx"
    path.write_bytes(b"PK\x03\x04" + b"x" * 200)
    with pytest.raises(InputError, match="can't be read as a workbook"):
        read(path, engine=engine)


@pytest.mark.parametrize("ending", [".xls", ".xlsb", ".ods"])
def test_a_workbook_is_read_though_its_name_ends_like_that_of_another_kind(workbook, engine, ending):
    read_as_named = cells(read(workbook, engine=engine))
    assert cells(read(workbook.rename(workbook.with_suffix(ending)), engine=engine)) == read_as_named


@pytest.mark.parametrize("ending", [".xlsx", ".xls", ""])
def test_a_workbook_with_a_password_is_refused_as_that(tmp_path, engine, ending):
    path = tmp_path / f"locked{ending}"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600
    )
    with pytest.raises(InputError, match="locked by a password"):
        read(path, engine=engine)


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        pd.DataFrame({"id": [1, 2], "spend": [1.5, None]}).to_sql("customers", connection, index=False)
    connection.close()
    return path


def test_the_only_table_of_a_sqlite_file_is_read(database, engine):
    assert cells(read(database, engine=engine)) == [("1", "1.5"), ("2", None)]


def test_a_query_of_a_sqlite_file_is_read(database, engine):
    raw = read(database, engine=engine, options=ReadOptions(query="select id * 10 as id, 'x' as y from customers"))
    assert cells(raw) == [("10", "x"), ("20", "x")]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"table": "custmers"}, "Did you mean 'customers'"),
        ({"query": "select * from nowhere"}, "syntax error|no such table"),
        ({"query": "delete from customers"}, "readonly database"),
        ({"query": "pragma user_version = 1"}, "no rows|readonly"),
    ],
)
def test_what_a_sqlite_file_cannot_answer_ends_in_a_sentence(database, engine, options, sentence):
    with pytest.raises(InputError, match=sentence):
        read(database, engine=engine, options=ReadOptions(**options))


def test_two_tables_ask_which_one(database, engine):
    with sqlite3.connect(database) as connection:
        connection.execute("create table orders (id integer)")
    connection.close()
    with pytest.raises(InputError, match="2 tables: customers, orders"):
        read(database, engine=engine)


def codes(text, tmp_path, engine):
    path = tmp_path / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [finding.code for finding in read(path, engine=engine).findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,age\n1,30\n2,40\n", []),
        ("1,30\n2,40\n3,50\n", ["no-header"]),
        ("id,age,age\n1,30,3\n2,40,4\n", ["renamed-columns"]),
        ("Export of May\nid,age\n1,30\n2,40\n", ["lines-above"]),
        ("id,name\n1,Zoë\n".encode() + "2,José\n".encode("cp1252"), ["mixed-encoding"]),
    ],
)
def test_reading_says_what_is_odd_about_a_file(tmp_path, engine, text, expected):
    assert codes(text, tmp_path, engine) == expected


@pytest.mark.parametrize("names", ["customer_id,2019,2020,2021", "顧客,1月,2月,3月", "kunde,€ 10,€ 20,€ 50", ",0,1,2"])
def test_names_that_are_numbers_are_names_where_a_word_or_the_index_of_pandas_begins_them(tmp_path, engine, names):
    path = tmp_path / "pivot.csv"
    path.write_text(
        f"{names}\n7,30,4.5,6\n8,40,3,9\n9,50,2,1\nTotal,120,9.5,16\n" + "".join(f"{n},1,2,3\n" for n in range(10, 40))
    )
    found = read(path, engine=engine)
    assert list(found.rows.columns)[2:] == names.split(",")[1:]
    assert found.rows.count() == 34
    assert "no-header" not in [finding.code for finding in found.findings]


@pytest.mark.parametrize("first", ["unknown,2019,2020", ",31,17", "6,2019,2020", "Anna,31,17"])
def test_a_first_line_of_values_is_a_row_though_its_id_is_missing_or_a_name(tmp_path, engine, first):
    ids = ["Ben", "Cleo", "Dora"] if first.startswith("Anna") else ["7", "8", "9"]
    assert codes("\n".join([first, *(f"{one},40,18" for one in ids)]), tmp_path, engine) == ["no-header"]


def test_the_row_names_that_r_writes_without_a_name_are_a_column(tmp_path, engine):
    path = tmp_path / "r.csv"
    path.write_text('"age","income"\n"1",30,5\n"2",40,6\n')
    assert list(read(path, engine=engine).rows.columns) == ["_row", "column_1", "age", "income"]


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, engine, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("id,age\n1,30\n")
    import clustera.read as reading

    scan = reading._scan

    def slow_scan(*args, **options):
        found = scan(*args, **options)
        path.write_text("id,age\n1,30\n2,40\n")
        return found

    monkeypatch.setattr(reading, "_scan", slow_scan)
    with pytest.raises(InputError, match="changed while it was read"):
        read(path, engine=engine)


def test_too_many_columns_are_refused(tmp_path, engine):
    path = tmp_path / "wide.csv"
    names = ",".join(f"c{n}" for n in range(100_000))
    path.write_text(names + "\n" + ",".join("1" * 100_000) + "\n")
    with pytest.raises(InputError, match="more than 2,000 columns"):
        read(path, engine=engine)


def test_one_endless_line_is_refused(tmp_path, engine, monkeypatch):
    monkeypatch.setattr("clustera.read.lines.LINE_LIMIT", 1 << 16)
    path = tmp_path / "long.csv"
    path.write_text("id,note\n1," + "x" * (3 << 20) + "\n")
    with pytest.raises(InputError, match="a line of more than"):
        read(path, engine=engine)


def test_a_large_text_file_lives_in_a_database_file_and_keeps_its_order(tmp_path, engine, monkeypatch):
    monkeypatch.setattr("clustera.engines.duck.IN_MEMORY_BYTES", 1)
    path = tmp_path / "large.csv"
    path.write_text("id,age\n" + "".join(f"{n},{n % 90}\n" for n in range(5_000)))
    raw = read(path, engine=engine)
    assert [row[0] for row in cells(raw)] == [str(n) for n in range(5_000)]
    assert any(file.stat().st_size > 0 for file in engine.folder.iterdir())


def test_a_duckdb_relation_is_a_table(engine):
    duckdb = pytest.importorskip("duckdb")
    relation = duckdb.sql("select 1 as id, 'a' as name union all select 2, 'b' order by id")
    assert cells(read(relation, engine=engine)) == [(1, "a"), (2, "b")]


def test_a_folder_that_is_full_is_said_in_a_sentence(tmp_path, engine, monkeypatch):
    import gzip

    from clustera.errors import SetupError

    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"id,age\n1,30\n"))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("clustera.read.packing._copy", full)
    with pytest.raises(SetupError, match="No space left"):
        read(path, engine=engine)


@pytest.mark.parametrize("source", [pd.DataFrame(), pd.Series([1.0, 2.0]), [{"age": 1}], 5])
def test_what_is_no_table_is_refused_with_a_cure(engine, source):
    with pytest.raises(InputError, match="no columns|no table") as refused:
        read(source, engine=engine)
    assert refused.value.hint


def test_a_memory_limit_that_is_no_number_is_refused_with_a_cure():
    with pytest.raises(InputError, match="memory limit is 'much'") as refused:
        Engine(memory_limit="much")
    assert "2GB" in refused.value.hint


def test_a_parquet_file_with_damaged_notes_of_pandas_is_read_or_refused(engine, tmp_path):
    frame = pd.DataFrame({"id": range(30), "age": [20 + at for at in range(30)], "Age": [1.5] * 30})
    whole = tmp_path / "whole.parquet"
    frame.to_parquet(whole)
    content = whole.read_bytes()
    notes = content.index(b"ARROW:schema")
    outcomes = set()
    for at in range(notes, len(content) - 8, 120):
        damaged = tmp_path / f"{at}.parquet"
        damaged.write_bytes(content[:at] + b"\xf5" + content[at + 1 :])
        try:
            outcomes.add(read(damaged, engine=engine).source.rows)
        except InputError:
            outcomes.add("refused")
    assert 30 in outcomes
    assert outcomes <= {30, "refused"}
