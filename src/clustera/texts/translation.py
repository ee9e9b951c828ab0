"""The language that is spoken: texts of the catalog, filled with values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from clustera.records import Locale

_ENGLISH = Locale()
_locale: ContextVar[Locale] = ContextVar("locale", default=_ENGLISH)


@contextmanager
def speaking(locale: Locale) -> Iterator[None]:
    """Write words and numbers as a language does, within this block.

    >>> from clustera.texts.numbers import format_number, format_share
    >>> with speaking(Locale("Deutsch", "de", thousands=".", decimal=",", percent="{number} %")):
    ...     format_number(1234.5, 1), format_share(0.0654)
    ('1.234,5', '6,5 %')
    """
    token = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(token)


def current_locale() -> Locale:
    """The language that is spoken now; English where nothing else was asked for.

    >>> current_locale().code
    'en'
    """
    return _locale.get()


def is_english() -> bool:
    """Whether texts and numbers are written as they stand in the code."""
    return _locale.get() is _ENGLISH


def translate(text: str, /, **values: object) -> str:
    """A text in the language that is spoken, filled.

    Args:
        text: The English words, with {placeholders}; the key in a language file's `[report]`.
        values: What stands in the places.

    >>> translate("{n} more in the table of features.", n=3)
    '3 more in the table of features.'
    """
    return _locale.get().words.get(text, text).format(**values)
