"""A writer that kills itself; in a module of its own, so that its process loads nothing else."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from clustera import runs
from clustera.engines import DuckEngine

CHANGES = {"os.rename", "os.mkdir", "os.symlink", "os.remove", "shutil.rmtree"}


def publish_and_die(run: Path, out: Path, step: int) -> None:
    """Publish a copy of a run, and be killed before the step-th change to the folder of runs."""
    source = runs.find(run)
    outcome, engine = runs.outcome_of(source), DuckEngine()
    tables = {name: engine.parquet([source.path / f"{name}.parquet"]) for name in ("customers", "quarantine")}
    seen = 0

    def watch(event: str, arguments: tuple) -> None:
        nonlocal seen
        changes = event in CHANGES
        changes |= event == "open" and isinstance(arguments[1], str) and any(c in arguments[1] for c in "wax")
        if changes and str(out) in str(arguments[0]):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    runs.publish(outcome, **tables, sample=runs.sample_of(source), report="<p>", options={}, out=out, name="new")
