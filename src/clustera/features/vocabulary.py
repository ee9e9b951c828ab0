"""The words of order logs in many languages: names of columns, values of a status, months, signs of money."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Literal

from clustera import lexicon

Payment = Literal["paid", "unpaid", "unknown"]

FOREIGN = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९０１２３４５６７８９"  # figures of other scripts, from 0 to 9
FIGURES = str.maketrans(FOREIGN + "٫٬", "0123456789" * 4 + ",'")
SHORTEST = 3  # letters of a month's abbreviation
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BREAKS = re.compile(r"[\W_]+")
_NOTED = re.compile(r"[\[(](utc|gmt|local|local time|incl\.?[^)\]]*|[a-z]{3}|[€$£¥])[\])]", re.IGNORECASE)


def plain(text: str) -> str:
    """A text in lower case, without accents, figures and letters of full width as usual ones.

    >>> plain("3. MÄRZ"), plain("Müşteri Kimliği"), plain("Ilość")
    ('3. marz', 'musteri kimligi', 'ilosc')
    """
    return lexicon.fold(unicodedata.normalize("NFKC", text))


def words(name: str) -> str:
    """The words of a column's name: lower case, without accents, one blank between them.

    >>> words("InvoiceDate"), words("sales_value"), words("Fälligkeit (UTC)"), words("Nº Pedido")
    ('invoice date', 'sales value', 'falligkeit', 'no pedido')
    """
    return " ".join(_BREAKS.sub(" ", plain(_CAMEL.sub(" ", _NOTED.sub(" ", name)))).split())


@cache
def class_of(name: str) -> frozenset[str]:
    """The words of one class in every language, plain and without blanks.

    >>> "bestellung" in class_of("order"), "guest" in class_of("placeholder")
    (True, True)
    """
    listed = itertools.chain.from_iterable(lexicon.section("parts")[name].values())
    return frozenset(plain(word).replace("_", "").replace(" ", "") for word in listed)


@cache
def alternation(name: str) -> str:
    """A regular expression for any word of a class, the longest first."""
    found = sorted(class_of(name), key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(map(re.escape, found))})"


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern in which `<customer>` stands for any word of that class, for names without blanks.

    >>> bool(compiled("<customer><id>").fullmatch("kundennummer"))
    True
    """
    return re.compile(re.sub(r"<(\w+)>", lambda found: alternation(found[1]), pattern))


def payment_of(value: str) -> Payment:
    """What a value of a status column says about the money: paid, not paid (or paid back), or unknown.

    >>> payment_of("wc-completed"), payment_of("Pending payment"), payment_of("Shipped - Returned to Seller")
    ('paid', 'unpaid', 'unpaid')
    >>> payment_of("partially_refunded"), payment_of("not cancelled"), payment_of("blue"), payment_of("キャンセル済み")
    ('paid', 'unknown', 'unknown', 'unpaid')
    """
    spoken = words(value)
    parts = [part for part in spoken.split() if part not in {"wc", "order", "payment"}] or spoken.split()
    joined = "".join(parts)
    for unit in (joined, spoken.replace(" ", "")):
        for said, name in (("unpaid", "void"), ("unpaid", "open"), ("paid", "counts")):
            if unit in class_of(name):
                return "unpaid" if said == "unpaid" else "paid"
    for said, key in (("unpaid", "canceled"), ("unpaid", "unpaid"), ("paid", "paid")):
        if spoken in lexicon.phrases("status", key):
            return "unpaid" if said == "unpaid" else "paid"
    within = set(parts) | _inside(joined)
    if within & class_of("negation"):
        return "unpaid" if within & class_of("counts") and not within & class_of("void") else "unknown"
    if within & class_of("partly"):
        return "paid"
    if within & (class_of("void") | class_of("open")):
        return "unpaid"
    return "paid" if within & class_of("counts") else "unknown"


def _inside(joined: str) -> set[str]:
    """Words of scripts that part none: those of the table that the text holds."""
    if joined.isascii():
        return set()
    known = class_of("void") | class_of("open") | class_of("counts") | class_of("partly")
    return {word for word in known if not word.isascii() and len(word) > 1 and word in joined}


def is_void(value: str) -> bool:
    """Whether a status says that an order was cancelled, failed or paid back, rather than not paid yet."""
    spoken = words(value)
    return bool((set(spoken.split()) | {spoken.replace(" ", "")} | _inside(spoken)) & class_of("void"))


def is_placeholder(text: str) -> bool:
    """Whether an id stands for everybody who gave no name.

    >>> is_placeholder("Guest"), is_placeholder("walk-in customer"), is_placeholder("-1"), is_placeholder("A17")
    (True, True, True, False)
    """
    text = text.strip()
    if not re.search(r"\w", text):
        return True
    spoken = words(text).replace(" ", "")
    return text in {"-1", "-99", "-999"} or spoken in class_of("placeholder")


@cache
def _languages() -> Mapping[str, Mapping[str, int]]:
    return {language: _forms(plain(names)) for language, names in lexicon.months().items()}


def _forms(names: str) -> dict[str, int]:
    """Every name of one language's months, and every beginning of one that is no other month's: word -> month."""
    months = [forms.split("/") for forms in names.split()]
    meant: dict[str, set[int]] = {}
    for number, forms in enumerate(months, start=1):
        for form in forms:
            for length in range(min(SHORTEST, len(form)), len(form) + 1):
                meant.setdefault(form[:length], set()).add(number)
    found = {word: numbers.pop() for word, numbers in meant.items() if len(numbers) == 1}
    return found | {form: number for number, forms in enumerate(months, start=1) for form in forms}


def months_of(counts: Mapping[str, int]) -> dict[str, int]:
    """The month that each word of a column means; the language that knows most of the cells decides.

    Args:
        counts: Plain words, and in how many cells each stands.

    >>> months_of({"marz": 3, "dez": 1, "dec": 1, "bonn": 5})
    {'marz': 3, 'dez': 12, 'dec': 12}
    """
    languages = _languages()
    known = {language: sum(n for word, n in counts.items() if word in forms) for language, forms in languages.items()}
    chosen = languages[max(known, key=lambda language: known[language])]
    found = {}
    for word in counts:
        meant = {forms[word] for forms in languages.values() if word in forms}
        if word in chosen or len(meant) == 1:
            found[word] = chosen.get(word) or meant.pop()
    return found


@cache
def currency_of(affix: str) -> str:
    """The currency that a sign or an abbreviation beside a number means; empty where it means none.

    >>> currency_of("R$ "), currency_of(" zł"), currency_of("kg")
    ('BRL', 'PLN', '')
    """
    sign = affix.strip().strip(".").strip().lower()
    return lexicon.currencies().get(sign, "")
