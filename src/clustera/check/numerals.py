"""How the numbers of a text column are spelled, and the SQL that reads them so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from clustera.check.affixes import (
    CURRENCY,
    DECIMAL_OF,
    SCALE,
    SCALE_OF_SPANS,
    SIZE,
    UNIT,
    affix_of,
    is_span,
    scales_beside,
    strip_affix,
    unit_forms,
)
from clustera.check.debts import debt_marks
from clustera.engines import literal
from clustera.lexicon import NUMBER_BLANKS

_MINUS = "[-−–]"
_NO_CENTS = f"(?:[.,:]{_MINUS}{{1,2}})?"  # 1.234,- and 1234.-- and 1 234:- are whole amounts
_CENTS_MARK = re.compile(r"9([.,])999(?!\1)([.,])[-−–]")  # of two marks the one at the end parts the cents: 1.234,-
# The engine's \s knows no blanks but those of ASCII, where Python's knows all.
_SPACED = rf"[\s{NUMBER_BLANKS}]*"
# (decimal mark, mark between groups of three)
STYLES = ((".", ""), (".", ","), (",", "."), (",", ""), (".", " "), (",", " "), (".", "'"), (",", "'"))


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """The marks by which a column spells its numbers."""

    decimal: str = "."
    group: str = ""
    unit: str = ""  # what stands before or behind nearly every number, where it is none of the usual units
    owed: str = ""  # what marks amounts below zero, where `unit` marks the others: DR beside CR

    @property
    def pattern(self) -> str:
        """What a number in this style looks like as a whole, its groups figures and the word for thousands; for Python and SQL (RE2)."""
        own, scale, unit, size = f"{self._own}{CURRENCY}", SCALE, f"{self._own}{CURRENCY}|{UNIT}", SIZE
        if is_span(self.unit) and not self.owed:  # nothing else is one then: neither 12M as a million, nor 1Y, nor M2M
            own, scale, unit, size = CURRENCY, SCALE_OF_SPANS, self._own.rstrip("|"), "m^"
        return (
            rf"(?i)^(?:\(?{_MINUS}?{_SPACED}(?:{own})?{_SPACED}{_MINUS}?|(?:{CURRENCY}){_SPACED}\({_SPACED})\+?"
            rf"({self._digits}){_NO_CENTS}"
            rf"(?:{_MINUS}{_SPACED}(?:{self._own}{CURRENCY})|"
            rf"{_SPACED}(?:{size}|({scale})?\)?{_SPACED}(?:{unit})?{_SPACED}{_MINUS}?\)?))$"
        )

    @property
    def _own(self) -> str:
        return "".join(f"{re.escape(form)}|" for form in (*unit_forms(self.unit), self.owed) if form)

    @property
    def _group(self) -> str:
        return {"": "", " ": f"[{NUMBER_BLANKS}]", "'": "['’]"}.get(self.group, re.escape(self.group))

    @property
    def _digits(self) -> str:
        mark = re.escape(self.decimal)
        # Indians group by two above the thousands: 12,34,567.
        inner = r"(?:,\d{2,3})*,\d{3}" if self.group == "," else rf"(?:{self._group}\d{{3}})+"
        whole = rf"(?:\d{{1,3}}{inner}|\d+)" if self.group else r"\d+"
        return rf"(?:{whole}(?:{mark}\d*)?|{mark}\d+)(?:e[+-]?\d+)?"

    def sql(self, text: str) -> str:
        """The DOUBLE that a trimmed text holds in this style; NULL when it holds none."""
        parts = f"regexp_extract({text}, {literal(self.pattern)}, ['digits', 'scale'])"
        digits = f"{parts}.digits"
        if self.group:
            digits = f"regexp_replace({digits}, {literal(self._group)}, '', 'g')"
        if self.decimal != ".":
            digits = f"replace({digits}, {literal(self.decimal)}, '.')"
        # A unit such as "S-" must not lend its sign to the number.
        bare = f"replace({text}, {literal(self.unit)}, '')" if self.unit else text
        # Behind a mark it says that there are no cents.
        minus = rf"^[^0-9]*[-−–(]|[^\s.,:\-−–]{_SPACED}{_MINUS}$|[0-9]{_MINUS}{_SPACED}[^0-9,:\-−–]+$"
        if self.owed:
            minus += rf"|(?i:^{re.escape(self.owed)}|{re.escape(self.owed)}$)"
        # A case of many words would look for each of them anew.
        words = scales_beside("" if self.owed else self.unit)
        keys, zeros = (", ".join(map(literal, listed)) for listed in (words, (f"e{n}" for n in words.values())))
        times = f"case when {parts}.scale = '' then '' else map([{keys}], [{zeros}])[lower({parts}.scale)] end"
        number = (
            f"case when {parts}.digits <> '' then try_cast("
            f"case when regexp_matches({bare}, {literal(minus)}) then '-' else '' end || {digits} || {times} as double) end"
        )
        return f"case when isfinite({number}) then {number} end"  # 1e400 is infinite


def _all_grouped(shapes: Mapping[str, int]) -> bool:
    """Whether every number has whole groups of three behind its mark, and some of them two groups: no decimals then."""
    return all(re.fullmatch(r"-?9{1,3}([.,]999)*", shape) for shape in shapes) and any(
        len(re.findall(r"[.,]", shape)) > 1 for shape in shapes
    )


def numeral_style(
    shapes: Mapping[str, int], *, decimal: str | None, span: str = "", name: str = "balance"
) -> tuple[NumberStyle, int, bool]:
    """The style in which most of a column's cells are numbers.

    Args:
        shapes: Cells with every digit written as 9, and how often each occurs.
        decimal: The decimal mark that the rest of the file uses; decides where the column itself can't.
        span: The unit of lengths or times that its cells have; see `span_unit`.
        name: Of the column, which tells what marks of debts mean there.

    Returns:
        The style, how many cells it reads, and whether the column alone decides it.
    """
    owed, unit = ("", span) if span else debt_marks(shapes, name=name) or ("", affix_of(shapes))
    bare = {strip_affix(strip_affix(shape, unit), owed): count for shape, count in shapes.items()} if unit else shapes
    read = {style: _reads(NumberStyle(*style, unit, owed), shapes) for style in STYLES}
    most = max(read.values())
    best = _with_cents_shown([style for style in STYLES if read[style] == most], shapes)
    marks = {style[0] for style in best}
    if len(marks) == 1 or not _has_mark(bare):
        return NumberStyle(*_least(best), unit, owed), most, True
    # "1,234" alone is one thousand or one point two: the file's decimal mark decides, else what the unit's country
    # writes, else English usage.
    usual = decimal or (DECIMAL_OF.get(unit.casefold().rstrip("."), ".") if unit else ".")
    wanted = [style for style in best if style[0] == usual]
    return NumberStyle(*_least(wanted or best), unit, owed), most, bool(unit and _all_grouped(bare))


def _with_cents_shown(styles: list[tuple[str, str]], shapes: Mapping[str, int]) -> list[tuple[str, str]]:
    """The styles by the decimal mark that stands before a dash for no cents, where one does behind another mark: 1.234,-."""
    cents = {found[2] for shape in shapes if (found := _CENTS_MARK.search(shape))}
    return [style for style in styles if cents == {style[0]}] or styles


def _least(styles: list[tuple[str, str]]) -> tuple[str, str]:
    return min(styles, key=STYLES.index)


def _reads(style: NumberStyle, shapes: Mapping[str, int]) -> int:
    pattern = re.compile(style.pattern)
    return sum(count for shape, count in shapes.items() if pattern.match(shape))


def _has_mark(shapes: Mapping[str, int]) -> bool:
    return any(re.search("9[.,]|[.,]9", re.sub(_NO_CENTS + r"(?!\d)", "", shape)) for shape in shapes)
