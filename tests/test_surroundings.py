"""What a computer does to a command: closed streams, names in another encoding, no room, no memory, a killed browser."""

import errno
import io
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.cli.doors import errors_as_sentences
from clustera.engines import Engine
from clustera.engines.workspace import remove_abandoned
from clustera.read import stream_as_file
from clustera.store import write_bytes

LATIN = b"kundenbest\xe4nde.csv"  # a name as an old archive holds it
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")


@pytest.fixture(scope="module")
def table():
    draw = np.random.default_rng(3)
    return pd.DataFrame({"id": range(60), "spend": draw.lognormal(3, 1, 60).round(2), "visits": draw.poisson(5, 60)})


@pytest.fixture(scope="module")
def folder(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("surroundings")
    with clustera.segment(table, id="id", k=2, progress=False, threads=1) as seg:
        seg.publish(folder / "runs", name="first")
    return folder


def in_shell(folder, words, streams):
    """The command in a shell that changes its streams, as ">&-" does."""
    command = f'exec "$0" -m clustera {words} {streams}'
    return subprocess.run(
        ["sh", "-c", command, sys.executable], cwd=folder, capture_output=True, text=True, check=False
    )


@POSIX
@pytest.mark.parametrize(
    ("words", "streams", "code", "said"),
    [
        ("runs", ">&-", 0, ""),
        ("predict first - --output scored.csv", "<&-", 3, "standard input is empty"),
        ("show nowhere", "2>&-", 5, ""),
    ],
)
def test_a_closed_stream_is_an_empty_one(folder, words, streams, code, said):
    done = in_shell(folder, words, streams)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("buffered", ["", "1"])  # PYTHONUNBUFFERED, as containers set it and terminals do not
@pytest.mark.parametrize(
    ("words", "streams", "code"),
    [("show nowhere", "2>/dev/full", 5), ("--help", ">/dev/full", 6), ("show nowhere", ">/dev/full 2>/dev/full", 5)],
)
def test_an_exit_code_is_the_same_where_no_line_can_be_printed(folder, monkeypatch, words, streams, code, buffered):
    monkeypatch.setenv("PYTHONUNBUFFERED", buffered)
    done = in_shell(folder, words, streams)
    assert done.returncode == code
    assert "Exception ignored" not in done.stderr


@POSIX
def test_who_stops_reading_hears_no_complaint(folder, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", "")
    done = in_shell(folder, "--help", "| true")
    assert (done.returncode, done.stderr) == (0, "")


@POSIX
@pytest.mark.parametrize(
    "words", [["segment", "{}"], ["rename", "first", "1", "{}"], ["sql", "first", "--output", "{}"]]
)
def test_a_word_in_another_encoding_is_refused_before_the_work(folder, monkeypatch, words):
    monkeypatch.chdir(folder)
    named = os.fsdecode(LATIN)
    done = CliRunner().invoke(app, [word.format(named) for word in words])
    assert done.exit_code == 3
    assert "'kundenbest\ufffdnde.csv' must be written in UTF-8.\nHint: If it is a file, rename it" in done.output


@POSIX
def test_a_file_of_a_folder_with_a_name_in_another_encoding_is_named(table, tmp_path):
    try:
        file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + LATIN))
        table.to_csv(file, index=False)
    except OSError:
        pytest.skip("this disk takes UTF-8 only")
    with pytest.raises(clustera.InputError, match="kundenbest\ufffdnde.csv is not UTF-8"):
        clustera.segment(tmp_path, progress=False)


def test_what_is_refused_before_the_work_is_json_where_that_is_asked(folder):
    runs = str(folder / "runs")
    for words in (
        ["show", "--json", "--runs", runs, "--runs", runs],
        ["rules", "first", "--json", "--runs", runs, "--dialect", "mysql"],
    ):
        done = CliRunner().invoke(app, words)
        assert json.loads(done.stdout)["code"] == done.exit_code == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "--bogus"], "--bogus"),
        (["predict"], "RUN"),
        (["customers", "--rows", "many"], "--rows"),
        (["audience", "lst"], "'lst'"),
        (["db", "check", "postgresql://ann:s3cret@db.example/shop"], "***@db.example/shop"),
        (["postgresql://ann:s3cret@db.example/shop"], "***@db.example/shop"),
        (["users", "add", "ann", "--role", "postgresql://ann:s3cret@db.example/shop"], "***@db.example/shop"),
    ],
)
def test_a_command_line_that_is_not_understood_is_told_without_passwords_and_as_json_where_that_is_asked(words, said):
    plain, asked = (CliRunner().invoke(app, [*words, *further]) for further in ([], ["--json"]))
    assert plain.exit_code == asked.exit_code == 2
    assert said in plain.stderr
    assert "s3cret" not in plain.output + asked.output
    if words[0] != "users":  # it has no --json
        told = json.loads(asked.stdout)
        assert told["code"] == 2
        assert said in told["error"]


def stop_at(monkeypatch, *, before):
    """Somebody asks to stop just before or after a file is put into its place."""
    put = os.replace

    def replace(*places, **options):
        if not before:
            put(*places, **options)
        signal.raise_signal(signal.SIGINT)
        if before:
            put(*places, **options)

    monkeypatch.setattr("os.replace", replace)


