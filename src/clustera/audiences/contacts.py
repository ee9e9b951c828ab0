"""A table of contacts: which of its columns hold what, and which of its rows may be used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from clustera.audiences.addresses import clean_country, clean_email, clean_phone
from clustera.audiences.ids import MatchedIds, match_ids, plain_id_sql
from clustera.audiences.suppression import spelled_like
from clustera.engines import Rows, identifier
from clustera.errors import InputError, closest
from clustera.lexicon import fold, phrases, says
from clustera.records import Contact, ContactField, ExportColumn, own_columns

# Of an objection a part of the name is enough: one that is overlooked costs a complaint.
_WORDS: Mapping[ContactField, tuple[tuple[str, str, bool], ...]] = {
    "email": (("columns", "email", False),),
    "phone": (("columns", "phone", False),),
    "first_name": (("contacts", "first", True),),
    "last_name": (("contacts", "last", True),),
    "country": (("contacts", "country", True),),
    "zip": (("columns", "postcode", True),),
    "objection": (("contacts", "objection", False),),
    "consent": (("contacts", "consent", True),),
}
FIELDS: tuple[ContactField, ...] = ("id", *_WORDS)
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}([T ].*)?")
_SHOWN = 6  # different cells of consent that are shown
_LOOKED = 20_000  # rows by which a column is recognized


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
        all_consented: Whoever is in the table has consented: the user says so.
        country: Of phone numbers without a country code, where no column says it.
        matched: Which ids of the run its ids mean; those that they are when left out.
    """

    def __init__(
        self,
        rows: Rows,
        columns: Mapping[ContactField, str],
        *,
        all_consented: bool = False,
        country: str = "",
        matched: MatchedIds | None = None,
    ) -> None:
        self._rows = rows
        self.columns = dict(columns)
        self._all_consented = all_consented
        self._country = country
        self._matched = matched or MatchedIds()

    def __iter__(self) -> Iterator[ContactRow]:
        """Every row, in the table's order."""
        texts = self._rows.select(
            "select "
            + ", ".join(f"cast({identifier(column)} as varchar) as {field}" for field, column in self.columns.items())
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
                f"min(nullif(trim(cast({identifier(self.columns[field])} as varchar)), '')) as {field}"
                for field in ("id", "email", "phone")
                if field in self.columns
            )
            + " from {rows}"
        ).to_pylist()[0]
        return tuple(spelled_like(cell) for cell in found.values() if cell)

    def described(self) -> tuple[ExportColumn, ...]:
        """What each column was taken for; of ids, consent and objection also what their cells were taken for."""
        return tuple(
            ExportColumn(
                field,
                column,
                self._matched.rules
                if field == "id"
                else self._cells(field, column)
                if field in ("consent", "objection")
                else (),
            )
            for field, column in self.columns.items()
        )

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
        consent = answer(cells["consent"]) if "consent" in cells else "yes" if self._all_consented else "not clear"
        # What can't be understood in a column of objections counts as one: it costs a letter, not a complaint.
        objected = bool(cells.get("objection")) and answer(cells["objection"]) != "no"
        return ContactRow(contact, consent, objected)

    def _cells(self, field: ContactField, column: str) -> tuple[tuple[str, int, str], ...]:
        found = self._rows.query(
            f"select coalesce(trim(cast({identifier(column)} as varchar)), '') as cell, count(*) as n from {{rows}} "
            f"group by 1 order by n desc, cell limit {_SHOWN}"
        ).to_pylist()
        return tuple((row["cell"], row["n"], answer(row["cell"]) if row["cell"] else "empty") for row in found)


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
    return known or ("yes" if _DATE.fullmatch(text) else "not clear")


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
    found: dict[ContactField, str] = {}
    found["id"] = named.get("id") or _matching_column(rows, there, customers, source)
    free = [name for name in there if name not in (found["id"], *named.values())]
    for field in _WORDS:
        column = named.get(field) or _column_of(field, free, rows)
        if column:
            found[field] = column
            free = [name for name in free if name != column]
    if "email" not in found and (clean := _emails_by_cells(rows, there)):
        found["email"] = clean
    _check_columns(found, source, there, all_consented=all_consented)
    matched = match_ids(rows, found["id"], customers)
    return ContactTable(rows, found, all_consented=all_consented, country=country, matched=matched)


def _check_columns(
    found: Mapping[ContactField, str], source: str, there: Sequence[str], *, all_consented: bool
) -> None:
    listed = ", ".join(there)
    if "email" not in found and "phone" not in found:
        raise InputError(
            f"{source} has no column that was recognized as e-mail addresses or phone numbers. Its columns: {listed}.",
            hint="Name the column: --column email=COLUMN",
        )
    if "consent" not in found and not all_consented:
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
