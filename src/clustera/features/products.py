"""A table of products beside the log: the category of each line, and its cost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from clustera.engines import Rows, identifier
from clustera.errors import InputError
from clustera.features.amounts import number_sql
from clustera.features.options import OrderOptions
from clustera.features.spelling import key_sql, text_sql
from clustera.features.vocabulary import role_words
from clustera.records import Raw, own_columns

_PRODUCT = r"(stock|product|item|article|artikel)? ?(id|no|nr|number|nummer|code|key)|sku|upc|ean|product|item"
_CATEGORY = (
    r"(department|category|categories|warengruppe|kategorie|dept|genre)( name)?",
    r"(product |item )?(category|group|type|line)( name)?",
)
_NAME = (
    r"(product|item|article|artikel)? ?(name|title|titel|bezeichnung|label)",
    r"(product|item|article|artikel)? ?(description|desc|beschreibung)",
    r"(product|item|article) type",
)
_COST = r"(unit )?costs?|cost (price|per unit)|einkaufspreis|purchase price"


def with_products(lines: Rows, products: Raw) -> Rows:
    """The lines with `category`, and `cost` where the products' table knows it and the lines don't.

    Raises:
        InputError: the lines name no product, or the table of products has no id or no category.
    """
    name = products.source.name
    if "product" not in lines.columns:
        raise InputError(
            "The order log names no product, so the table of products can't be joined.",
            hint="Say which column does: --set product=COLUMN.",
        )
    table = products.rows
    columns = own_columns(table.columns)
    key = next((column for column in columns if re.fullmatch(_PRODUCT, role_words(column))), None)
    category = _category_column(columns)
    if key is None or category is None:
        raise InputError(
            f"{name} must have a product's id and its category; it has: {', '.join(products.shown_columns)}.",
            hint="Call them product_id and category.",
        )
    cost = next((column for column in columns if re.fullmatch(_COST, role_words(column))), None)
    cells = f"min({text_sql(category)}) as category"
    if cost:
        cells += f", cast(min({number_sql(table, cost, OrderOptions())}) as decimal(14,4)) as unit_cost"
    # A product listed twice must not double its lines.
    once = table.select(
        f"select cast({key_sql(key, table.columns[key])} as varchar) as product_key, {cells} from {{rows}} "
        f"where {identifier(key)} is not null group by product_key"
    ).keep()
    own = [column for column in lines.columns if column != "category"]
    listed = ", ".join(f"l.{identifier(column)}" for column in own)
    if cost and "cost" not in own:
        pieces = "coalesce(l.quantity, 1)" if "quantity" in own else "1"
        listed += f", cast(p.unit_cost * cast({pieces} as decimal(14,3)) as decimal(18,4)) as cost"
    return lines.engine.view(
        f"select {listed}, p.category from {lines.name} l "
        f"left join {once.name} p on cast(l.product as varchar) = p.product_key"
    )


def has_categories(products: Raw) -> bool:
    """Whether a table of products says their categories; one that only says what they are called does not."""
    return _category_column(own_columns(products.rows.columns)) is not None


def _category_column(columns: Sequence[str]) -> str | None:
    return next((c for pattern in _CATEGORY for c in columns if re.fullmatch(pattern, role_words(c))), None)


def product_labels(products: Raw) -> Mapping[str, str]:
    """What each product is called, with its code behind: "Whole milk (1082185)"; empty where the table names none.

    The name is a column such as name, title or description, else the product's type.

    Raises:
        InputError: the table has no column of products' ids.
    """
    table = products.rows
    columns = own_columns(table.columns)
    key = next((column for column in columns if re.fullmatch(_PRODUCT, role_words(column))), None)
    if key is None:
        raise InputError(
            f"{products.source.name} has no column of products' ids; it has: {', '.join(products.shown_columns)}.",
            hint="Call it product_id.",
        )
    name = next((c for pattern in _NAME for c in columns if c != key and re.fullmatch(pattern, role_words(c))), None)
    if name is None:
        return {}
    found = table.query(
        f"select cast({key_sql(key, table.columns[key])} as varchar) as code, min({text_sql(name)}) as name from {{rows}} "
        f"where {identifier(key)} is not null and {text_sql(name)} is not null group by 1"
    )
    codes, names = (found[column].to_pylist() for column in ("code", "name"))
    return {code: f"{called} ({code})" for code, called in zip(codes, names, strict=True) if called and called != code}
