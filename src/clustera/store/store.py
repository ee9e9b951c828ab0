"""A folder of runs: list, open, publish, rename, prune; every run by its name or an alias, never by a path."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from clustera.errors import MissingError, RunError, UnknownRunError, closest, read_error
from clustera.heard import note_placing
from clustera.store.audiences import AudienceStore
from clustera.store.beside import forget_beside
from clustera.store.databases import DatabaseStore
from clustera.store.exports import ExportStore
from clustera.store.files import PARTIAL, folder_of_runs, locked_folder, replace_json, sync_folder, writing_folder
from clustera.store.index import Index, read_index, write_index
from clustera.store.manifest import MANIFEST
from clustera.store.naming import LATEST, check_name, is_name
from clustera.store.needed import runs_in_use
from clustera.store.run import Run, names_file, open_folder
from clustera.store.schedules import ScheduleStore

REMOVED = ".removed-"  # what prune has taken out of sight and not yet deleted
_KEPT = {LATEST: "the last in the order", "current": "the run in use", "candidate": "a run that may replace it"}


class Store:
    """The runs of one folder.

    Runs are ordered by when they were published here; the last one is "latest". What a killed process left behind is removed by the next
    command that looks into the folder.

    Args:
        folder: Folder of runs; made by the first `publish`.

    Raises:
        RunError: `folder` is a file.

    Example:
        >>> Store("no_such_folder").list()
        ()
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = folder_of_runs(folder)

    @property
    def audiences(self) -> AudienceStore:
        """The audiences that are kept beside these runs."""
        return AudienceStore(self.folder)

    @property
    def exports(self) -> ExportStore:
        """What the exports of the audiences left."""
        return ExportStore(self.folder)

    @property
    def schedules(self) -> ScheduleStore:
        """Segmentations that are made again and again into this folder."""
        return ScheduleStore(self.folder)

    @property
    def databases(self) -> DatabaseStore:
        """Databases whose tables may be chosen by name."""
        return DatabaseStore(self.folder)

    def list(self) -> tuple[Run, ...]:
        """All runs that can be read, oldest first."""
        self._clean_up_if_idle()
        return self._readable()

    def damaged(self) -> dict[str, RunError]:
        """Runs that can't be read, by name, with what is wrong with each."""
        problems = {}
        for name in self._names():
            try:
                open_folder(self.folder / name)
            except RunError as error:
                problems[name] = error
        return problems

    def open(self, name: str = LATEST) -> Run:
        """The run of a name or an alias: "latest" is the last in the order, "current" and others are set by `set_alias`.

        Raises:
            RunError: there is none, or it is damaged.
        """
        self._clean_up_if_idle()
        return self._open(name)

    def aliases(self) -> dict[str, str]:
        """The run that each alias means."""
        names = self._names()
        latest = {LATEST: names[-1]} if names else {}
        return latest | read_index(self.folder).only(names).aliases

    def set_alias(self, alias: str, run: str) -> str:
        """Let an alias mean a run; the alias is moved where it meant another. Returns the run's name.

        "latest" is not kept as an alias: the run becomes the last in the order, until another is published.

        Raises:
            RunError: the alias is no name or that of a run, or there is no such run.
        """
        if alias != LATEST:
            check_name(alias, what="alias")
        with self._alone():
            found = self._open(run)
            if alias == LATEST:
                index = self._index()
                others = tuple(name for name in index.order if name != found.name)
                write_index(self.folder, Index((*others, found.name), index.aliases))
                return found.name
            if (self.folder / alias).exists():
                raise RunError(f"{alias!r} is the name of a run.", hint="Choose another alias.")
            index = self._index()
            write_index(self.folder, Index(index.order, index.aliases | {alias: found.name}))
        return found.name

    def publish(self, write: Callable[[Path], None], *, name: str = "", source: str = "", latest: bool = True) -> Run:
        """Have a run written beside its place and make it visible by one rename.

        Args:
            write: Writes the run's files, manifest included, into an empty folder.
            name: Name of the run; the time and the source's name when empty.
            source: Name of what was segmented.
            latest: Whether it becomes "latest"; if not, it comes before the run that is.

        Raises:
            RunError: the name is taken, or the folder is locked for more than a minute.
            SetupError: the folder can't be written.
        """
        with self._alone():
            if name:
                self.check_free(name)
            place = self.folder / (name or self._free_name(source))
            partial = self.folder / f"{PARTIAL}{place.name}"
            partial.mkdir()
            try:
                write(partial)
                sync_folder(partial)
                # A run of this name may have been removed by hand; neither its place in the order nor its names are this one's.
                forget_beside(place)
                index = self._index()
                write_index(self.folder, index)
                note_placing(partial, place)
                partial.rename(place)
            except BaseException:
                shutil.rmtree(partial, ignore_errors=True)
                raise
            before = len(index.order) if latest else max(len(index.order) - 1, 0)
            order = (*index.order[:before], place.name, *index.order[before:])
            write_index(self.folder, Index(order, index.aliases))
        return open_folder(place)

    def check_free(self, name: str) -> None:
        """Refuse the name of a run that can't be used, before any work is done.

        Raises:
            RunError: it is no name, an alias, or that of another run.
        """
        check_name(name)
        if name in _KEPT or name in read_index(self.folder).aliases:
            raise RunError(f"{name!r} is an alias, so it can't be the name of a run.", hint="Choose another name.")
        if (self.folder / name).exists():
            raise RunError(
                f"There is already a run {name!r} in {self.folder}; runs never change.",
                hint="Choose another name, or leave --name out.",
            )

    def rename(self, run: str, segment: int, name: str) -> dict[int, str]:
        """Give a segment of a run a name of its own; the run itself is not touched. Returns all names by segment.

        Raises:
            RunError: no such run or segment, an empty name, or one that another segment has.
        """
        with self._alone():
            return _rename_segment(self._open(run), segment, name)

    def needed(self) -> dict[str, tuple[str, ...]]:
        """Runs that `prune` never removes, each with what needs it: an alias, a campaign, a schedule or an audience."""
        found = {run: list(needs) for run, needs in runs_in_use(self.folder, self.exports, self.schedules).items()}
        aliases = self.aliases()
        for alias, run in read_index(self.folder).only(self._names()).aliases.items():
            found.setdefault(run, []).insert(0, f"alias {alias}")
        return {aliases.get(run, run): tuple(needs) for run, needs in found.items()}

    def prune(self, *, keep: int) -> tuple[str, ...]:
        """Remove all but the newest `keep` runs and those that something needs (`needed`). Returns the names removed.

        Raises:
            RunError: `keep` is below 1.
        """
        if keep < 1:
            raise RunError(f"keep is {keep}; at least one run must stay.")
        if not self.folder.is_dir():
            return ()
        with self._alone():
            needed = self.needed()
            old = tuple(run.name for run in self._readable()[:-keep] if run.name not in needed)
            # First out of sight by one rename each, then file by file: a crash between leaves no half run.
            for name in old:
                (self.folder / name).rename(self.folder / f"{REMOVED}{name}")
            self._clean_up()
        return old

    def _open(self, name: str) -> Run:
        names = self._names()
        meant = self.aliases().get(name, name)
        if is_name(meant) and meant in names:
            return open_folder(self.folder / meant)
        if name == LATEST:
            raise UnknownRunError(
                f"There are no runs in {self.folder}.",
                hint="Make the first run without --like: clustera segment customers.csv; --runs names another folder.",
            )
        if is_name(name) and (self.folder / name).is_dir():
            raise UnknownRunError(
                f"{self.folder / name} is a folder, but no run: it has no {MANIFEST}.",
                hint="`clustera runs` lists the runs.",
            )
        near = closest(name, names)
        hint = f"Did you mean {near}?" if near else "`clustera runs` lists the runs; --runs names another folder."
        raise UnknownRunError(f"There is no run {name!r} in {self.folder}.", hint=hint, near=near)

    def _readable(self) -> tuple[Run, ...]:
        runs = []
        for name in self._names():
            with suppress(RunError):
                runs.append(open_folder(self.folder / name))
        return tuple(runs)

    def _names(self) -> tuple[str, ...]:
        """Names of all runs, the oldest first; those that were copied here come after those published here."""
        try:
            with os.scandir(self.folder) as entries:
                found = [entry for entry in entries if not entry.name.startswith(".") and not entry.is_symlink()]
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise read_error(error, RunError(f"{self.folder} can't be read: {error}.")) from error
        place = {name: i for i, name in enumerate(read_index(self.folder).order)}
        written = {}
        for entry in found:
            with suppress(OSError):
                written[entry.name] = _manifest_time(entry, place)
        return tuple(sorted(written, key=lambda name: (place.get(name, len(place)), written[name], name)))

    def _index(self) -> Index:
        """Order and aliases of what is there; with the folder's lock, what was copied here gets its place."""
        names = self._names()
        return Index(names, read_index(self.folder).only(names).aliases)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with writing_folder(self.folder), locked_folder(self.folder):
            self._clean_up()
            yield

    def _clean_up_if_idle(self) -> None:
        """Remove what a killed process left, unless another process is at work or the folder can't be written."""
        if self._leftovers():
            with suppress(OSError, RunError), locked_folder(self.folder, timeout=0):
                self._clean_up()

    def _leftovers(self) -> tuple[Path, ...]:
        try:
            return tuple(path for path in self.folder.iterdir() if path.name.startswith((PARTIAL, REMOVED)))
        except OSError:
            return ()

    def _clean_up(self) -> None:
        """Finish removals and remove what was never finished; the caller holds the folder's lock."""
        leftovers = self._leftovers()
        for path in leftovers:
            name = path.name.removeprefix(REMOVED)
            if name != path.name and not (self.folder / name).exists():
                forget_beside(self.folder / name)
        if any(path.name.startswith(REMOVED) for path in leftovers):
            write_index(self.folder, self._index())
        for path in leftovers:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def _free_name(self, source: str) -> str:
        stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in Path(source).name.split(".")[0])[:60] or "run"
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        name, number = f"{stamp}-{stem}", 1
        while (self.folder / name).exists():
            number += 1
            name = f"{stamp}-{stem}-{number}"
        return name


