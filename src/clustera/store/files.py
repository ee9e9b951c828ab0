"""Files that appear whole or not at all, and that no spreadsheet mistakes for formulas."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from glob import escape as glob_escape
from itertools import chain
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from clustera.engines import Rows, mapped_sql
from clustera.errors import InputError, RunError, SetupError
from clustera.heard import note_placing
from clustera.store.csv_files import safe_rows, write_csv
from clustera.store.manifest import MANIFEST

PARTIAL = ".partial-"  # a file or folder that is not finished


def folder_of_runs(runs: str | Path) -> Path:
    """The folder of runs, which need not be there yet; RunError where it is a file."""
    folder = Path(runs)
    if folder.is_file():
        raise RunError(f"{folder} is a file; runs are kept in a folder.", hint="Name a folder, such as --runs runs.")
    return folder


def write_assigned(
    customers: Rows,
    path: Path,
    *,
    names: Mapping[int, str],
    quarantine: Rows | None = None,
    orders_quarantine: Rows | None = None,
) -> dict[str, Path]:
    """Assigned customers as one CSV or Parquet file; beside it the rows and the order lines that were left out.

    The files are written first and put in their places one after the other, so that of several writers each file, and
    all of them together, are one writer's. The other files of an earlier time go before the first is put in its place: a
    writer that is killed in between leaves one file alone, never two that do not belong together.

    Args:
        customers: As `pipeline.predict` gives them.
        path: The file; its ending says which kind it is.
        names: Those that people gave, by segment; a segment that is not among them keeps the name it has.
        quarantine: Rows that were left out: scored.csv gets scored.quarantine.csv beside it.
        orders_quarantine: Order lines that were left out, in scored.orders_quarantine.csv.

    Returns:
        The files beside it, by what they hold; none where everything was used, and no file of an earlier time is left there.
    """
    check_table_path(path)
    held = {"quarantine": quarantine, "orders_quarantine": orders_quarantine}
    beside = {what: path.with_name(f"{path.stem}.{what}{path.suffix}") for what in held}
    left_out = {what: rows for what, rows in held.items() if rows is not None and rows.count()}
    named = customers.select(
        f"select * replace ({mapped_sql('segment', names, otherwise='name')} as name) from {{rows}}"
    )
    with writing_file(path), ExitStack() as unfinished:
        first = unfinished.enter_context(_unfinished(path))
        _write_rows(named, first, path.suffix)
        others = {what: unfinished.enter_context(_unfinished(beside[what])) for what in left_out}
        for what, rows in left_out.items():
            _write_rows(rows, others[what], path.suffix)
        with _in_turn(path.parent):
            for place in beside.values():
                place.unlink(missing_ok=True)
            replace_file(first, path)
            for what, other in others.items():
                replace_file(other, beside[what])
    return {what: beside[what] for what in left_out}


def check_table_path(path: Path) -> None:
    """Refuse a file that is neither .csv nor .parquet.

    Raises:
        InputError: it is neither.
    """
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise InputError(f"{path} is neither .csv nor .parquet.", hint="For example: --output scored.csv")


def refuse_own_input(output: Path, *sources: str | Path | Sequence[str] | None) -> None:
    """Refuse to write over a table that is being read.

    Args:
        output: Where to write.
        sources: What is read; several files that are one table as a list.

    Raises:
        InputError: the output is one of the sources.
    """
    for source in chain.from_iterable([one] if one is None or isinstance(one, (str, Path)) else one for one in sources):
        same = False
        with suppress(OSError, ValueError):  # a source that is no path
            same = bool(source) and output.is_file() and output.samefile(str(source))
        if same:
            raise InputError(
                f"{output} is the table that is read; it would be lost.", hint="Choose another file to write."
            )


def write_rows(rows: Rows, path: Path) -> None:
    """A long table as one CSV or Parquet file, whole or not at all.

    Raises:
        RunError: the file is neither.
    """
    check_table_path(path)
    with whole_file(path) as temporary:
        _write_rows(rows, temporary, path.suffix)


def _write_rows(rows: Rows, path: Path, suffix: str) -> None:
    if suffix.lower() == ".parquet":
        rows.write_parquet(path)
    else:
        safe_rows(rows).write_csv(path)


def write_moved(moved: Rows, matrix: Sequence[Mapping[str, Any]], path: Path) -> tuple[Path, ...]:
    """Who moved between two runs, and the matrix of moves.

    Args:
        moved: As `pipeline.moved_customers` gives it.
        matrix: As `move_frames.move_matrix` gives it.
        path: A file, .csv or .parquet, with the matrix beside it as moved.matrix.csv; or a folder, made when missing, for
            moved.csv, moved.parquet and matrix.csv.

    Returns:
        The files.
    """
    if path.suffix and not path.is_dir():
        check_table_path(path)
        tables, counted, place = [path], path.with_name(f"{path.stem}.matrix.csv"), writing_file(path)
    else:
        tables, counted, place = [path / "moved.csv", path / "moved.parquet"], path / "matrix.csv", writing_folder(path)
    with place:
        for table in tables:
            with _unfinished(table) as temporary:
                _write_rows(moved, temporary, table.suffix)
                replace_file(temporary, table)
        with _unfinished(counted) as temporary:
            write_csv(matrix, temporary)
            replace_file(temporary, counted)
    return (*tables, counted)


def refuse_missing_parent(path: Path, *, option: str = "") -> None:
    """Refuse a file or a folder in a folder that is not there: a slip would make folders nobody looks for.

    Args:
        path: The file or folder.
        option: Of the command that names it.

    Raises:
        InputError: there is no such folder.
    """
    if not path.parent.exists():
        named = f"{option} {path}".strip()
        raise InputError(f"{named}: there is no folder {path.parent}.", hint=f"Make it first: mkdir -p {path.parent}")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Write one file that appears whole or not at all: what is written to the path that is given is put in its place.

    Raises:
        InputError: there is no such folder, or it is that of a run.
        SetupError: the disk refuses.
    """
    with writing_file(path), _unfinished(path) as temporary:
        yield temporary
        replace_file(temporary, path)


