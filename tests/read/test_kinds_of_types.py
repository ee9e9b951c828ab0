"""Every type that Arrow, Parquet or DuckDB has for a value is read as what it holds."""

import datetime
import decimal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from clustera.check import check
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.read import read

ROWS = 40
NUMBERS = range(ROWS)
MIXED = [number * 7 % 41 for number in NUMBERS]  # in no order
UUIDS = pa.array([bytes([number]) * 16 for number in NUMBERS], pa.binary(16))
TYPES = {
    "half": pa.array(np.sqrt(np.arange(ROWS)).astype("float16")),
    "wide": pa.array([decimal.Decimal(number**2) / 4 for number in NUMBERS], pa.decimal256(50, 2)),
    "view": pa.array([f"{number * 1.5}" for number in NUMBERS], pa.string_view()),
    "run": pa.RunEndEncodedArray.from_arrays([10, 40], pa.array(["a", "b"])),
    "plan": pa.array(["a", "b"] * 20).dictionary_encode(),
    "unsigned": pa.array([2**63 + 4096 * number**3 for number in NUMBERS], pa.uint64()),
    "moment": pa.array(
        [datetime.datetime(2024, 1, 1 + number % 28, tzinfo=datetime.UTC) for number in NUMBERS],
        pa.timestamp("ns", "UTC"),
    ),
    "halves": pa.array([[np.float16(1)]] * ROWS, pa.list_(pa.float16())),
    "json": pa.ExtensionArray.from_storage(pa.json_(pa.string()), pa.array(['{"a": 1}', "{}"] * 20)),
    "clock": pa.array([datetime.time(number % 24) for number in NUMBERS], pa.time64("ns")),
}


def _checked(source):
    with Engine(threads=1) as engine:
        found = check(read(source, engine=engine))
        return {column.name: column for column in found.columns}, found.rows.query("select * from {rows}").to_pylist()


def test_a_frame_of_every_type_is_read():
    table = pa.table({"uuid": pa.ExtensionArray.from_storage(pa.uuid(), UUIDS), **TYPES})
    columns, rows = _checked(table)
    assert len(columns) == len(TYPES) + 1
    assert [row["half"] for row in rows] == TYPES["half"].to_numpy().astype(float).tolist()
    assert columns["plan"].role == "descriptor"


@pytest.mark.parametrize("form", ["duckdb", "parquet"])
def test_a_uuid_is_an_id_and_an_enumeration_a_category_in_files_of_types(tmp_path, form):
    path = tmp_path / f"customers.{form}"
    with duckdb.connect(tmp_path / "customers.duckdb") as database:
        database.execute(
            "create table customers as select uuid() as id, sqrt(i) as spend, '{}'::json as extra, "
            "(case when i % 2 = 0 then 'a' else 'b' end)::enum('a', 'b') as plan from range(40) as r(i)"
        )
        if form == "parquet":
            database.execute(f"copy customers to '{path}' (format parquet)")
    columns, rows = _checked(path)
    assert (columns["id"].role, columns["plan"].role, len(rows)) == ("id", "descriptor", ROWS)
    assert len(rows[0]["_id"]) == len("00000000-0000-0000-0000-000000000000")


def test_a_parquet_file_without_columns_is_refused_in_a_sentence(tmp_path):
    pq.write_table(pa.table({}), tmp_path / "none.parquet")
    with Engine(threads=1) as engine, pytest.raises(InputError, match=r"none\.parquet has no columns\."):
        read(tmp_path / "none.parquet", engine=engine)


@pytest.mark.parametrize("form", ["frame", "arrow", "parquet", "duckdb"])
def test_bytes_that_spell_a_text_are_read_as_it(tmp_path, form):
    spelled = {
        "customer_id": [f"K{number:03}" for number in NUMBERS],
        "plan": ["Größe", "Basic"] * 20,
        "spend": [f"{number * 1.5}" for number in MIXED],
    }
    typed = pa.table({name: pa.array([text.encode() for text in texts]) for name, texts in spelled.items()})
    source = {"frame": typed.to_pandas(), "arrow": typed}.get(form, tmp_path / f"customers.{form}")
    if form == "parquet":
        pq.write_table(typed, source)
    elif form == "duckdb":
        with duckdb.connect(source) as database:
            database.execute("create table customers as from typed")
    columns, rows = _checked(source)
    assert [columns[name].role for name in spelled] == ["id", "descriptor", "feature"]
    assert [(row["_id"], row["plan"], row["spend"]) for row in rows] == [
        (key, plan, float(spend)) for key, plan, spend in zip(*spelled.values(), strict=True)
    ]


