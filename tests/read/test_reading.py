from __future__ import annotations

import gzip
import io
import json
import time

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import clustera
from clustera.engines import Engine
from clustera.errors import ClusteraError, InputError
from clustera.read import ReadOptions, read, stream_as_file

ROWS = [("1", "Ann", "19"), ("2", "Bo", "21"), ("3", "Cy", "20")]


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def csv_text(separator=",", end="\n", header="id,name,age"):
    return end.join([header.replace(",", separator), *(separator.join(row) for row in ROWS)]) + end


def cells(raw):
    return [tuple(row.values())[1:] for row in raw.rows.query("select * from {rows} order by _row").to_pylist()]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_same_rows_come_from_every_separator_and_line_end(tmp_path, engine, separator, end):
    path = tmp_path / "t.csv"
    path.write_bytes(csv_text(separator, end).encode())
    assert cells(read(path, engine=engine)) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_names_with_accents_survive_every_encoding(tmp_path, engine, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes("id,größe\n1,äé\n2,ñ\n".encode(encoding))
    raw = read(path, engine=engine)
    assert list(raw.rows.columns) == ["_row", "id", "größe"]
    assert cells(raw) == [("1", "äé"), ("2", "ñ")]


def test_one_cp1252_line_in_a_utf8_file_is_still_read(tmp_path, engine):
    path = tmp_path / "t.csv"
    path.write_bytes("id,name\n1,Zoë\n".encode() + "2,José\n".encode("cp1252"))
    assert cells(read(path, engine=engine)) == [("1", "Zoë"), ("2", "José")]


def test_a_title_and_blank_lines_above_the_names_are_skipped(tmp_path, engine):
    path = tmp_path / "t.csv"
    path.write_text("Customers of May\n\n" + csv_text())
    raw = read(path, engine=engine)
    assert list(raw.rows.columns) == ["_row", "id", "name", "age"]
    assert cells(raw) == ROWS


def test_the_last_line_is_no_line_of_names_below_its_rows(tmp_path, engine):
    # The title is taken for the names, since nothing else can be: no line is lost.
    path = tmp_path / "t.csv"
    rows = "".join(f"C{at}||{at}.5||{at + 2}.5||$9\n" for at in range(12))
    path.write_text(f"# exported 2024\n{rows}C12|x|7.5|{{rows}}|3.5|a|$9\n")
    raw = read(path, engine=engine)
    assert raw.source.rows == 13
    assert "lines-above" not in [finding.code for finding in raw.findings]


def test_a_file_without_names_gets_numbered_ones_and_loses_no_row(tmp_path, engine):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(",".join(row) for row in ROWS))
    raw = read(path, engine=engine)
    assert list(raw.rows.columns) == ["_row", "column_1", "column_2", "column_3"]
    assert cells(raw) == ROWS


def test_names_that_sql_could_not_tell_apart_are_made_unique(tmp_path, engine):
    path = tmp_path / "t.csv"
    path.write_text("id, Age ,AGE,\n1,2,3,4\n5,6,7,8\n")
    assert list(read(path, engine=engine).rows.columns) == ["_row", "id", "Age", "AGE_2", "column_4"]


def test_quoted_cells_keep_separators_quotes_and_line_ends(tmp_path, engine):
    path = tmp_path / "t.csv"
    path.write_text('id,name\n1,"Smith, ""Jo""\nsecond line"\n2,x\n')
    assert cells(read(path, engine=engine)) == [("1", 'Smith, "Jo"\nsecond line'), ("2", "x")]


def test_a_quote_that_never_closes_swallows_no_row(tmp_path, engine):
    path = tmp_path / "t.csv"
    lines = [f"{number},x{number}" for number in range(1, 101)]
    lines[4] = '5,"x5'
    path.write_text("id,name\n" + "\n".join(lines))
    found = cells(read(path, engine=engine))
    assert len(found) == 100
    assert found[4] == ("5", '"x5')
    assert found[5] == ("6", "x6")


