"""The names of months in several languages, and which of them a column speaks."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from clustera import lexicon

SHORTEST = 3  # letters of an abbreviation


def plain(text: str) -> str:
    """A text in lower case, without accents.

    >>> plain("3. MÄRZ"), plain("févr.")
    ('3. marz', 'fevr.')
    """
    return "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))


def _forms(names: str) -> dict[str, int]:
    """Every name of one language's months, and every beginning of one that is no other month's: word -> month."""
    months = [names.split("/") for names in names.split()]
    meant: dict[str, set[int]] = {}
    for number, forms in enumerate(months, start=1):
        for form in forms:
            for length in range(min(SHORTEST, len(form)), len(form) + 1):
                meant.setdefault(form[:length], set()).add(number)
    found = {word: numbers.pop() for word, numbers in meant.items() if len(numbers) == 1}
    # A whole name is that month, though a longer name may begin with it (Czech June and July).
    return found | {form: number for number, forms in enumerate(months, start=1) for form in forms}


_LANGUAGES = {language: _forms(names) for language, names in lexicon.months().items()}
WORDS = frozenset(word for forms in _LANGUAGES.values() for word in forms)


def months_of(words: Mapping[str, int]) -> dict[str, int]:
    """The month that each word of a column means.

    The language that knows most of the cells decides; what it doesn't know is read where all other languages agree.

    Args:
        words: Plain words (see `plain`), and in how many cells each stands.

    >>> months_of({"marz": 3, "dez": 1, "dec": 1, "bonn": 5})
    {'marz': 3, 'dez': 12, 'dec': 12}
    >>> months_of({"listopada": 2, "lipca": 1}), months_of({"listopada": 2, "rujna": 1})
    ({'listopada': 11, 'lipca': 7}, {'listopada': 10, 'rujna': 9})
    """
    known = {
        language: sum(count for word, count in words.items() if word in forms) for language, forms in _LANGUAGES.items()
    }
    chosen = _LANGUAGES[max(known, key=lambda language: known[language])]
    found = {}
    for word in words:
        meant = {forms[word] for forms in _LANGUAGES.values() if word in forms}
        if word in chosen or len(meant) == 1:
            found[word] = chosen.get(word) or meant.pop()
    return found
