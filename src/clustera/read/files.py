"""The files of a folder or of a pattern, as one table."""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from clustera.engines import Engine, Rows, identifier
from clustera.errors import InputError, SetupError, is_utf8

PATTERN = frozenset("*?[")
_GLOB = frozenset("*?[]{}")
TABLES = frozenset(
    {".csv", ".tsv", ".tab", ".txt", ".json", ".jsonl", ".ndjson", ".gz", ".zst", ".bz2", ".xz", ".lz4", ".zip", ".feather", ".arrow", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"}
)  # fmt: skip
HEAD = 1 << 16  # bytes; the line of names is shorter
_MARK = b"\xef\xbb\xbf"  # of UTF-8, at the beginning of a file


def files_of(path: Path) -> list[Path]:
    """The file, the tables of a folder, or the files that a pattern fits, in the order of their names.

    Of a folder all Parquet files are taken, else all files whose names are those of tables; hidden ones are not. Empty
    ones are among them, unless all are empty.

    Raises:
        InputError: there is none.
        SetupError: the place may not be read.
    """
    try:
        found = _of_folder(path) if path.is_dir() else [path] if path.exists() else _of_pattern(path)
        for file in found:
            if not is_utf8(str(file)):
                name = os.fsencode(file).decode(errors="replace")
                raise InputError(f"The name of the file {name} is not UTF-8.", hint="Rename it.")
        if found == [path] and not path.is_file():
            raise InputError(f"{path} is no file.", hint="Save what another program writes as a file first.")
    except PermissionError as error:
        place = error.filename or path
        raise SetupError(f"{place} can't be read: no permission.", hint=f"chmod u+rX {place}") from error
    except OSError as error:  # a name that is too long, links in a circle
        raise InputError(f"There is no file {path}: {error.strerror}.", hint="Check the path.") from error
    return found


def _of_folder(path: Path) -> list[Path]:
    files = _visible_files(path)
    found = [file for file in files if file.suffix == ".parquet"]
    found = found or [file for file in files if is_table_name(file)]
    if not any(file.stat().st_size for file in found):
        raise InputError(
            f"The folder {path} holds no table: neither a Parquet file nor CSV, JSON lines or Excel.",
            hint="Pass the file itself.",
        )
    return found


def unread_files(path: Path, found: Sequence[Path]) -> list[Path]:
    """The files of a folder that `files_of` did not take, in the order of their names; hidden ones are not among them.

    Args:
        path: The folder; of a file or a pattern there are none.
        found: What `files_of` gave for it.
    """
    if not path.is_dir():
        return []
    taken = set(found)
    return [file for file in _visible_files(path) if file not in taken]


def is_folder_of(path: Path, files: Sequence[Path]) -> bool:
    """Whether a path is a folder whose tables are these files, none of them reached by a link."""
    return path.is_dir() and list(files) == [path.resolve() / file.relative_to(path) for file in files_of(path)]


def _visible_files(folder: Path) -> list[Path]:
    """The files of a folder and the folders in it, but for hidden files and folders, and what Office keeps beside an open workbook."""
    visible = _all_below(folder)
    for file in visible:
        if is_table_name(file) or file.suffix == ".parquet":
            _refuse_dead_link(file)
    return [file for file in visible if file.is_file()]


def _all_below(folder: Path) -> list[Path]:
    """What lies in a folder and the folders in it and behind links, in the order of the names; of each folder once.

    `Path.rglob` is silent about folders behind links, and about those that may not be read: here they are a PermissionError.
    """
    found, folders, links, known = list[Path](), [folder], list[Path](), set[str]()
    while folders:
        place = folders.pop(0)
        real = os.path.realpath(place)
        if real not in known:
            known.add(real)
            for path in map(Path, sorted(entry.path for entry in os.scandir(place))):
                if not _is_hidden(path, folder):
                    (found if not path.is_dir() else links if path.is_symlink() else folders).append(path)
        if not folders:  # what lies in the folder itself is called by its own name
            folders, links = links, []
    return sorted(found)


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith((".", "~$")) or part == "lost+found" for part in file.relative_to(folder).parts)


def is_table_name(path: Path) -> bool:
    """Whether a file is called like a table of text or a workbook.

    >>> is_table_name(Path("Orders.CSV")), is_table_name(Path("readme.md"))
    (True, False)
    """
    return path.suffix.lower() in TABLES


def _of_pattern(path: Path) -> list[Path]:
    if PATTERN & set(str(path)):
        plain = list(itertools.takewhile(lambda part: not PATTERN & set(part), path.parts))
        folder, pattern = Path(*plain), Path(*path.parts[len(plain) :])
        _refuse_closed_folders(folder, pattern.parts)
        found = sorted(folder.glob(str(pattern)))
        if not _is_hidden(pattern, Path()):
            found = [file for file in found if not _is_hidden(file, folder)]
        for file in found:
            _refuse_dead_link(file)
        found = [file for file in found if file.is_file()]
        if any(file.stat().st_size for file in found):
            return found
        raise InputError(f"No file fits the pattern {path}.", hint="Put it in quotes, and check where it starts.")
    _refuse_dead_link(path)
    raise InputError(f"There is no file {path}.", hint=_similar(path))


