"""A table of contacts: which of its columns hold what, and which of its rows may be used."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

from clustera.audiences.addresses import clean_country, clean_email, clean_phone
from clustera.audiences.contact_columns import (
    FIELDS_BY_NAME,
    Permissions,
    check_contact_columns,
    column_of_field,
    emails_by_cells,
    further_columns,
    matching_id_column,
    permission_columns,
)
from clustera.audiences.ids import MatchedIds, match_ids
from clustera.audiences.suppression import spelling_pattern
from clustera.engines import Rows, identifier
from clustera.errors import InputError, closest
from clustera.lexicon import fold, lexicon_phrases
from clustera.records import Contact, ContactField, ExportColumn, Finding, own_columns

_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})([T ].*)?|(\d{1,2})[./-](\d{1,2})[./-](\d{4})([T ].*)?")
_FIRST_YEAR = 1990  # an older day stands for "never"
_SHOWN = 6  # different cells of consent that are shown


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One row of contacts with what it says of consent; a row of several addresses is one for each of them."""

    contact: Contact
    consent: str  # "yes", "no" or "not clear"
    objected: bool


class ContactTable:
    """A table of contacts whose columns are known.

    Args:
        rows: As `read` gives them.
        columns: Column by field.
        further: Columns of further addresses and numbers of the same customer, by field.
        permissions: Columns of consent and objection.
        all_consented: Whoever is in the table has consented: the user says so.
        country: Of phone numbers without a country code, where no column says it.
        matched: Which ids of the run its ids mean; those that they are when left out.
        notes: What is to be said of the file.
    """

    def __init__(
        self,
        rows: Rows,
        columns: Mapping[ContactField, str],
        *,
        further: Mapping[ContactField, Sequence[str]],
        permissions: Permissions,
        all_consented: bool = False,
        country: str = "",
        matched: MatchedIds | None = None,
        notes: tuple[Finding, ...] = (),
    ) -> None:
        self.notes = notes
        self._rows = rows
        self._permissions = permissions
        self._further = {
            f"{field}_{at}": (field, column) for field in further for at, column in enumerate(further[field], start=2)
        }
        self._fields = dict(columns)
        self._all_consented = all_consented
        self._country = country
        self._matched = matched or MatchedIds()

    @property
    def columns(self) -> dict[ContactField, str]:
        """Column by field; of consent and objection the first."""
        known = self._permissions
        found = dict(self._fields)
        if known.objections:
            found["objection"] = known.objections[0]
        if known.consents:
            found["consent"] = known.consents[0]
        return found

    def __iter__(self) -> Iterator[ContactRow]:
        """Every row, in the table's order; further addresses and numbers of a row as rows of their own behind it."""
        texts = self._rows.select(
            "select "
            + ", ".join(
                f"cast({identifier(column)} as varchar) as {name}"
                for name, column in [
                    *self._fields.items(),
                    *((name, column) for name, (_, column) in self._further.items()),
                    *self._numbered().items(),
                ]
            )
            + " from {rows}"
        )
        for batch in texts.batches():
            for cells in batch.to_pylist():
                yield from self._contact_rows({field: (text or "").strip() for field, text in cells.items()})

    def looks(self) -> tuple[str, ...]:
        """How the first id, address and number are spelled, without saying what they say."""
        found = self._rows.query(
            "select "
            + ", ".join(
                f"min(nullif(trim(cast({identifier(self._fields[field])} as varchar)), '')) as {field}"
                for field in ("id", "email", "phone")
                if field in self._fields
            )
            + " from {rows}"
        ).to_pylist()[0]
        return tuple(spelling_pattern(cell) for cell in found.values() if cell)

    def _numbered(self) -> dict[str, str]:
        """Columns of consent and objection, by the names that they have in a query."""
        return {f"said_{at}": column for at, column in enumerate(self._permissions.columns())}

    def described(self) -> tuple[ExportColumn, ...]:
        """What each column was taken for; of ids, consent and objection also what their cells were taken for."""
        known = self._permissions
        told = [
            ExportColumn(field, name, self._matched.rules if field == "id" else ())
            for field, column in self._fields.items()
            for name in (column, *(further for kind, further in self._further.values() if kind == field))
        ]
        told += [self._answers_of("objection", c) for c in (*known.objections, *known.phone_objections)]
        told += [self._answers_of("consent", c) for c in (*known.consents, *known.phone_consents)]
        return tuple(told)

    def _contact_rows(self, cells: Mapping[str, str]) -> Iterator[ContactRow]:
        first = self._row(cells)
        yield first
        emails, phones = {first.contact.email}, {first.contact.phone}
        for name, (field, _) in self._further.items():
            another = self._row({**cells, field: cells[name]})
            if field == "email" and another.contact.email not in {"", *emails}:
                emails.add(another.contact.email)
                yield replace(another, contact=replace(another.contact, phone=""))
            elif field == "phone" and another.contact.phone not in {"", *phones}:
                phones.add(another.contact.phone)
                yield another

    def _row(self, cells: Mapping[str, str]) -> ContactRow:
        country = clean_country(cells.get("country", "")) or self._country
        contact = Contact(
            customer=self._matched.ids.get(cells.get("id", ""), cells.get("id", "")),
            email=clean_email(cells.get("email", "")),
            phone=clean_phone(cells["phone"], country) if cells.get("phone") else "",
            first_name=cells.get("first_name", ""),
            last_name=cells.get("last_name", ""),
            country=country,
            zip=cells.get("zip", ""),
        )
        said = {column: cells[name] for name, column in self._numbered().items()}
        known = self._permissions
        consent = self._agreed(known.consents, said)
        objected = any(_objects(said[column]) for column in known.objections)
        silent = any(consent_answer(said[column]) != "yes" for column in known.phone_consents)
        if silent or any(_objects(said[column]) for column in known.phone_objections):
            contact = replace(contact, phone="")  # nobody may call or text; an e-mail may be allowed
        return ContactRow(contact, consent, objected)

    def _agreed(self, columns: Sequence[str], said: Mapping[str, str]) -> str:
        """What several columns of consent say together: "yes" where all do."""
        if not columns:
            return "yes" if self._all_consented else "not clear"
        answers = {consent_answer(said[column]) for column in columns}
        return "yes" if answers == {"yes"} else "no" if "no" in answers else "not clear"

    def _answers_of(self, field: ContactField, column: str) -> ExportColumn:
        """A column of consent or objection: its most frequent cells, and how many kinds of others say what."""
        found = self._rows.query(
            f"select coalesce(trim(cast({identifier(column)} as varchar)), '') as cell, count(*) as n from {{rows}} "
            "group by 1 order by n desc, cell"
        ).to_pylist()
        cells = [(row["cell"], row["n"], consent_answer(row["cell"]) if row["cell"] else "empty") for row in found]
        rest = cells[_SHOWN:]
        kinds, rows = Counter(said for *_, said in rest), Counter[str]()
        for _, n, said in rest:
            rows[said] += n
        return ExportColumn(
            field, column, tuple(cells[:_SHOWN]), tuple((said, kinds[said], rows[said]) for said in sorted(kinds))
        )


