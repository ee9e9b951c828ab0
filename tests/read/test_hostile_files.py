"""Files that would fill the memory or the disk, hang, or change under our hands: a sentence each, and nothing left behind."""

from __future__ import annotations

import gzip
import os
import resource
import subprocess
import sys
import zlib

import pyarrow as pa
import pytest
from tests.waiting import PATIENCE

from clustera.engines import Engine
from clustera.errors import InputError, SetupError
from clustera.read import read

HEADER = "id,age,spend\n"


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def rows(count):
    return "".join(f"C{i:06d},{20 + i % 50},{i * 7919 % 100_000 / 100}\n" for i in range(count))


def command(*words, cwd, before=None):
    """The command in a process of its own; `before` sets its limits."""
    return subprocess.run(
        [sys.executable, "-m", "clustera", *map(str, words)],
        cwd=cwd,
        env=os.environ | {"TMPDIR": str(cwd / "temporary")},
        preexec_fn=before,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "temporary").mkdir()
    return tmp_path


def test_a_bomb_in_zstd_is_refused_with_its_name_and_leaves_no_large_file(tmp_path, engine, monkeypatch):
    monkeypatch.setattr("clustera.read.packing.BOMB_BYTES", 1 << 20)
    path = tmp_path / "bomb.csv.zst"
    with pa.CompressedOutputStream(str(path), "zstd") as out:
        out.write(b"0," * (16 << 20))
    with pytest.raises(InputError, match=r"bomb\.csv\.zst unpacks to more than 200 times") as refused:
        read(path, engine=engine)
    assert refused.value.hint
    assert not [file for file in engine.folder.rglob("*") if file.is_file() and file.stat().st_size > 0]


def test_a_line_without_an_end_is_refused_before_it_is_held(tmp_path, engine, monkeypatch):
    monkeypatch.setattr("clustera.read.lines.LINE_LIMIT", 1 << 20)
    path = tmp_path / "one line.csv"
    path.write_text("id,age\n" + "x" * (3 << 20))
    with pytest.raises(InputError, match=r"one line\.csv has a line of more than 1,048,576 characters") as refused:
        read(path, engine=engine)
    assert "line ends" in refused.value.hint


@pytest.mark.parametrize(("before", "after"), [(HEADER, ""), (HEADER, "\n"), (HEADER + "C1,2,3\n", "\nC2,3,4\n")])
def test_a_line_that_fills_the_buffers_of_an_engine_is_refused_and_not_dropped(tmp_path, engine, before, after):
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write(before)
        file.writelines("x" * (1 << 20) for _ in range(40))
        file.write(after)
    with pytest.raises(InputError, match=r"long\.csv has a line of more than"):
        read(path, engine=engine)


@pytest.mark.parametrize("columns", [2_001, 100_000])
def test_too_many_columns_are_refused(tmp_path, engine, columns):
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{i}" for i in range(columns)) + "\n" + ",".join("1" for _ in range(columns)) + "\n")
    with pytest.raises(InputError, match=r"wide\.csv has more than 2,000 columns") as refused:
        read(path, engine=engine)
    assert refused.value.hint


def test_control_characters_in_cells_cost_no_row(tmp_path, engine):
    path = tmp_path / "t.csv"
    path.write_bytes(HEADER.encode() + rows(200).encode() + b"C\x07\x1b[31m,3\x00,4\n" + rows(200).encode())
    assert read(path, engine=engine).source.rows == 401


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, engine, monkeypatch):
    path = tmp_path / "growing.csv"
    path.write_text(HEADER + rows(50))
    from clustera import read as room

    scan = room._scan

    def slow(*args, **options):
        found = scan(*args, **options)
        with path.open("a") as file:
            file.write("C9,1,2\n")
        return found

    monkeypatch.setattr(room, "_scan", slow)
    with pytest.raises(InputError, match=r"growing\.csv changed while it was read") as refused:
        read(path, engine=engine)
    assert "again" in refused.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path, engine):
    path = tmp_path / "secret.csv"
    path.write_text(HEADER + rows(20))
    path.chmod(0)
    with pytest.raises(SetupError, match=r"secret\.csv can't be read: no permission"):
        read(path, engine=engine)


