from __future__ import annotations

import hashlib
import json
import multiprocessing
import shutil
import signal
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.killing import publish_and_die
from tests.waiting import PATIENCE
from typer.testing import CliRunner

import clustera
from clustera import store
from clustera.cli import app
from clustera.days import as_day
from clustera.engines import Engine
from clustera.errors import RunError, SetupError
from clustera.records import Schedule
from clustera.service.disks import network_disk
from clustera.store import Run, Store, open_folder, rename_in_folder, write_assigned, write_run
from clustera.store.campaigns import Campaigns
from clustera.store.csv_files import safe_rows
from clustera.store.run import dump_record

# Writers are forked from a process that has loaded what they need.
WRITERS = multiprocessing.get_context("forkserver")
WRITERS.set_forkserver_preload([publish_and_die.__module__])


@pytest.fixture(scope="module")
def run(blobs, tmp_path_factory) -> Run:
    return open_folder(clustera.segment(blobs, progress=False).save(tmp_path_factory.mktemp("runs") / "first"))


def killed_at(step: int, run: Run, out: Path) -> int | None:
    writer = WRITERS.Process(target=publish_and_die, args=(run.path, out, step))
    writer.start()
    writer.join(PATIENCE)
    return writer.exitcode


def assert_whole_or_nothing(out: Path) -> None:
    """Whatever can be seen is whole, and the next writer is not hindered."""
    runs = Store(out)
    assert runs.damaged() == {}
    for found in runs.list():
        found.outcome()
        assert set(found.manifest.files) | {"manifest.json"} == {p.name for p in found.path.iterdir()}
        for name, stamp in found.manifest.files.items():
            assert (found.path / name).stat().st_size == stamp.bytes
    assert not list(out.glob(".partial-*"))
    assert runs.prune(keep=1) is not None


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
    assert list(tmp_path.glob(".partial-*"))
    assert killed_at(0, run, tmp_path) == 0
    assert [p.name for p in tmp_path.iterdir() if p.is_dir()] == ["new"]


def test_a_run_is_never_overwritten(run, tmp_path):
    assert killed_at(0, run, tmp_path) == 0
    with pytest.raises(RunError, match="already a run 'new'"):
        Store(tmp_path).check_free("new")
    assert killed_at(0, run, tmp_path) == 1


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "a\\b", "latest", ".hidden", "C:x", "nul", "x.", "current", "~", "a\0b", ""]
)
def test_a_name_that_leaves_the_folder_is_refused(name, tmp_path):
    with pytest.raises(RunError, match="can't be the name of a run"):
        Store(tmp_path).check_free(name)


def test_a_damaged_run_is_said_to_be_damaged(run, tmp_path):
    killed_at(0, run, tmp_path)
    (tmp_path / "new" / "profile.json").write_text('{"half": ')
    with pytest.raises(RunError, match=r"profile\.json was changed"):
        clustera.load("new", runs=tmp_path)


def test_a_later_layout_is_refused(run, tmp_path):
    killed_at(0, run, tmp_path)
    path = tmp_path / "new" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"layout": 99}))
    with pytest.raises(RunError, match="layout 99"):
        clustera.load("new", runs=tmp_path)


def test_a_folder_that_is_a_file_is_refused(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="Can't write to"):
        Store(tmp_path / "file" / "x").publish(pytest.fail, name="a")


def test_two_segments_never_share_a_name(run):
    with pytest.raises(RunError, match="already called"):
        rename_in_folder(run, 2, run.outcome().segments[0].name)


def test_names_given_by_people_live_beside_the_run(run):
    before = {p.name: p.read_bytes() for p in run.path.iterdir()}
    rename_in_folder(run, 2, "Our best")
    assert clustera.load(run.path).names[2] == "Our best"
    assert {p.name: p.read_bytes() for p in run.path.iterdir()} == before


@given(st.text(max_size=8))
def test_no_cell_starts_a_formula(text):
    safe = store.spreadsheet_safe(text)
    if safe[:1] in ("=", "@", "\t", "\r"):
        pytest.fail(safe)
    if safe[:1] in ("+", "-"):
        float(safe)
    assert safe.removeprefix("'") == text or safe == text


