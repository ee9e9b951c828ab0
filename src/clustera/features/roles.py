"""Which column of an order log is what: the caller's word first, then the names, then what the cells hold."""

from __future__ import annotations

import re
from collections.abc import Mapping

from clustera.errors import InputError, closest
from clustera.features.options import OrderOptions
from clustera.records import OrderColumn, OrderRole, Rows

# The first pattern of a role that fits any column wins, so narrow ones come first. Names are compared in lower case,
# one blank between words. German and French words stand beside the English ones where they are unmistakable.
_NAMES: tuple[tuple[OrderRole, tuple[str, ...]], ...] = (
    (
        "customer",
        (
            (r"(customer|client|household|member|user|buyer|shopper|kunden?|account|card|consumer)"
            r" ?(unique )?(id|no|nr|num|number|nummer|key|code|ref)"),
            r"customer|client|household|member|user|buyer|kunde|cliente",
            r"(cust|hh|master)( id)?",
        ),
    ),
    (
        "date",
        (
            (r"(invoice|order|transaction|purchase|sale|sales|bill|booking|trans|bestell|kauf|rechnungs?)"
            r" ?(date|datum|day|timestamp|time|datetime)( time)?"),
            r"date|datum|timestamp|day|fecha|datetime|order purchase timestamp",
            r"(created|ordered|purchased|paid|placed)( at| on)?|dt|time",
        ),
    ),
    (
        "amount",
        (
            r"(sales|net|line|order|gross|total|transaction|invoice|purchase|paid|payment) ?(amount|value|total|sum|price)",
            r"amount|revenue|turnover|umsatz|betrag|montant|importe|spend|spent|sales|dollars|total|monetary( value)?|amt|value",
        ),
    ),
    ("price", (r"(unit|item|piece|single) ?price|einzelpreis|prix unitaire|price|preis",)),
    (
        "order",
        (
            (r"(invoice|order|basket|transaction|receipt|bill|ticket|bestell|rechnungs?|sales order|trans)"
            r" ?(id|no|nr|num|number|nummer|key|code)?"),
        ),
    ),
    (
        "product",
        (
            r"(stock|product|item|article|artikel|sku|upc|material|merchandise) ?(id|no|nr|number|nummer|code|key)",
            r"sku|upc|ean|gtin|asin|product|item|article|artikel",
        ),
    ),
    ("text", (r"(product |item |article )?(description|name|title)|beschreibung|bezeichnung",)),
    (
        "category",
        (r"(product |item )?(department|category|categories|group|warengruppe|kategorie|dept|genre)( name| id)?",),
    ),
    ("quantity", (r"quantity|qty|pieces|units?|menge|anzahl|quantite|number of items|cds|(order|item|sold) (quantity|qty)",)),
    ("cost", (r"cost|costs|cogs|(line|total|purchase) cost|wareneinsatz|cost (price|amount)",)),
    ("channel", (r"(sales |order )?(channel|medium)|kanal|order source|device",)),
    ("store", (r"(store|shop|branch|outlet|filiale|location) ?(id|no|nr|number|code|key|name)?",)),
    ("currency", (r"currency( code)?|ccy|wahrung|waehrung|devise|iso currency",)),
)  # fmt: skip
_DISCOUNT = re.compile(r"(\w+ )*(discount|disc|rabatt|remise|coupon (value|amount|disc))( amount| value)?")
_NEEDED: tuple[OrderRole, ...] = ("customer", "date", "amount")
_NUMBERS = re.compile(r"^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w*INT\w*|FLOAT|DOUBLE|DECIMAL.*)$")
_DATES = re.compile(r"^(DATE|TIMESTAMP.*|INTEGER|BIGINT|VARCHAR)$")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BREAKS = re.compile(r"[\s_\-./:#]+")


def is_number(sql_type: str) -> bool:
    """Whether an engine's type holds numbers.

    >>> is_number("DECIMAL(18,2)"), is_number("VARCHAR")
    (True, False)
    """
    return bool(_NUMBERS.match(sql_type))


