"""The record of who saw, changed and exported what. No page changes or removes a line of it; `clustera db prune` removes old ones."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from clustera.service.database import Database

COLUMNS = ("id", "time", "who", "how", "did", "what", "status", "address")
DIDS = ("saw", "changed", "exported", "signed in", "was refused")
_LONGEST = 500  # characters of an address
_BATCH = 1_000
_LOGGED = 500  # lines between two times that SQLite's log is emptied
_WRITTEN = ("at", "who", "how", "did", "what", "status", "address")
_INSERT = f"insert into audit ({', '.join(_WRITTEN)}) values (:{', :'.join(_WRITTEN)})"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did."""

    id: int
    at: float  # seconds since 1970-01-01
    who: str
    how: str  # session, key, or command
    did: str
    what: str  # the address, or in words
    status: int  # of the answer
    address: str  # where the request came from

    @property
    def time(self) -> str:
        """When, to the second, in the time of this computer."""
        return datetime.fromtimestamp(self.at).astimezone().isoformat(timespec="seconds")


def _values(who: str, how: str, did: str, what: str, status: int, address: str) -> dict[str, object]:  # noqa: PLR0917
    values = (time.time(), who[:80], how, did, what[:_LONGEST], status, address[:80])
    return dict(zip(_WRITTEN, values, strict=True))


class _Line:
    """A line that somebody waits for."""

    def __init__(self, values: dict[str, object]) -> None:
        self.values = values
        self.written = False
        self.error: BaseException | None = None


class Audit:
    """The record of one database.

    Lines that several threads write at a time go into one change: each waits until its own is kept, not for one after the other.

    Args:
        database: Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._waiting: list[_Line] = []
        self._now = 0

    def note(self, who: str, how: str, did: str, what: str, *, status: int = 200, address: str = "") -> None:
        """Write a line; it is kept when this returns.

        That somebody saw something, a loss of power can undo up to the next change or some hundred lines; nothing else can.
        """
        line = _Line(_values(who, how, did, what, status, address))
        with self._lock:
            self._waiting.append(line)
        with self._turn:
            if not line.written:
                self._write_waiting()
        if line.error is not None:
            raise line.error

    def note_now(self, who: str, how: str, did: str, what: str, *, status: int = 200, address: str = "") -> bool:
        """`note` where it takes next to no time; False where nothing was written and `note` has to be called.

        That is so for all but what somebody saw, on a server, while something else is written, and each 500th time: then what
        was written is brought from SQLite's log into its file.
        """
        if did != "saw":
            return False
        self._now = (self._now + 1) % _LOGGED
        return self._now != 0 and self._database.add_now(_INSERT, [_values(who, how, did, what, status, address)])

    def _write_waiting(self) -> None:
        with self._lock:
            lines, self._waiting = self._waiting, []
        error = None
        try:
            # To wait for the disk takes longer than most answers; what was only looked at need not.
            flush = any(line.values["did"] != "saw" for line in lines)
            self._database.add(_INSERT, [line.values for line in lines], flush=flush)
        except BaseException as raised:
            error = raised
        for line in lines:
            line.error, line.written = error, True

    def prune(self, days: int) -> int:
        """Remove the lines that are older than some days; gives how many there were."""
        before = time.time() - days * 86_400
        with self._database.writing() as db:
            gone = db.run("select count(*) from audit where at < :before", before=before)[0][0]
            db.run("delete from audit where at < :before", before=before)
        return int(gone)

    def page(self, *, who: str = "", did: str = "", before: int = 0, rows: int = 50) -> tuple[Entry, ...]:
        """Some lines, the newest first.

        Args:
            who: Only what this account did.
            did: Only what was done so.
            before: Only lines of lower numbers; 0 begins at the newest.
            rows: The most lines.
        """
        with self._database.reading() as db:
            found = db.run(
                "select id, at, who, how, did, what, status, address from audit where (who = :who or :who = '') "
                "and (did = :did or :did = '') and (id < :before or :before = 0) order by id desc limit :rows",
                who=who,
                did=did,
                before=before,
                rows=rows,
            )
        return tuple(Entry(*row) for row in found)

    def all(self, *, who: str = "", did: str = "") -> Iterator[Entry]:
        """All lines, the newest first."""
        before = 0
        while found := self.page(who=who, did=did, before=before, rows=_BATCH):
            yield from found
            before = found[-1].id
