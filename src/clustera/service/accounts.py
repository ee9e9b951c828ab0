"""Accounts: who they are, their passwords, and how often somebody may guess.

Sources: OWASP, Password Storage and Authentication cheat sheets; RFC 9106 (Argon2); NIST SP 800-63B.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from clustera.errors import ClusteraError, InputError, missing_extra
from clustera.service.database import Database, Queries
from clustera.service.persons import ROLES, Role
from clustera.service.sessions import secret_hash

if TYPE_CHECKING:
    from argon2 import PasswordHasher

Cost = tuple[int, int, int]  # passes, KiB, lanes
COST: Cost = (3, 65_536, 4)
SHORTEST, LONGEST = 12, 256  # characters of a password
_NAME = 80
_WINDOW = 15 * 60  # seconds in which attempts are counted
_MOST = {"name and address": 5, "address": 30, "name": 50}
_KEPT = 86_400  # seconds
_INVITED = 3 * 86_400  # seconds that the link to choose a password works
_AT_ONCE = 2  # passwords that are checked at a time: each takes 64 MB
_PATIENCE = 10.0


class TooOftenError(ClusteraError):
    """Somebody tried to sign in too often."""


class NotAllowedError(ClusteraError):
    """Nobody of this name and password may come in."""


@dataclass(frozen=True, slots=True)
class Account:
    """One person who may come in."""

    id: int
    name: str
    role: Role
    disabled: bool
    invited: bool  # has no password yet
    made: float  # seconds since 1970-01-01


class Accounts:
    """The accounts of one database.

    Args:
        database: Where they are kept.
        cost: Of argon2; RFC 9106's for small memory when left out.
    """

    def __init__(self, database: Database, *, cost: Cost = COST) -> None:
        self.database = database
        self._cost = cost
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._nobody = ""

    @cached_property
    def _hasher(self) -> PasswordHasher:
        try:
            from argon2 import PasswordHasher
        except ImportError as error:
            raise missing_extra("argon2-cffi", "web") from error
        passes, memory, lanes = self._cost
        return PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=lanes)

    def any(self) -> bool:
        """Whether somebody can sign in."""
        with self.database.reading() as db:
            return (
                db.first("select 1 from account where (password <> '' or subject is not null) and disabled = 0 limit 1")
                is not None
            )

    def list(self) -> tuple[Account, ...]:
        """All accounts, by name."""
        with self.database.reading() as db:
            return tuple(map(_account_of_row, db.run(f"select {_COLUMNS} from account order by name")))

    def named(self, name: str) -> Account:
        """The account of a name.

        Raises:
            InputError: there is none.
        """
        with self.database.reading() as db:
            found = db.first(f"select {_COLUMNS} from account where name = :name", name=_folded(name))
        if found is None:
            raise InputError(f"There is no account {name[:_NAME]!r}.", hint="clustera users list")
        return _account_of_row(found)

    def get(self, account: int) -> Account:
        """The account of a number.

        Raises:
            InputError: there is none.
        """
        with self.database.reading() as db:
            found = db.first(f"select {_COLUMNS} from account where id = :id", id=account)
        if found is None:
            raise InputError(f"There is no account number {account}.", hint="Open the list of users again.")
        return _account_of_row(found)

    def add(self, name: str, role: str, *, password: str = "") -> Account:
        """Make an account; without a password it waits for its invitation to be used.

        Raises:
            InputError: the name is taken or none, the role is none, or the password is too short.
        """
        name, role = _folded(name), _checked(role)
        if not name or len(name) > _NAME or any(not c.isprintable() for c in name):
            raise InputError("An account needs a name of up to 80 letters.", hint="Such as ann, or ann@shop.example.")
        hashed = self._hashed(password, name) if password else ""
        with self.database.writing(alone=True) as db:
            if db.first("select 1 from account where name = :name", name=name):
                raise InputError(f"There is an account {name!r} already.", hint="Choose another name.")
            if role != "admin" and not db.first("select 1 from account where role = 'admin'"):
                raise InputError("The first account must be an admin's.", hint="Somebody has to look after the others.")
            made = db.run(
                "insert into account (name, role, password, made) values (:name, :role, :password, :made) returning id",
                name=name,
                role=role,
                password=hashed,
                made=time.time(),
            )
        return self.get(made[0][0])

    def of_provider(self, subject: str, name: str, role: str, *, make: bool) -> Account | None:
        """The account of somebody whom a provider of OpenID Connect has signed in; its role is the given one from now on.

        Args:
            subject: By what the provider knows the person, for ever; an account keeps the first one that comes with its name.
            name: The e-mail address that the provider has verified; "" where there is none.
            role: Of the person; "" leaves an account its own.
            make: Make an account where there is none.

        Returns:
            None where there is none of this person, or it is disabled.

        Raises:
            InputError: no admin would be left.
        """
        name = _folded(name)
        with self.database.writing(alone=True) as db:
            found = db.first("select id, disabled from account where subject = :subject", subject=subject)
            if found is None and name:
                found = db.first(
                    "update account set subject = :subject where name = :name and subject is null returning id, disabled",
                    subject=subject,
                    name=name,
                )
            if found is None and name and make and not db.first("select 1 from account where name = :name", name=name):
                found = db.run(
                    "insert into account (name, role, subject, made) values (:name, :role, :subject, :made) returning id, 0",
                    name=name[:_NAME],
                    role=_checked(role or "viewer"),
                    subject=subject,
                    made=time.time(),
                )[0]
            if found is None or found[1]:
                return None
            if role:
                was_admin = _is_admin(db, found[0])
                db.run("update account set role = :role where id = :id", role=_checked(role), id=found[0])
                if was_admin:
                    _keep_admin(db)
        return self.get(found[0])

    def set_password(self, account: int, password: str, *, keep: str = "") -> None:
        """Give an account another password; its sessions end.

        Args:
            account: Its number.
            password: The new one.
            keep: Hash of the session that goes on.
        """
        hashed = self._hashed(password, self.get(account).name)
        with self.database.writing() as db:
            db.run("update account set password = :password where id = :id", password=hashed, id=account)
            db.run("delete from browser_session where account = :id and hash <> :keep", id=account, keep=keep)
            db.run("delete from invitation where account = :id", id=account)

    def set_role(self, account: int, role: str) -> None:
        """Give an account another role; it holds from the next request on.

        Raises:
            InputError: no admin would be left.
        """
        role = _checked(role)
        with self.database.writing(alone=True) as db:
            was_admin = _is_admin(db, account)
            db.run("update account set role = :role where id = :id", role=role, id=account)
            if was_admin:
                _keep_admin(db)

    def set_disabled(self, account: int, disabled: bool) -> None:
        """Shut an account out, with its sessions, invitations and keys, or let it in again.

        Raises:
            InputError: no admin would be left.
        """
        with self.database.writing(alone=True) as db:
            was_admin = _is_admin(db, account)
            db.run("update account set disabled = :disabled where id = :id", disabled=int(disabled), id=account)
            if disabled:
                for table in ("browser_session", "invitation", "api_key"):
                    db.run(f"delete from {table} where account = :id", id=account)
                if was_admin:
                    _keep_admin(db)

    def invite(self, account: int) -> str:
        """The token of a link by which an account chooses its password, once; an earlier one ends."""
        token = secrets.token_urlsafe(32)
        with self.database.writing() as db:
            db.run("delete from invitation where account = :id", id=account)
            db.run(
                "insert into invitation (hash, account, ends) values (:hash, :id, :ends)",
                hash=secret_hash(token),
                id=account,
                ends=time.time() + _INVITED,
            )
        return token

    def invited(self, token: str) -> Account | None:
        """Whom a token invites."""
        with self.database.reading() as db:
            found = db.first(
                "select account from invitation where hash = :hash and ends > :now",
                hash=secret_hash(token),
                now=time.time(),
            )
        account = self.get(found[0]) if found else None
        return None if account is None or account.disabled else account

    def accept(self, token: str, password: str) -> Account:
        """Choose the first password, or another one after it was forgotten.

        Raises:
            NotAllowedError: the token was used, has ended, or never was.
            InputError: the password is too short.
        """
        account = self.invited(token)
        if account is None:
            raise NotAllowedError(
                "This link was used already, or is too old.",
                hint="Ask an admin for a new one: it works for three days.",
            )
        hashed = self._hashed(password, account.name)
        with self.database.writing() as db:
            # Whoever of two comes second finds nothing to delete.
            if not db.run("delete from invitation where hash = :hash returning account", hash=secret_hash(token)):
                raise NotAllowedError("This link was used already.", hint="Ask an admin for a new one.")
            db.run("update account set password = :password where id = :id", password=hashed, id=account.id)
            db.run("delete from browser_session where account = :id", id=account.id)
        return self.get(account.id)

    def check(self, name: str, password: str, address: str) -> Account:
        """The account of a name and a password. Takes as long where there is none of this name.

        Raises:
            TooOftenError: too many attempts; none is checked before some minutes have gone by.
            NotAllowedError: the name or the password is wrong, or the account is disabled.
        """
        name, nobody = _folded(name)[:_NAME], self._of_nobody()
        self._count(name, address)
        with self.database.reading() as db:
            found = db.first(f"select {_COLUMNS}, password from account where name = :name", name=name)
        hashed = found[-1] if found and found[-1] else nobody
        right = self._is_right(hashed, password[: LONGEST + 1])
        if not right or found is None or not found[-1] or found[3]:
            raise NotAllowedError("The name or the password is wrong.", hint="Ask an admin if you have forgotten it.")
        account = _account_of_row(found[:-1])
        with self.database.writing() as db:
            db.run("delete from attempt where name = :name and address = :address", name=name, address=address)
        if self._hasher.check_needs_rehash(hashed):
            with self.database.writing() as db:
                new = self._hasher.hash(password)
                db.run(
                    "update account set password = :new where id = :id and password = :old",
                    new=new,
                    id=account.id,
                    old=hashed,
                )
        return account

    def _count(self, name: str, address: str) -> None:
        """Note an attempt before it is checked, so that many at once are counted as well."""
        now = time.time()
        with self.database.writing(alone=True) as db:
            # What lies ahead was noted by a clock that has been set back since: it would shut the name until then.
            db.run("delete from attempt where at < :old or at > :later", old=now - _KEPT, later=now + _WINDOW)
            both, place, called = db.run(
                "select count(*) filter (where name = :name and address = :address), count(*) filter (where address = :address), "
                "count(*) filter (where name = :name) from attempt where at > :since",
                name=name,
                address=address,
                since=now - _WINDOW,
            )[0]
            often = both >= _MOST["name and address"] or place >= _MOST["address"] or called >= _MOST["name"]
            if not often:
                db.run(
                    "insert into attempt (name, address, at) values (:name, :address, :at)",
                    name=name,
                    address=address,
                    at=now,
                )
        if often:
            raise TooOftenError(
                "Somebody tried to sign in too often with this name, or from this address.",
                hint=f"Try again in {_WINDOW // 60} minutes; an admin can give you a link for a new password.",
            )

    def _hashed(self, password: str, name: str) -> str:
        if not SHORTEST <= len(password) <= LONGEST or password.casefold() == name:
            raise InputError(
                f"The password has {len(password)} characters; it needs {SHORTEST} to {LONGEST}, and must not be the name.",
                hint="Three or four words that have nothing to do with each other are good, and easy to remember.",
            )
        with self._turn():
            return str(self._hasher.hash(password))

    def _is_right(self, hashed: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        with self._turn():
            try:
                return bool(self._hasher.verify(hashed, password))
            except (VerificationError, InvalidHashError):
                return False

    def _of_nobody(self) -> str:
        """A hash that takes as long to check as a real one."""
        if not self._nobody:
            self._nobody = str(self._hasher.hash(secrets.token_urlsafe(32)))
        return self._nobody

    def _turn(self) -> Any:  # noqa: ANN401 - a context manager
        return _Turn(self._turns)


class _Turn:
    def __init__(self, turns: threading.BoundedSemaphore) -> None:
        self._turns = turns

    def __enter__(self) -> None:
        if not self._turns.acquire(timeout=_PATIENCE):
            raise TooOftenError("Too many people sign in at once.", hint="Try again in a minute.")

    def __exit__(self, *_: object) -> None:
        self._turns.release()


_COLUMNS = "id, name, role, disabled, case when password = '' and subject is null then 1 else 0 end, made"


def _account_of_row(row: tuple[Any, ...]) -> Account:
    return Account(row[0], row[1], row[2], bool(row[3]), bool(row[4]), row[5])


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _checked(role: str) -> Role:
    for known in ROLES:
        if role == known:
            return known
    raise InputError(f"There is no role {role[:40]!r}.", hint=f"Choose one of: {', '.join(ROLES)}.")


def _is_admin(db: Queries, account: int) -> bool:
    return db.first("select 1 from account where id = :id and role = 'admin'", id=account) is not None


def _keep_admin(db: Queries) -> None:
    if not db.first(
        "select 1 from account where role = 'admin' and disabled = 0 and (password <> '' or subject is not null)"
    ):
        raise InputError("Nobody would be left to look after the accounts.", hint="Make another admin first.")