def words(name: str) -> str:
    """The words of a column's name, lower case, one blank between them.

    >>> words("InvoiceDate"), words("sales_value")
    ('invoice date', 'sales value')
    """
    return " ".join(_BREAKS.sub(" ", _CAMEL.sub(" ", name)).lower().split())


def roles_of(rows: Rows, options: OrderOptions, *, source: str) -> tuple[OrderColumn, ...]:
    """What each column of a log is.

    Args:
        rows: The log; `_row` and columns that begin with an underscore are left out.
        options: What the caller says.
        source: The log's name, for messages.

    Raises:
        InputError: a named column is not there, or customer, date or amount can't be found.
    """
    types = {name: kind for name, kind in rows.columns.items() if not name.startswith("_")}
    asked = _asked(types, options, source)
    given = {role for role, _ in asked.values()}
    found: dict[str, tuple[OrderRole, str]] = {name: (role, why) for name, (role, why) in asked.items()}
    for role, patterns in _NAMES:
        if role in given or (role == "price" and any(r == "amount" for r, _ in found.values())):
            continue
        free = {name: kind for name, kind in types.items() if name not in found and name not in options.exclude}
        name = _named(role, patterns, free)
        if name:
            found[name] = (role, f"its name is that of the {_SPOKEN[role]}")
    if options.discount is None:
        for name, kind in types.items():
            free_name = name not in found and name not in options.exclude
            if free_name and _DISCOUNT.fullmatch(words(name)) and (is_number(kind) or kind == "VARCHAR"):
                found[name] = ("discount", "its name is that of a discount")
    _refuse_incomplete({role for role, _ in found.values()}, types, source)
    return tuple(
        OrderColumn(name, found[name][0], found[name][1], asked=name in asked)
        if name in found
        else OrderColumn(name, "ignored", "no role in an order log has such a name")
        for name in types
    )


_SPOKEN: dict[OrderRole, str] = {
    "customer": "customer",
    "date": "date",
    "amount": "money of the line",
    "price": "price of one piece",
    "order": "order",
    "product": "product",
    "text": "product's description",
    "category": "product's category",
    "quantity": "number of pieces",
    "cost": "cost",
    "channel": "channel",
    "store": "store",
    "currency": "currency",
}


def _asked(types: Mapping[str, str], options: OrderOptions, source: str) -> dict[str, tuple[OrderRole, str]]:
    roles: dict[str, tuple[OrderRole, str]] = {}
    for role in _SPOKEN:
        name = getattr(options, role)
        if name is not None:
            roles[_known(name, types, role, source)] = (role, "you said so")
    for name in options.discount or ():
        roles[_known(name, types, "discount", source)] = ("discount", "you said so")
    return roles


def _known(name: str, types: Mapping[str, str], role: str, source: str) -> str:
    if name in types:
        return name
    near = closest(name, types)
    raise InputError(
        f"{source} has no column {name!r}; it has: {', '.join(types)}.",
        hint=f"Did you mean {near!r}? Say --set {role}={near}." if near else f"Say one of them: --set {role}=COLUMN.",
    )


def _named(role: OrderRole, patterns: tuple[str, ...], types: Mapping[str, str]) -> str | None:
    for pattern in patterns:
        for name, kind in types.items():
            if re.fullmatch(pattern, words(name)) and _fits(role, kind):
                return name
    return None


def _fits(role: OrderRole, kind: str) -> bool:
    if role == "date":
        return bool(_DATES.match(kind))
    if role in {"amount", "price", "quantity", "cost"}:
        return is_number(kind) or kind == "VARCHAR"
    return not kind.startswith(("STRUCT", "MAP", "BLOB")) and not kind.endswith("[]")


def _refuse_incomplete(found: set[OrderRole], types: Mapping[str, str], source: str) -> None:
    for role in _NEEDED:
        if role in found or (role == "amount" and {"price", "quantity"} <= found):
            continue
        # A name that is only spelled alike, as income and customer are, is none of it.
        near = next((name for name in types if role in words(name).split()), "")
        raise InputError(
            f"{source} has no column that is plainly the {_SPOKEN[role]} of an order; it has: {', '.join(types)}.",
            hint=f"Say which it is: --set {role}={near or 'COLUMN'}.",
        )
