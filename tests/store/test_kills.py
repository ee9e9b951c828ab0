"""Commands are killed at random moments: nothing is lost, half or mixed, and what they left goes at the next start."""

from __future__ import annotations

import hashlib
import itertools
import json
import multiprocessing
import random
import re
import shutil
import time
from pathlib import Path

import pytest
from tests.soaking import as_time_allows
from tests.store.killing import run_command

from clustera.engines.workspace import remove_abandoned
from clustera.store import Store

COMMANDS = multiprocessing.get_context("forkserver")
COMMANDS.set_forkserver_preload(["tests.store.killing_warm"])
KEEP = 4
CACHED = re.compile(r"_jinja2-cache-\d+|[\w.-]+\.cache")  # compiled templates are kept on purpose


class Shop:
    """A folder with tables and runs, and commands that are killed in it."""

    def __init__(self, folder: Path, blobs, seed: int) -> None:
        self.folder = folder
        self.random, self.seed = random.Random(seed), seed
        self.number = 0
        self.kills = 0
        self.took: dict[str, float] = {}
        self.counts: dict[str, int] = {}
        (folder / "tmp").mkdir()
        blobs[::3].to_csv(folder / "one.csv", index=False)
        blobs[::5].to_csv(folder / "two.csv", index=False)
        for name, k in (("a", "2"), ("b", "3")):
            self.finish(["segment", "one.csv", "--k", k, "--name", name])
            self.finish(["runs", "alias", {"a": "current", "b": "candidate"}[name], name])
        self.results = {}
        for run in "ab":
            for table in ("one", "two"):
                self.finish(self.predict(run, table))
                self.results[run, table] = (folder / "scored.csv").read_bytes()

    def predict(self, run: str, table: str) -> list[str]:
        return ["predict", run, f"{table}.csv", "--output", "scored.csv"]

    @property
    def store(self) -> Store:
        return Store(self.folder / "runs")

    def start(self, words: list[str]):
        command = COMMANDS.Process(target=run_command, args=(words, self.folder))
        command.start()
        return command

    def finish(self, words: list[str]) -> None:
        began = time.monotonic()
        command = self.start(words)
        command.join(120)
        assert command.exitcode == 0, (words, (self.folder / "said.txt").read_text()[-2000:])
        self.took[words[0]] = time.monotonic() - began

    def kill(self, *commands: list[str]) -> None:
        """Start commands at once, and kill each at a random moment of its life."""
        started = [
            (self.start(words), self.random.uniform(0, 1.1 * self.took.get(words[0], 0.3))) for words in commands
        ]
        began = time.monotonic()
        for command, moment in sorted(started, key=lambda pair: pair[1]):
            command.join(max(0.0, moment - (time.monotonic() - began)))
            self.kills += command.exitcode is None
            command.kill()
            command.join()

    def count(self, verbs: list[str]) -> None:
        """Keep the figures of docs/reliability.md: what was started and killed so far."""
        for verb in verbs:
            self.counts[verb] = self.counts.get(verb, 0) + 1
        self.counts["two at once"] = self.counts.get("two at once", 0) + (len(verbs) > 1)
        (self.folder / "said.txt").write_text("")
        (self.folder.parent / "kills.json").write_text(json.dumps(self.counts | {"kills": self.kills}))

    def words(self, verb: str) -> list[str]:
        self.number += 1
        if verb == "segment":
            return ["segment", "one.csv", "--k", "2", "--name", f"run-{self.number}"]
        if verb == "like":
            return ["segment", "two.csv", "--k", "3", "--like", "b", "--name", f"run-{self.number}"]
        if verb == "predict":
            return self.predict(self.random.choice("ab"), self.random.choice(("one", "two")))
        if verb == "rename":
            return ["rename", "a", "1", f"Name {self.number}"]
        return {"prune": ["runs", "prune", "--keep", str(KEEP)], "compare": ["compare", "a", "b"]}[verb]


