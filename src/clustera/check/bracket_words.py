"""Patterns for the words of ordered brackets: under, over, to, between, none; and for what multiplies a number.

The words of all languages stand in `lexicon.toml`, under [brackets.*] and [scales.*]; here are the signs, which need none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from clustera.lexicon import lexicon_section, scale_words

_UNPARTED = ("zh", "ja", "ko")  # written without blanks, so that their words are no words of their own
_SIGNS = {
    "below": ("<=", "=<", "≤", "<", "≦", "≤="),
    "above": (r"\+", ">=", "=>", "≥", ">", "≧"),
    "about": ("~", "≈", "±"),
    "to": ("-", "–", "—", "−", "~", "〜", "～", r"\.\.", r"\.\.\.", "…", ":", ","),
}
# Words of one unit that do not begin alike.
SAME_UNITS = tuple(
    frozenset(group.split())
    for group in (
        "год года лет г",
        "rok lata lat",
        "y yr yrs year years yo",
        "rs inr ₹",
        "день дня дней",
        "rok roky let",
    )
)


def bracket_pattern(key: str) -> re.Pattern[str]:
    """A pattern for any word or sign of [brackets.key], the longest first.

    Words stand alone, but for those of languages that are written without blanks.
    """
    by_language = lexicon_section("brackets")[key]
    joined = {word for language in _UNPARTED for word in by_language.get(language, ())}
    alone = {word for language, words in by_language.items() if language not in _UNPARTED for word in words}
    signs = {word for word in alone if not re.search(r"\w", word)}
    words = "|".join(map(_spaced, _longest_first(alone - signs)))
    touching = "|".join(_longest_first(signs | joined | {*_SIGNS.get(key, ())}))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)" + (f"|{touching}" if touching else ""))


def scale_patterns() -> dict[float, str]:
    """What a word behind a number multiplies it by -> the words, as a pattern."""
    words = scale_words()
    return {
        10.0**zeros: "|".join(re.escape(word) for word in words if words[word] == zeros)
        for zeros in sorted({*words.values()}, reverse=True)  # 千万 before 千
    }


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word))


def _spaced(words: str) -> str:
    return r"\s+".join(re.escape(word) for word in words.split())