def _refuse_closed_folders(folder: Path, parts: Sequence[str]) -> None:
    """Raise PermissionError where a pattern looks into a folder that may not be read; `Path.glob` passes over it."""
    for at, part in enumerate(parts):
        right = os.R_OK | os.X_OK if PATTERN & set(part) else os.X_OK
        for place in folder.glob(str(Path(*parts[:at]))) if at else [folder]:
            if place.is_dir() and not _is_hidden(place, folder) and not os.access(place, right):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))


def _refuse_dead_link(path: Path) -> None:
    if path.is_symlink() and not path.exists():
        raise InputError(
            f"{path} is a link to {path.readlink()}, where there is no file.", hint="Link it again, or remove it."
        )


def _similar(path: Path) -> str:
    from clustera.errors import closest

    folder = path.parent
    found = closest(path.name, (file.name for file in folder.iterdir())) if folder.is_dir() else ""
    return f"Did you mean {folder / found}?" if found else "Check the path; relative ones start where you are."


def files_alike(files: Sequence[Path], names_at: Callable[[Path], int]) -> list[list[Path]]:
    """The files, those beside each other together that are text and begin alike, the line of names included.

    Args:
        files: In their order.
        names_at: Which line of a text file holds the names, from 1, blank lines not counted; 0 where none does.
    """
    groups: list[list[Path]] = []
    for begins, alike in itertools.groupby(files, _beginnings(files).__getitem__):
        group = list(alike)
        last = names_at(group[0]) if len(group) > 1 and begins != b"{" else 1
        # A title above the names, or a line that names the separator, may stand above other names in another file.
        if last == 1:
            groups.append(group)
        elif last:
            begins_so = [(_first_lines(beginning_of_file(path), last), path) for path in group]
            groups += [[path for _, path in same] for _, same in itertools.groupby(begins_so, itemgetter(0))]
        else:
            groups += [[path] for path in group]
    return groups


def _beginnings(files: Sequence[Path]) -> dict[Path, bytes | Path]:
    """The first line of each file, "{" for objects in lines; the path itself of a file that is read alone."""
    objects = {path: _objects_in(beginning_of_file(path)) for path in files}
    # An object that holds a list may be a line like those of the other files, such as one order with its items.
    alone = {"whole"} if "lines" in objects.values() else {"whole", "wrapped"}
    found: dict[Path, bytes | Path] = {}
    for path in files:
        head = beginning_of_file(path)
        if not is_text_of_lines(head) or objects[path] in alone:
            found[path] = path
        else:
            found[path] = b"{" if _holds_objects(head) else _first_lines(head, 1)
    return found


def pages_without_rows(files: Sequence[Path]) -> list[Path]:
    """Of several files of JSON those that hold an empty list, by itself or under the key of the others' lists."""
    heads = {path: beginning_of_file(path).removeprefix(_MARK).strip() for path in files}
    if "lines" in map(_objects_in, heads.values()):
        return []  # an object with an empty list may be a line like those of the other files
    found = []
    for path, head in heads.items():
        key = _key_of_nothing(head) if len(head) < HEAD - len(_MARK) else None
        filled = rb"^\[\s*\{" if key == "" else rb"%s\s*:\s*\[\s*\{" % re.escape(json.dumps(key).encode())
        if key is not None and any(re.search(filled, other) for other in heads.values()):
            found.append(path)
    return found


def _key_of_nothing(text: bytes) -> str | None:
    """The key under which JSON text has an empty list, and no other list; "" where it is one itself, None where it has none.

    >>> _key_of_nothing(b'{"data": [], "page": 3}'), _key_of_nothing(b"[ ]"), _key_of_nothing(b'{"id": 7}')
    ('data', '', None)
    """
    if not text.startswith((b"{", b"[")) or not re.search(rb"\[\s*\]", text):
        return None
    try:
        whole = json.loads(text)
    except ValueError:
        return None
    lists = {"": whole} if whole == [] else whole if isinstance(whole, dict) else {}
    found = {key: value for key, value in lists.items() if isinstance(value, list)}
    return next(iter(found)) if len(found) == 1 and not any(found.values()) else None


def _first_lines(head: bytes, count: int) -> bytes:
    lines = (line.rstrip(b"\r") for line in head.removeprefix(_MARK).split(b"\n"))
    return b"\n".join(itertools.islice((line for line in lines if line.strip()), count))


def _holds_objects(head: bytes) -> bool:
    return head.lstrip().startswith(b"{")


def _objects_in(head: bytes) -> str:
    r"""What a file that begins so holds: "" for anything but JSON objects.

    "lines" are objects in lines, "whole" is one object over several lines, "wrapped" one that holds a list of objects in
    one line, "line" one without a list.

    >>> [_objects_in(head) for head in (b'{"id": 1}\n{"id": 2}', b'{\n "data": [', b'{"data": [{"id": 1}]}\n', b"id")]
    ['lines', 'whole', 'wrapped', '']
    """
    text = head.removeprefix(_MARK).strip()
    if not text.startswith(b"{"):
        return ""
    first, _, more = text.partition(b"\n")
    if more:
        return "lines" if first.rstrip().endswith(b"}") else "whole"
    return "wrapped" if re.search(rb"\[\s*\{", first) else "line"


