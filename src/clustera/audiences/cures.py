"""Cures of a line that is wrong: each is a whole line that the run can answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from clustera.audiences.averages import with_figures
from clustera.audiences.counting import select_customers, unknown_values
from clustera.audiences.population import Population
from clustera.audiences.tokens import DefinitionError

_GROUPED = re.compile(r"(?<![\w.,\"'])-?\d+(?:[.,]\d+)+(?![\w.,\"'])")  # 1.000,50 or 1,000.50 or 12,5
_PHRASE = re.compile(r"[^\W\d][\w.]*(?:\s+(?!(?:and|or|not|in)\b)[^\W\d][\w.]*)*", re.IGNORECASE)
_VALUES = "Numbers are written as 1000 or 12.5, days as 2024-12-31, texts in quotes, yes and no as true and false."


def with_cure(
    error: DefinitionError, definition: str, population: Population, audiences: Mapping[str, str]
) -> DefinitionError:
    """The error with a cure that holds: a line that the run can answer, or what may stand there.

    Args:
        error: What is wrong with the definition.
        definition: The line of text.
        population: The customers of a run.
        audiences: Definitions of the saved audiences, by name.
    """
    error = with_figures(error, definition, population)
    refused = None  # why not even the words in quotes are a value here
    for line in (error.instead,) if error.instead else _mended_lines(error, definition):
        try:
            selection = select_customers(line, population, audiences=audiences)
        except DefinitionError as why:
            refused = why
            continue
        unknown = [note for part, _ in selection.parts for note in unknown_values(part, population)]
        if error.unquoted and unknown:
            return DefinitionError(error.message, position=error.position, hint=unknown[-1])
        told = error.hint if error.instead else f"Write {line}"
        return DefinitionError(error.message, position=error.position, hint=told, instead=line)
    if error.unquoted and refused is not None:
        return DefinitionError(refused.message, position=error.position, hint=refused.hint or _VALUES)
    lost = error.instead or error.unquoted
    return DefinitionError(error.message, position=error.position, hint=_VALUES if lost else error.hint)


def _mended_lines(error: DefinitionError, definition: str) -> Iterator[str]:
    """The line with its numbers without separators of thousands, and with the words that are wrong in quotes."""
    plain = _GROUPED.sub(lambda found: _plain_number(found[0]), definition)
    if plain != definition:
        yield plain
    words = _PHRASE.match(definition, error.position)
    if words is not None and any(text.startswith('"') for text in error.expected):
        yield f'{definition[: error.position]}"{words[0]}"{definition[words.end() :]}'


def _plain_number(text: str) -> str:
    """A number as a definition has it; the last of two kinds of separators is that of the decimals.

    >>> [_plain_number(text) for text in ("1.000,50", "1,000.50", "12,5", "1,500", "1.000.000", "12.5")]
    ['1000.50', '1000.50', '12.5', '1500', '1000000', '12.5']
    """
    last = max(text.rfind("."), text.rfind(","))
    several, grouped = (
        len(set(re.findall(r"[.,]", text))) > 1,
        re.fullmatch(r"-?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*", text),
    )
    if not several and (text.count(".") > 1 or (grouped and "," in text)):
        return re.sub(r"[.,]", "", text)
    return f"{re.sub(r'[.,]', '', text[:last])}.{text[last + 1 :]}"
