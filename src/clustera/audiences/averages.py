"""Conditions that ask for an average: a condition has the figure itself, so the one of the run is offered."""

from __future__ import annotations

import re
from decimal import Decimal

from clustera.audiences.population import AudienceColumn, Population
from clustera.audiences.tokens import DefinitionError
from clustera.audiences.wording import write_column, write_value
from clustera.texts import inline_title

_ASKED = re.compile(
    r"""(?P<column>"[^"]+"|(?<![\w.])(?!and\b|or\b|not\b)[^\W\d][\w.]*+)\s*+
    (?P<sign><=|>=|!=|<>|<|>|=|(?:is\s+)?(?:above|over|below|under|(?:more|less|higher|lower|larger|smaller)\s+than)|is)\s*
    (?:the\s+)?["']?(?P<word>average|avg|mean|median)["']?(?:\s+(?:of\s+)?(?P=column))?(?![\w.])""",
    re.IGNORECASE | re.VERBOSE,
)
_ABOVE = re.compile(r"above|over|more|higher|larger", re.IGNORECASE)
_BELOW = re.compile(r"below|under|less|lower|smaller", re.IGNORECASE)
_SQL = {"median": "median"}


def with_figures(error: DefinitionError, definition: str, population: Population) -> DefinitionError:
    """The error, or, where a definition asks for an average, one whose cure is the definition with the figure.

    Args:
        error: What is wrong with the definition.
        definition: The line of text.
        population: The customers whose average it is.
    """
    told: list[str] = []
    instead = _ASKED.sub(lambda asked: _with_figure(asked, population, told), definition)
    if not told:
        return error
    words = ", ".join(told)
    return DefinitionError(
        f"A condition needs a number. On this run {words}.",
        position=error.position,
        hint=f"Write the number: {instead}",
        instead=instead,
    )


def _with_figure(asked: re.Match[str], population: Population, told: list[str]) -> str:
    """A condition with the figure in place of the word; as it stands where its column has none."""
    try:
        column = population.column(asked["column"].strip('"'))
    except DefinitionError:
        return asked[0]
    figure = _figure_of(column, population, asked["word"].lower())
    if figure is None:
        return asked[0]
    word = "median" if asked["word"].lower() == "median" else "average"
    told.append(f"the {word} of {inline_title(column.title) or column.name} is {write_value(figure)}")
    sign = asked["sign"]
    if _ABOVE.search(sign):
        sign = ">"
    elif _BELOW.search(sign):
        sign = "<"
    return f"{write_column(column.name)} {sign} {write_value(figure)}"


def _figure_of(column: AudienceColumn, population: Population, word: str) -> Decimal | None:
    if column.kind not in ("number", "integer"):
        return None
    value = f"cast({column.sql} as double)"
    sql = f"select {_SQL.get(word, 'avg')}({value}) filter (where isfinite({value})) as figure from {{rows}}"
    found = population.rows.value(sql)
    if found is None:
        return None
    written = Decimal(f"{found:.0f}" if abs(found) >= 1_000 else f"{found:.2f}" if abs(found) >= 1 else f"{found:.3g}")
    return Decimal(f"{written:f}")
