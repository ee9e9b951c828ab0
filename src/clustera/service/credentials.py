"""What opens the door for an account: sessions of browsers and keys of software. Of both only a hash is kept."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

from clustera.errors import InputError
from clustera.service.database import Database
from clustera.service.persons import ROLES, Person, Role
from clustera.service.sessions import secret_hash

IDLE = 12 * 3_600  # seconds after which a session that was not used ends
LONGEST = 7 * 86_400  # seconds after which any session ends
KEY_ROLES: tuple[Role, ...] = ROLES[:2]  # no key looks after accounts
MOST_DAYS = 366
_MOST_KEYS = 20  # of one account
_DAY = 86_400
_NOTED = 60  # seconds between two notes of when a session or key was used
_PREFIX = "clustera_"  # so that tools which look for secrets in files find keys


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """One browser that was let in."""

    hash: str
    made: float  # seconds since 1970-01-01
    seen: float
    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key of other software."""

    id: int
    account: str
    name: str
    role: Role
    made: float
    ends: float
    used: float | None

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.ends <= time.time()


class Seen(NamedTuple):
    """Whose session or key somebody showed."""

    person: Person
    due: str = (
        ""  # the table in which it is to be noted that it was used; "" where that was done within the last minute
    )
    row: object = None  # of that table


class Credentials:
    """The sessions and keys of one database.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, account: int, *, address: str, browser: str, instead: str = "") -> str:
        """Begin a session of an account that has just shown its password; its token is always a new one.

        Args:
            account: Its number.
            address: Where it comes from.
            browser: What the browser calls itself.
            instead: Token of a session that ends.
        """
        token, now = secrets.token_urlsafe(32), time.time()
        with self._database.writing() as db:
            db.run(
                "delete from browser_session where hash = :hash or ends < :now or seen < :idle",
                hash=secret_hash(instead),
                now=now,
                idle=now - IDLE,
            )
            db.run(
                "insert into browser_session (hash, account, made, seen, ends, address, browser) "
                "values (:hash, :account, :now, :now, :ends, :address, :browser)",
                hash=secret_hash(token),
                account=account,
                now=now,
                ends=now + LONGEST,
                address=address[:80],
                browser=browser[:200],
            )
        return token

    def person(self, token: str) -> Person | None:
        """Whose session it is; None where it has ended, or its account is disabled."""
        return self._noted(self.look_session(token))

    def look_session(self, token: str) -> Seen | None:
        """The same, and whether its use is to be noted: one query, so that it holds at once that a session was ended."""
        if not token:
            return None
        hashed, now = secret_hash(token), time.time()
        found = self._database.look(
            "select a.id, a.name, a.role, s.seen from browser_session s join account a on a.id = s.account "
            "where s.hash = :hash and s.ends > :now and s.seen > :idle and a.disabled = 0",
            hash=hashed,
            now=now,
            idle=now - IDLE,
        )
        if found is None:
            return None
        person = Person(found[1], found[2], "session", found[0], hashed)
        return Seen(person, "browser_session", hashed) if now - found[3] > _NOTED else Seen(person)

    def note_use(self, seen: Seen) -> None:
        """Note that a session or key was used just now."""
        set_now = {
            "browser_session": "update browser_session set seen = :now where hash = :row",
            "api_key": "update api_key set used = :now where id = :row",
        }
        with self._database.writing() as db:
            db.run(set_now[seen.due], now=time.time(), row=seen.row)

    def _noted(self, seen: Seen | None) -> Person | None:
        if seen is None:
            return None
        if seen.due:
            self.note_use(seen)
        return seen.person

    def sessions(self, account: int) -> tuple[BrowserSession, ...]:
        """The sessions of an account, the one used last first."""
        now = time.time()
        with self._database.reading() as db:
            rows = db.run(
                "select hash, made, seen, address, browser from browser_session "
                "where account = :id and ends > :now and seen > :idle order by seen desc",
                id=account,
                now=now,
                idle=now - IDLE,
            )
        return tuple(BrowserSession(*row) for row in rows)

    def end(self, account: int, hashed: str) -> None:
        """End a session of an account."""
        with self._database.writing() as db:
            db.run("delete from browser_session where account = :id and hash = :hash", id=account, hash=hashed)

    def end_all(self, account: int, *, keep: str = "") -> None:
        """End the sessions of an account, but for one."""
        with self._database.writing() as db:
            db.run("delete from browser_session where account = :id and hash <> :keep", id=account, keep=keep)

    def make_key(self, account: int, name: str, role: str, days: int) -> str:
        """Make a key; it is told once, and nobody can read it later.

        Args:
            account: Number of its account.
            name: What it is for.
            role: The most it may do; it can never do more than its account.
            days: How long it works, 1 to 366.

        Raises:
            InputError: the name is empty, the role is none for keys, the days are too many, or the account has 20 keys.
        """
        name = " ".join(name.split())[:80]
        if not name:
            raise InputError("A key needs a name.", hint="Say what it is for, such as: nightly import.")
        if role not in KEY_ROLES:
            raise InputError(
                f"A key can't have the role {role[:40]!r}.", hint=f"Choose one of: {', '.join(KEY_ROLES)}."
            )
        if not 1 <= days <= MOST_DAYS:
            raise InputError(f"A key can't work for {days} days.", hint=f"Choose 1 to {MOST_DAYS}.")
        key, now = _PREFIX + secrets.token_urlsafe(32), time.time()
        with self._database.writing(alone=True) as db:
            if db.run("select count(*) from api_key where account = :id", id=account)[0][0] >= _MOST_KEYS:
                raise InputError(f"This account has {_MOST_KEYS} keys already.", hint="Remove one that nobody uses.")
            db.run(
                "insert into api_key (hash, account, name, role, made, ends) values (:hash, :id, :name, :role, :now, :ends)",
                hash=secret_hash(key),
                id=account,
                name=name,
                role=role,
                now=now,
                ends=now + days * _DAY,
            )
        return key

    def owner(self, key: str) -> Person | None:
        """For whom a key asks; None where it has ended or was removed, or its account is disabled."""
        return self._noted(self.look_key(key))

    def look_key(self, key: str) -> Seen | None:
        """The same, and whether its use is to be noted: one query, so that it holds at once that a key was removed."""
        if not key.startswith(_PREFIX):
            return None
        now = time.time()
        found = self._database.look(
            "select a.id, a.name, a.role, k.role, k.used, k.id from api_key k join account a on a.id = k.account "
            "where k.hash = :hash and k.ends > :now and a.disabled = 0",
            hash=secret_hash(key),
            now=now,
        )
        if found is None:
            return None
        person = Person(found[1], min(found[2], found[3], key=ROLES.index), "key", found[0])
        return Seen(person, "api_key", found[5]) if found[4] is None or now - found[4] > _NOTED else Seen(person)

    def keys(self, account: int | None = None) -> tuple[ApiKey, ...]:
        """The keys of an account, or of all, the newest first."""
        with self._database.reading() as db:
            rows: list[tuple[Any, ...]] = db.run(
                "select k.id, a.name, k.name, k.role, k.made, k.ends, k.used from api_key k join account a on a.id = k.account "
                "where k.account = :id or :all = 1 order by k.id desc",
                id=account or 0,
                all=int(account is None),
            )
        return tuple(ApiKey(*row) for row in rows)

    def remove_key(self, key: int, account: int | None = None) -> None:
        """Remove a key; of one account only, where it is named."""
        with self._database.writing() as db:
            db.run(
                "delete from api_key where id = :key and (account = :id or :all = 1)",
                key=key,
                id=account or 0,
                all=int(account is None),
            )
