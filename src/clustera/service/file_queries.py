"""Single queries and changes of an SQLite file, without SQLAlchemy, which takes many times as long as such a query does."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class FileQueries:
    """Connections for queries and for changes, opened when first used; each serves one thread at a time.

    Args:
        file: Of the database, in WAL mode: who reads does not wait for who writes.
        wait: Seconds that a change waits for the one before it.
    """

    def __init__(self, file: Path, *, wait: float) -> None:
        self._file, self._wait = file, wait
        self._asking, self._adding = threading.Lock(), threading.Lock()
        self._held: dict[str, sqlite3.Connection] = {}

    def ask(self, sql: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """The rows of a query, as they are by now."""
        with self._asking:
            return self._connection("ask", self._wait).execute(sql, values).fetchall()

    def add(self, sql: str, rows: Sequence[Mapping[str, object]], *, flush: bool) -> None:
        """Make a change for each of some rows, all or none.

        Args:
            sql: The change.
            rows: Its values.
            flush: Wait until the disk has them; False leaves that to the next change, so that a loss of power can undo them.
        """
        with self._adding:
            connection = self._connection("add", self._wait)
            connection.execute(f"pragma synchronous = {'full' if flush else 'normal'}")
            _change(connection, sql, rows)

    def add_now(self, sql: str, rows: Sequence[Mapping[str, object]]) -> bool:
        """`add` without waiting for the disk or anybody; False where nothing was changed because that would be needed."""
        if not self._adding.acquire(blocking=False):
            return False
        try:
            connection = self._connection("add now", 0)
            connection.execute("pragma synchronous = normal")
            connection.execute("pragma wal_autocheckpoint = 0")  # it waits for the disk
            _change(connection, sql, rows)
        except sqlite3.Error:
            return False
        finally:
            self._adding.release()
        return True

    def close(self) -> None:
        """Close them."""
        with self._asking, self._adding:
            while self._held:
                self._held.popitem()[1].close()

    def _connection(self, use: str, wait: float) -> sqlite3.Connection:
        found = self._held.get(use)
        if found is None:
            found = sqlite3.connect(self._file, timeout=wait, isolation_level=None, check_same_thread=False)
            found.execute("pragma foreign_keys = on")
            self._held[use] = found
        return found


def _change(connection: sqlite3.Connection, sql: str, rows: Sequence[Mapping[str, object]]) -> None:
    connection.execute("begin immediate")
    try:
        connection.executemany(sql, rows)
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
