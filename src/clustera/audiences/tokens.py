"""The text of a definition, cut into words, values and signs; and what is wrong with a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from clustera.errors import InputError, closest
from clustera.records import Constant

TokenKind = Literal["word", "text", "number", "date", "sign", "end"]

_PATTERN = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')
      | (?P<date>\d{4}-\d{2}-\d{2}(?![\w.-]))
      | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
      | (?P<word>[^\W\d][\w.]*)
      | (?P<sign><=|>=|!=|<>|[<>=(),])
    )""",
    re.VERBOSE,
)
_CURLY = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'"})  # what word processors make of quotes


class DefinitionError(InputError):
    """A definition can't be understood.

    Args:
        message: What was seen.
        position: Where it stands in the text, counted from 0.
        expected: What may stand there.
        hint: The cure; made of `expected` when left out.
        instead: The whole definition as it may be written; empty where nobody knows it.
        unquoted: Whether the cure is to put the word into quotes.
    """

    def __init__(
        self,
        message: str,
        *,
        position: int,
        expected: Sequence[str] = (),
        hint: str = "",
        instead: str = "",
        unquoted: bool = False,
    ) -> None:
        self.position = position
        self.instead = instead
        self.unquoted = unquoted
        self.expected = tuple(expected)
        super().__init__(message, hint=hint or (f"Expected here: {', '.join(expected)}." if expected else ""))


@dataclass(frozen=True, slots=True)
class Token:
    """One word, value or sign."""

    kind: TokenKind
    text: str  # as it stands
    at: int  # where it begins, from 0

    @property
    def lower(self) -> str:
        """A word or a sign in lower case; empty for values, which are never keywords."""
        return self.text.lower() if self.kind in ("word", "sign") else ""

    @property
    def value(self) -> Constant:
        """What a text, number or date stands for."""
        if self.kind == "text":
            return self.text[1:-1].replace(self.text[0] * 2, self.text[0])
        return date.fromisoformat(self.text) if self.kind == "date" else Decimal(self.text)


def tokens_of(text: str) -> list[Token]:
    """The words, values and signs of a text; the last one marks its end.

    >>> [token.text for token in tokens_of('spend >= 100 and city in ("Berlin")')]
    ['spend', '>=', '100', 'and', 'city', 'in', '(', '"Berlin"', ')', '']

    Raises:
        DefinitionError: something in it is none of these.
    """
    text = text.translate(_CURLY)
    found, place = list[Token](), 0
    end = len(text.rstrip())
    while place < end:
        match = _PATTERN.match(text, place)
        if match is None or match.lastgroup is None:
            raise _unreadable(text, place + len(text[place:]) - len(text[place:].lstrip()))
        kind: TokenKind = match.lastgroup  # type: ignore[assignment]
        found.append(_finite_token(Token(kind, match[match.lastgroup], match.start(match.lastgroup))))
        place = match.end()
    return [*found, Token("end", "", end)]


def _finite_token(token: Token) -> Token:
    if token.kind == "date":
        try:
            date.fromisoformat(token.text)
        except ValueError:
            raise DefinitionError(
                f"{token.text}{token_position(token.at)} is not a calendar day.",
                position=token.at,
                hint="Write year, month and day, such as 2024-12-31.",
            ) from None
    return token


def _unreadable(text: str, at: int) -> DefinitionError:
    if text[at] in "\"'":
        return DefinitionError(
            f"The quote{token_position(at)} is never closed.", position=at, hint="Put the text between two quotes."
        )
    word = re.match(r"\S+", text[at:])
    return DefinitionError(
        f"{word[0] if word else text[at]!r}{token_position(at)} can't be read.",
        position=at,
        hint='Numbers are written as 1000 or 12.5, days as 2024-12-31, texts and names with spaces in quotes: "Berlin".',
    )


def token_position(at: int) -> str:
    """The position of something in the text, as people count.

    >>> token_position(0)
    ' at character 1'
    """
    return f" at character {at + 1}"


def unexpected_token(token: Token, expected: Sequence[str], after: str = "") -> DefinitionError:
    """The error for a word, value or sign that can't stand where it does."""
    near = closest(token.text, [word for word in expected if word.islower()]) if token.kind == "word" else ""
    listed = ", ".join(expected)
    told = f"Did you mean {near!r}? Expected here: {listed}." if near else f"Expected here: {listed}."
    seen = (
        f"{token.text!r}{token_position(token.at)} is not allowed{after}"
        if token.kind != "end"
        else "The definition is not complete"
    )
    return DefinitionError(
        f"{seen}.",
        position=token.at,
        expected=expected,
        hint=told,
    )


def unknown_definition_name(
    what: str, name: str, at: int, names: Iterable[str], *, kind: str = "", near: str = ""
) -> DefinitionError:
    """The error for a name that nothing has, with the closest one: `near`, else the one that is written most alike."""
    listed = list(dict.fromkeys(names))
    near = near or closest(name, listed)
    some = ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
    hint = f"Did you mean {near!r}? " if near else ""
    return DefinitionError(
        f"There is no {what} {name!r}{token_position(at)}.",
        position=at,
        expected=[near] if near else listed,
        hint=f"{hint}{kind or f'The {what}s are'}: {some}." if listed else f"{hint}None exists yet.",
    )
