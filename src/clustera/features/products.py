"""A table of products beside the log: the category of each line, and its cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clustera.engines import Rows, identifier
from clustera.errors import InputError
from clustera.features.amounts import number_sql
from clustera.features.options import OrderOptions
from clustera.features.spelling import key_sql, label_sql
from clustera.lexicon import name_says
from clustera.records import Raw, own_columns


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
    key = _column_called(columns, "id")
    category = _column_called(columns, "category", "group")
    if key is None or category is None:
        raise InputError(
            f"{name} must have a product's id and its category; it has: {', '.join(products.shown_columns)}.",
            hint="Call them product_id and category.",
        )
    cost = _column_called(columns, "cost")
    cells = f"min({label_sql(category)}) as category"
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
    return _column_called(own_columns(products.rows.columns), "category", "group") is not None


def _column_called(columns: Sequence[str], *keys: str) -> str | None:
    """The first column whose whole name is one of the words of a key, the first key that has one before the others."""
    return next((name for key in keys for name in columns if name_says(name, "products", key, whole=True)), None)


def product_labels(products: Raw) -> Mapping[str, str]:
    """What each product is called, with its code behind: "Whole milk (1082185)"; empty where the table names none.

    The name is a column such as name, title or description, else the product's type.

    Raises:
        InputError: the table has no column of products' ids.
    """
    table = products.rows
    columns = own_columns(table.columns)
    key = _column_called(columns, "id")
    if key is None:
        raise InputError(
            f"{products.source.name} has no column of products' ids; it has: {', '.join(products.shown_columns)}.",
            hint="Call it product_id.",
        )
    name = _column_called([column for column in columns if column != key], "name", "description", "type")
    if name is None:
        return {}
    found = table.query(
        f"select cast({key_sql(key, table.columns[key])} as varchar) as code, min({label_sql(name)}) as name from {{rows}} "
        f"where {identifier(key)} is not null and {label_sql(name)} is not null group by 1"
    )
    codes, names = (found[column].to_pylist() for column in ("code", "name"))
    return {code: f"{called} ({code})" for code, called in zip(codes, names, strict=True) if called and called != code}
