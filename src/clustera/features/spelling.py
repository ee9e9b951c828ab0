"""SQL for the ids and labels of an order log."""

from __future__ import annotations

from collections.abc import Iterable

from clustera.engines import identifier, literal
from clustera.features.cells import MISSING
from clustera.features.roles import is_number_type

_ODD = frozenset(word for word in MISSING if word.startswith(("#", "(")))


def key_sql(name: str, sql_type: str) -> str:
    """SQL for an id: whole numbers stay numbers, text is trimmed, NULL where it says nothing."""
    column = identifier(name)
    if sql_type in {"DOUBLE", "FLOAT"} or sql_type.startswith("DECIMAL"):
        # Whole numbers that were turned into floating point by missing neighbors.
        return f"try_cast({column} as bigint)"
    if is_number_type(sql_type):
        return column if sql_type in {"UBIGINT", "HUGEINT", "UHUGEINT"} else f"cast({column} as bigint)"
    text = f"trim(cast({column} as varchar))"
    text = f"case when {text} like '%.0%' then regexp_replace({text}, '^([0-9]+)[.]0+$', '\\1') else {text} end"
    return f"case when not (lower({text}) in ({_words_sql(MISSING - _ODD)}) or {_is_odd(text)}) then {text} end"


def text_sql(name: str) -> str:
    """SQL for a label: trimmed text, NULL where empty."""
    return f"nullif(trim(cast({identifier(name)} as varchar)), '')"


def label_sql(name: str) -> str:
    """As `text_sql`, of what is bought and where: an error of a formula is no category."""
    text = text_sql(name)
    return f"case when not {_is_odd(text)} then {text} end"


def _is_odd(text: str) -> str:
    """SQL for whether a text is an error of a formula, (blank) or the like: nearly none begins as these words do."""
    return f"({text} < '.' and lower({text}) in ({_words_sql(_ODD)}))"


def _words_sql(words: Iterable[str]) -> str:
    return ", ".join(map(literal, sorted(words)))
