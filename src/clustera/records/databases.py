"""A database that people choose tables of by its name, without seeing its address."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NamedDatabase:
    """A database that an admin added."""

    name: str
    address: str = field(repr=False)  # with its user and password
    shown: str  # of the address, what everybody may see: "crm at db.example"
    roots: tuple[str, ...] = ()  # folders that a file must lie in; a server has none
    added: str = ""  # day, ISO
    by: str = ""
