"""Any customer table into rows of an engine: text in its usual spellings, Parquet, JSON lines, databases, frames."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clustera.engines import Engine
from clustera.errors import InputError
from clustera.progress import Progress
from clustera.read.cut_lines import joined_files, line_of_names
from clustera.read.databases import DUCKDB_MAGIC, SQLITE_MAGIC, scan_sqlite, scan_warehouse
from clustera.read.date_orders import columns_of_two_orders, dates_as_written
from clustera.read.files import (
    beginning_of_file,
    files_alike,
    files_of,
    names_alike,
    pages_without_rows,
    path_without_pattern,
)
from clustera.read.findings import encoding_finding, findings_of, line_oddities, renamed_columns, told_spelling
from clustera.read.foreign import refuse_foreign_file
from clustera.read.held import own_names, raw_name
from clustera.read.jsonlines import is_json, scan_json_lines
from clustera.read.mixed_dates import dates_in_one_order
from clustera.read.options import ReadOptions
from clustera.read.other_names import marked_below_other_names
from clustera.read.packing import packing_of, unpack_all
from clustera.read.reading import TextReading
from clustera.read.several import (
    Part,
    cut_files,
    differing_types,
    empty_files,
    files_not_read,
    lacking_columns,
    object_parts,
    parquet_parts,
    rows_of_files,
    same_files,
    stacked_parts,
    without_empty_files,
)
from clustera.read.sheet_choice import TableRole
from clustera.read.sheets import filled_sheets, scan_sheet
from clustera.read.spelling import codec_of, encoding_of
from clustera.read.streams import stream_as_file
from clustera.read.text import scan_text
from clustera.read.typed import has_named_fields, is_arrow_file, scan_arrow_file, scan_frame, scan_parquet
from clustera.read.watching import complaints_of, file_states, hash_of_files, unchanged, unchanged_files
from clustera.records import Finding, Raw, Source, own_columns
from clustera.warehouse import Address, address_of, warehouse

__all__ = ["ReadOptions", "TableRole", "raw_name", "read", "read_sheets", "stream_as_file", "unchanged"]


DEFAULTS = ReadOptions()
HASHED = 0.2  # share of the reading that a file's checksum takes
_PARQUET_MAGIC = b"PAR1"
_WORKBOOK_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx, xlsb and ods are zip archives; xls is older
_CURES = {
    ("polars", "LazyFrame"): "frame.collect()",
    ("pyspark", "DataFrame"): "frame.toPandas()",
    ("dask", "DataFrame"): "frame.compute()",
    ("dask_expr", "DataFrame"): "frame.compute()",
    ("narwhals", "LazyFrame"): "frame.collect()",
    ("ibis", "Table"): "table.to_pandas()",
}


def read(
    source: object,
    *,
    engine: Engine,
    options: ReadOptions = DEFAULTS,
    role: TableRole = "customers",
    progress: Progress | None = None,
) -> Raw:
    """Every row of a source, every cell as the source has it.

    Args:
        source: A path (CSV, TSV or other text, JSON lines, Parquet file or folder, Arrow or Feather file, workbook, SQLite or DuckDB file; also
            .zip, .gz, .zst, .lz4, .bz2, .xz), one sheet of a workbook as "shop.xlsx#Orders", an address such as "postgresql://ann@db.example/crm?table=customers", any table
            with `__arrow_c_stream__`, or a list of paths of files that are one table together.
        engine: Where the rows will live.
        options: What the file itself does not say.
        role: What the table holds: it decides which sheet of a workbook is read.
        progress: Told what is being read, and the share that is done; sometimes from another thread.

    Raises:
        InputError: the source is missing, empty, damaged or no table.
        SetupError: it may not be read, or the disk is full.

    >>> from clustera.engines import Engine
    >>> with Engine() as engine:
    ...     raw = read(orders, engine=engine, role="orders")
    ...     raw.source.rows == len(orders), raw.shown_columns
    (True, ['customer', 'date', 'amount', 'category'])
    """
    return dates_in_one_order(_read_as_it_is(source, engine, options, role, progress))


def _read_as_it_is(
    source: object, engine: Engine, options: ReadOptions, role: TableRole, progress: Progress | None
) -> Raw:
    """Every row of a source, every date in its own order."""
    if isinstance(source, (list, tuple)) and source and all(isinstance(one, (str, os.PathLike)) for one in source):
        if len(source) > 1:
            return _read_together(source, engine=engine, options=options, role=role, progress=progress)
        source = source[0]
    if isinstance(source, (str, os.PathLike)):
        # A Path has lost one slash of an address; what it says, a password perhaps, is not for a message.
        if address := address_of(str(source)):
            named = {"table": address.table, "query": address.query}
            options = options.model_copy(update=named) if any(named.values()) else options
            return _read_address(address, engine=engine, options=options, progress=progress)
        path, sheet = _sheet_in(Path(source))
        options = options.model_copy(update={"sheet": sheet}) if sheet else options
        name = f"{path.name}#{sheet}" if sheet else path.name
        files = files_of(path)
        raw = _read_files(files, name, engine=engine, options=options, role=role, progress=progress)
        return replace(raw, findings=(*files_not_read(path, files), *raw.findings))
    if _is_frame(source):
        rows, own = scan_frame(source, engine=engine)
        name = type(source).__name__
        renamed = tuple(renamed_columns(own, own_columns(rows.columns)))
        return Raw(Source(name=name, format="frame", rows=rows.count()), rows, renamed, own_names(own))
    if cure := _CURES.get((_room(source), type(source).__name__)):
        raise InputError(f"A {type(source).__name__} is a query that was not run yet.", hint=f"Pass {cure}.")
    if _room(source) == "numpy":
        raise InputError(
            "An array has no column names.",
            hint="Name the columns: pandas.DataFrame(X, columns=['age', 'visits', ...]).",
        )
    raise InputError(
        f"{type(source).__name__} is no table.",
        hint="Pass a path, or a pandas, polars or pyarrow table; pandas.DataFrame(...) makes one of lists.",
    )


def _read_together(
    sources: Sequence[str | os.PathLike[str]],
    *,
    engine: Engine,
    options: ReadOptions,
    role: TableRole,
    progress: Progress | None,
) -> Raw:
    """Several files, folders or patterns as one table; each file once."""
    if any(address_of(str(source)) for source in sources):
        raise InputError(
            "Only files can be read together; one of the sources is the address of a database.",
            hint="Read the database by itself, or export its table to a file first.",
        )
    files: dict[Path, Path] = {}
    left: list[Finding] = []
    for source in map(Path, sources):
        found = files_of(source)
        left += files_not_read(source, found)
        for file in found:
            if file.resolve() in files:
                raise InputError(f"{file} is given twice: its rows would count twice.", hint="Name each file once.")
            files[file.resolve()] = file
    first, *more = files.values()
    name = f"{first.name} and {len(more)} more" if more else first.name
    raw = _read_files([first, *more], name, engine=engine, options=options, role=role, progress=progress)
    return replace(raw, findings=(*left, *raw.findings))


def read_sheets(source: object, *, engine: Engine, options: ReadOptions = DEFAULTS) -> tuple[Raw, ...]:
    """Every sheet of a workbook that has cells, each as a source of its own; any other source as `read` has it.

    Args:
        source: As for `read`; one sheet alone as "shop.xlsx#Orders".
        engine: Where the rows will live.
        options: What the file itself does not say; with `sheet` only that one is read.

    Raises:
        InputError: as `read`.
        SetupError: as `read`.
    """
    first = read(source, engine=engine, options=options)
    told = first.source.spelling
    several = any(finding.code == "several-sheets" for finding in first.findings)
    if not several or "packing" in told or not isinstance(source, (str, os.PathLike)):
        return (first,)
    found = []
    for sheet in filled_sheets(Path(source)):
        raw = (
            first
            if sheet == told["sheet"]
            else read(source, engine=engine, options=options.model_copy(update={"sheet": sheet}))
        )
        found.append(replace(raw, source=replace(raw.source, name=f"{Path(source).name}#{sheet}")))
    return tuple(found)


def _is_frame(source: object) -> bool:
    # A column by itself speaks Arrow too.
    streams = hasattr(source, "__arrow_c_stream__") and type(source).__name__ != "Series"
    return has_named_fields(source) or (streams and (_room(source), type(source).__name__) not in _CURES)


def _room(source: object) -> str:
    return type(source).__module__.partition(".")[0]


def _read_address(address: Address, *, engine: Engine, options: ReadOptions, progress: Progress | None) -> Raw:
    if address.server != "postgresql":
        place = Path(address.place)
        return _read_files(
            files_of(place), place.name, engine=engine, options=options, role="customers", progress=progress
        )
    if progress:
        progress(f"reading {address.shown}", 0.0)
    with warehouse(address) as opened:
        rows, own, query, table = scan_warehouse(opened, where=address.shown, engine=engine, options=options)
    if progress:
        progress(f"reading {address.shown}", 1.0)
    return Raw(
        Source(f"{table or 'query'} of {address.shown}", address.server, rows.count(), spelling={"query": query}),
        rows,
        tuple(renamed_columns(own, own_columns(rows.columns))),
        own_names(own),
    )


def _sheet_in(path: Path) -> tuple[Path, str | None]:
    """The workbook and the sheet that "shop.xlsx#Orders" means; a file that is called so goes first."""
    text = str(path)
    for at in (at for at, sign in enumerate(text) if sign == "#"):
        file = Path(text[:at])
        if not path.exists() and file.is_file() and beginning_of_file(file).startswith(_WORKBOOK_MAGIC):
            return file, text[at + 1 :]
    return path, None


def _read_files(
    files: list[Path],
    name: str,
    *,
    engine: Engine,
    options: ReadOptions,
    role: TableRole,
    progress: Progress | None,
) -> Raw:
    before = file_states(files)

    def say(share: float) -> None:
        if progress:
            progress(f"reading {name}", share)

    say(0.0)
    with complaints_of(name), unchanged_files(name, before):
        # Of Parquet only the columns that are asked for are read, when they are: here nothing else is left to do.
        hashed = 1.0 if beginning_of_file(files[0]).startswith(_PARQUET_MAGIC) else HASHED
        digest = hash_of_files(files, lambda share: say(hashed * share))
        raw = _scan_all(
            files,
            engine=engine,
            options=options,
            role=role,
            name=name,
            say=lambda share: say(hashed + (1 - hashed) * share),
        )
    say(1.0)
    lazy = before if raw.source.format == "parquet" else {}
    source = replace(raw.source, bytes=sum(size for size, _ in before.values()), sha256=digest)
    return replace(raw, source=source, lazy_files=lazy)


def _scan_all(
    files: list[Path],
    *,
    engine: Engine,
    options: ReadOptions,
    role: TableRole,
    name: str,
    say: Callable[[float], None],
) -> Raw:
    """The rows of all files, and which of them are odd; those of text that begin alike are read as one."""
    files, empty = without_empty_files(files)
    turned: list[Finding] = []
    pages = set(pages_without_rows(files)) if len(files) > 1 else set()
    files = [file for file in files if file not in pages]
    cut: dict[Path, str] = {}
    if in_columns := all(beginning_of_file(file).startswith(_PARQUET_MAGIC) for file in files):
        raw = _scan(files, engine=engine, options=options, role=role, name=name, say=say)
        alike = parquet_parts(files) if len(files) > 1 else []
        odd = [*lacking_columns(alike), *differing_types(files)] if len(files) > 1 else []
    else:
        found = _Groups(engine, options, role, name, say, cut)
        parts, alike = found.scan(files_alike(files, lambda path: line_of_names(path, options)))
        raw = stacked_parts(parts, name, engine)
        if len(files) > 1 and (differing := columns_of_two_orders(raw.rows)):
            parts, turned = dates_as_written(found.scan([[file] for file in files])[0], differing)
            raw = stacked_parts(parts, name, engine) if turned else raw
        named = zip(alike, names_alike([part.columns for part in alike]), strict=True)
        odd = lacking_columns([replace(part, columns=tuple(names)) for part, names in named])
    told = (*odd, *turned, *empty_files(empty), *same_files(files), *cut_files(cut))
    counted = rows_of_files(files, alike, raw.source.rows)
    raw = replace(raw, source=replace(raw.source, files=counted), findings=(*told, *raw.findings))
    if len(files) == 1 or in_columns:
        return raw
    return replace(raw, source=replace(raw.source, spelling=raw.source.spelling | {"files": len(files)}))


@dataclass(frozen=True, slots=True)
class _Groups:
    """Files that are read group by group, each group as one."""

    engine: Engine
    options: ReadOptions
    role: TableRole
    name: str
    say: Callable[[float], None]
    cut: dict[Path, str]  # files that are cut off are added

    def scan(self, groups: Sequence[list[Path]]) -> tuple[list[Raw], list[Part]]:
        """The rows of each group, and the columns of its files."""
        total, done = sum(map(len, groups)), 0
        parts, alike = list[Raw](), list[Part]()
        for group in groups:
            shown = self.name if len(groups) == 1 else group[0].name
            path = joined_files(group, self.engine, self.options, self.cut)
            tell = self.say if len(groups) == 1 else lambda share: None
            part = _scan([path], engine=self.engine, options=self.options, role=self.role, name=shown, say=tell)
            parts.append(part)
            if len(group) > 1 and part.source.format == "jsonl":
                alike += object_parts(group, part, self.engine)
            else:
                alike.append(Part(tuple(group), tuple(part.shown_columns), part.source.rows))
            done += len(group)
            self.say(done / total)
        return parts, alike


def _scan(
    files: list[Path],
    *,
    engine: Engine,
    options: ReadOptions,
    role: TableRole,
    name: str,
    say: Callable[[float], None],
) -> Raw:
    """The rows of a file, whatever its first bytes say it is."""
    path, head = path_without_pattern(files[0], engine), beginning_of_file(files[0])
    told: dict[str, Any] = {}
    own: Sequence[str]
    findings: list[Finding] = []
    if packing := packing_of(path, head):
        path, told["packing"] = unpack_all(path, packing, engine.folder, name, member=options.member)
        head = beginning_of_file(path)
    refuse_foreign_file(head, name)
    if is_arrow_file(head):
        form, (rows, own) = "arrow", scan_arrow_file(path, engine=engine, name=name)
    elif head.startswith(_PARQUET_MAGIC):
        names = [path] if packing else [path_without_pattern(file, engine) for file in files]
        form, (rows, own) = "parquet", scan_parquet(names, engine=engine, name=name)
    elif head.startswith(SQLITE_MAGIC):
        form, (rows, own, told["query"]) = "sqlite", scan_sqlite(path, engine=engine, options=options, name=name)
    elif head[8:12] == DUCKDB_MAGIC:
        with warehouse(Address("duckdb", str(path), name)) as opened:
            rows, own, told["query"], _ = scan_warehouse(opened, where=name, engine=engine, options=options)
        form = "duckdb"
    elif head.startswith(_WORKBOOK_MAGIC):
        found = scan_sheet(path, engine=engine, options=options, name=name, role=role, progress=say)
        form, rows, own, told["sheet"] = "excel", found.rows, found.spelling.own_names, found.sheet
        findings = [
            *found.findings,
            *findings_of(found.spelling, own_columns(rows.columns), TextReading(), rows=rows.count()),
        ]
    elif is_json(head):
        told["encoding"] = codec_of(options.encoding) if options.encoding else encoding_of(head)
        form = "jsonl"
        rows, own, reading = scan_json_lines(path, encoding=told["encoding"], engine=engine, name=name)
        findings = line_oddities(reading, encoding=told["encoding"], rows=rows.count())
    else:
        scan = scan_text(path, engine=engine, options=options, name=name, progress=say)
        rows, own, form = scan.rows, scan.spelling.own_names, "tsv" if scan.spelling.separator == "\t" else "csv"
        told |= told_spelling(scan.spelling)
        findings = findings_of(scan.spelling, own_columns(rows.columns), scan.reading, rows=rows.count())
        findings += encoding_finding(rows, scan.spelling, asked=options.encoding)
    if form in ("csv", "tsv", "excel"):
        rows = marked_below_other_names(rows, own)
    else:  # of those it is said with the line of names
        findings += renamed_columns(own, own_columns(rows.columns))
    return Raw(Source(name, form, rows.count(), spelling=told), rows, tuple(findings), own_names(own))
