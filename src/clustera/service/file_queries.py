"""Single queries and changes of an SQLite file, without SQLAlchemy, which takes many times as long as such a query does."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class FileQueries:
    """One connection for queries and one for changes, opened when first used; each serves one thread at a time.

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
            return self._connection("ask").execute(sql, values).fetchall()

    def add(self, sql: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Make a change for each of some rows, all or none; they are on the disk when it returns."""
        with self._adding:
            connection = self._connection("add")
            connection.execute("begin immediate")
            try:
                connection.executemany(sql, rows)
                connection.execute("commit")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise

    def close(self) -> None:
        """Close both."""
        with self._asking, self._adding:
            while self._held:
                self._held.popitem()[1].close()

    def _connection(self, use: str) -> sqlite3.Connection:
        found = self._held.get(use)
        if found is None:
            found = sqlite3.connect(self._file, timeout=self._wait, isolation_level=None, check_same_thread=False)
            found.execute("pragma foreign_keys = on")
            self._held[use] = found
        return found
