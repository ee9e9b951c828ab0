"""Archives: one file is read, of several one is asked for, and no bomb is unpacked."""

from __future__ import annotations

import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clustera.engines import Engine
from clustera.errors import InputError
from clustera.read import ReadOptions, read

TEXT = "id,age\n" + "".join(f"{n},{20 + n}\n" for n in range(20))


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def packed(path, **files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_the_only_file_of_an_archive_is_read(tmp_path, engine):
    path = packed(tmp_path / "export.zip", **{"2024/": "", "2024/may.csv": TEXT, "__MACOSX/2024/._may.csv": b"\0\1"})
    raw = read(path, engine=engine)
    assert (raw.source.rows, raw.source.format, raw.source.spelling["packing"]) == (20, "csv", "zip")


def test_a_parquet_file_may_be_packed(tmp_path, engine):
    pq.write_table(pa.table({"id": [1, 2]}), tmp_path / "t.parquet")
    path = packed(tmp_path / "t.zip", **{"t.parquet": (tmp_path / "t.parquet").read_bytes()})
    assert read(path, engine=engine).source.rows == 2


def test_of_several_files_one_is_asked_for(tmp_path, engine):
    path = packed(tmp_path / "export.zip", **{"may.csv": TEXT, "june.csv": "id,age\n7,30\n"})
    with pytest.raises(InputError, match=r"2 files: may\.csv, june\.csv(.|\n)*member=NAME"):
        read(path, engine=engine)
    with pytest.raises(InputError, match=r"Did you mean 'june\.csv'"):
        read(path, engine=engine, options=ReadOptions(member="jun.csv"))
    assert read(path, engine=engine, options=ReadOptions(member="june.csv")).source.rows == 1


def test_what_tells_about_the_table_beside_it_is_not_asked_about(tmp_path, engine):
    beside = {"data/README.txt": "made in May", "License": "free", "data/columns.pdf": b"%PDF", "map.PNG": b"\0"}
    path = packed(tmp_path / "export.zip", **beside, **{"data/readings.csv": TEXT})
    assert read(path, engine=engine).source.rows == 20
    with pytest.raises(InputError, match=r"2 files: data/readings\.csv, june\.csv"):
        read(packed(path, **beside, **{"data/readings.csv": TEXT, "june.csv": TEXT}), engine=engine)
    alone = packed(tmp_path / "t.zip", **{"readme.csv": TEXT})
    assert read(alone, engine=engine).source.rows == 20


@pytest.mark.parametrize(
    ("content", "sentence"),
    [({}, "holds no file"), ({"a": "x" * 5_000_000}, "200 times its size")],
)
def test_an_archive_without_a_table_is_refused(tmp_path, engine, monkeypatch, content, sentence):
    monkeypatch.setattr("clustera.read.packing.BOMB_BYTES", 1 << 20)
    path = packed(tmp_path / "t.zip", **content)
    with pytest.raises(InputError, match=sentence):
        read(path, engine=engine)


def test_a_cut_archive_is_called_damaged(tmp_path, engine):
    path = packed(tmp_path / "t.zip", **{"t.csv": TEXT})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="damaged"):
        read(path, engine=engine)


def test_a_locked_archive_is_refused_in_a_sentence(tmp_path, engine):
    path = packed(tmp_path / "t.zip", **{"t.csv": TEXT})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag that says "encrypted"
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="locked by a password"):
        read(path, engine=engine)
