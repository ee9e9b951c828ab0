"""Files of other programs: read where they are tables, else refused with their kind and a cure that works."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import orc

from clustera.engines import Engine
from clustera.errors import InputError
from clustera.read import read

TABLE = pa.table({"id": [f"c{row}" for row in range(20)], "spend": [row / 8 for row in range(20)]})
TEXT = ("id,spend\n" + "".join(f"c{row},{row / 8}\n" for row in range(20))).encode()


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def zipped(content: bytes, name: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, content)
    return held.getvalue()


def arrow_bytes(kind: str, compression: str | None = None) -> bytes:
    held, options = io.BytesIO(), pa.ipc.IpcWriteOptions(compression=compression)
    opened = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with opened(held, TABLE.schema, options=options) as writer:
        writer.write_table(TABLE)
    return held.getvalue()


@pytest.mark.parametrize("kind", ["file", "stream"])
@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_arrow_files_are_read(tmp_path, engine, kind, compression):
    path = tmp_path / "customers.feather"
    path.write_bytes(arrow_bytes(kind, compression))
    raw = read(path, engine=engine)
    assert (raw.source.format, raw.rows.arrow().drop(["_row"]).to_pydict()) == ("arrow", TABLE.to_pydict())


@given(st.integers(8, 900), st.sampled_from(["file", "stream"]))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_arrow_file_is_read_or_refused(tmp_path, engine, at, kind):
    content = bytearray(arrow_bytes(kind))
    content[at % len(content)] ^= 0xFF
    path = tmp_path / "t.arrow"
    path.write_bytes(bytes(content[: -at // 3 or None]))
    hint = "none is needed"
    try:
        read(path, engine=engine)
    except InputError as error:
        hint = error.hint
    assert hint


PACKED = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zip": lambda content: zipped(content, "t")}


@given(st.lists(st.sampled_from(sorted(PACKED)), min_size=1, max_size=3))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_that_is_packed_several_times_is_read(tmp_path, engine, packings):
    content = TEXT
    for packing in packings:
        content = PACKED[packing](content)
    path = tmp_path / f"t.csv.{'.'.join(packings)}"
    path.write_bytes(content)
    raw = read(path, engine=engine)
    assert (raw.source.rows, raw.source.spelling["packing"].count(",")) == (20, len(packings) - 1)


def test_what_is_packed_without_end_is_refused(tmp_path, engine):
    path = tmp_path / "t.gz"
    path.write_bytes(gzip.compress(gzip.compress(gzip.compress(gzip.compress(TEXT)))))
    with pytest.raises(InputError, match="packed more than 3 times"):
        read(path, engine=engine)


ORC = io.BytesIO()
orc.write_table(TABLE, ORC)
FOREIGN = {
    "ORC": ORC.getvalue(),
    "Stata": b"<stata_dta><header><release>118</release>" + bytes(99),
    "SPSS": b"$FL2@(#) SPSS DATA FILE" + bytes(99),
    "SAS": b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!" + b"0" * 32,
    "of R": b"X\n\0\0\0\3" + bytes(99),
    "Access": b"\0\1\0\0Standard ACE DB\0" + bytes(99),
    "a PDF": b"%PDF-1.7\n1 0 obj\n",
    "pickled": b"\x80\x04\x95" + bytes(99),
    "archive": b"7z\xbc\xaf\x27\x1c" + bytes(99),
    "in SQL": b"-- MySQL dump\nSET NAMES utf8;\nCREATE TABLE customers (id int, age int);\nINSERT INTO customers VALUES (1, 20);\n",
    "vCard": b"BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEND:VCARD\n",
    "LDIF": b"version: 1\n\ndn: uid=c1,dc=x\nuid: c1\n",
    "SYLK": b'ID;PWXL;N;E\nC;Y1;X1;K"customer_id"\n',
    "web archive": b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html>",
    "YAML": b"- id: c1\n  age: 20\n- id: c2\n  age: 31\n",
}


@pytest.mark.parametrize("names", ["id,dn", "insert into,spend", "ID;P", "create,table", "mime-version,spend"])
def test_names_of_columns_make_no_foreign_file(tmp_path, engine, names):
    path = tmp_path / "t.csv"
    mark = ";" if ";" in names else ","
    path.write_text(names + "\n" + "".join(f"{at}{mark}{at * 3 % 7}\n" for at in range(20)))
    assert read(path, engine=engine).source.rows == 20


def test_objects_by_their_names_are_refused_as_such(tmp_path, engine):
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"customers": {f"c{at}": {"age": at, "spend": at / 2} for at in range(30)}}))
    with pytest.raises(InputError, match="by columns or by names of rows"):
        read(path, engine=engine)


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_foreign_file_is_refused_with_its_kind_and_a_cure(tmp_path, engine, kind, pack):
    path = tmp_path / "customers"
    path.write_bytes(pack(FOREIGN[kind]))
    with pytest.raises(InputError, match=kind) as refused:
        read(path, engine=engine)
    assert refused.value.hint


@pytest.mark.parametrize("name", ["ORC", "X", "RIFF", "Obj", "GIF87a", "FEA1", "Rar!", "s\u0001"])
def test_a_column_may_be_called_like_a_kind_of_file(tmp_path, engine, name):
    path = tmp_path / "t.csv"
    path.write_text(f"{name},spend\n" + "".join(f"{row},{row * 7 % 19}\n" for row in range(20)))
    assert read(path, engine=engine).source.rows == 20
