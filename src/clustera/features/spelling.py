"""SQL for the ids and labels of an order log."""

from __future__ import annotations

from clustera.engines import identifier, literal
from clustera.features.roles import is_number_type

_MISSING = ("", "nan", "null", "none", "n/a", "na", "nat", "-", "<na>")


def key_sql(name: str, sql_type: str) -> str:
    """SQL for an id: whole numbers stay numbers, text is trimmed, NULL where it says nothing."""
    column = identifier(name)
    if sql_type in {"DOUBLE", "FLOAT"} or sql_type.startswith("DECIMAL"):
        # Whole numbers that were turned into floating point by missing neighbors.
        return f"try_cast({column} as bigint)"
    if is_number_type(sql_type):
        return column if sql_type in {"UBIGINT", "HUGEINT", "UHUGEINT"} else f"cast({column} as bigint)"
    missing = ", ".join(map(literal, _MISSING))
    text = f"trim(cast({column} as varchar))"
    text = f"case when {text} like '%.0%' then regexp_replace({text}, '^([0-9]+)[.]0+$', '\\1') else {text} end"
    return f"case when lower({text}) not in ({missing}) then {text} end"


def text_sql(name: str) -> str:
    """SQL for a label: trimmed text, NULL where empty."""
    return f"nullif(trim(cast({identifier(name)} as varchar)), '')"