def test_bytes_that_spell_no_text_tell_customers_apart_by_figures_of_base_16():
    columns, rows = _checked(pa.table({"customer_id": UUIDS, "spend": pa.array(MIXED)}))
    assert columns["customer_id"].role == "id"
    assert [row["_id"] for row in rows] == [f"{number:02X}" * 16 for number in NUMBERS]


@pytest.mark.parametrize(("freq", "written"), [("D", "%Y-%m-%d"), ("M", "%Y-%m-01"), ("Y", "%Y-01-01")])
def test_a_period_of_pandas_is_the_day_on_which_it_begins(freq, written):
    days = pd.Timestamp("2019-03-05") + pd.to_timedelta(97 * np.array(MIXED), "D")
    values = {"customer_id": [f"K{number}" for number in NUMBERS], "spend": np.sqrt(np.arange(ROWS))}
    _, periods = _checked(pd.DataFrame({**values, "joined": days.to_period(freq)}))
    _, texts = _checked(pd.DataFrame({**values, "joined": days.strftime(written)}))
    assert [row["joined"] for row in periods] == [row["joined"] for row in texts]


@pytest.mark.parametrize("spelled", [lambda cut: cut, lambda cut: cut.astype("interval"), lambda cut: cut.astype(str)])
def test_a_column_cut_by_pandas_is_a_feature_of_midpoints(spelled):
    ages = pd.Series(20.0 + np.arange(ROWS) % 60)
    cut = spelled(pd.cut(ages, [0, 30, 40, 60, np.inf]))
    columns, rows = _checked(
        pd.DataFrame({"customer_id": [f"K{number}" for number in NUMBERS], "age": cut, "spend": np.array(MIXED)})
    )
    assert columns["age"].role == "feature"
    places = np.searchsorted([30, 40, 60], ages)
    assert [row["age"] for row in rows] == np.array([15.0, 35.0, 50.0, 70.0])[places].tolist()


def test_an_array_whose_fields_have_names_is_a_table():
    fields = [("customer_id", "S4"), ("age", "i2"), ("spend", "f8")]
    array = np.array([(f"K{number:03}".encode(), 20 + number, MIXED[number] / 4) for number in NUMBERS], fields)
    columns, rows = _checked(array)
    assert [columns[name].role for name in array.dtype.names] == ["id", "feature", "feature"]
    assert [(row["_id"].encode(), row["age"], row["spend"]) for row in rows] == array.tolist()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_duration_is_its_minutes_whatever_holds_it(tmp_path, unit):
    seconds = [None if number == 5 else number * 7 % 41 * 90 for number in NUMBERS]
    table = pa.table(
        {"id": NUMBERS, "talk": pa.array(seconds, pa.int64()).cast(pa.duration("s")).cast(pa.duration(unit))}
    )
    pq.write_table(table, tmp_path / "t.parquet")
    feather.write_feather(table, tmp_path / "t.feather")
    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.register("source", table)
        connection.execute("create table t as select * from source")
    expected = [None if one is None else one / 60 for one in seconds]
    with Engine(threads=1) as engine:
        sources = [table, table.to_pandas(), *sorted(tmp_path.glob("t.*"))]
        assert len(sources) == 5
        for source in sources:
            raw = read(source, engine=engine)
            found = raw.rows.query("select talk from {rows} order by _row")["talk"].to_pylist()
            assert found == expected, source
            (column,) = [one for one in check(raw).columns if one.name == "talk"]
            assert (column.role, column.kind) == ("feature", "number")


def test_times_of_day_are_read_as_in_a_text_file(tmp_path):
    times = [datetime.time(number % 24, number * 7 % 60, 5) for number in NUMBERS]
    table = pa.table({"id": [f"C{number}" for number in NUMBERS], "spend": list(map(float, NUMBERS)), "login": times})
    pq.write_table(table, tmp_path / "t.parquet")
    with Engine(threads=1) as engine:
        read_in = read(tmp_path / "t.parquet", engine=engine).rows.query("select login from {rows} order by _row")
    assert read_in["login"].to_pylist() == [time.isoformat() for time in times]
    columns, _ = _checked(tmp_path / "t.parquet")
    assert columns["login"].reason.code != "empty"
