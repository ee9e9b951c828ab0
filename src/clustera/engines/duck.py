"""Rows in DuckDB: tables, Parquet, CSV and JSON lines, in memory while they fit and on disk when they don't."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from clustera.engines.errors import error_of_ours
from clustera.engines.placeholders import fill_placeholders
from clustera.engines.quoting import identifier, literal
from clustera.engines.stopping import stops
from clustera.engines.workspace import Workspace, temporary_files
from clustera.errors import InputError

BATCH_ROWS = 65_536
IN_MEMORY_BYTES = 512 << 20  # a text file above this, or above a part of the memory, is held in a file
SHARE_HELD = 16  # a table of so small a part of the memory is held in it
GROUP_CELLS = 4_000_000  # of a row group, which is written at once
GROUP_ROWS = 122_880  # at most, as DuckDB has it
DICTIONARY = 1_000  # different values of a Parquet column up to which they are listed once
SECONDS_BETWEEN = 0.2  # two looks at how far a query is
IN_MEMORY_ROWS = 2_000_000  # what Python adds to a table stays in memory up to here, then goes to a Parquet file
_UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}  # as DuckDB shows its limit
_T = TypeVar("_T")


class Rows:
    """A table or view of one `Engine`."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name

    def __repr__(self) -> str:
        return f"Rows({self.name})"

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, as `pickle` makes one, holds the rows themselves, in a new engine that all rows of this one share."""
        return Engine.arrow, (self.engine, self.arrow())

    @cached_property
    def columns(self) -> Mapping[str, str]:
        """Column names and their SQL types, in order; asked of the engine once."""
        empty = self.engine.run(lambda: self.engine.sql(f"select * from {self.name} limit 0"))
        return dict(zip(empty.columns, map(str, empty.types), strict=True))

    def count(self, where: str = "true") -> int:
        """Number of rows that meet a condition in SQL; of all when left out."""
        return int(self.value(f"select count(*) from {{rows}} where {where}"))

    def has(self, where: str) -> bool:
        """Whether some row meets a condition in SQL."""
        return bool(self.query(f"select 1 from {{rows}} where {where} limit 1").num_rows)

    def value(self, sql: str, **others: Rows) -> Any:  # noqa: ANN401 - whatever the query asks for
        """The one cell of a query's result, see `query`."""
        return self.query(sql, **others).column(0)[0].as_py()

    def query(self, sql: str, **others: Rows) -> pa.Table:
        """The (small) result of a query; `{rows}` in the text stands for this table, `{others}` for those of that name."""
        text = fill_placeholders(sql, {"rows": self.name} | {name: rows.name for name, rows in others.items()})
        return self.engine.run(lambda: self.engine.sql(text).to_arrow_table())

    def select(self, sql: str, **others: Rows) -> Rows:
        """A table defined by a query over this one, and `{others}` of the same engine; computed when it is read."""
        tables = {"rows": self.name}
        for placeholder, rows in others.items():
            assert isinstance(rows, Rows), "tables of one engine only"
            tables[placeholder] = rows.name
        return self.engine.view(fill_placeholders(sql, tables))

    def beside(self, other: Rows) -> Rows:
        """This table with the columns of another that has the same `_row`s in the same order; computed when it is read.

        A join would look every row up, and lose the order.
        """
        apart = self.select(
            "select count(*) filter (a._row is distinct from b._row) as n from {rows} a positional join {other} b",
            other=other,
        )
        assert not apart.value("from {rows}"), "rows in another order"
        return self.select("select a.*, b.* exclude (_row) from {rows} a positional join {other} b", other=other)

    def keep(self) -> Rows:
        """The same table, computed once and held by the engine (on disk when it is large)."""
        return self.engine.table(f"select * from {self.name}")

    def keep_within(self, cells: int) -> Rows:
        """The same table, computed once: in memory where that many numbers are a small part of it, else in a file."""
        if 8 * cells <= self.engine.memory // SHARE_HELD:
            return self.keep()
        return self.engine.parquet([self.engine.file(f"select * from {self.name}")])

    def batches(self, columns: Sequence[str] | None = None, *, rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """Batches in the table's own order, of `rows` rows each but the last."""
        wanted = "*" if columns is None else ", ".join(map(identifier, columns))
        # An unfinished result blocks its connection, so each reader has one of its own.
        query = f"select {wanted} from {self.name}"
        reader = self.engine.run(lambda: self.engine.sql(query).to_arrow_reader(rows))
        while (batch := self.engine.run(lambda: next(reader, None))) is not None:
            yield batch

    def arrow(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The whole table in memory."""
        wanted = "*" if columns is None else ", ".join(map(identifier, columns))
        return self.query(f"select {wanted} from {{rows}}")

    def lowest(self, columns: Sequence[str], size: int, *, ties: Sequence[str] = ()) -> pa.Table:
        """The rows of the smallest `_key`, in its order: a random sample that does not depend on the order of the rows.

        Args:
            columns: What is wanted of them.
            size: Rows at most.
            ties: Columns that order equal keys; `columns` themselves when left out.
        """
        wanted = ", ".join(map(identifier, columns))
        order = ", ".join(map(identifier, ("_key", *(ties or columns))))
        count, within = self.count(), "true"
        if count > 4 * size:
            # Keys are hashes, spread evenly: a bound that twice as many pass as are wanted saves sorting all rows.
            bound = int(2**64 * 2 * size / count)
            passing = self.count(f"_key <= {bound}")
            within = f"_key <= {bound}" if passing >= size else within
        return self.query(f"select {wanted} from {{rows}} where {within} order by {order} limit {size}")

    def write_parquet(self, path: Path) -> None:
        """One Parquet file in the table's order."""
        # A dictionary is for values that come again; of ids it would be built in vain.
        file = f"{literal(path)} (format parquet, dictionary_size_limit {DICTIONARY})"
        self.engine.run(lambda: self.engine.sql(f"copy {self.name} to {file}"))

    def write_csv(self, path: Path) -> None:
        """One CSV file (UTF-8, header) in the table's order."""
        self.engine.run(lambda: self.engine.sql(f"select * from {self.name}").write_csv(str(path), header=True))


class Engine:
    """One DuckDB database with a folder of its own for what outgrows memory.

    Args:
        memory_limit: DuckDB's spelling, such as "2GB"; None leaves DuckDB's default (80 % of the machine).
        threads: None takes all cores.

    Close it, or use it in a `with` statement, to remove its folder.

    >>> with Engine() as engine:
    ...     rows = engine.view("select 7 as x union all select 8")
    ...     rows.count(), rows.count("x > 7"), rows.has("x > 8"), rows.value("select max(x) from {rows}")
    (2, 1, False, 8)
    """

    def __init__(self, *, memory_limit: str | None = None, threads: int | None = None) -> None:
        with temporary_files():
            self._workspace = Workspace()
        self.folder = self._workspace.folder
        # The order of rows is part of the answer: row numbers and files depend on it.
        config: dict[str, Any] = {"temp_directory": str(self.folder), "preserve_insertion_order": "true"}
        # What is written here is read a few times and thrown away: to pack it costs three times the CPU of reading the file.
        config["force_compression"] = "uncompressed"
        if memory_limit is not None:
            config["memory_limit"] = memory_limit
        if threads is not None:
            config["threads"] = str(threads)
        self._limits = memory_limit, threads
        self._opening = threading.Lock()
        try:
            self._connection = duckdb.connect(config=config)
        except duckdb.ParserException as error:
            self._workspace.close()
            raise InputError(
                f"The memory limit is {memory_limit!r}; it must be a number with its unit.",
                hint='Say "2GB" or "500MB".',
            ) from error
        except duckdb.Error as error:
            self._workspace.close()
            told = error_of_ours(error)
            if told is None:
                raise
            raise told from error
        # What is at work, while somebody wants to know how far it is.
        self._watched: duckdb.DuckDBPyConnection | None = None
        self._allowed = 0  # bytes that it was made to use; asked when something less is wanted
        self._numbers = itertools.count()  # several threads may ask for the next one

    def __reduce__(self) -> tuple[Any, ...]:
        memory_limit, threads = self._limits
        return partial(Engine, memory_limit=memory_limit, threads=threads), ()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Forget all rows and remove the folder, also when Ctrl-C is pressed once more meanwhile."""
        try:
            if hasattr(self, "_connection"):
                with self._opening:
                    self._connection.close()
            if hasattr(self, "_workspace"):
                self._workspace.close()
        except KeyboardInterrupt:
            self._workspace.close()
            raise

    def sql(self, text: str) -> duckdb.DuckDBPyRelation:
        """A query on a cursor of its own; lazily run."""
        return self._cursor().sql(text)

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the same tables: one that is busy refuses what another thread asks."""
        with self._opening:
            cursor = self._connection.cursor()
        if self._watched is not None:
            self._watched = _counting(cursor)
        return cursor

    def _next_name(self) -> str:
        return f"rows_{next(self._numbers)}"

    def run(self, work: Callable[[], _T]) -> _T:
        """Do `work`, with DuckDB's complaints turned into ours."""
        try:
            with stops():
                return work()
        except (duckdb.Error, RuntimeError, UnicodeDecodeError) as error:
            ours = error_of_ours(error)
            if ours is None:
                raise
            raise ours from error

    @contextmanager
    def watched(self, progress: Callable[[float], None] | None) -> Iterator[None]:
        """Tell the share that is done of the query or table being made within; from a thread of its own."""
        if progress is None or self.run(lambda: _counting(self._connection)) is None:
            yield
            return
        over = threading.Event()

        def look() -> None:
            told = 0.0
            while not over.wait(SECONDS_BETWEEN):
                # Percent; below zero while it is not known, and back to zero where another query begins.
                percent = self._watched.query_progress() if self._watched else 0.0
                if percent / 100 > told:
                    told = min(percent / 100, 1.0)
                    progress(told)

        self._watched = self._connection
        watcher = threading.Thread(target=look, name="clustera-progress", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
            self._watched = None

    @property
    def memory(self) -> int:
        """Bytes that the engine may use before it turns to the disk."""
        number, unit = self._setting("memory_limit").split()
        return int(float(number) * _UNITS[unit])

    def limit_memory(self, most: int) -> None:
        """Turn to the disk from `most` bytes on, where that is less than the engine was made to use."""
        self._allowed = self._allowed or self.memory
        limit = min(most, self._allowed)
        self.run(lambda: self._cursor().execute(f"set memory_limit = '{limit}B'"))

    @property
    def threads(self) -> int:
        """Threads that a query may use."""
        return int(self._setting("threads"))

    def _setting(self, name: str) -> str:
        return str(self.run(lambda: self.sql(f"select current_setting({literal(name)})").fetchall()[0][0]))

    def view(self, sql: str) -> Rows:
        """Rows defined by a query; nothing is computed before they are read."""
        return self._create("view", sql)

    def table(self, sql: str) -> Rows:
        """Rows computed once; in memory while they fit."""
        return self._create("table", sql)

    def file(self, sql: str) -> Path:
        """The rows of a query in a Parquet file of the engine's folder, in their order: however many, they take no memory."""
        path, columns = self._new_file(), len(self.view(sql).columns)
        rows = min(GROUP_ROWS, max(GROUP_CELLS // columns, 2_048))
        plain = f"format parquet, compression uncompressed, dictionary_size_limit {DICTIONARY}, row_group_size {rows}"
        self.run(lambda: self._cursor().execute(f"copy ({sql}) to {literal(path)} ({plain})"))
        return path

    def arrow(self, table: pa.Table) -> Rows:
        """Rows of an Arrow table."""
        name = self._next_name()
        cursor = self._cursor()
        self.run(lambda: cursor.register(f"{name}_arrow", table))
        # Cursors see views and tables, not registered objects: a table makes them visible to every cursor.
        self.run(lambda: cursor.execute(f"create table {name} as select * from {name}_arrow"))
        self.run(lambda: cursor.unregister(f"{name}_arrow"))
        return Rows(self, name)

    def parquet(self, paths: Sequence[Path]) -> Rows:
        """Rows of one or several Parquet files, in the order given; columns of several are matched by name."""
        by_name = ", union_by_name = true" if len(paths) > 1 else ""
        return self.view(f"select * from read_parquet([{', '.join(map(literal, paths))}]{by_name})")

    def csv(
        self,
        path: Path,
        names: Sequence[str],
        *,
        separator: str,
        skip: int,
        progress: Callable[[float], None] | None = None,
    ) -> Rows | None:
        """Rows of a plain CSV file, numbered by `_row` from 1; every cell VARCHAR, NULL where it is empty.

        None when the file is not plain: ragged lines, stray quotes, bytes that are not UTF-8.
        """
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
        scan = (
            f"read_csv({literal(path)}, columns={{{columns}}}, auto_detect=false, header=false, skip={skip}, "
            f"delim={literal(separator)}, quote='\"', escape='\"', strict_mode=true, nullstr='', compression='none')"
        )
        large = path.stat().st_size > min(IN_MEMORY_BYTES, self.memory // SHARE_HELD)
        try:
            with self.watched(progress):
                held = self.file(f"select * from {scan}") if large else self.table(f"select * from {scan}")
        except InputError:
            return None
        # Both keep the order of the file, so that their rows count the file's rows.
        if isinstance(held, Rows):
            return held.select("select rowid + 1 as _row, * from {rows}")
        return self.view(
            "select file_row_number + 1 as _row, * exclude (file_row_number) "
            f"from read_parquet({literal(held)}, file_row_number = true)"
        )

    def collect(self, batches: Iterator[pa.RecordBatch], schema: pa.Schema, *, held_rows: int | None = None) -> Rows:
        """Rows made in Python, batch by batch: up to `held_rows` in memory, more in a Parquet file of the engine's folder."""
        held: deque[pa.RecordBatch] = deque()
        most = IN_MEMORY_ROWS if held_rows is None else held_rows
        count = 0
        for batch in batches:
            held.append(batch)
            count += batch.num_rows
            if count > most:
                return self._spill(itertools.chain(_handed_over(held), batches), schema)
        return self.arrow(pa.Table.from_batches(held, schema=schema))

    def _spill(self, batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Rows:
        path = self._new_file()
        # As `force_compression` above.
        plain = {"compression": "none", "use_dictionary": False, "write_statistics": False}
        with pq.ParquetWriter(path, schema, **plain) as writer:
            for batch in batches:
                writer.write_batch(batch)
        return self.parquet([path])

    def _new_file(self) -> Path:
        """A Parquet file of the engine's folder that is not there yet."""
        return self.folder / f"{self._next_name()}.parquet"

    def _create(self, what: str, sql: str) -> Rows:
        name = self._next_name()
        self.run(lambda: self._cursor().execute(f"create {what} {name} as {sql}"))
        return Rows(self, name)


def _handed_over(held: deque[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, each let go of when the next is asked for."""
    while held:
        yield held.popleft()


def _counting(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection | None:
    """Have DuckDB count how far it is, without printing; a notebook without ipywidgets refuses even that."""
    try:
        connection.execute("set enable_progress_bar = true")
        connection.execute("set enable_progress_bar_print = false")
    except duckdb.InvalidInputException:
        return None
    return connection
