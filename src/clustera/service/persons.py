"""Who asks, and what a person of a role may do."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["viewer", "analyst", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)  # each may do what those before it may


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever was let in."""

    name: str  # of the account; "" where there are none
    role: Role
    how: Literal["link", "session", "key"]  # how they came in
    account: int | None = None
    session: str = ""  # hash of the session

    def may(self, role: Role) -> bool:
        """Whether the person may do what needs a role.

        >>> Person("ann", "analyst", "session").may("viewer"), Person("ann", "analyst", "session").may("admin")
        (True, False)
        """
        return ROLES.index(self.role) >= ROLES.index(role)


PERSON: ContextVar[Person | None] = ContextVar("person", default=None)  # of the request that is being answered


def signature(given: str) -> str:
    """The name that stands under what somebody writes: of the account, where there is one, for nobody signs for another."""
    person = PERSON.get()
    return given if person is None or person.account is None else person.name
