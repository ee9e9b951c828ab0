"""Amounts with a word for what is owed and for what is not: 589.99 DR beside 120.00 CR, as banks write balances."""

from __future__ import annotations

import re
from collections.abc import Mapping

from clustera.lexicon import NUMBER_MARKS, fold, lexicon_section, name_says

_AMOUNT = re.compile(
    rf"(?P<before>[^\W\d_]{{0,10}}[.]?)\s*-?9(?P<digits>[9{NUMBER_MARKS}]*?)\s*(?P<after>(?:[^\W\d_]{{1,10}}[.]?)?)"
)
_CENTS = re.compile(r"[.,]99$")


def debt_marks(shapes: Mapping[str, int], *, name: str = "balance") -> tuple[str, str] | None:
    """The words beside amounts below zero and beside the others: those that are owed, and those that are not.

    None where not both stand, or others do. Under a name of debts ("Outstanding") what is owed is the amount, so they change places.

    Single letters are such words beside cents only, under a name of money: 12 C and 5 D are seats, 1.25 h and
    30.00 s times.

    >>> debt_marks({"999.99 DR": 2, "9,999.99 CR": 5, "9.99": 1}), debt_marks({"9,99 S": 3, "99,99 H": 3})
    (('DR', 'CR'), ('S', 'H'))
    >>> debt_marks({"999.99 CR": 2}), debt_marks({"99 D": 2, "9 C": 1}), debt_marks({"9.99 DR": 2, "9.99 CR": 1, "9.99 EUR": 1})
    (None, None, None)
    >>> debt_marks({"999.99 DR": 2, "9,999.99 CR": 5}, name="Outstanding")
    ('CR', 'DR')
    """
    owes = name_says(name, "names", "debt")
    words = _words_beside(shapes, letters=owes or name_says(name, "columns", "money"))
    if len(words) != 2:
        return None
    owed, other = (lexicon_section("debts")[key] for key in ("owed", "other"))
    for first, second in (tuple(words), tuple(words)[::-1]):
        if any(first in owed[language] and second in other[language] for language in owed):
            return (words[second], words[first]) if owes else (words[first], words[second])
    return None


def _words_beside(shapes: Mapping[str, int], *, letters: bool) -> dict[str, str]:
    """The words beside amounts, folded -> as they stand; none where a single letter is one and may not be."""
    words: dict[str, str] = {}
    for shape in shapes:
        found = _AMOUNT.fullmatch(shape)
        word = found and (found["before"] or found["after"])
        if not found or not word:
            continue
        if len(word.rstrip(".")) == 1 and not (letters and _CENTS.search(found["digits"])):
            return {}
        words.setdefault(fold(word.rstrip(".")), word)
    return words
