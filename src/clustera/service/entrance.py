"""Who may come in: by the link of a start as long as there are no accounts, and by an account from then on."""

from __future__ import annotations

from functools import cached_property

from clustera.service.accounts import COST, Accounts, Cost
from clustera.service.audit import Audit
from clustera.service.credentials import Credentials, Seen
from clustera.service.desk import Desk
from clustera.service.persons import Person
from clustera.service.sessions import Sessions


class Entrance:
    """The door of one service.

    Args:
        sessions: Of the link that `clustera serve` prints, and the key of the environment.
        desk: Has the database.
        cost: Of argon2, see `Accounts`.
        shared: Other processes have the same door: the first account may be made in any of them.
    """

    def __init__(self, sessions: Sessions, desk: Desk, *, cost: Cost = COST, shared: bool = False) -> None:
        self._links, self._desk, self._cost, self._shared = sessions, desk, cost, shared
        self._accounts: Accounts | None = None
        self._guarded = False
        if desk.has_database():
            self.look()

    @property
    def guarded(self) -> bool:
        """Whether only accounts come in."""
        if self._shared and not self._guarded and self._desk.has_database():
            self.look()
        return self._guarded

    @property
    def accounts(self) -> Accounts:
        """The accounts; their database is made when missing."""
        if self._accounts is None:
            self._accounts = Accounts(self._desk.database(), cost=self._cost)
        return self._accounts

    @property
    def credentials(self) -> Credentials:
        """Sessions and keys of accounts."""
        return Credentials(self.accounts.database)

    @cached_property
    def audit(self) -> Audit:
        """Who did what."""
        return Audit(self.accounts.database)

    def look(self) -> None:
        """See whether there are accounts; with the first one the link and its sessions end."""
        self._guarded = self.accounts.any()
        if self._guarded:
            self._links.forget()

    def look_again(self) -> None:
        """See whether accounts can still be read.

        Raises:
            SetupError: the database can't be used.
        """
        if self.guarded:
            self.accounts.any()

    def enter(self, token: str) -> str | None:
        """A new session for the token of a link; None where it was used, or accounts come in only."""
        return None if self.guarded else self._links.enter(token)

    def was_used(self, token: str) -> bool:
        """Whether a link let somebody in."""
        return self._links.was_used(token)

    @property
    def at_hand(self) -> bool:
        """Whether to see who asks takes less time than to hand it to another thread."""
        return not self.guarded or self.accounts.database.file is not None

    def by_session(self, session: str) -> Person | None:
        """Whose session it is."""
        seen = self.look_session(session)
        return seen.person if seen else None

    def look_session(self, session: str) -> Seen | None:
        """Whose session it is, and whether its use is to be noted."""
        if self.guarded:
            return self.credentials.look_session(session)
        return Seen(Person("", "admin", "link")) if self._links.knows(session) else None

    def look_key(self, key: str) -> Seen | None:
        """For whom a key asks, and whether its use is to be noted."""
        if self._links.is_key(key):  # whoever started the service set it
            return Seen(Person("CLUSTERA_API_KEY", "analyst", "key"))
        return self.credentials.look_key(key) if self.guarded else None
