"""What is odd about single files of several that are one table: empty, cut off, or with other columns than the rest."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from clustera.engines import Engine, identifier
from clustera.read.files import beginning_of_file, is_table_name, names_alike, stacked_tables, unread_files
from clustera.read.lines import Lines
from clustera.read.typed import mixed_columns
from clustera.read.watching import hash_of_files
from clustera.records import Finding, Raw, Value

SHOWN = 10  # files in a message
_REGULAR = 0.5  # share of a file's objects that have a key, where files without it are told
_TAIL = 1 << 16  # bytes; a longer last line is not looked at


@dataclass(frozen=True, slots=True)
class Part:
    """Files that were read as one, since they begin alike."""

    files: tuple[Path, ...]
    columns: tuple[str, ...]  # as people are told they are called
    lines: int


def without_empty_files(files: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Files with text, and those without; all are with text where none is, so that the first is refused."""
    empty = [path for path in files if _is_empty(path)]
    if len(empty) == len(files):
        return list(files), []
    return [path for path in files if path not in set(empty)], empty


def _is_empty(path: Path) -> bool:
    size = path.stat().st_size
    return not size or (size < _TAIL and not path.read_bytes().removeprefix(b"\xef\xbb\xbf").strip())


def empty_files(files: Sequence[Path]) -> list[Finding]:
    """Which files hold nothing."""
    return _finding_of_files("empty-files", [{"file": path.name} for path in files], count=len(files))


def same_files(files: Sequence[Path]) -> list[Finding]:
    """Which files hold what one before them holds, byte for byte; of files without rows, which days without orders are, it is not said."""
    sizes = Counter(path.stat().st_size for path in files)
    first: dict[str, Path] = {}
    items = []
    for path in files:
        if sizes[path.stat().st_size] > 1 and _has_rows(path):
            before = first.setdefault(hash_of_files([path]), path)
            items += [{"file": path.name, "other": before.name}] if before != path else []
    return _finding_of_files("same-files", items, count=len(items))


def _has_rows(path: Path) -> bool:
    """Whether a file has more lines than one of names and one of data; of what is packed some lines are seen too."""
    head = beginning_of_file(path)
    if head.startswith(b"PAR1"):
        return bool(pq.read_metadata(path).num_rows)
    return len(re.findall(rb"\r\n?|\n", head.strip(b"\0\r\n\t "))) > 1


def files_not_read(folder: Path, found: Sequence[Path]) -> list[Finding]:
    """Which files of a folder are not read: tables beside Parquet files, and what is no table by its name.

    Args:
        folder: What was asked for; a file or a pattern leaves out none.
        found: The files that are read.
    """
    left = unread_files(folder, found)
    tables = [path for path in left if is_table_name(path)]
    shown = [path.relative_to(folder).as_posix() for path in (*tables, *(path for path in left if path not in tables))]
    case = "tables" if tables else "others"
    return [
        replace(finding, severity="warning" if tables else "note", values={**finding.values, "case": case})
        for finding in _finding_of_files("files-not-read", [{"file": name} for name in shown], count=len(left))
    ]


def cut_files(files: Mapping[Path, str]) -> list[Finding]:
    """Which files end in the middle of a line.

    Args:
        files: The last line of each.
    """
    items = [{"file": path.name, "line": line[:80]} for path, line in files.items()]
    return _finding_of_files("cut-off-files", items, count=len(files))


def rows_of_files(files: Sequence[Path], parts: Sequence[Part], rows: int) -> tuple[tuple[str, int | None], ...]:
    """The names of files, with the data rows of those that were read by themselves.

    >>> alike = Part((Path("1.csv"), Path("3.csv")), ("id", "Total"), 40)
    >>> rows_of_files([Path("in/1.csv"), Path("in/2.csv")], [alike, Part((Path("in/2.csv"),), ("id",), 17)], 57)
    (('1.csv', None), ('2.csv', 17))
    """
    if len(files) == 1:
        return ((files[0].name, rows),)
    alone = {part.files[0]: part.lines for part in parts if len(part.files) == 1}
    return tuple((file.name, alone.get(file)) for file in files)


def lacking_columns(parts: Sequence[Part]) -> list[Finding]:
    """Which files lack columns that at least half of the files have.

    >>> usual = Part((Path("1.csv"), Path("3.csv")), ("id", "Total"), 40)
    >>> lacking_columns([usual, Part((Path("2.csv"),), ("id", "Amount EUR"), 17)])[0].values["files"]
    ({'file': '2.csv', 'columns': 'Total', 'others': 'Amount EUR', 'lines': 17},)
    """
    having: dict[str, int] = {}
    for part in parts:
        for column in part.columns:
            having[column] = having.get(column, 0) + len(part.files)
    total = sum(len(part.files) for part in parts)
    usual = [column for column, files in having.items() if 2 * files >= total]
    items: list[Mapping[str, str | int]] = []
    lines, files = 0, 0
    for part in parts:
        lacks = [column for column in usual if column not in part.columns]
        if lacks:
            more = len(part.files) - 1
            name = f"{part.files[0].name} to {part.files[-1].name}" if more else part.files[0].name
            others = [column for column in part.columns if column not in usual]
            named = {"columns": ", ".join(lacks), "others": ", ".join(others)}
            items.append({"file": name, **named, "lines": part.lines})
            lines, files = lines + part.lines, files + len(part.files)
    return _finding_of_files("files-lack-columns", items, count=lines, of=files)


