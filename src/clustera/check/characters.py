"""Characters that hide in cells: those without a shape, figures of other writings, a spreadsheet's apostrophe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from clustera.check.look import Look, look_at_columns, trimmed_sql
from clustera.engines import Rows, identifier, literal
from clustera.lexicon import ASCII_FIGURES, OTHER_FIGURES, currencies

# Soft hyphens, marks of direction and joints of nothing; the joiners of Persian and of emoji say something and stay.
UNSEEN = "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_MARKS = {"\u066b": ".", "\u066c": ",", "\uff0e": ".", "\uff0c": ",", "\u066a": "%"}
_HIDDEN = re.compile(f"[{UNSEEN}]")
_FOREIGN = re.compile(f"[{OTHER_FIGURES}]")
_NUMBER = re.compile(r"^[-+]?[0-9]+(?:[.][0-9]*)?$")
# What a spreadsheet shows as text: '00417.
_QUOTED = re.compile(r"^\s*'[0-9+][0-9 .,+-]*$")
_QUOTED_SQL = r"^\s*'([0-9+][0-9 .,+-]*)$"


def plain_cells(rows: Rows, looks: Mapping[str, Look]) -> tuple[Rows, dict[str, Look]]:
    """The rows without characters that only hide what a cell holds, and a look at them.

    Figures of other writings become those of ours where a column holds hardly a letter but those of a currency.
    """
    changed = {}
    for name, found in looks.items():
        texts = list(found.values or found.shapes)
        if found.type != "text":
            continue
        # The engine's numbers may have blanks of ASCII around them, and no others.
        hidden = found.padded and found.numbers < found.filled and any(map(_NUMBER.match, texts))
        cell = trimmed_sql(name) if hidden else identifier(name)
        if (sql := _plain_sql(cell, texts)) != identifier(name):
            changed[name] = sql
    if not changed:
        return rows, dict(looks)
    cells = ", ".join(f"{sql} as {identifier(name)}" for name, sql in changed.items())
    rows = rows.select(f"select * replace ({cells}) from {{rows}}").keep()
    return rows, {
        **looks,
        **look_at_columns(rows.select(f"select _row, {', '.join(map(identifier, changed))} from {{rows}}")),
    }


def _plain_sql(cell: str, texts: Iterable[str]) -> str:
    """SQL for a column's cells without what hides in them; the same where nothing does."""
    texts = list(texts)
    sql, odd = cell, [text for text in texts if not text.isascii()]
    if any(map(_HIDDEN.search, odd)):
        sql = f"translate({sql}, {literal(UNSEEN)}, '')"
    if any(map(_FOREIGN.search, odd)) and 2 * sum(map(_has_letters, odd)) < len(odd):
        old, new = OTHER_FIGURES + "".join(_MARKS), ASCII_FIGURES + "".join(_MARKS.values())
        sql = f"translate({sql}, {literal(old)}, {literal(new)})"
    if any(map(_QUOTED.match, texts)):
        sql = f"regexp_replace({sql}, {literal(_QUOTED_SQL)}, '\\1')"
    return sql


def _has_letters(text: str) -> bool:
    """Whether a text has letters, other than those of a currency."""
    letters = "".join(filter(str.isalpha, text.lower()))
    return bool(letters) and letters not in currencies()
