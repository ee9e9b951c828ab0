"""Lists of whom nothing may be sent to: ids, addresses, numbers or hashes of addresses, in any column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from clustera.audiences.addresses import clean_email, clean_phone, email_key, sha256
from clustera.engines import Rows, identifier
from clustera.errors import InputError
from clustera.lexicon import says
from clustera.records import Contact, own_columns

_HASH = re.compile("[0-9a-f]{64}")


@dataclass(slots=True)
class Suppression:
    """Whom nothing may be sent to."""

    ids: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)  # keys of addresses
    phones: set[str] = field(default_factory=set)
    hashes: set[str] = field(default_factory=set)  # SHA-256 of addresses in lower case

    def names(self, contact: Contact) -> bool:
        """Whether a contact is on the list, by any of what is known of it."""
        if contact.customer in self.ids or (contact.phone and contact.phone in self.phones):
            return True
        return bool(contact.email) and (
            email_key(contact.email) in self.emails
            or (bool(self.hashes) and not self.hashes.isdisjoint(map(sha256, _hashed_spellings(contact.email))))
        )

    def __or__(self, other: Suppression) -> Suppression:
        return Suppression(
            self.ids | other.ids, self.emails | other.emails, self.phones | other.phones, self.hashes | other.hashes
        )

    def __len__(self) -> int:
        return len(self.ids) + len(self.emails) + len(self.phones) + len(self.hashes)


def read_suppression(rows: Rows, *, source: str, country: str = "") -> Suppression:
    """The suppression list of a table.

    Addresses and hashes are recognized wherever they stand; ids and numbers in columns whose names say so, and in a table
    of one column.

    Args:
        rows: As `read` gives them.
        source: The file's name.
        country: Of numbers without a country code.

    Raises:
        InputError: it has rows, and nothing in them is an id, an address or a number.
    """
    found = Suppression()
    columns = own_columns(rows.columns)
    for column in columns:
        ids = len(columns) == 1 or says(column, "ids", "mark") or says(column, "ids", "customer")
        phones = len(columns) == 1 or says(column, "columns", "phone")
        cells = rows.query(f"select distinct trim(cast({identifier(column)} as varchar)) as cell from {{rows}}")["cell"]
        # A list without a line of titles has its first entry where the title would be.
        _add(found, filter(None, (*cells.to_pylist(), column)), ids=ids, phones=phones, country=country)
    if not len(found) and rows.count():
        raise InputError(
            f"Nothing in {source} is an id, an e-mail address or a phone number that was recognized.",
            hint="A suppression list has one customer a row: the id, the address, or its SHA-256 hash.",
        )
    return found


def _add(found: Suppression, cells: Iterable[str], *, ids: bool, phones: bool, country: str) -> None:
    for cell in cells:
        if address := clean_email(cell):
            found.emails.add(email_key(address))
        elif _HASH.fullmatch(cell.lower()):
            found.hashes.add(cell.lower())
        if ids:
            found.ids.add(cell)
        if phones and (number := clean_phone(cell, country)):
            found.phones.add(number)


def _hashed_spellings(email: str) -> tuple[str, ...]:
    """The spellings of an address that another system may have hashed."""
    return (email, email_key(email), email_key(email).replace("@gmail.com", "@googlemail.com"))