def test_long_tables_are_as_safe_as_short_ones():
    signs = ["", *map(chr, [*range(1, 128), 160, 233, 8364])]
    texts = [None, *(sign + rest for sign in signs for rest in ("", "1.5", "1,5", "SUM(A1)"))]
    with Engine() as engine:
        safe = safe_rows(engine.arrow(pa.table({"text": texts}))).arrow()["text"].to_pylist()
    assert safe == [None if text is None else store.spreadsheet_safe(text) for text in texts]


def test_hostile_ids_are_harmless_in_csv_and_whole_in_parquet(blobs, tmp_path):
    hostile = blobs.copy()
    hostile.loc[0, "customer_id"] = "=HYPERLINK(1)"
    path = clustera.segment(hostile, progress=False).save(tmp_path / "run")
    assert pd.read_csv(path / "customers.csv").id[0] == "'=HYPERLINK(1)"
    assert pd.read_parquet(path / "customers.parquet").id[0] == "=HYPERLINK(1)"


def test_the_workbook_holds_every_customer(blobs, tmp_path):
    path = clustera.segment(blobs, progress=False).save(tmp_path / "run", excel=True)
    sheets = pd.read_excel(path / "segments.xlsx", sheet_name=None)
    assert list(sheets) == ["Summary", "Actions", "Customers", "Segments", "Number of segments", "Findings", "Details"]
    assert sheets["Customers"].Customer.tolist() == blobs.customer_id.tolist()
    with zipfile.ZipFile(path / "segments.xlsx") as book:
        assert not any(b"<f>" in book.read(name) for name in book.namelist())


def test_a_number_that_is_none_does_not_make_a_run_unreadable(run, tmp_path):
    outcome = run.outcome()
    first = replace(outcome.selection.evidence[0], silhouette=float("nan"), gap=float("inf"))
    odd = replace(outcome, selection=replace(outcome.selection, evidence=(first, *outcome.selection.evidence[1:])))
    held = json.loads(dump_record(odd), parse_constant=pytest.fail)  # strict JSON knows no NaN
    assert held["selection"]["evidence"][0]["silhouette"] == "NaN"
    with Engine() as engine:
        tables = {name: engine.parquet([run.path / f"{name}.parquet"]) for name in ("customers", "quarantine")}
        write_run(tmp_path, odd, **tables, sample=run.sample(), pages={"report.html": ""}, options={})
    again = open_folder(tmp_path).outcome().selection.evidence[0]
    assert np.isnan(again.silhouette)
    assert again.gap == float("inf")


@pytest.fixture
def runs(run, tmp_path) -> Store:
    """A folder with three copies of a run, the newest of them first in the alphabet."""
    for name in ("c", "b", "a"):
        assert publish_copy(run, Store(tmp_path / "runs"), name).name == name
    return Store(tmp_path / "runs")


def publish_copy(run: Run, runs: Store, name: str, **more: bool) -> Run:
    def write(place: Path) -> None:
        shutil.copytree(run.path, place, dirs_exist_ok=True)

    return runs.publish(write, name=name, **more)


def test_prune_keeps_the_runs_that_were_published_last(runs):
    assert runs.prune(keep=1) == ("c", "b")
    assert [run.name for run in runs.list()] == ["a"]
    assert runs.open().name == "a"


def test_prune_keeps_what_an_alias_means(runs):
    assert runs.set_alias("current", "c") == "c"
    assert runs.prune(keep=1) == ("b",)
    assert runs.open("current").name == "c"


