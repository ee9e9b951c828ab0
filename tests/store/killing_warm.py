"""What is imported before commands are killed: every command has run once, so that a killed one only does its work."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from pathlib import Path

from tests.store.killing import run_command

COMMANDS = (
    ["segment", "one.csv", "--k", "2", "--name", "a"],
    ["segment", "one.csv", "--k", "2", "--like", "a", "--name", "b"],
    ["predict", "a", "one.csv", "--output", "scored.csv"],
    ["compare", "a", "b"],
    ["rename", "a", "1", "Name"],
    ["runs", "prune", "--keep", "1"],
)


def run_all_once() -> None:
    """Run every command in a folder of its own, and leave the process as it was."""
    kept = Path.cwd(), sys.stdout, sys.stderr, tempfile.tempdir
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "tmp").mkdir()
        lines = [f"C{at:03d},{20 + 30 * (at % 2) + at % 7},{100 + 900 * (at % 2) + at % 11}" for at in range(60)]
        (folder / "one.csv").write_text("\n".join(["customer_id,age,spend", *lines]))
        for words in COMMANDS:
            run_command(words, folder)
            sys.stdout.close()
        os.chdir(kept[0])
    _, sys.stdout, sys.stderr, tempfile.tempdir = kept


run_all_once()
gc.freeze()  # so that its pages stay shared with the processes that are forked