def test_who_is_stopped_hears_what_was_written(folder, tmp_path, monkeypatch):
    output = tmp_path / "report.html"
    words = ["report", "first", "--runs", str(folder / "runs"), "--output", str(output)]
    for before, said in ((True, "nothing was written"), (False, f"already written, each of them whole: {output}")):
        with monkeypatch.context() as stopped:
            stop_at(stopped, before=before)
            done = CliRunner().invoke(app, words)
        assert (done.exit_code, done.stderr) == (130, f"clustera: stopped; {said}.\n")
        assert output.exists() != before


def test_an_audience_that_is_saved_is_told_though_somebody_asks_to_stop(folder, monkeypatch):
    stop_at(monkeypatch, before=False)
    done = CliRunner().invoke(app, ["audience", "save", "All", "everyone", "--runs", str(folder / "runs")])
    assert (done.exit_code, "version 1 saved" in done.output) == (0, True), done.output


def test_a_folder_for_temporary_files_that_can_not_be_written_is_named(folder, tmp_path, monkeypatch):
    seg = clustera.load("first", runs=folder / "runs")
    gone = tmp_path / "gone"
    monkeypatch.setattr(tempfile, "tempdir", str(gone))
    for work in (
        Engine,
        lambda: stream_as_file(io.BytesIO(b"a,b\n")),
        lambda: seg.report(tmp_path / "report.xlsx"),
    ):
        with pytest.raises(clustera.SetupError, match="Can't write temporary files to .*gone: No such file"):
            work()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_may_not_be_written_is_told_to_be_allowed(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Error opening bytes. Detail: [errno 13]", "x")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(clustera.SetupError, match=r": Permission denied\.\nHint: Allow it to your account or choose"):
        write_bytes(tmp_path / "x", b"x")


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("recommend --orders {} --output {}", "mine.csv"),
        ("recommend --orders {} --affinities {}", "mine.csv"),
        ("recommend --orders mine --output {}", "mine/may.csv"),
        ("recommend --orders 'm*/*.csv' --output {}", "mine/may.csv"),
        ("recommend --orders o.csv --items {} --upgrades {}", "mine.csv"),
        ("campaign results may --orders o.csv --outcomes {} --output {}", "mine.csv"),
        ("campaign uplift may --orders {} --output {}", "mine.csv"),
        ("audience export All --for generic --contacts {} --output {}", "mine.csv"),
        ("audience export All --for generic --contacts c.csv --suppress {} --output mine.csv", "mine.left_out.csv"),
        ("predict first {} --output mine.csv", "mine.quarantine.csv"),
    ],
)
def test_no_command_writes_over_a_table_that_it_reads(tmp_path, monkeypatch, words, read):
    monkeypatch.chdir(tmp_path)
    Path("mine").mkdir()
    Path(read).write_text("id,spend\n1,2\n")
    done = CliRunner().invoke(app, shlex.split(words.replace("{}", read)))
    assert done.exit_code == 3, done.output
    assert f"{read} is the table that is read; it would be lost." in done.output
    assert [path.name for path in tmp_path.rglob("*.csv")] == [Path(read).name]
    assert Path(read).read_text() == "id,spend\n1,2\n"


def test_two_outputs_in_one_file_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["recommend", "--orders", "o.csv", "--output", "x.csv", "--affinities", "./x.csv"])
    assert done.exit_code == 3
    assert "x.csv is named for two outputs" in done.output


@POSIX
def test_what_a_killed_printing_leaves_goes_at_the_next_start(tmp_path):
    temporary, browser = tmp_path / "temporary", tmp_path / "chromium"
    temporary.mkdir()
    # A browser that writes where it was told to, and whose caller is killed meanwhile.
    browser.write_text('#!/bin/sh\ntouch "$TMPDIR/profile"\nkill -9 $PPID\n')
    browser.chmod(0o755)
    surroundings = os.environ | {"PATH": os.pathsep.join([str(tmp_path), os.environ["PATH"]]), "TMPDIR": str(temporary)}
    printing = [sys.executable, "-c", "from clustera.report import print_pdf; print_pdf('<p>Ann Lee</p>')"]
    assert subprocess.run(printing, env=surroundings, check=False).returncode == -signal.SIGKILL
    assert {path.name for path in temporary.rglob("*")} >= {"profile", "report.html"}
    remove_abandoned(str(temporary))
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), 6),
        (OSError(errno.ENOSPC, "No space left on device", "list.csv"), 6),
        (PermissionError(errno.EACCES, "Permission denied", "list.csv"), 6),
        (OSError(errno.ENAMETOOLONG, "File name too long", "list" * 90), 3),
    ],
)
def test_what_the_machine_refuses_is_told_as_json_too(error, code, capsys):
    with pytest.raises(typer.Exit) as left, errors_as_sentences(as_json=True):
        raise error
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert left.value.exit_code == told["code"] == code
    assert printed.err == f"clustera: {told['error']}\nHint: {told['hint']}\n"


def test_no_memory_is_told_as_what_the_computer_lacks(monkeypatch, capsys):
    with pytest.raises(typer.Exit) as left, errors_as_sentences():
        np.empty(1 << 54, dtype=np.float64)
    assert left.value.exit_code == 6
    assert "There is not enough memory" in capsys.readouterr().err

    def refuse(**_):
        raise duckdb.OutOfMemoryException("Out of Memory Error: Allocation failure")

    monkeypatch.setattr(duckdb, "connect", refuse)
    with pytest.raises(clustera.SetupError, match="Allocation failure"):
        Engine()
