"""Lists of whom nothing may be sent to: ids, addresses, numbers or hashes of addresses, in any column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from clustera.audiences.addresses import clean_email, clean_phone, email_key, sha256
from clustera.audiences.ids import plain_id
from clustera.engines import Rows, identifier
from clustera.errors import InputError
from clustera.lexicon import name_says
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
    entries: list[tuple[str, frozenset[str]]] = field(
        default_factory=list
    )  # a row's first text, and what of the above it is
    unread: list[str] = field(default_factory=list)  # the first text of each row in which nothing was recognized
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

    def unmatched(self, of: Suppression) -> list[str]:
        """The entries of one of the list's files that nobody was on the list by."""
        return [text for text, forms in of.entries if forms.isdisjoint(self.matched)]

    def add(self, cell: str, *, ids: bool, phones: bool, country: str) -> set[str]:
        """Add what a cell is recognized as, and return that: ids, addresses, numbers, hashes."""
        found: set[str] = set()

        def keep(part: set[str], forms: set[str]) -> None:
            part |= forms
            found.update(forms)

        # As word processors and forms of other scripts write it.
        plain = unicodedata.normalize("NFKC", cell).replace("\u2010", "-")
        addresses = [address for part in _PARTS.split(plain) if (address := clean_email(part.rstrip(".")))]
        if addresses or (address := clean_email(plain)):
            keep(self.emails, set(map(email_key, addresses or [address])))
        elif _HASH.fullmatch(cell.lower()):
            keep(self.hashes, {cell.lower()})
        if ids:
            keep(self.ids, {cell, plain_id(cell)})
        if phones and (number := clean_phone(cell, country)):
            keep(self.phones, {number})
        elif phones and _NUMBER.fullmatch(cell):
            digits = re.sub(r"\D", "", cell).lstrip("0")
            keep(self.endings, {digits} if len(digits) >= _FEWEST_DIGITS else set())
        return found

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
    of one column. Each different row is one entry.

    Args:
        rows: As `read` gives them.
        source: The file's name.
        country: Of numbers without a country code.

    Raises:
        InputError: it has rows, and nothing in them is an id, an address or a number.
    """
    found = Suppression()
    columns = _list_columns(own_columns(rows.columns))
    titles = [column.name for column in columns]
    # A list without a line of titles has its first entry where the titles would be.
    titled = _add_cells(found, titles, columns, country)
    if any(clean_email(title) or _HASH.fullmatch(title.lower()) for title in titles):
        found.entries.append((_first_text(titles), titled))
    firsts: dict[int, str] = {}
    for cells in _different_rows(rows, titles):
        if not (text := _first_text(cells)):
            continue
        for at, (cell, column) in enumerate(zip(cells, columns, strict=True)):
            if at not in firsts and column.may_name(cell):
                firsts[at] = spelling_pattern(cell)
        if forms := _add_cells(found, cells, columns, country):
            found.entries.append((text, forms))
        else:
            found.unread.append(text)
    found.looks = tuple(dict.fromkeys(firsts[at] for at in sorted(firsts)))
    if not found.entries and rows.count():
        raise InputError(
            f"{source} has no recognized id, e-mail address or phone number.",
            hint="A suppression list has one customer per row: an id, an address, or the SHA-256 hash of an address.",
        )
    return found


@dataclass(frozen=True, slots=True)
class _ListColumn:
    """A column of a list, and what its cells may be besides addresses and hashes, which are recognized anywhere."""

    name: str
    ids: bool
    phones: bool

    def may_name(self, cell: str) -> bool:
        """Whether a cell may say who somebody is."""
        return bool(cell) and (self.ids or self.phones or bool(clean_email(cell)))


def _list_columns(names: Sequence[str]) -> list[_ListColumn]:
    alone = len(names) == 1
    return [
        _ListColumn(
            name,
            ids=alone or name_says(name, "ids", "mark") or name_says(name, "ids", "customer"),
            phones=alone or name_says(name, "columns", "phone"),
        )
        for name in names
    ]


def _add_cells(
    found: Suppression, cells: Sequence[str], columns: Sequence[_ListColumn], country: str
) -> frozenset[str]:
    """Add the cells of a row, and return all that they are recognized as."""
    filled = [(cell, column) for cell, column in zip(cells, columns, strict=True) if cell]
    forms = (found.add(cell, ids=column.ids, phones=column.phones, country=country) for cell, column in filled)
    return frozenset().union(*forms)


def _different_rows(rows: Rows, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Each different row once, its cells as trimmed texts."""
    cells = ", ".join(
        f"coalesce(trim(cast({identifier(name)} as varchar)), '') as c{at}" for at, name in enumerate(names)
    )
    different = rows.select(f"select {cells} from {{rows}}").select("select distinct * from {rows}")
    for batch in different.batches():
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _first_text(cells: Sequence[str]) -> str:
    """What stands for a row: its first address, else its first cell that is not empty."""
    return next((cell for cell in cells if "@" in cell), next(filter(None, cells), ""))


def spelling_pattern(text: str) -> str:
    """How a text is spelled, without saying what it says: x for each letter, 9 for each digit.

    >>> spelling_pattern("Ann.Lee@shop.example"), spelling_pattern("+49 151 123"), spelling_pattern("3f" * 32)
    ('xxx.xxx@xxxx.xxxxxxx', '+99 999 999', 'a hash of 64 digits')
    """
    if _HASH.fullmatch(text.lower()):
        return "a hash of 64 digits"
    return "".join("9" if c.isdigit() else "x" if c.isalpha() else c for c in text[:40])


def masked_text(text: str) -> str:
    """A text of which only the beginning of each word can be read: enough to find it in a list that one has.

    >>> masked_text("Ann.Lee@shop.example"), masked_text("+49 151 123"), masked_text("K-00417"), masked_text("3f" * 32)
    ('A**.L**@s***.e******', '+4* 1** 1**', '*-0****', '3f3f3f...')
    """
    if _HASH.fullmatch(text.lower()):
        return f"{text[:6]}..."
    masked = re.sub(r"\w+", lambda word: word[0][:1].ljust(len(word[0]), "*") if len(word[0]) > 1 else "*", text[:40])
    return masked + ("..." if len(text) > 40 else "")


def _hashed_spellings(email: str) -> tuple[str, ...]:
    """The spellings of an address that another system may have hashed."""
    key = email_key(email)
    local, _, domain = key.rpartition("@")
    with suppress(UnicodeError):  # a domain with letters such as ü is hashed as the network writes it, too
        domain = domain.encode("idna").decode()
    return (email, key, key.replace("@gmail.com", "@googlemail.com"), f"{local}@{domain}")
