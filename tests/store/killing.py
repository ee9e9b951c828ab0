"""Commands that are killed; in a module of its own, so that their processes are forked with all of it loaded."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

from clustera import pipeline, prepare, report
from clustera.cli import app
from clustera.engines import Engine
from clustera.segmentation import load
from clustera.store import Store, open_folder, write_run

LOADED = (pipeline, prepare, report, load)
CHANGES = {"os.rename", "os.mkdir", "os.symlink", "os.remove", "shutil.rmtree"}


def publish_and_die(run: Path, folder: Path, step: int) -> None:
    """Publish a copy of a run, and be killed before the step-th change to the folder of runs."""
    source = open_folder(run)
    outcome, engine = source.outcome(), Engine()
    tables = {name: engine.parquet([source.path / f"{name}.parquet"]) for name in ("customers", "quarantine")}
    seen = 0

    def watch(event: str, arguments: tuple) -> None:
        nonlocal seen
        changes = event in CHANGES
        changes |= event == "open" and isinstance(arguments[1], str) and any(c in arguments[1] for c in "wax")
        if changes and str(folder) in str(arguments[0]):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)

    def write(place: Path) -> None:
        write_run(place, outcome, **tables, sample=source.sample(), pages={"report.html": "<p>"}, options={})

    Store(folder).publish(write, name="new")


def run_command(words: list[str], folder: Path) -> None:
    """Run a command as `clustera` would, in a folder and with temporary files of its own."""
    os.chdir(folder)
    os.environ["CLUSTERA_THREADS"] = "1"
    tempfile.tempdir = str(folder / "tmp")
    sys.stdout = sys.stderr = (folder / "said.txt").open("a")
    app(words, standalone_mode=False)
