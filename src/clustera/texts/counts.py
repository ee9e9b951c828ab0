"""Sentences with a number in them: one customer is, two customers are."""

from __future__ import annotations

from clustera.texts.numbers import format_count
from clustera.texts.translation import translate


def translate_count(n: int, one: str, many: str, /, **values: object) -> str:
    """A text for one and another for none or several, in the language that is spoken, filled.

    Args:
        n: How many; it stands at {n}.
        one: The English words for exactly one.
        many: The English words for any other number.
        values: What stands in the other places.

    >>> [translate_count(n, "{n} customer is held out.", "{n} customers are held out.") for n in (0, 1, 1200)]
    ['0 customers are held out.', '1 customer is held out.', '1,200 customers are held out.']
    """
    return translate(one if n == 1 else many, n=format_count(n), **values)


def count_days(days: int) -> str:
    """Days as people count them.

    >>> count_days(1), count_days(30)
    ('1 day', '30 days')
    """
    return translate_count(days, "{n} day", "{n} days")
