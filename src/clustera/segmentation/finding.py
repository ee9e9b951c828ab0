"""Which run a user means: a name of the folder of runs, or a folder."""

from __future__ import annotations

from pathlib import Path

from clustera.errors import MissingError, RunError
from clustera.store import Run, Store, is_name, open_folder


def find_run(run: str | Path, runs: Path) -> Run:
    """The run that a user means; see `clustera.load`."""
    if isinstance(run, str) and is_name(run):
        try:
            return Store(runs).open(run)
        except RunError:
            # `seg.save("march")` wrote a folder here, outside of the folder of runs.
            if not (Path(run) / "manifest.json").is_file():
                raise
    path = Path(run)
    if path.is_dir() and not (path / "manifest.json").is_file():
        raise RunError(
            f"{run} is a folder, but no run: it has no manifest.json.", hint="`clustera runs` lists the runs."
        )
    if not path.is_dir():
        raise MissingError(
            f"There is no run {str(run)!r}.", hint="`clustera runs` lists the runs; --runs names a folder."
        )
    return open_folder(path)