def stacked_parts(parts: Sequence[Raw], name: str, engine: Engine) -> Raw:
    """Tables under each other; rows of examples are counted on."""
    if len(parts) == 1:
        return parts[0]
    rows = stacked_tables([part.rows for part in parts], engine)
    found: list[Finding] = []
    above = 0
    for part in parts:
        found += [
            replace(finding, examples=tuple((row + above, text) for row, text in finding.examples))
            for finding in part.findings
        ]
        above += part.source.rows
    own: dict[str, str] = {}
    for part, alike in zip(parts, names_alike([part.rows.columns for part in parts]), strict=True):
        own = {column: part.names[name] for column, name in alike.items() if name in part.names} | own
    return Raw(replace(parts[0].source, name=name, rows=rows.count()), rows, tuple(dict.fromkeys(found)), own)


def parquet_parts(files: Sequence[Path]) -> list[Part]:
    """The columns and rows of each Parquet file; those of the same columns beside each other together."""
    names: dict[str, str] = {}
    found = []
    for path in files:
        meta = pq.read_metadata(path)
        schema = meta.schema.to_arrow_schema()
        columns = tuple(names.setdefault(name.casefold(), name) for name in schema.names)
        found.append(Part((path,), columns, meta.num_rows))
    return _grouped_files(found)


def object_parts(files: Sequence[Path], raw: Raw, engine: Engine) -> list[Part]:
    """The columns and rows of each file of JSON lines, read as one; a key that most objects lack counts as everyone's."""
    lines = [_lines_with_text(path, raw) for path in files]
    starts = [1, *(1 + above for above in itertools.accumulate(lines))][:-1]
    bounds = engine.arrow(pa.table({"file": range(len(files)), "start": starts, "lines": lines}))
    own = [name for name in raw.rows.columns if name not in ("_row", "_extra")]
    counts = ", ".join(f"count({identifier(name)}) as n{at}" for at, name in enumerate(own))
    filled = engine.view(
        f"select f.file, {counts} from {raw.rows.name} r asof join "
        f"(select * from {bounds.name} where lines > 0) f on r._row >= f.start group by f.file"
    ).query("select * from {rows}")
    cells = {row["file"]: row for row in filled.to_pylist()}
    shown = dict(zip(own, raw.shown_columns, strict=True))
    having = {at: [file for file, row in cells.items() if row[f"n{at}"]] for at in range(len(own))}
    regular = {
        at: sum(cells[file][f"n{at}"] for file in having[at]) >= _REGULAR * sum(lines[file] for file in having[at])
        for at in having
    }
    return _grouped_files(
        [
            Part(
                (path,),
                tuple(shown[name] for at, name in enumerate(own) if not regular[at] or cells[file][f"n{at}"]),
                lines[file],
            )
            for file, path in enumerate(files)
            if file in cells
        ]
    )


def _lines_with_text(path: Path, raw: Raw) -> int:
    with path.open("rb") as file:
        lines = Lines(file, str(raw.source.spelling["encoding"]), path.name)
        return sum(bool(line.strip()) for line in iter(lines.next, ""))


def _grouped_files(parts: Sequence[Part]) -> list[Part]:
    groups = [list(alike) for _, alike in itertools.groupby(parts, lambda part: part.columns)]
    return [
        Part(tuple(path for part in group for path in part.files), group[0].columns, sum(part.lines for part in group))
        for group in groups
    ]


def differing_types(files: Sequence[Path]) -> list[Finding]:
    """Which columns of Parquet files hold numbers in some and text, dates or other values in others."""
    mixed = mixed_columns(files)
    kinds = [(column, kind, path.name) for column, found in mixed.items() for kind, path in found.items()]
    if not kinds:
        return []
    return [
        Finding(
            "files-differ-in-types",
            "warning",
            count=len(mixed),
            values={
                "columns": tuple(
                    {"column": column, "kind": kind, "file": file} for column, kind, file in kinds[:SHOWN]
                ),
                "more": max(0, len(kinds) - SHOWN),
            },
        )
    ]


def _finding_of_files(code: str, items: Sequence[Mapping[str, str | int]], *, count: int, of: int = 0) -> list[Finding]:
    if not items:
        return []
    values: dict[str, Value] = {"files": tuple(items[:SHOWN]), "more": max(0, len(items) - SHOWN)}
    values |= {"of": of} if of else {}
    return [Finding(code, "warning", count=count, values=values)]