def test_prune_keeps_and_tells_what_a_campaign_a_schedule_or_an_audience_needs(runs, tmp_path, monkeypatch):
    names = [run.name for run in runs.list()]
    day = as_day(datetime.now().astimezone().date())
    campaign = SimpleNamespace(name="spring", run=names[0], last_day=day)
    monkeypatch.setattr(Campaigns, "list", lambda self: (campaign,))
    monkeypatch.setattr(Campaigns, "results", lambda self, name: None)
    runs.schedules.add(Schedule(name="nightly", files={"customers": "x.csv"}, like=names[1]))
    assert runs.needed() == {names[0]: ("campaign spring",), names[1]: ("schedule nightly",)}
    said = CliRunner().invoke(app, ["runs", "prune", "--keep", "1", "--runs", str(runs.folder)]).output
    assert f"{names[0]} stays, used by campaign spring." in said
    assert f"{names[1]} stays, used by schedule nightly." in said
    assert [run.name for run in runs.list()] == names
    campaign.last_day = day - 1  # over, and measured to its end
    monkeypatch.setattr(Campaigns, "results", lambda self, name: SimpleNamespace(day=day - 1))
    assert runs.prune(keep=1) == (names[0],)


def test_latest_means_the_same_run_until_another_is_published_as_the_latest_or_is_told_to_be_used(run, tmp_path):
    runs, random, wanted = Store(tmp_path / "many"), np.random.default_rng(3), ""
    for step in range(12):
        names = [found.name for found in runs.list()]
        if step % 3 == 2:
            wanted = str(random.choice(names))
            assert runs.set_alias("latest", wanted) == wanted
        else:
            latest = bool(random.integers(0, 2))
            publish_copy(run, runs, f"run{step}", latest=latest)
            wanted = f"run{step}" if latest or not wanted else wanted
        assert runs.open().name == runs.aliases()["latest"] == wanted
    assert len(runs.list()) == 8


def test_an_alias_never_hides_a_run(runs):
    with pytest.raises(RunError, match="'b' is the name of a run"):
        runs.set_alias("b", "c")
    runs.set_alias("best", "c")
    with pytest.raises(RunError, match="'best' is an alias"):
        runs.check_free("best")


def test_a_removed_run_leaves_neither_names_nor_alias_to_its_successor(run, runs):
    runs.rename("b", 1, "Old name")
    runs.set_alias("current", "b")
    shutil.rmtree(runs.folder / "b")
    publish_copy(run, runs, "b")
    assert runs.open("b").names(run.outcome())[1] == run.outcome().segments[0].name
    assert "current" not in runs.aliases()
    assert runs.open().name == "b"


@pytest.mark.parametrize("name", ["..", "../runs/a", "/etc", ".", "a/../b", "", "missing", "a\0", "x" * 500])
def test_a_name_is_never_a_path(name, runs):
    with pytest.raises(RunError, match="There is no run"):
        runs.open(name)


def test_a_run_that_is_a_link_to_itself_is_an_error(runs):
    loop = runs.folder / "loop"
    loop.symlink_to("loop")
    for opened in (lambda: runs.open("loop"), lambda: clustera.load(loop)):
        with pytest.raises(RunError, match="loop"):
            opened()
    assert network_disk(loop) == ""


@pytest.mark.parametrize("content", ["", "null", "[]", '{"names": null}', '{"names": {"1": null}}', '{"names": {"x": "y"}}', '{"names": {"1": " "}}', '{"names": {"1": "a", "2": "a"}}', "folder"])  # fmt: skip
def test_damaged_names_are_an_error_with_a_cure(content, runs):
    path = runs.folder / "a.names.json"
    path.mkdir() if content == "folder" else path.write_text(content)
    with pytest.raises(RunError, match="a.names.json is damaged") as raised:
        clustera.load("a", runs=runs.folder)
    assert "clustera rename" in raised.value.hint


def read_all(runs: Store) -> None:
    seg = clustera.load("a", runs=runs.folder)
    seg.compare(seg)
    runs.open("a").model()


