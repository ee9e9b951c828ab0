"""Any customer table into rows of an engine: text files in their usual spellings, Parquet, JSON lines, frames."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from clustera.engines import DuckEngine
from clustera.errors import InputError, SetupError
from clustera.read.jsonlines import scan_json_lines
from clustera.read.options import ReadOptions
from clustera.read.packing import packing_of, unpack
from clustera.read.text import scan_text
from clustera.read.typed import scan_frame, scan_parquet
from clustera.records import Raw, Rows, Source

__all__ = ["ReadOptions", "read", "standard_input"]

Progress = Callable[[str, float], None]  # what is being done, share done

DEFAULTS = ReadOptions()
COLUMN_LIMIT = 2_000
_PARQUET_MAGIC = b"PAR1"
_GLOB = set("*?[]{}")


def read(
    source: object, *, engine: DuckEngine, options: ReadOptions = DEFAULTS, progress: Progress | None = None
) -> Raw:
    """Every row of a source, every cell as the source has it.

    Args:
        source: A path (CSV, TSV or other text, JSON lines, Parquet file or folder; also .gz, .zst, .bz2), or any table
            with `__arrow_c_stream__`.
        engine: Where the rows will live.
        options: What the file itself does not say.
        progress: Told what is being read, and the share that is done.

    Raises:
        InputError: the source is missing, empty, damaged or no table.
        SetupError: it may not be read, or the disk is full.
    """
    if isinstance(source, (str, os.PathLike)):
        return _read_path(Path(source), engine=engine, options=options, progress=progress)
    if hasattr(source, "__arrow_c_stream__"):
        rows = scan_frame(source, engine=engine)
        name = type(source).__name__
        _refuse_shapeless(rows, name)
        return Raw(Source(name=name, format="frame", rows=rows.count()), rows)
    raise InputError(
        f"A {type(source).__name__} is no table.",
        hint="Pass a path, or a pandas, polars or pyarrow table; pandas.DataFrame(...) makes one of lists.",
    )


def standard_input(stream: BinaryIO) -> Path:
    """What comes in on a stream, as a file that `read` takes; removed when the program ends.

    Raises:
        SetupError: the temporary folder is full.
    """
    folder = Path(tempfile.mkdtemp(prefix="clustera-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "standard input"
    with _complaints("standard input"), path.open("wb") as file:
        shutil.copyfileobj(stream, file, 1 << 20)
    return path


def _read_path(path: Path, *, engine: DuckEngine, options: ReadOptions, progress: Progress | None) -> Raw:
    name = path.name
    files = _files(path)
    before = [_state(file) for file in files]
    if progress:
        progress(f"reading {name}", 0.0)
    with _complaints(name):
        digest = _sha256(files)
        form, rows, spelling = _scan(files, engine=engine, options=options, name=name)
    if [_state(file) for file in files] != before:
        raise InputError(f"{name} changed while it was read.", hint="Wait until it is written, then run again.")
    _refuse_shapeless(rows, name)
    if progress:
        progress(f"reading {name}", 1.0)
    size = sum(file.stat().st_size for file in files)
    return Raw(Source(name, form, rows.count(), bytes=size, sha256=digest, spelling=spelling), rows)


def _scan(
    files: list[Path], *, engine: DuckEngine, options: ReadOptions, name: str
) -> tuple[str, Rows, dict[str, Any]]:
    with files[0].open("rb") as file:
        head = file.read(4096)
    if head.startswith(_PARQUET_MAGIC):
        return "parquet", scan_parquet([_plain_name(file, engine) for file in files], engine=engine, name=name), {}
    path = _plain_name(files[0], engine)
    spelling: dict[str, Any] = {}
    if packing := packing_of(head):
        path = unpack(path, packing, engine.folder, name)
        spelling["packing"] = packing
        with path.open("rb") as file:
            head = file.read(4096)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return "jsonl", scan_json_lines(path, engine=engine, name=name), spelling
    rows, text = scan_text(path, engine=engine, options=options, name=name)
    spelling |= {key: value for key, value in asdict(text).items() if key not in {"names", "plain"}}
    return ("tsv" if text.separator == "\t" else "csv"), rows, spelling


def _files(path: Path) -> list[Path]:
    """The file, or the Parquet files of a folder in the order of their names."""
    try:
        if path.is_dir():
            files = sorted(file for file in path.rglob("*.parquet") if file.is_file())
            if not files:
                raise InputError(f"The folder {path} holds no Parquet file.", hint="Pass the file itself.")
            return files
        if not path.exists():
            raise InputError(f"There is no file {path}.", hint=_similar(path))
        if not path.is_file():
            raise InputError(f"{path} is no file.")
    except PermissionError as error:
        raise SetupError(f"{path} can't be read: no permission.", hint=f"chmod u+r {path}") from error
    return [path]


def _similar(path: Path) -> str:
    from clustera.errors import closest

    folder = path.parent
    found = closest(path.name, (file.name for file in folder.iterdir())) if folder.is_dir() else ""
    return f"Did you mean {folder / found}?" if found else "Check the path; relative ones start where you are."


def _plain_name(path: Path, engine: DuckEngine) -> Path:
    """The same file under a name in which no engine sees a pattern."""
    if not _GLOB & set(str(path)):
        return path
    link = engine.folder / f"source-{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    if not link.is_symlink():
        link.symlink_to(path.resolve())
    return link


def _sha256(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _state(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


class _complaints:  # noqa: N801 - reads as a statement: with _complaints(name)
    """Turns what the operating system says about a file into our errors."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PermissionError):
            raise SetupError(f"{self.name} can't be read: no permission.", hint="Ask its owner.") from error
        if isinstance(error, OSError):
            raise SetupError(f"{self.name} can't be read: {error.strerror or error}.") from error


def _refuse_shapeless(rows: Rows, name: str) -> None:
    columns = len(rows.columns) - 1
    if columns > COLUMN_LIMIT:
        raise InputError(
            f"{name} has {columns:,} columns; a customer table has at most {COLUMN_LIMIT:,}.",
            hint="Does it have one row per customer? Leave out the columns that don't describe customers.",
        )
