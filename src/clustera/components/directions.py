"""Names written from right to left inside sentences written from left to right."""

from __future__ import annotations

import re

_LETTER = r"\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"  # Hebrew, Arabic and the scripts beside them, with their marks and figures
_WORD = rf"[{_LETTER}](?:[^<>(),;:.!?&a-zA-Z]*[{_LETTER}])?"
_NAME = rf"{_WORD}(?: \({_WORD}\))?"
# The head, the words of pictures, what a form sends and the tags themselves stay as they are.
_UNTOUCHED = r"<(head|text|textarea|option|script|style|title|bdi)\b.*?</\1>|<[^>]*>"
_FOUND = re.compile(rf"{_UNTOUCHED}|(?P<name>{_NAME})", re.DOTALL)
_ANY = re.compile(f"[{_LETTER}]")
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def isolate_names(page: str, language: str = "en") -> str:
    """A page whose names of Hebrew or Arabic letters keep their place: without it, a number behind one is shown before it.

    Args:
        page: Its markup.
        language: Code of the language that its sentences are in; one from right to left is left alone.

    >>> isolate_names("<p>most often \u05ea\u05d4, 31 of 47</p>")
    '<p>most often <bdi>\u05ea\u05d4</bdi>, 31 of 47</p>'
    """
    if language.split("-", maxsplit=1)[0] in _RIGHT_TO_LEFT or not _ANY.search(page):
        return page
    return _FOUND.sub(lambda one: f"<bdi>{one[0]}</bdi>" if one["name"] else one[0], page)
