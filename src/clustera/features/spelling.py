"""SQL for the ids and labels of an order log."""

from __future__ import annotations

from collections.abc import Iterable

from clustera.engines import identifier, literal
from clustera.features.cells import MISSING
from clustera.features.roles import is_number_type


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
    # Errors of formulas, (blank) and the like are many words; nearly all ids are told from them by their first sign.
    odd = {word for word in MISSING if word.startswith(("#", "("))}
    nothing = (
        f"lower({text}) in ({_words_sql(MISSING - odd)}) or ({text} < '.' and lower({text}) in ({_words_sql(odd)}))"
    )
    return f"case when not ({nothing}) then {text} end"


def text_sql(name: str) -> str:
    """SQL for a label: trimmed text, NULL where empty."""
    return f"nullif(trim(cast({identifier(name)} as varchar)), '')"


def _words_sql(words: Iterable[str]) -> str:
    return ", ".join(map(literal, sorted(words)))
