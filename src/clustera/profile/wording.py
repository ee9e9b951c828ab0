"""Numbers rounded for people."""

from __future__ import annotations

from clustera.texts import Language


def number(value: float, decimals: int, language: Language) -> str:
    """A number with the decimals a person needs; no minus before zero."""
    text = f"{round(value, decimals) + 0.0:,.{decimals}f}"
    marks = {",": language.grammar["thousands"], ".": language.grammar["decimal"]}
    return "".join(marks.get(mark, mark) for mark in text)


def count(n: int, language: Language) -> str:
    """A number of customers."""
    return number(n, 0, language)


def percent(share: float, language: Language) -> str:
    """A share as a percentage: whole from 10 % on, one decimal below; neither none nor all unless it is so."""
    percentage = 100 * share
    if 0 < percentage < 0.05:
        return "<" + language.say("grammar", "percent", number=number(0.1, 1, language))
    if 99.5 <= percentage < 100:
        text = number(min(percentage, 99.9), 1, language)
    elif 0 < percentage < 9.95:
        text = number(percentage, 1, language)
    else:
        text = number(percentage, 0, language)
    return language.say("grammar", "percent", number=text)


def capital(text: str) -> str:
    """With a capital first letter.

    >>> capital("young, affluent big spenders")
    'Young, affluent big spenders'
    """
    return text[:1].upper() + text[1:]
