"""SQL that turns the text of a column into its values: the one place that says what a `ColumnFormat` means."""

from __future__ import annotations

from collections.abc import Iterable

from clustera.check.durations import minutes_sql
from clustera.check.mixed_shares import percents_sql
from clustera.check.numerals import NumberStyle
from clustera.engines import literal, mapped_sql
from clustera.records import ColumnFormat, Kind


def value_sql(text: str, kind: Kind, spelled: ColumnFormat, absent: Iterable[str] = ()) -> str:
    """SQL for the value of a cell, NULL where it holds none. Dates have their own: `DateStyle.sql`.

    Args:
        text: SQL for the cell's trimmed text.
        kind: What the column holds.
        spelled: How it is written.
        absent: Words of a category or a text that stand for "no value".

    >>> value_sql("t", "bracket", ColumnFormat(brackets={"18-25": 21.5}))
    "cast(case t when '18-25' then 21.5 end as double)"
    """
    if kind == "number":
        number = NumberStyle(spelled.decimal, spelled.group, spelled.unit, spelled.owed).sql(text)
        if spelled.shares:
            number = percents_sql(number, text)
        if spelled.duration:
            number = f"coalesce({minutes_sql(text, spelled.duration)}, {number})"
        return (
            f"case when lower({text}) in ({_listed_words(map(str.lower, spelled.zeros))}) then 0.0 else {number} end"
            if spelled.zeros
            else number
        )
    if kind == "bracket":
        cases = " ".join(f"when {literal(bracket)} then {value!r}" for bracket, value in spelled.brackets.items())
        return f"cast(case {text} {cases} end as double)"
    if kind == "boolean":
        if spelled.no == ("",):
            return f"case when {text} is null then 'no' else 'yes' end"
        yes, no = _listed_words(spelled.yes), _listed_words(spelled.no)
        return f"case when lower({text}) in ({yes}) then 'yes' when lower({text}) in ({no}) then 'no' end"
    words = mapped_sql(text, dict(sorted(spelled.same.items())), otherwise=text)
    missing = _listed_words(word.lower() for word in absent)
    return f"case when lower({text}) in ({missing}) then null else {words} end" if missing else words


def _listed_words(words: Iterable[str]) -> str:
    return ", ".join(literal(word) for word in sorted(words))