def put_together(
    files: Sequence[Path],
    folder: Path,
    last_line: Callable[[Path, bytes], bytes] = lambda path, line: line,
    *,
    names_at: int = 1,
) -> Path:
    """One text file of several that begin with the same lines, down to that of names.

    Args:
        files: Not empty; as `files_alike` has them.
        folder: Where the file is written, to be removed by its owner.
        last_line: What is written for the last line of a file that does not end with the end of a line.
        names_at: Which line holds the names, from 1, blank lines not counted.
    """
    objects = _holds_objects(beginning_of_file(files[0]))
    named = hashlib.sha256("\n".join(map(str, files)).encode()).hexdigest()[:16]
    whole = folder / f"together-{named}"
    with whole.open("wb") as target:
        for number, path in enumerate(files):
            line = unended_line(path)
            with path.open("rb") as source:
                if number and not objects:
                    _skip_lines(source, names_at)
                shutil.copyfileobj(source, target, 1 << 20)
            if line:
                written = line if objects else last_line(path, line)
                target.seek(-len(line), 2)
                target.write(written + b"\n")
            elif line is None:
                target.write(b"\n")
    return whole


def _skip_lines(file: BinaryIO, count: int) -> None:
    """Go on behind so many lines that are not blank."""
    while count and (line := file.readline()):
        count -= bool(line.strip())


def unended_line(path: Path) -> bytes | None:
    """The last line of a file that does not end with the end of a line; b"" where it does, None where it is too long."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - HEAD))
        tail = file.read()
    start = max(tail.rfind(b"\n"), tail.rfind(b"\r")) + 1
    return tail[start:] if start else None


def beginning_of_file(path: Path) -> bytes:
    """The first bytes of a file, more than enough to tell what it is."""
    with path.open("rb") as file:
        return file.read(HEAD)


def is_text_of_lines(head: bytes) -> bool:
    """Whether a file that begins so is text of lines, in bytes of one character or UTF-8."""
    return b"\n" in head and b"\0" not in head and not _is_packed(head)


def _is_packed(head: bytes) -> bool:
    return head.startswith(
        (
            b"PK\x03\x04",
            b"\x1f\x8b",
            b"\x28\xb5\x2f\xfd",
            b"BZh",
            b"\xfd7zXZ",
            b"ARROW1",
            b"PAR1",
            b"\xd0\xcf\x11\xe0",
            b"SQLite",
        )
    )


def names_alike(tables: Sequence[Iterable[str]]) -> list[dict[str, str]]:
    """For each table, its columns by the name that the first table with such a column has; capital letters do not matter.

    >>> names_alike([["id", "amount"], ["ID", "Total"]])
    [{'id': 'id', 'amount': 'amount'}, {'id': 'ID', 'Total': 'Total'}]
    """
    known: dict[str, str] = {}
    return [{known.setdefault(name.casefold(), name): name for name in names} for names in tables]


def stacked_tables(tables: Sequence[Rows], engine: Engine) -> Rows:
    """Tables under each other, their columns matched by name, `_row` counted on."""
    alike = names_alike([table.columns for table in tables])
    names = list(dict.fromkeys(name for own in alike for name in own if name != "_extra"))
    names += ["_extra"] if any("_extra" in table.columns for table in tables) else []
    texts = {
        name
        for table, own in zip(tables, alike, strict=True)
        for name, column in own.items()
        if table.columns[column] == "VARCHAR"
    }
    parts, above = [], 0
    for table, own in zip(tables, alike, strict=True):
        cells = [
            f"_row + {above} as _row"
            if name == "_row"
            else f"{_cell_sql(own[name], table.columns[own[name]], beside_text=name in texts)} as {identifier(name)}"
            if name in own
            else f"null as {identifier(name)}"
            for name in names
        ]
        parts.append(f"select {', '.join(cells)} from {table.name}")
        above += table.count()
    return engine.view(f"select * from ({' union all '.join(parts)}) order by _row").keep()


def _cell_sql(name: str, kind: str, *, beside_text: bool) -> str:
    """SQL for a cell of one of several tables; a number with three decimals gets a fourth where others have text.

    There 12.125 could as well be twelve thousand.
    """
    cell = identifier(name)
    if not beside_text or not kind.startswith(("DOUBLE", "FLOAT", "DECIMAL")):
        return cell
    text = f"cast({cell} as varchar)"
    return f"case when regexp_matches({text}, '[.][0-9]{{3}}$') then {text} || '0' else {text} end"


def path_without_pattern(path: Path, engine: Engine) -> Path:
    """The same file under a name in which no engine sees a pattern, or somebody's home."""
    if not _GLOB & set(str(path)) and not str(path).startswith("~"):
        return path
    link = engine.folder / f"source-{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    if not link.exists():
        try:
            link.symlink_to(path.resolve())
        except OSError:  # Windows lets only some people make links
            shutil.copyfile(path, link)
    return link