def leftovers(folder: Path) -> list[str]:
    """What no finished command leaves."""
    known = {"one.csv", "two.csv", "scored.csv", "said.txt", "runs", "tmp"}
    beside = [path.name for path in folder.iterdir() if path.name not in known]
    runs = Store(folder / "runs")
    names = {run.name for run in runs.list()}
    kept = names | {f"{name}.names.json" for name in names} | {".store.json", ".lock"}
    within = [path.name for path in runs.folder.iterdir() if path.name not in kept]
    temporary = [path.name for path in (folder / "tmp").rglob("*") if not CACHED.fullmatch(path.name)]
    return beside + within + temporary


def assert_whole(store: Store) -> None:
    """Every run that can be seen has all its files as they were written."""
    assert store.damaged() == {}
    for run in store.list():
        assert set(run.manifest.files) | {"manifest.json"} == {path.name for path in run.path.iterdir()}
        for name, stamp in run.manifest.files.items():
            assert hashlib.sha256((run.path / name).read_bytes()).hexdigest() == stamp.sha256
        run.names(run.outcome())


def kill_commands(shop: Shop, kills: int) -> None:
    verbs = ("segment", "like", "predict", "rename", "prune", "compare")
    for _ in as_time_allows(itertools.count()):
        verb = shop.random.choice((*verbs, "two"))
        both = [shop.random.choice(verbs), shop.random.choice(("segment", "predict"))] if verb == "two" else [verb]
        before = [run.name for run in shop.store.list()]
        shop.kill(*map(shop.words, both))
        after = [run.name for run in shop.store.list()]
        assert_whole(shop.store)
        lost = set(before) - set(after)
        assert "prune" in both or not lost
        # Only the oldest may go, never those with an alias; what stays keeps its order.
        assert not lost & {*before[-KEEP:], "a", "b"} or len(set(after) - set(before)) > 0
        assert not lost & {"a", "b"}
        assert [name for name in after if name in before] == [name for name in before if name in after]
        assert shop.store.open().name == after[-1]
        assert shop.store.aliases().items() >= {("current", "a"), ("candidate", "b")}
        assert (shop.folder / "scored.csv").read_bytes() in named_results(shop)
        shop.count(both)
        last = shop.kills >= kills
        if shop.random.random() < 0.2 or last:
            shop.finish(shop.predict("a", "one"))  # the next start
            assert leftovers(shop.folder) == []
            if len(after) > 3 * KEEP:
                shop.finish(["runs", "prune", "--keep", str(KEEP)])
        if last:
            break
    print(f"{shop.kills} kills, seed {shop.seed}")  # noqa: T201


def named_results(shop: Shop) -> set[bytes]:
    """What a whole predict may have written: by run "a" or "b", of either table; segment 1 of "a" has many names."""
    written = (shop.folder / "scored.csv").read_bytes()
    first = shop.store.open("a").outcome().segments[0].name
    for number in range(shop.number + 1):
        name = f",Name {number},".encode()
        if name in written:
            # One name in the whole file: two would be a mixture.
            return {shop.results["a", table].replace(f",{first},".encode(), name) for table in ("one", "two")} | {
                shop.results["b", table] for table in ("one", "two")
            }
    return set(shop.results.values())


def test_no_kill_loses_halves_or_mixes_anything(blobs, tmp_path):
    kill_commands(Shop(tmp_path, blobs, seed=1), 9)


@pytest.mark.soak
def test_a_thousand_kills_lose_halve_and_mix_nothing(blobs, tmp_path):
    kill_commands(Shop(tmp_path, blobs, seed=2), 1_000)


def test_the_folder_of_a_killed_process_is_removed_and_that_of_a_living_one_is_not(tmp_path, monkeypatch):
    from clustera.engines import Workspace

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))  # where no other process removes what it finds
    living = Workspace()
    try:
        dead = living.folder.with_name("clustera-rows-abcd1234")
        shutil.copytree(living.folder, dead)
        other = living.folder.with_name("clustera-rows-mine")
        other.mkdir()
        remove_abandoned(str(living.folder.parent))
        assert living.folder.exists()
        assert not dead.exists()
        assert other.exists()
        other.rmdir()
    finally:
        living.close()
    assert not living.folder.exists()