def test_short_lines_are_filled_and_long_ones_keep_their_rest(tmp_path, engine):
    path = tmp_path / "t.csv"
    path.write_text("id,name,age\n1,Ann\n2,Bo,21,x,y\n3,Cy,20\n")
    rows = read(path, engine=engine).rows.query("select * from {rows} order by _row").to_pylist()
    assert [row["age"] for row in rows] == [None, "21", "20"]
    assert [row["_extra"] for row in rows] == [None, "x,y", None]


def test_row_numbers_count_data_rows_and_no_blank_lines(tmp_path, engine):
    path = tmp_path / "t.csv"
    path.write_text("id,name\n\n1,a\n\n2,b\n\n")
    found = read(path, engine=engine).rows.query("select _row, id from {rows} order by _row").to_pylist()
    assert [(row["_row"], row["id"]) for row in found] == [(1, "1"), (2, "2")]


def test_a_compressed_file_holds_the_same_rows(tmp_path, engine):
    plain = tmp_path / "t.csv.gz"
    plain.write_bytes(gzip.compress(csv_text().encode()))
    packed = tmp_path / "t.csv.zst"
    with pa.CompressedOutputStream(str(packed), "zstd") as out:
        out.write(csv_text().encode())
    assert cells(read(plain, engine=engine)) == cells(read(packed, engine=engine)) == ROWS


def test_a_zip_bomb_is_refused_before_it_fills_the_disk(tmp_path, engine, monkeypatch):
    monkeypatch.setattr("clustera.read.packing.BOMB_BYTES", 1 << 20)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"0" * (8 << 20)))
    with pytest.raises(InputError, match="200 times its size"):
        read(path, engine=engine)


def test_a_truncated_archive_is_called_damaged(tmp_path, engine):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(csv_text().encode() * 1000)[:-30])
    with pytest.raises(InputError, match="damaged"):
        read(path, engine=engine)


def test_json_lines_give_one_column_per_key(tmp_path, engine):
    path = tmp_path / "t.jsonl"
    path.write_text('{"id": 1, "age": 30}\n{"id": 2, "city": "Rome", "age": null}\n')
    raw = read(path, engine=engine)
    assert raw.source.format == "jsonl"
    assert cells(raw) == [("1", "30", None), ("2", None, "Rome")]


def test_objects_in_json_objects_are_taken_apart(tmp_path, engine):
    path = tmp_path / "t.jsonl"
    path.write_text(
        '{"id": 1, "who": {"age": 30, "at": {"city": "Bonn"}}, "tags": ["a"], "x": 1}\n'
        '{"id": 2, "who": {"age": null, "vip": true}, "x": {"y": 2}}\n{"id": 3, "who": null}\n'
    )
    rows = read(path, engine=engine).rows.query("select * exclude (_row) from {rows} order by _row").to_pylist()
    assert list(rows[0]) == ["id", "who.age", "who.at.city", "who.vip", "tags", "x"]
    assert [row["who.age"] for row in rows] == ["30", None, None]
    assert (rows[0]["who.at.city"], rows[1]["who.vip"], rows[0]["tags"], rows[1]["x"]) == (
        "Bonn",
        "true",
        '["a"]',
        '{"y":2}',
    )


def test_one_list_within_a_json_object_is_the_table(tmp_path, engine):
    path = tmp_path / "t.json"
    for indent in (None, 2):
        path.write_text(json.dumps({"page": {"n": 1}, "customers": [{"id": 1}, {"id": 2}]}, indent=indent))
        assert read(path, engine=engine).rows.query("select id from {rows}").to_pylist() == [{"id": "1"}, {"id": "2"}]
    path.write_text(json.dumps({"a": [{"id": 1}], "b": [{"id": 2}]}))
    assert list(read(path, engine=engine).rows.columns) == ["_row", "a", "b"]


