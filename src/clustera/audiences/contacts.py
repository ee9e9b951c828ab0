"""A table of contacts: which of its columns hold what, and which of its rows may be used."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

from clustera.audiences.addresses import clean_country, clean_email, clean_phone
from clustera.audiences.ids import MatchedIds, match_ids, plain_id_sql
from clustera.audiences.suppression import spelled_like
from clustera.engines import Rows, identifier
from clustera.errors import InputError, closest
from clustera.lexicon import fold, phrases, says
from clustera.records import Contact, ContactField, ExportColumn, own_columns

_WORDS: Mapping[ContactField, tuple[tuple[str, str, bool], ...]] = {
    "email": (("columns", "email", False),),
    "phone": (("columns", "phone", False),),
    "first_name": (("contacts", "first", True),),
    "last_name": (("contacts", "last", True),),
    "country": (("contacts", "country", True),),
    "zip": (("columns", "postcode", True),),
}
FIELDS: tuple[ContactField, ...] = ("id", *_WORDS, "objection", "consent")
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})([T ].*)?|(\d{1,2})[./-](\d{1,2})[./-](\d{4})([T ].*)?")
_FIRST_YEAR = 1990  # an older day stands for "never"
_SHOWN = 6  # different cells of consent that are shown
_LOOKED = 20_000  # rows by which a column is recognized


@dataclass(frozen=True, slots=True)
class Permissions:
    """Columns that say who may be written to, and by what. Each of them must agree; an objection in any of them holds."""

    consents: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()
    phone_consents: tuple[str, ...] = ()  # about calls and text messages alone
    phone_objections: tuple[str, ...] = ()

    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.consents, *self.objections, *self.phone_consents, *self.phone_objections)


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One row of contacts with what it says of consent."""

    contact: Contact
    consent: str  # "yes", "no" or "not clear"
    objected: bool


class ContactTable:
    """A table of contacts whose columns are known.

    Args:
        rows: As `read` gives them.
        columns: Column by field.
        permissions: Columns of consent and objection.
        all_consented: Whoever is in the table has consented: the user says so.
        country: Of phone numbers without a country code, where no column says it.
        matched: Which ids of the run its ids mean; those that they are when left out.
    """

    def __init__(
        self,
        rows: Rows,
        columns: Mapping[ContactField, str],
        *,
        permissions: Permissions,
        all_consented: bool = False,
        country: str = "",
        matched: MatchedIds | None = None,
    ) -> None:
        self._rows = rows
        self._permissions = permissions
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
        """Every row, in the table's order."""
        texts = self._rows.select(
            "select "
            + ", ".join(
                f"cast({identifier(column)} as varchar) as {name}"
                for name, column in [*self._fields.items(), *self._numbered().items()]
            )
            + " from {rows}"
        )
        for batch in texts.batches():
            for cells in batch.to_pylist():
                yield self._row({field: (text or "").strip() for field, text in cells.items()})

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
        return tuple(spelled_like(cell) for cell in found.values() if cell)

    def _numbered(self) -> dict[str, str]:
        """Columns of consent and objection, by the names that they have in a query."""
        return {f"said_{at}": column for at, column in enumerate(self._permissions.columns())}

    def described(self) -> tuple[ExportColumn, ...]:
        """What each column was taken for; of ids, consent and objection also what their cells were taken for."""
        known = self._permissions
        told = [
            ExportColumn(field, column, self._matched.rules if field == "id" else ())
            for field, column in self._fields.items()
        ]
        told += [ExportColumn("objection", c, self._cells(c)) for c in (*known.objections, *known.phone_objections)]
        told += [ExportColumn("consent", c, self._cells(c)) for c in (*known.consents, *known.phone_consents)]
        return tuple(told)

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
        silent = any(answer(said[column]) != "yes" for column in known.phone_consents)
        if silent or any(_objects(said[column]) for column in known.phone_objections):
            contact = replace(contact, phone="")  # nobody may call or text; an e-mail may be allowed
        return ContactRow(contact, consent, objected)

    def _agreed(self, columns: Sequence[str], said: Mapping[str, str]) -> str:
        """What several columns of consent say together: "yes" where all do."""
        if not columns:
            return "yes" if self._all_consented else "not clear"
        answers = {answer(said[column]) for column in columns}
        return "yes" if answers == {"yes"} else "no" if "no" in answers else "not clear"

    def _cells(self, column: str) -> tuple[tuple[str, int, str], ...]:
        found = self._rows.query(
            f"select coalesce(trim(cast({identifier(column)} as varchar)), '') as cell, count(*) as n from {{rows}} "
            f"group by 1 order by n desc, cell limit {_SHOWN}"
        ).to_pylist()
        return tuple((row["cell"], row["n"], answer(row["cell"]) if row["cell"] else "empty") for row in found)


def _objects(cell: str) -> bool:
    """Whether a cell of objections counts as one. What can't be understood does: it costs a letter, not a complaint."""
    return bool(cell) and answer(cell) != "no"


@cache
def _answers() -> Mapping[str, str]:
    return {word: said for said in ("no", "yes") for word in phrases("consent", said)}


