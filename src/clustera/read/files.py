"""The files of a folder or of a pattern, as one table."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path

from clustera.engines import Engine, Rows, identifier
from clustera.errors import InputError, SetupError

PATTERN = frozenset("*?[")
TABLES = frozenset(
    {".csv", ".tsv", ".tab", ".txt", ".json", ".jsonl", ".ndjson", ".gz", ".zst", ".bz2", ".zip", ".xlsx", ".xls", ".xlsb", ".ods"}
)  # fmt: skip
HEAD = 1 << 16  # bytes; the line of names is shorter


def files_of(path: Path) -> list[Path]:
    """The file, the tables of a folder, or the files that a pattern fits, in the order of their names.

    Of a folder all Parquet files are taken, else all files whose names are those of tables; hidden and empty ones are not.

    Raises:
        InputError: there is none.
        SetupError: the place may not be read.
    """
    try:
        if path.is_dir():
            return _of_folder(path)
        if not path.exists():
            return _of_pattern(path)
        if not path.is_file():
            raise InputError(f"{path} is no file.")
    except PermissionError as error:
        raise SetupError(f"{path} can't be read: no permission.", hint=f"chmod u+r {path}") from error
    except OSError as error:  # a name that is too long, links in a circle
        raise InputError(f"There is no file {path}: {error.strerror}.", hint="Check the path.") from error
    return [path]


def _of_folder(path: Path) -> list[Path]:
    files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    found = [file for file in files if file.suffix == ".parquet"]
    found = found or [file for file in files if file.suffix.lower() in TABLES and file.stat().st_size]
    if not found:
        raise InputError(
            f"The folder {path} holds no table: neither a Parquet file nor CSV, JSON lines or Excel.",
            hint="Pass the file itself.",
        )
    return found


def _of_pattern(path: Path) -> list[Path]:
    if PATTERN & set(str(path)):
        plain = list(itertools.takewhile(lambda part: not PATTERN & set(part), path.parts))
        found = sorted(Path(*plain).glob(str(Path(*path.parts[len(plain) :]))))
        found = [file for file in found if file.is_file() and file.stat().st_size]
        if found:
            return found
        raise InputError(f"No file fits the pattern {path}.", hint="Put it in quotes, and check where it starts.")
    raise InputError(f"There is no file {path}.", hint=_similar(path))


def _similar(path: Path) -> str:
    from clustera.errors import closest

    folder = path.parent
    found = closest(path.name, (file.name for file in folder.iterdir())) if folder.is_dir() else ""
    return f"Did you mean {folder / found}?" if found else "Check the path; relative ones start where you are."


def put_together(files: Sequence[Path], folder: Path) -> Path | None:
    """One text file of several that begin with the same line of names; None where they don't.

    Args:
        files: Not empty.
        folder: Where the file is written, to be removed by its owner.
    """
    heads = [_head_of_file(file) for file in files]
    objects = all(head.lstrip().startswith(b"{") for head in heads)
    if not (objects or _have_one_first_line(heads)) or not all(_is_text_of_lines(head) for head in heads):
        return None
    named = hashlib.sha256("\n".join(map(str, files)).encode()).hexdigest()[:16]
    whole = folder / f"together-{named}"
    with whole.open("wb") as target:
        for number, path in enumerate(files):
            with path.open("rb") as source:
                if number and not objects:
                    source.readline()
                shutil.copyfileobj(source, target, 1 << 20)
            if not _ends_a_line(path):
                target.write(b"\n")
    return whole


def _head_of_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _have_one_first_line(heads: Sequence[bytes]) -> bool:
    return len({head.split(b"\n", 1)[0].rstrip(b"\r").removeprefix(b"\xef\xbb\xbf") for head in heads}) == 1


def _is_text_of_lines(head: bytes) -> bool:
    return b"\n" in head and b"\0" not in head and not _is_packed(head)


def _is_packed(head: bytes) -> bool:
    return head.startswith(
        (b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"PAR1", b"\xd0\xcf\x11\xe0", b"SQLite")
    )


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"


def stacked_tables(tables: Sequence[Rows], engine: Engine) -> Rows:
    """Tables under each other, their columns matched by name, `_row` counted on."""
    names = list(dict.fromkeys(name for table in tables for name in table.columns if name != "_extra"))
    names += ["_extra"] if any("_extra" in table.columns for table in tables) else []
    parts, above = [], 0
    for table in tables:
        cells = [
            f"_row + {above} as _row"
            if name == "_row"
            else identifier(name)
            if name in table.columns
            else f"null as {identifier(name)}"
            for name in names
        ]
        parts.append(f"select {', '.join(cells)} from {table.name}")
        above += table.count()
    return engine.view(f"select * from ({' union all '.join(parts)}) order by _row").keep()