def test_one_list_of_json_objects_is_a_table_too(tmp_path, engine, monkeypatch):
    path = tmp_path / "t.json"
    path.write_text('\ufeff[\n {"id": 1, "age": 30},\n {"id": 2, "city": "Köln", "tags": ["a"]}\n]\n', encoding="utf-8")
    assert cells(read(path, engine=engine)) == [("1", "30", None, None), ("2", None, "Köln", '["a"]')]
    path.write_text('[{"id": 1, "age": 30},')
    with pytest.raises(InputError, match="is damaged JSON: in line 1 at position 23 the file ends"):
        read(path, engine=engine)
    monkeypatch.setattr("clustera.read.jsonlines.LIST_BYTES", 10)
    with pytest.raises(InputError, match="JSON lines, one object per line"):
        read(path, engine=engine)


def test_json_lines_of_many_different_keys_are_read_in_seconds_and_to_the_value(tmp_path, engine):
    random, keys = np.random.default_rng(8), 1_200
    items = [
        {"id": at, "bought": {f"a/{key}": int(random.integers(9)) for key in random.integers(0, keys, 12)}}
        for at in range(2_000)
    ]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items), "utf-8")
    started = time.process_time()
    found = read(tmp_path / "t.jsonl", engine=engine).rows.arrow().to_pylist()
    assert time.process_time() - started < 8  # seconds; one look into a line for each key took more than 20
    for item, row in zip(items, found, strict=True):
        cells = {f"bought.{key}": str(value) for key, value in item["bought"].items()}
        assert {name: cell for name, cell in row.items() if cell is not None} == {
            "_row": item["id"] + 1, "id": str(item["id"]), **cells
        }  # fmt: skip


def test_a_broken_json_line_is_kept_aside_not_lost(tmp_path, engine):
    path = tmp_path / "t.jsonl"
    path.write_text('{"id": 1}\n{"id": 2\n{"id": 3}\n')
    rows = read(path, engine=engine).rows.query("select * from {rows} order by _row").to_pylist()
    assert [row["id"] for row in rows] == ["1", None, "3"]
    assert rows[1]["_extra"].startswith('{"id": 2')


def test_a_folder_of_parquet_files_is_one_table(tmp_path, engine):
    for part, numbers in enumerate(([1, 2], [3])):
        pq.write_table(pa.table({"id": numbers}), tmp_path / f"part-{part}.parquet")
    raw = read(tmp_path, engine=engine)
    assert raw.rows.query("select _row, id from {rows} order by _row").to_pylist() == [
        {"_row": 1, "id": 1},
        {"_row": 2, "id": 2},
        {"_row": 3, "id": 3},
    ]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_frames_of_every_kind_are_read_with_their_types(engine, make):
    raw = read(make({"id": [1, 2], "name": ["a", "b"], "x": [0.5, None]}), engine=engine)
    assert list(raw.rows.columns) == ["_row", "id", "name", "x"]
    assert cells(raw) == [(1, "a", 0.5), (2, "b", None)]


def test_a_pandas_column_of_numbers_and_text_becomes_text(engine):
    raw = read(pd.DataFrame({"id": [1, "B2", None]}, dtype=object), engine=engine)
    assert cells(raw) == [("1",), ("B2",), (None,)]


def test_a_named_pandas_index_is_a_column_and_a_counting_one_is_not(engine):
    frame = pd.DataFrame({"x": [1, 2]}, index=pd.Index(["a", "b"], name="customer"))
    assert list(read(frame, engine=engine).rows.columns) == ["_row", "customer", "x"]
    assert list(read(pd.DataFrame({"x": [1, 2, 3]})[1:], engine=engine).rows.columns) == ["_row", "x", "_label"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "is empty"), (b"\n\n \n", "is empty"), (bytes(range(256)) * 50, "not a table"), (b"PAR1abc", "Parquet")],
)
def test_what_is_no_table_is_refused_in_a_sentence(tmp_path, engine, content, sentence):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(ClusteraError, match=sentence):
        read(path, engine=engine)


def test_a_missing_file_names_the_one_that_looks_alike(tmp_path, engine):
    (tmp_path / "customers.csv").write_text(csv_text())
    with pytest.raises(InputError, match=r"Did you mean .*customers\.csv"):
        read(tmp_path / "custmers.csv", engine=engine)