@pytest.mark.parametrize("file", ["profile.json", "customers.parquet", "model.json", "manifest.json"])
@pytest.mark.parametrize("damage", ["missing", "empty", "null", "cut", "one byte", "folder"])
def test_a_damaged_file_of_a_run_is_an_error_with_a_cure(file, damage, runs):
    path = runs.folder / "a" / file
    content = path.read_bytes()
    path.unlink()
    changed = {"empty": b"", "null": b"null", "cut": content[: len(content) // 2], "one byte": b"X" + content[1:]}  # fmt: skip
    if damage == "folder":
        path.mkdir()
    elif damage != "missing":
        path.write_bytes(changed[damage])
    with pytest.raises(RunError) as raised:
        read_all(runs)
    assert raised.value.hint
    assert {"b", "c"} <= {run.name for run in runs.list()}


def test_an_older_layout_opens(runs):
    path = runs.folder / "a" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"layout": 1}))
    assert clustera.load("a", runs=runs.folder).k


def test_records_of_another_version_say_what_to_do(run, tmp_path):
    folder = tmp_path / "old"
    shutil.copytree(run.path, folder)
    content = (folder / "profile.json").read_text().replace('"selection"', '"choice"')
    (folder / "profile.json").write_text(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["profile.json"]["sha256"] = hashlib.sha256(content.encode()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(RunError, match="keeps other records") as raised:
        clustera.load(folder)
    assert "Segment" in raised.value.hint


def test_save_writes_one_folder_and_touches_nothing_else(blobs, tmp_path):
    (tmp_path / ".partial-mine").mkdir()
    (tmp_path / "latest").write_text("mine")
    with clustera.segment(blobs, progress=False) as seg:
        seg.save(tmp_path / "run")
        with pytest.raises(RunError, match="already something"):
            seg.save(tmp_path / "run")
    assert {p.name for p in tmp_path.iterdir()} == {".partial-mine", "latest", "run"}


def test_a_closed_segmentation_keeps_what_was_read_and_says_that_the_rest_is_gone(blobs):
    with clustera.segment(blobs, progress=False) as seg:
        assert len(seg.customers) == len(blobs)
        folder = seg._tables.result.engine.folder
    assert not folder.exists()
    assert len(seg.customers) == len(blobs)
    with pytest.raises(RunError, match="closed"):
        seg.quarantine  # noqa: B018 - reading it is what fails


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_a_kill_between_the_renames_never_leaves_files_of_two_commands(step, tmp_path, monkeypatch):
    class KilledError(BaseException):
        pass

    out, beside = tmp_path / "scored.csv", tmp_path / "scored.orders_quarantine.csv"
    with Engine() as engine:

        def write(who: str) -> None:
            customers = engine.view(f"select '{who}' as id, 0 as segment, 'x' as name")
            write_assigned(customers, out, names={0: "x"}, orders_quarantine=engine.view(f"select '{who}' as id"))

        write("first")
        steps = iter(range(10))

        def killed_before(work):
            def act(*arguments, **options):
                if any(path in arguments for path in (out, beside)) and next(steps) == step:
                    raise KilledError
                return work(*arguments, **options)

            return act

        monkeypatch.setattr(Path, "unlink", killed_before(Path.unlink))
        monkeypatch.setattr(Path, "replace", killed_before(Path.replace))
        with suppress(KilledError):
            write("second")
    texts = [path.read_text() for path in (out, beside) if path.exists()]
    assert {who for who in ("first", "second") for text in texts if who in text} == {"first" if step < 2 else "second"}
    assert len(texts) == (2 if step in {0, 3} else 1)


@pytest.mark.parametrize(
    ("names", "written"),
    [({}, ["x", "y", None]), ({1: "it's"}, ["x", "it's", None]), ({0: "a", 1: "b", 2: "c", 9: "d"}, ["a", "b", "c"])],
)
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_segment_without_a_name_of_its_own_keeps_the_name_it_has(tmp_path, names, written, suffix):
    out = tmp_path / f"scored{suffix}"
    with Engine() as engine:
        customers = engine.view("select unnest([0, 1, 2]) as segment, unnest(['x', 'y', null]) as name")
        write_assigned(customers, out, names=names)
    read = pd.read_csv if suffix == ".csv" else pd.read_parquet
    assert [None if pd.isna(name) else name for name in read(out)["name"]] == written
