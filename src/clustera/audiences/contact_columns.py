"""Which columns of a table of contacts hold what: by their names and their cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clustera.audiences.addresses import clean_email
from clustera.audiences.ids import plain_id_sql
from clustera.engines import Rows, identifier, literal
from clustera.errors import InputError
from clustera.lexicon import name_says
from clustera.records import ContactField

_WORDS: Mapping[ContactField, tuple[tuple[str, str, bool], ...]] = {
    "email": (("columns", "email", False),),
    "phone": (("columns", "phone", False),),
    "first_name": (("contacts", "first", True),),
    "last_name": (("contacts", "last", True),),
    "country": (("contacts", "country", True),),
    "zip": (("columns", "postcode", True),),
}
FIELDS_BY_NAME: tuple[ContactField, ...] = tuple(_WORDS)
FIELDS: tuple[ContactField, ...] = ("id", *FIELDS_BY_NAME, "objection", "consent")
_SHAPES: Mapping[ContactField, str] = {"email": r"\S@\S+\.\S", "phone": r"^[+(]?\d[\d\s().\-/]{4,}"}
_FEW = 20  # cells below which it is chance whether they differ
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


def permission_columns(there: Sequence[str], named: Mapping[ContactField, str]) -> Permissions:
    """Columns of consent and objection, by their names: all of them, as a second one may say the opposite of the first.

    A column of consent that the user names is the only one; of objections the others hold too. Consent to cookies or to terms is
    consent to nothing here, and one of calls and text messages alone is none of e-mail.
    """
    taken = {column for field, column in named.items() if field not in ("consent", "objection")}
    free = [name for name in there if name not in taken]
    consent, objection = named.get("consent"), named.get("objection")

    def by_phone(name: str) -> bool:
        return name not in (consent, objection) and name_says(name, "contacts", "by_phone")

    objecting = [name for name in free if name == objection or name_says(name, "contacts", "objection")]
    agreeing = [name for name in free if name not in objecting and _says_consent(name)]
    objecting = [name for name in objecting if name != consent]
    written = [name for name in agreeing if not by_phone(name)]
    return Permissions(
        tuple(_plainest_consents(written)) if consent is None else (consent,),
        tuple(name for name in objecting if not by_phone(name)),
        tuple(name for name in agreeing if by_phone(name)),
        tuple(name for name in objecting if by_phone(name)),
    )


def _says_consent(name: str) -> bool:
    return name_says(name, "contacts", "consent", whole=True) and not name_says(name, "contacts", "other_consent")


def _plainest_consents(names: Sequence[str]) -> Sequence[str]:
    """Those that say consent alone, where some do; the others hold a detail of it, such as its source."""
    return [name for name in names if not name_says(name, "contacts", "consent_detail")] or names


def check_contact_columns(found: Mapping[ContactField, str], source: str, there: Sequence[str], *, may: bool) -> None:
    """Refuse contacts without addresses, or of which nothing says who has consented.

    Raises:
        InputError: they are.
    """
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


def matching_id_column(rows: Rows, there: Sequence[str], customers: Rows, source: str) -> str:
    """The column that holds most ids of customers; of several alike the first."""
    matches = {
        column: rows.value(
            f"select count(distinct c.id) as n from {{rows}} r join {{customers}} c "
            f"on {plain_id_sql('c.id')} = {plain_id_sql(f'cast(r.{identifier(column)} as varchar)')}",
            customers=customers,
        )
        for column in there
    }
    best = max(matches, key=lambda column: matches[column], default="")
    marked = [column for column in matches if matches[column] and name_says(column, "ids", "mark")]
    if best and marked and matches[marked[0]] == matches[best]:
        return marked[0]
    if not best or not matches[best]:
        raise InputError(
            f"No column of {source} has the ids of the run's customers. Its columns: {', '.join(there)}.",
            hint="The contacts need the same customer ids as the run. Name the column: --column id=COLUMN",
        )
    return best


def column_of_field(field: ContactField, free: Iterable[str], rows: Rows) -> str:
    """The column whose name says a field; of several the one with most cells."""
    named = [name for name in free if any(name_says(name, s, key, whole=whole) for s, key, whole in _WORDS[field])]
    if field in _SHAPES:
        named = _own_columns_of(field, named, rows) or [
            n for n in named if not name_says(n, "contacts", "other_person")
        ]
    if len(named) < 2:
        return named[0] if named else ""
    filled = _filled_cells(named, rows)
    return max(named, key=lambda name: filled[name])


def further_columns(field: ContactField, free: Iterable[str], rows: Rows) -> tuple[str, ...]:
    """The columns that hold further addresses or numbers of the same customer, in the table's order."""
    named = [name for name in free if any(name_says(name, s, key, whole=whole) for s, key, whole in _WORDS[field])]
    return tuple(_own_columns_of(field, named, rows))


def _own_columns_of(field: ContactField, named: Sequence[str], rows: Rows) -> list[str]:
    """Of columns that are named for addresses or numbers those whose cells are such, and each a customer's own.

    The address of an account manager stands in many rows, and that of a referrer is another person's.
    """
    named = [name for name in named if not name_says(name, "contacts", "other_person")]
    if not named:
        return []
    cell = [f"nullif(trim(cast({identifier(name)} as varchar)), '')" for name in named]
    counts = rows.query(
        "select "
        + ", ".join(
            f"count({c}) as n{at}, count(distinct {c}) as d{at}, "
            f"count(*) filter (regexp_matches({c}, {literal(_SHAPES[field])})) as fit{at}"
            for at, c in enumerate(cell)
        )
        + " from {rows}"
    ).to_pylist()[0]
    return [
        name
        for at, name in enumerate(named)
        if 2 * counts[f"fit{at}"] >= counts[f"n{at}"] > 0
        and (counts[f"n{at}"] < _FEW or 2 * counts[f"d{at}"] >= counts[f"n{at}"])
    ]


def _filled_cells(names: Sequence[str], rows: Rows) -> dict[str, int]:
    counts = rows.query(
        "select "
        + ", ".join(f"count(nullif(trim(cast({identifier(n)} as varchar)), '')) as n{i}" for i, n in enumerate(names))
        + " from {rows}"
    ).to_pylist()[0]
    return {name: counts[f"n{at}"] for at, name in enumerate(names)}


def emails_by_cells(rows: Rows, there: Sequence[str]) -> str:
    """A column in which more than half of the cells are addresses."""
    sample = rows.query(f"select * from {{rows}} limit {_LOOKED}").to_pylist()
    counts = Counter({name: sum(bool(clean_email(str(row[name] or ""))) for row in sample) for name in there})
    best, n = counts.most_common(1)[0] if counts else ("", 0)
    return best if 2 * n > len(sample) else ""
