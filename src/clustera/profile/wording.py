"""Numbers rounded for people."""

from __future__ import annotations

import re

from clustera.profile.language import Language

_BEFORE = ("$", "€", "£", "¥")  # signs that stand before the amount


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


def with_unit(text: str, unit: str) -> str:
    """A number and its unit; a range such as "1-100" tells the scale and is not said with every value.

    >>> with_unit("87", "k$"), with_unit("1,200", "$"), with_unit("12", "%"), with_unit("5", ""), with_unit("82", "1-100")
    ('87 k$', '$1,200', '12%', '5', '82')
    """
    if not unit or is_scale(unit):
        return text
    if unit in _BEFORE:
        return f"-{unit}{text[1:]}" if text.startswith("-") else f"{unit}{text}"
    return f"{text}%" if unit == "%" else f"{text} {unit}"


def is_scale(unit: str) -> bool:
    """Whether what stands in the place of a unit is the range of the values.

    >>> is_scale("1-100"), is_scale("0 to 10"), is_scale("k$")
    (True, True, False)
    """
    return re.fullmatch(r"\s*\d+\s*(-|–|to|\.\.)\s*\d+\s*", unit) is not None


def inside(title: str, *, longest: int = 40) -> str:
    """A title within a sentence: its first letter small unless the word is an abbreviation or a name in capitals.

    >>> inside("Annual income"), inside("GB used"), inside("eMail opens")
    ('annual income', 'GB used', 'eMail opens')
    """
    text = title.strip()
    if len(text) > longest:
        text = text[:longest].rsplit(" ", 1)[0].rstrip(" ,;:-") + "…"
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first[1:] == first[1:].lower() and len(first) > 1 else text


def capital(text: str) -> str:
    """With a capital first letter.

    >>> capital("young, affluent big spenders")
    'Young, affluent big spenders'
    """
    return text[:1].upper() + text[1:]