def test_a_list_is_no_table(engine):
    with pytest.raises(InputError, match="list is no table"):
        read([1, 2], engine=engine)


def test_an_array_is_told_to_need_names(engine):
    with pytest.raises(InputError, match=r"(?s)no column names.*pandas.DataFrame\(X, columns="):
        read(np.zeros((9, 2)), engine=engine)


def test_the_separator_can_be_told(tmp_path, engine):
    path = tmp_path / "t.txt"
    path.write_text("id::age\n1::19\n2::21\n")
    assert cells(read(path, engine=engine, options=ReadOptions(separator="::"))) == [("1", "19"), ("2", "21")]


def test_plain_and_careful_reading_give_the_same_cells(tmp_path, engine):
    text = 'id,note\n1,"a, b"\n2,5" pipe\n3,\n4," x "\n'
    (tmp_path / "plain.csv").write_text(text)
    (tmp_path / "careful.csv").write_text("\n" + text)  # a blank first line is not plain
    assert cells(read(tmp_path / "plain.csv", engine=engine)) == cells(read(tmp_path / "careful.csv", engine=engine))


def test_a_name_with_a_pattern_in_it_is_one_file(tmp_path, engine):
    (tmp_path / "customers [1].csv").write_text(csv_text())
    (tmp_path / "customers 1.csv").write_text("id\n9\n")
    assert cells(read(tmp_path / "customers [1].csv", engine=engine)) == ROWS


def test_the_source_says_what_was_read(tmp_path, engine):
    path = tmp_path / "t.tsv"
    path.write_text(csv_text("\t"))
    source = read(path, engine=engine).source
    assert (source.name, source.format, source.rows, source.bytes) == ("t.tsv", "tsv", 3, path.stat().st_size)
    assert json.loads(json.dumps(source.spelling))["separator"] == "\t"


def test_standard_input_is_read_like_a_file(engine):
    raw = read(stream_as_file(io.BytesIO(csv_text().encode())), engine=engine)
    assert raw.source.name == "standard input"
    assert cells(raw) == ROWS


def test_apostrophes_within_quoted_cells_stay(tmp_path, engine):
    path = tmp_path / "t.csv"
    path.write_text("'id','name'\n" + "".join(f"'{n}','O''Neill \"{n}\"'\n" for n in range(5)))
    assert cells(read(path, engine=engine))[1] == ("1", 'O\'Neill "1"')


def shares_while_reading(path, engine):
    told = []
    read(path, engine=engine, progress=lambda step, share: told.append((step, share)))
    assert {step for step, _ in told} == {f"reading {path.name}"}
    return [share for _, share in told]


@pytest.mark.parametrize("above", ["", "Customers of May\n\n"])  # read by the engine, and record by record
def test_the_bar_moves_within_a_large_file_and_never_back(tmp_path, engine, monkeypatch, above):
    monkeypatch.setattr("clustera.engines.duck.SECONDS_BETWEEN", 0.002)
    path = tmp_path / "t.csv"
    path.write_text(above + "id,name,age\n" + "".join(f"{i},customer {i},{i % 90}\n" for i in range(300_000)))
    shares = shares_while_reading(path, engine)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    assert any(0.2 < share < 1.0 for share in shares)


def test_columns_called_as_the_results_are_kept_apart_from_them():
    frame = pd.DataFrame({
        "customer_id": range(60), "distance": [n * 7 % 40 for n in range(60)], "spend": [n * 13 % 50 + 0.5 for n in range(60)],
        "segment": ["a", "b"] * 30, "outlier": ["x", "y", "z"] * 20,
    })  # fmt: skip
    found = clustera.segment(frame, k=2, features=["distance", "spend"])
    assert [column.title for column in found.outcome.columns] == [
        "Customer ID",
        "Distance",
        "Spend",
        "Segment",
        "Outlier",
    ]
    assert set(found.customers["segment"]) == {1, 2}
    assert found.customers["distance"].max() < 5  # in standard deviations, where the column itself goes up to 39