def write_bytes(path: Path, content: bytes) -> None:
    """One file, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str, *, kinds: Sequence[str]) -> None:
    """One text file, whole or not at all.

    Args:
        path: The file.
        text: What it holds.
        kinds: Endings that it may have, such as ".sql": so no table and no script is written over by a slip.

    Raises:
        InputError: it has another ending.
    """
    with writing_file(path):
        device = path.exists() and not path.is_file() and not path.is_dir()
    if path.name and path.suffix.lower() not in kinds and not device:
        raise InputError(
            f"{path} is not a {' or '.join(kinds)} file.", hint=f"For example: --output segments{kinds[0]}"
        )
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_own_files(folder: Path, files: Mapping[str, str], *, mark: str) -> tuple[Path, ...]:
    """Text files below a folder that is not ours; only files that we wrote before are replaced.

    Args:
        folder: Made when missing; the folder that it lies in is not.
        files: Content by path below it.
        mark: Stands in the first line of each file that we write.

    Raises:
        RunError: there is a file of that name without the mark; nothing is written.
    """
    paths = {folder / name: text for name, text in files.items()}
    for path in paths:
        if path.exists() and mark not in path.read_text(encoding="utf-8", errors="replace").partition("\n")[0]:
            raise RunError(f"{path} is there already, and not ours.", hint="Move it, or choose another folder.")
    for path, text in paths.items():
        with writing_folder(path.parent, asked=folder):
            write_text(path, text, kinds=(path.suffix,))
    return tuple(paths)


def write_table(path: Path, rows: Sequence[Mapping[str, Any]], *, columns: Sequence[str] = ()) -> None:
    """A small table as CSV, whole or not at all; `columns` are the first row's when left out.

    Raises:
        InputError: the file is no .csv.
    """
    if path.suffix.lower() != ".csv":
        raise InputError(f"{path} is no .csv.", hint="For example: --output results.csv")
    with whole_file(path) as temporary:
        write_csv(rows, temporary, columns=columns)


@contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A file of this writer's own beside `path`, removed in the end; those that killed writers left go first.

    A lock tells whose writer still lives: the system releases it when its holder dies.
    """
    for old in path.parent.glob(f"{PARTIAL}{glob_escape(path.name)}-*.lock"):
        with suppress(OSError, Timeout), FileLock(old, timeout=0, thread_local=False):
            old.with_suffix("").unlink(missing_ok=True)
            old.unlink(missing_ok=True)
    if not path.name:
        raise InputError("The output names no file.", hint="For example: --output segments.sql")
    if (path.parent / MANIFEST).is_file():
        raise InputError(
            f"{path.parent} is the folder of a run, whose files never change.", hint="Write to another folder."
        )
    temporary = path.with_name(f"{PARTIAL}{path.name}-{secrets.token_hex(4)}")
    lock = FileLock(f"{temporary}.lock", thread_local=False)
    # Where no file can be made, such as in /proc, a lock would be waited for without end.
    Path(lock.lock_file).touch()
    try:
        with lock:
            try:
                yield temporary
            finally:
                temporary.unlink(missing_ok=True)
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)