@cache
def answer(cell: str) -> str:
    """What a cell of consent or objection says: "yes", "no" or "not clear". A day is when it was given.

    >>> answer("Ja"), answer("unsubscribed"), answer("2024-05-01"), answer("later")
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
) -> ContactTable:
    """The contacts with their columns recognized: by their names and their cells, or as the user says.

    Args:
        rows: As `read` gives them.
        source: The file's name.
        customers: With `id`: the column of contacts that holds most of these is their id.
        named: Columns that the user names.
        all_consented: Whoever is in the table has consented; the user says so.
        country: Two letters; of phone numbers without a country code.

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
    permissions = _permissions(there, named)
    found: dict[ContactField, str] = {}
    found["id"] = named.get("id") or _matching_column(rows, there, customers, source)
    free = [name for name in there if name not in (found["id"], *named.values(), *permissions.columns())]
    for field in _WORDS:
        column = named.get(field) or _column_of(field, free, rows)
        if column:
            found[field] = column
            free = [name for name in free if name != column]
    if "email" not in found and (clean := _emails_by_cells(rows, there)):
        found["email"] = clean
    _check_columns(found, source, there, may=bool(permissions.consents) or all_consented)
    matched = match_ids(rows, found["id"], customers)
    return ContactTable(
        rows, found, permissions=permissions, all_consented=all_consented, country=country, matched=matched
    )


def _permissions(there: Sequence[str], named: Mapping[ContactField, str]) -> Permissions:
    """Columns of consent and objection, by their names: all of them, as a second one may say the opposite of the first.

    A column of consent that the user names is the only one; of objections the others hold too. Consent to cookies or to terms is
    consent to nothing here, and one of calls and text messages alone is none of e-mail.
    """
    taken = {column for field, column in named.items() if field not in ("consent", "objection")}
    free = [name for name in there if name not in taken]
    objecting = [name for name in free if name == named.get("objection") or says(name, "contacts", "objection")]
    agreeing = [name for name in free if name not in objecting and says(name, "contacts", "consent", whole=True)]
    agreeing = [name for name in agreeing if not says(name, "contacts", "other_consent")]
    spoken = {name for name in (*objecting, *agreeing) if says(name, "contacts", "by_phone")}
    consents = [name for name in agreeing if name not in spoken]
    plain = [name for name in consents if not says(name, "contacts", "consent_detail")]
    if "consent" in named:
        consents, spoken = [named["consent"]], spoken - {named["consent"]}
        objecting = [name for name in objecting if name != named["consent"]]
    else:
        consents = plain or consents
    return Permissions(
        tuple(consents),
        tuple(name for name in objecting if name not in spoken or name == named.get("objection")),
        tuple(name for name in agreeing if name in spoken and name not in consents),
        tuple(name for name in objecting if name in spoken and name != named.get("objection")),
    )


def _check_columns(found: Mapping[ContactField, str], source: str, there: Sequence[str], *, may: bool) -> None:
    listed = ", ".join(there)
    if "email" not in found and "phone" not in found:
        raise InputError(
            f"{source} has no column that was recognized as e-mail addresses or phone numbers. Its columns: {listed}.",
            hint="Name the column: --column email=COLUMN",
        )
    if not may:
        raise InputError(
            f"{source} has no column that says who has consented; it has: {listed}.",
            hint="Name the column: --column consent=COLUMN. If everybody in the file has consented, add --all-consented; "
            "the export log keeps this statement.",
        )


def _matching_column(rows: Rows, there: Sequence[str], customers: Rows, source: str) -> str:
    """The column that holds most ids of customers; of several alike the first."""
    matches = {
        column: rows.query(
            f"select count(distinct c.id) as n from {{rows}} r join {{customers}} c "
            f"on {plain_id_sql('c.id')} = {plain_id_sql(f'cast(r.{identifier(column)} as varchar)')}",
            customers=customers,
        )["n"][0].as_py()
        for column in there
    }
    best = max(matches, key=lambda column: matches[column], default="")
    marked = [column for column in matches if matches[column] and says(column, "ids", "mark")]
    if best and marked and matches[marked[0]] == matches[best]:
        return marked[0]
    if not best or not matches[best]:
        raise InputError(
            f"No column of {source} has the ids of the run's customers. Its columns: {', '.join(there)}.",
            hint="The contacts need the same customer ids as the run. Name the column: --column id=COLUMN",
        )
    return best


def _column_of(field: ContactField, free: Iterable[str], rows: Rows) -> str:
    """The column whose name says a field; of several the one with most cells."""
    named = [name for name in free if any(says(name, s, key, whole=whole) for s, key, whole in _WORDS[field])]
    if len(named) < 2:
        return named[0] if named else ""
    counts = rows.query(
        "select "
        + ", ".join(f"count(nullif(trim(cast({identifier(n)} as varchar)), '')) as n{i}" for i, n in enumerate(named))
        + " from {rows}"
    ).to_pylist()[0]
    return max(named, key=lambda name: counts[f"n{named.index(name)}"])


def _emails_by_cells(rows: Rows, there: Sequence[str]) -> str:
    """A column in which more than half of the cells are addresses."""
    sample = rows.query(f"select * from {{rows}} limit {_LOOKED}").to_pylist()
    counts = Counter({name: sum(bool(clean_email(str(row[name] or ""))) for row in sample) for name in there})
    best, n = counts.most_common(1)[0] if counts else ("", 0)
    return best if 2 * n > len(sample) else ""
