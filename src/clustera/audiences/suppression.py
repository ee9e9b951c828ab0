"""Lists of whom nothing may be sent to: ids, addresses, numbers or hashes of addresses, in any column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from clustera.audiences.addresses import clean_email, clean_phone, email_key, sha256
from clustera.audiences.ids import plain_id
from clustera.engines import Rows, identifier
from clustera.errors import InputError
from clustera.lexicon import says
from clustera.records import Contact, own_columns

_PARTS = re.compile(r"[\s,;|<>\"']+")  # between several addresses in one cell, and around one
_HASH = re.compile("[0-9a-f]{64}")
_NUMBER = re.compile(r"[+(]?\d[\d\s().\-/]+")  # a phone number as people write it
_FEWEST_DIGITS = 7  # of a number without its country, so that it is hardly another's


@dataclass(slots=True)
class Suppression:
    """Whom nothing may be sent to."""

    ids: set[str] = field(default_factory=set)  # as they stand, and as `plain_id` has them
    emails: set[str] = field(default_factory=set)  # keys of addresses
    phones: set[str] = field(default_factory=set)
    endings: set[str] = field(default_factory=set)  # numbers whose country is not known, without the zeros in front
    hashes: set[str] = field(default_factory=set)  # SHA-256 of addresses in lower case
    entries: int = 0  # different cells that were recognized
    looks: tuple[str, ...] = ()  # how the first of each kind is spelled, without saying what it is
    matched: set[str] = field(default_factory=set)  # what of the above a contact was on the list by

    def names(self, contact: Contact) -> bool:
        """Whether a contact is on the list, by any of what is known of it; keeps in `matched` by what."""
        found = self._ids_like(contact.customer) | ({contact.phone} & self.phones)
        if contact.phone and self.endings:
            found |= {contact.phone[-length:] for length in set(map(len, self.endings))} & self.endings
        if contact.email:
            found |= {email_key(contact.email)} & self.emails
            if self.hashes:
                found |= self.hashes & set(map(sha256, _hashed_spellings(contact.email)))
        self.matched |= found
        return bool(found)

    def has_id(self, customer: str) -> bool:
        """Whether an id is on the list, however a spreadsheet wrote it: 00123 and 123.0 suppress 123."""
        found = self._ids_like(customer)
        self.matched |= found
        return bool(found)

    def _ids_like(self, customer: str) -> set[str]:
        return self.ids & {customer, plain_id(customer)} if self.ids else set()

    def matches(self, of: Suppression) -> bool:
        """Whether anybody was on the list by what this one of its files says."""
        return any(not self.matched.isdisjoint(part) for part in (of.ids, of.emails, of.phones, of.endings, of.hashes))

    def __or__(self, other: Suppression) -> Suppression:
        return Suppression(
            self.ids | other.ids,
            self.emails | other.emails,
            self.phones | other.phones,
            self.endings | other.endings,
            self.hashes | other.hashes,
        )

    def __len__(self) -> int:
        return sum(map(len, (self.ids, self.emails, self.phones, self.endings, self.hashes)))


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
    found, looks = Suppression(), dict[str, None]()
    columns = own_columns(rows.columns)
    for column in columns:
        ids = len(columns) == 1 or says(column, "ids", "mark") or says(column, "ids", "customer")
        phones = len(columns) == 1 or says(column, "columns", "phone")
        cells = rows.query(f"select distinct trim(cast({identifier(column)} as varchar)) as cell from {{rows}}")["cell"]
        # A list without a line of titles has its first entry where the title would be.
        texts = [cell for cell in cells.to_pylist() if cell]
        if clean_email(column) or _HASH.fullmatch(column.lower()):
            texts.insert(0, column)
        found.entries += _add(found, texts, ids=ids, phones=phones, country=country)
        _add(found, (column,), ids=ids, phones=phones, country=country)
        if ids or phones or any(map(clean_email, texts[:100])):
            looks |= dict.fromkeys(filter(None, (spelled_like(cell) for cell in texts[:1])))
    found.looks = tuple(looks)
    if not len(found) and rows.count():
        raise InputError(
            f"{source} has no recognized id, e-mail address or phone number.",
            hint="A suppression list has one customer per row: an id, an address, or the SHA-256 hash of an address.",
        )
    return found


def spelled_like(text: str) -> str:
    """How a text is spelled, without saying what it says: x for each letter, 9 for each digit.

    >>> spelled_like("Ann.Lee@shop.example"), spelled_like("+49 151 123"), spelled_like("3f" * 32)
    ('xxx.xxx@xxxx.xxxxxxx', '+99 999 999', 'a hash of 64 digits')
    """
    if _HASH.fullmatch(text.lower()):
        return "a hash of 64 digits"
    return "".join("9" if c.isdigit() else "x" if c.isalpha() else c for c in text[:40])


def _add(found: Suppression, cells: Iterable[str], *, ids: bool, phones: bool, country: str) -> int:
    """Add what is recognized; returns of how many cells something was."""
    recognized = 0
    for cell in cells:
        before = len(found)
        # As word processors and forms of other scripts write it.
        plain = unicodedata.normalize("NFKC", cell).replace("\u2010", "-")
        addresses = [address for part in _PARTS.split(plain) if (address := clean_email(part.rstrip(".")))]
        if addresses or (address := clean_email(plain)):
            found.emails |= set(map(email_key, addresses or [address]))
        elif _HASH.fullmatch(cell.lower()):
            found.hashes.add(cell.lower())
        if ids:
            found.ids |= {cell, plain_id(cell)}
        if phones and (number := clean_phone(cell, country)):
            found.phones.add(number)
        elif phones and _NUMBER.fullmatch(cell):
            digits = re.sub(r"\D", "", cell).lstrip("0")
            found.endings |= {digits} if len(digits) >= _FEWEST_DIGITS else set()
        recognized += len(found) > before
    return recognized


def _hashed_spellings(email: str) -> tuple[str, ...]:
    """The spellings of an address that another system may have hashed."""
    key = email_key(email)
    local, _, domain = key.rpartition("@")
    with suppress(UnicodeError):  # a domain with letters such as ü is hashed as the network writes it, too
        domain = domain.encode("idna").decode()
    return (email, key, key.replace("@gmail.com", "@googlemail.com"), f"{local}@{domain}")