def _objects(cell: str) -> bool:
    """Whether a cell of objections counts as one. What can't be understood does: it costs a letter, not a complaint."""
    return bool(cell) and consent_answer(cell) != "no"


@cache
def _answers() -> Mapping[str, str]:
    return {
        word: said
        for said in ("no", "yes")
        for section in ("answers", "consent")
        for word in lexicon_phrases(section, said)
    }


@cache
def consent_answer(cell: str) -> str:
    """What a cell of consent or objection says: "yes", "no" or "not clear". A day is when it was given.

    >>> consent_answer("Ja"), consent_answer("unsubscribed"), consent_answer("2024-05-01"), consent_answer("later")
    ('yes', 'no', 'yes', 'not clear')
    """
    text = cell.strip()
    known = _answers().get(" ".join(fold(text).replace("_", " ").replace("-", " ").split()))
    return known or ("yes" if _is_past_day(text) else "not clear")


def _is_past_day(text: str) -> bool:
    """Whether a text is a day from 1990 until today: another one stands for "never".

    >>> [_is_past_day(text) for text in ("2024-05-01", "31.12.2023", "12/31/2023", "0000-00-00", "9999-12-31", "31.02.2020")]
    [True, True, True, False, False, False]
    """
    if not (found := _DATE.fullmatch(text)):
        return False
    year, *parts = (found[1], found[2], found[3]) if found[1] else (found[7], found[6], found[5])
    for month, day in (parts, parts[::-1]):
        with suppress(ValueError):
            given = datetime.date(int(year), int(month), int(day))
            return given.year >= _FIRST_YEAR and given <= datetime.datetime.now(tz=datetime.UTC).date()
    return False


def contact_table(
    rows: Rows,
    *,
    source: str,
    customers: Rows,
    named: Mapping[ContactField, str],
    all_consented: bool = False,
    country: str = "",
    notes: tuple[Finding, ...] = (),
) -> ContactTable:
    """The contacts with their columns recognized: by their names and their cells, or as the user says.

    Args:
        rows: As `read` gives them.
        source: The file's name.
        customers: With `id`: the column of contacts that holds most of these is their id.
        named: Columns that the user names.
        all_consented: Whoever is in the table has consented; the user says so.
        country: Two letters; of phone numbers without a country code.
        notes: What is to be said of the file.

    Raises:
        InputError: a column that was named is not there, there is no id or address, or nothing says who has consented.
    """
    there = own_columns(rows.columns)
    for field, column in named.items():
        if column not in there:
            near = closest(column, there)
            raise InputError(
                f"{source} has no column {column!r} for the {field.replace('_', ' ')}; it has: {', '.join(there)}.",
                hint=f"Did you mean {near!r}?" if near else "",
            )
    permissions = permission_columns(there, named)
    found: dict[ContactField, str] = {}
    found["id"] = named.get("id") or matching_id_column(rows, there, customers, source)
    free = [name for name in there if name not in (found["id"], *named.values(), *permissions.columns())]
    for field in FIELDS_BY_NAME:
        column = named.get(field) or column_of_field(field, free, rows)
        if column:
            found[field] = column
            free = [name for name in free if name != column]
    if "email" not in found and (clean := emails_by_cells(rows, there)):
        found["email"] = clean
    taken = (*found.values(), *permissions.columns())
    further: dict[ContactField, tuple[str, ...]] = {
        field: further_columns(field, [name for name in there if name not in taken], rows)
        for field in ("email", "phone")
        if field in found
    }
    check_contact_columns(found, source, there, may=bool(permissions.consents) or all_consented)
    matched = match_ids(rows, found["id"], customers)
    return ContactTable(
        rows,
        found,
        further=further,
        permissions=permissions,
        all_consented=all_consented,
        country=country,
        matched=matched,
        notes=notes,
    )