@contextmanager
def _in_turn(folder: Path) -> Iterator[None]:
    """Alone in putting finished files into a folder, where the system can lock a folder (not on Windows)."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def replace_file(temporary: Path, path: Path) -> None:
    """Put a finished file into its place; waits a second where another program has the old one open (Windows).

    What is no file, such as /dev/stdout, is written to and stays what it is.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        with temporary.open("rb") as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        temporary.unlink()
        return
    note_placing(temporary, path)
    for _ in range(20):
        with suppress(PermissionError):
            temporary.replace(path)
            return
        if os.name != "nt":
            break
        time.sleep(0.05)
    temporary.replace(path)


def replace_json(path: Path, content: Mapping[str, Any], *, private: bool = False) -> None:
    """JSON in place of what was there, whole or not at all; `private`: only this user can read it, at any moment."""
    with replacing_file(path) as temporary:  # the caller holds the folder's lock
        if private:
            os.close(os.open(temporary, os.O_CREAT | os.O_WRONLY, 0o600))
        write_json(temporary, content)


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, put in its place in the end, or removed where it can't be written.

    What a killed writer left has the same name; the caller holds the folder's lock.
    """
    temporary = path.with_name(f"{PARTIAL}{path.name}")
    try:
        yield temporary
        replace_file(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


@contextmanager
def locked_folder(folder: Path, *, timeout: float = 60) -> Iterator[None]:
    """Alone in a folder of runs; RunError when another process has been there for longer than `timeout` seconds."""
    # The operating system releases the lock when its holder dies.
    try:
        with FileLock(folder / ".lock", timeout=timeout):
            yield
    except Timeout as error:
        raise RunError(
            f"Another process has been writing to {folder} for more than a minute.",
            hint="Wait for it, or use another folder: --runs FOLDER.",
        ) from error


@contextmanager
def writing_folder(folder: Path, *, asked: Path | None = None) -> Iterator[None]:
    """Write into a folder, which is made when missing; what the disk refuses is a SetupError.

    Args:
        folder: The folder.
        asked: The file or folder that somebody named, where that is not `folder`: what it lies in is never made.

    Raises:
        InputError: the folder in which it lies is missing.
        SetupError: the disk refuses.
    """
    try:
        refuse_missing_parent(asked or folder)
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        said = os.strerror(error.errno) if error.errno else error  # pyarrow has words of its own around it
        cure = "Allow it to your account" if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) else "Free space"
        raise SetupError(f"Can't write to {folder}: {said}.", hint=f"{cure} or choose another folder.") from error


def writing_file(path: Path) -> AbstractContextManager[None]:
    """Write a file that somebody named, into a folder that is there.

    Raises:
        InputError: there is no such folder.
        SetupError: the disk refuses.
    """
    return writing_folder(path.parent, asked=path)


def sync_folder(folder: Path) -> None:
    """Have the disk hold the files of a folder, and where the system can, the folder itself."""
    for path in folder.iterdir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    if os.name != "nt":  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """JSON with sorted keys and a last newline."""
    path.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