def _manifest_time(entry: os.DirEntry[str], place: Mapping[str, int]) -> int:
    """When a run was written; OSError where it is none."""
    try:
        return (Path(entry.path) / MANIFEST).stat().st_mtime_ns
    except PermissionError:
        if entry.name not in place:  # such as lost+found
            raise
        return entry.stat().st_mtime_ns  # a run that this user may not read is told, not passed over


def rename_in_folder(run: Run, segment: int, name: str) -> dict[int, str]:
    """`Store.rename` for a run that was saved as a folder of its own."""
    with writing_folder(run.path.parent), locked_folder(run.path.parent):
        return _rename_segment(run, segment, name)


def _rename_segment(run: Run, segment: int, name: str) -> dict[int, str]:
    """Give a segment a name of its own, in a file beside the run. Returns all names by segment.

    Raises:
        RunError: no such segment, an empty name, or one that another segment has.
    """
    outcome = run.outcome()
    name = name.strip()
    names = run.names(outcome)
    if segment not in names:
        raise MissingError(f"{run.name} has no segment {segment}; it has: {', '.join(map(str, names))}.")
    if not name:
        raise RunError("The new name is empty.", hint='For example: clustera rename latest 3 "Careful savers"')
    taken = [number for number, used in names.items() if used == name and number != segment]
    if taken:
        raise RunError(f"Segment {taken[0]} is already called {name!r}; names tell segments apart.")
    names[segment] = name
    given = {p.segment: names[p.segment] for p in outcome.segments if names[p.segment] != p.name}
    replace_json(names_file(run.path), {"names": {str(s): n for s, n in sorted(given.items())}})
    return names
