from __future__ import annotations

import json
import multiprocessing
import signal
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.runs.killing import publish_and_die

import clustera
from clustera import runs
from clustera.errors import RunError, SetupError
from clustera.runs import folder

# Writers are forked from a process that has loaded what they need.
WRITERS = multiprocessing.get_context("forkserver")
WRITERS.set_forkserver_preload([publish_and_die.__module__])


@pytest.fixture(scope="module")
def run(blobs, tmp_path_factory) -> runs.Run:
    return runs.find(clustera.segment(blobs, progress=False).save(tmp_path_factory.mktemp("runs") / "first"))


def killed_at(step: int, run: runs.Run, out: Path) -> int | None:
    writer = WRITERS.Process(target=publish_and_die, args=(run.path, out, step))
    writer.start()
    writer.join(timeout=60)
    return writer.exitcode


def assert_whole_or_nothing(out: Path) -> None:
    """Whatever can be seen is whole, and the next writer is not hindered."""
    for found in runs.listing(out):
        runs.outcome_of(found)
        assert set(found.manifest["files"]) | {"manifest.json"} == {p.name for p in found.path.iterdir()}
        for name, said in found.manifest["files"].items():
            assert (found.path / name).stat().st_size == said["bytes"]
    if (out / "latest").is_symlink():
        assert (out / "latest" / "manifest.json").is_file()
    assert runs.prune(out, keep=1) is not None
    assert not list(out.glob(f"{runs.PARTIAL}*"))


@pytest.mark.parametrize("step", [1, 2, 4, 7, 9, 11, 13, 15])
def test_a_killed_writer_leaves_no_half_run(step, run, tmp_path):
    if killed_at(step, run, tmp_path / "out") != -signal.SIGKILL:
        pytest.skip("publishing has fewer steps")
    assert_whole_or_nothing(tmp_path / "out")


@pytest.mark.soak
def test_no_killed_writer_ever_leaves_a_half_run(run, tmp_path):
    step = 0
    while True:
        step += 1
        out = tmp_path / str(step)
        if killed_at(step, run, out) == 0:
            break
        assert_whole_or_nothing(out)
    assert step > 10


def test_the_next_writer_clears_what_a_killed_one_left(run, tmp_path):
    assert killed_at(9, run, tmp_path) == -signal.SIGKILL
    assert list(tmp_path.glob(f"{runs.PARTIAL}*"))
    assert killed_at(0, run, tmp_path) == 0
    assert [p.name for p in tmp_path.iterdir() if p.is_dir() and not p.is_symlink()] == ["new"]


def test_a_run_is_never_overwritten(run, tmp_path):
    assert killed_at(0, run, tmp_path) == 0
    with pytest.raises(RunError, match="already a run 'new'"):
        runs.refuse_taken(tmp_path, "new")
    assert killed_at(0, run, tmp_path) == 1


@pytest.mark.parametrize("name", ["../x", "a/b", "latest", ".hidden"])
def test_a_name_that_leaves_the_folder_is_refused(name, tmp_path):
    with pytest.raises(RunError, match="can't be the name of a run"):
        runs.refuse_taken(tmp_path, name)


def test_a_damaged_run_is_said_to_be_damaged(run, tmp_path):
    killed_at(0, run, tmp_path)
    (tmp_path / "new" / "profile.json").write_text('{"half": ')
    with pytest.raises(RunError, match=r"profile\.json can't be read"):
        clustera.load("new", out=tmp_path)


def test_a_later_layout_is_refused(run, tmp_path):
    killed_at(0, run, tmp_path)
    path = tmp_path / "new" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"layout": 99}))
    with pytest.raises(RunError, match="layout 99"):
        clustera.load("new", out=tmp_path)


def test_a_folder_that_is_a_file_is_refused(run, tmp_path):
    (tmp_path / "file").write_text("")
    place = {"customers": None, "quarantine": None, "sample": None, "report": "", "options": {}}
    with pytest.raises(SetupError, match="Can't write to"):
        runs.publish(runs.outcome_of(run), **place, out=tmp_path / "file" / "x")


def test_two_segments_never_share_a_name(run):
    with pytest.raises(RunError, match="already called"):
        runs.rename(run, 2, runs.outcome_of(run).segments[0].name)


def test_names_given_by_people_live_beside_the_run(run):
    before = {p.name: p.read_bytes() for p in run.path.iterdir()}
    runs.rename(run, 2, "Our best")
    assert clustera.load(run.path).names[2] == "Our best"
    assert {p.name: p.read_bytes() for p in run.path.iterdir()} == before


@given(st.text(max_size=8))
def test_no_cell_starts_a_formula(text):
    safe = runs.spreadsheet_safe(text)
    if safe[:1] in ("=", "@", "\t", "\r"):
        pytest.fail(safe)
    if safe[:1] in ("+", "-"):
        float(safe)
    assert safe.removeprefix("'") == text or safe == text


def test_hostile_ids_are_harmless_in_csv_and_whole_in_parquet(blobs, tmp_path):
    hostile = blobs.copy()
    hostile.loc[0, "customer_id"] = "=HYPERLINK(1)"
    path = clustera.segment(hostile, progress=False).save(tmp_path / "run")
    assert pd.read_csv(path / "customers.csv").id[0] == "'=HYPERLINK(1)"
    assert pd.read_parquet(path / "customers.parquet").id[0] == "=HYPERLINK(1)"


def test_the_workbook_holds_every_customer(blobs, tmp_path):
    path = clustera.segment(blobs, progress=False).save(tmp_path / "run", excel=True)
    sheets = pd.read_excel(path / "segments.xlsx", sheet_name=None)
    assert list(sheets) == ["segments", "actions", "k selection", "findings", "customers"]
    assert sheets["customers"].id.tolist() == blobs.customer_id.tolist()
    with zipfile.ZipFile(path / "segments.xlsx") as book:
        assert not any(b"<f>" in book.read(name) for name in book.namelist())


def test_a_number_that_is_none_does_not_make_a_run_unreadable(run):
    outcome = runs.outcome_of(run)
    first = replace(outcome.selection.evidence[0], silhouette=float("nan"), gap=float("inf"))
    odd = replace(outcome, selection=replace(outcome.selection, evidence=(first, *outcome.selection.evidence[1:])))
    held = json.loads(folder.dump_outcome(odd), parse_constant=pytest.fail)  # strict JSON knows no NaN
    assert held["selection"]["evidence"][0]["silhouette"] == "NaN"
    (run.path / "profile.json").write_bytes(folder.dump_outcome(odd))
    again = runs.outcome_of(run).selection.evidence[0]
    (run.path / "profile.json").write_bytes(folder.dump_outcome(outcome))
    assert np.isnan(again.silhouette)
    assert again.gap == float("inf")