def test_a_refusal_by_the_system_is_told_with_the_file_and_the_cure(tmp_path, engine, monkeypatch):
    path = tmp_path / "secret.csv"
    path.write_text(HEADER + rows(20))

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("clustera.read.hash_of_files", refuse)
    with pytest.raises(SetupError, match=r"secret\.csv can't be read: no permission") as refused:
        read(path, engine=engine)
    assert refused.value.hint


def no_file_above(size):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_packed_file_that_does_not_fit_on_the_disk_ends_in_a_sentence(folder):
    (folder / "t.csv.gz").write_bytes(gzip.compress((HEADER + rows(60_000)).encode()))
    found = command("check", "t.csv.gz", cwd=folder, before=no_file_above(400_000))
    assert found.returncode == 6
    assert "t.csv.gz can't be unpacked" in found.stderr
    assert "disk space" in found.stderr
    assert not list((folder / "temporary").iterdir())


def test_a_run_that_does_not_fit_on_the_disk_leaves_no_run(folder):
    (folder / "t.csv").write_text(HEADER + rows(6_000))
    found = command("segment", "t.csv", "--quiet", cwd=folder, before=no_file_above(20_000))
    assert found.returncode in {5, 6}, found.stderr
    assert "Traceback" not in found.stderr
    assert "Hint" in found.stderr
    runs = folder / "runs"
    assert not runs.exists() or not [place for place in runs.iterdir() if not place.name.startswith(".")]


def test_scored_customers_that_do_not_fit_on_the_disk_leave_no_file(folder):
    (folder / "t.csv").write_text(HEADER + rows(6_000))
    assert command("segment", "t.csv", "--quiet", "--name", "one", cwd=folder).returncode == 0
    found = command("predict", "one", "t.csv", "--quiet", cwd=folder, before=no_file_above(20_000))
    assert found.returncode == 6, found.stderr
    assert "Traceback" not in found.stderr
    assert not (folder / "scored.csv").exists()


@pytest.mark.soak
def test_a_bomb_of_four_gigabytes_fills_neither_memory_nor_disk(folder):
    packer = zlib.compressobj(wbits=31)
    with (folder / "bomb.csv.gz").open("wb") as file:
        file.writelines(packer.compress(b"0,1,2\n" * (1 << 18)) for _ in range(2_700))
        file.write(packer.flush())
    found = command("check", "bomb.csv.gz", cwd=folder)
    assert found.returncode == 3
    assert "200 times its size" in found.stderr
    assert not list((folder / "temporary").iterdir())


@pytest.mark.soak
def test_a_line_of_a_gigabyte_is_refused_in_little_memory(folder):
    with (folder / "line.csv").open("wb") as file:
        file.write(b"id,age\n")
        file.writelines(b"x" * (1 << 20) for _ in range(1 << 10))
    found = command("check", "line.csv", cwd=folder)
    assert found.returncode == 3
    assert "line.csv has a line of more than" in found.stderr
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1 << 20  # KiB: the line is never held


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("length", [1_000, 300_000, 1_500_000])
@pytest.mark.parametrize(("around", "quote"), [('"', ""), ("", "'"), ('"', "'")])
def test_a_first_line_longer_than_the_sample_hides_no_habit_of_the_others(
    tmp_path, engine, encoding, length, around, quote
):
    # The first 256 KB held not one whole line, so that the quotes around whole lines were taken for a cell of two lines.
    cells = [["id", "age", "spend", "x" * length], *([f"C{i}", str(20 + i), f"{i}.5", ""] for i in range(30))]
    lines = [around + "\t".join(f"{quote}{cell}{quote}" for cell in line) + around for line in cells]
    path = tmp_path / "long.csv"
    path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    rows = read(path, engine=engine).rows
    assert rows.count() == 30
    assert rows.query("select id, age, spend from {rows} order by _row").to_pylist()[::29] == [
        {"id": "C0", "age": "20", "spend": "0.5"},
        {"id": "C29", "age": "49", "spend": "29.5"},
    ]
