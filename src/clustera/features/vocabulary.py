"""The words of order logs in many languages: names of columns, values of a status, months, signs of money."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

from clustera import lexicon

Payment = Literal["paid", "unpaid", "unknown"]

FIGURES = str.maketrans(lexicon.OTHER_FIGURES + "٫٬", lexicon.ASCII_FIGURES + ",'")
_BREAKS = re.compile(r"[\W_]+")
_NOTED = re.compile(r"[\[(](utc|gmt|local|local time|incl\.?[^)\]]*|[a-z]{3}|[€$£¥])[\])]", re.IGNORECASE)


def role_words(name: str) -> str:
    """The words of a column's name: lower case, without accents, one blank between them.

    >>> role_words("InvoiceDate"), role_words("sales_value"), role_words("Fälligkeit (UTC)"), role_words("Nº Pedido")
    ('invoice date', 'sales value', 'falligkeit', 'no pedido')
    """
    return " ".join(_BREAKS.sub(" ", lexicon.fold(lexicon.part_at_capitals(_NOTED.sub(" ", name)))).split())


@cache
def words_of_class(name: str) -> frozenset[str]:
    """The words of one class in every language, plain and without blanks.

    >>> "bestellung" in words_of_class("order"), "guest" in words_of_class("placeholder")
    (True, True)
    """
    listed = itertools.chain.from_iterable(lexicon.lexicon_section("parts")[name].values())
    return frozenset(role_words(word).replace(" ", "") for word in listed)


@cache
def class_alternation(name: str) -> str:
    """A regular expression for any word of a class, the longest first."""
    found = sorted(words_of_class(name), key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(map(re.escape, found))})"


@cache
def class_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern in which `<customer>` stands for any word of that class, for names without blanks.

    >>> bool(class_pattern("<customer><id>").fullmatch("kundennummer"))
    True
    """
    return re.compile(re.sub(r"<(\w+)>", lambda found: class_alternation(found[1]), pattern))


def _payment_of_phrase(spoken: str, units: Sequence[str]) -> Payment | None:
    """What a value says as a whole; None where no list has it."""
    for unit in units:
        if unit in _void_words() | _open_words():
            return "unpaid"
        if unit in _counting_words():
            return "paid"
    if spoken in (*lexicon.lexicon_phrases("status", "canceled"), *lexicon.lexicon_phrases("status", "unpaid")):
        return "unpaid"
    return "paid" if spoken in lexicon.lexicon_phrases("status", "paid") else None


def payment_of_status(value: str) -> Payment:
    """What a value of a status column says about the money: paid, not paid (or paid back), or unknown.

    >>> payment_of_status("wc-completed"), payment_of_status("Pending payment"), payment_of_status("Shipped - Returned to Seller")
    ('paid', 'unpaid', 'unpaid')
    >>> payment_of_status("partially_refunded"), payment_of_status("not cancelled"), payment_of_status("blue"), payment_of_status("キャンセル済み")
    ('paid', 'unknown', 'unknown', 'unpaid')
    """
    spoken = role_words(value)
    parts = [part for part in spoken.split() if part not in {"wc", "order", "payment"}] or spoken.split()
    joined = "".join(parts)
    whole = _payment_of_phrase(spoken, (joined, spoken.replace(" ", "")))
    if whole is not None:
        return whole
    within = set(parts) | _unparted_words(joined)
    void, counts = _void_words(), _counting_words()
    if within & words_of_class("negation"):
        return _payment_denied(parts, within)
    if within & words_of_class("partly"):
        return "paid"
    if (within | _joined_runs(parts)) & void:
        return "unpaid"
    if within & _open_words():
        of_goods = within & words_of_class("movement") and not {*spoken.split()} & words_of_class("payment")
        return "paid" if of_goods else "unpaid"
    return "paid" if within & counts else "unknown"


def _payment_denied(parts: Sequence[str], within: set[str]) -> Payment:
    """The payment behind words of which one says no."""
    if _is_paid_before_negation(parts):
        return "paid"
    paid = within & _counting_words() - words_of_class("moved")
    return "unpaid" if paid and not within & _void_words() else "unknown"


def _is_paid_before_negation(parts: Sequence[str]) -> bool:
    """Whether words say that it was paid before others say what is not: "paid in full (no balance due)", "paid, not shipped"."""
    at = next((at for at, part in enumerate(parts) if part in words_of_class("negation")), 0)
    said, denied = set(parts[:at]), set(parts[at:])
    return (
        bool(said & words_of_class("paidflag"))
        and not said & (_void_words() | _open_words())
        and not denied & words_of_class("paidflag")
    )


def _void_words() -> frozenset[str]:
    return words_of_class("void") | words_of_class("voidnamed")


def _open_words() -> frozenset[str]:
    return words_of_class("open") | words_of_class("opennamed")


def _counting_words() -> frozenset[str]:
    return words_of_class("counts") | words_of_class("countsnamed")


def words_below_a_status() -> frozenset[str]:
    """Words that say something of the payment only below a name that speaks of a status."""
    return words_of_class("voidnamed") | words_of_class("opennamed") | words_of_class("countsnamed")


def _unparted_words(joined: str) -> set[str]:
    """Words of scripts that part none: those of the table that the text holds."""
    if joined.isascii():
        return set()
    known = _void_words() | _open_words() | _counting_words() | words_of_class("partly")
    return {word for word in known if not word.isascii() and len(word) > 1 and word in joined}


def _joined_runs(parts: Sequence[str]) -> set[str]:
    """Words that follow each other, without blanks, as the table has them: "Shipped - Returning to Seller" holds one of three."""
    return {"".join(parts[at : at + length]) for length in (2, 3) for at in range(len(parts) - length + 1)}


def is_void_status(value: str) -> bool:
    """Whether a status says that an order was cancelled, failed or paid back, rather than not paid yet."""
    spoken = role_words(value)
    words = {*spoken.split(), spoken.replace(" ", "")} | _joined_runs(spoken.split()) | _unparted_words(spoken)
    return bool(words & _void_words())


def is_brought_back(value: str) -> bool:
    """Whether a status says that goods came back, as what is bought and what is rented may."""
    spoken = role_words(value)
    return bool({spoken.replace(" ", ""), *spoken.split()} & words_of_class("broughtback"))


def means_money_back(value: str) -> bool:
    """Whether a status says that money went back or a sale was canceled, rather than that it failed or waits.

    >>> [means_money_back(value) for value in ("Payment Refund", "Storniert", "Failed", "Pending", "Refund failed")]
    [True, True, False, False, False]
    """
    spoken = role_words(value)
    words = {spoken, spoken.replace(" ", ""), *spoken.split()} | _unparted_words(spoken)
    back = words_of_class("refund") | set(lexicon.lexicon_phrases("status", "canceled"))
    still_open = _open_words() | set(lexicon.lexicon_phrases("status", "unpaid"))
    return bool(words & back) and not words & still_open


def says_it_was_undone(value: str, name: str) -> bool:
    """Whether a status of returns, refunds or cancellations says that one took place, rather than was asked for or refused.

    Args:
        value: Of the status.
        name: Of its column.

    >>> [says_it_was_undone(value, "Return Status") for value in ("Returned", "Denied", "Approved", "Cancelled")]
    [True, False, False, False]
    >>> says_it_was_undone("Cancelled", "Cancellation Status")
    True
    """
    spoken, back = role_words(value), words_of_class("refund") | words_of_class("broughtback")
    of_goods = bool({*role_words(name).split()} & back)
    return means_money_back(value) and (not of_goods or bool({spoken.replace(" ", ""), *spoken.split()} & back))


def says_it_was_not(value: str) -> bool:
    """Whether a status has a word that says no, such as "Not returned"."""
    return bool({*role_words(value).split()} & words_of_class("negation"))


@cache
def currency_of(affix: str) -> str:
    """The currency that a sign or an abbreviation beside a number means; empty where it means none.

    >>> currency_of("R$ "), currency_of(" zł"), currency_of("kg")
    ('BRL', 'PLN', '')
    """
    sign = affix.strip().strip(".").strip().lower()
    return lexicon.currencies().get(sign, "")


@cache
def beside_number(affix: str) -> tuple[int, str] | None:
    """The zeros that the word for thousands beside a number adds, and the currency there; None for what is neither.

    >>> beside_number("$"), beside_number("k€"), beside_number("Rs. lakh"), beside_number("Mio."), beside_number("pcs")
    ((0, '$'), (3, 'EUR'), (5, 'INR'), (6, ''), None)
    """
    bare = re.sub(r"\s", "", affix.lower())
    if not bare or currency_of(bare):
        return 0, currency_of(bare)
    for word, zeros in lexicon.scale_words().items():
        for rest in (bare.removeprefix(word), bare.removesuffix(word)):
            if rest != bare and (not rest or (rest[0] != "." and currency_of(rest))):
                return zeros, currency_of(rest)
    return None


def words_of_debts(affixes: Sequence[str]) -> frozenset[str]:
    """Of what stands beside the amounts of a column the words that say who owes them; single letters where both of a language stand.

    >>> sorted(words_of_debts(["", "DR", "Cr."])), sorted(words_of_debts(["S", "H"])), sorted(words_of_debts(["A", "B"]))
    (['Cr.', 'DR'], ['H', 'S'], [])
    """
    said = {affix: lexicon.fold(affix).strip(".") for affix in affixes}
    owed, other = (lexicon.lexicon_section("debts")[key] for key in ("owed", "other"))
    found = set[str]()
    for language in owed:
        sides = [{*said.values()}.intersection(words[language]) for words in (owed, other)]
        found |= {word for word in set.union(*sides) if len(word) > 1 or all(sides)}
    return frozenset(affix for affix, word in said.items() if word in found)


def may_be_one_currency(one: str, other: str, *, known: bool = False) -> bool:
    """Whether amounts may be in the same currency: a sign such as $ is that of several, but of none with a sign of its own.

    Args:
        one: A code, a sign, or nothing where orders name none.
        other: The same.
        known: Whether a name that is neither a code nor a sign is none of another spelling.

    >>> may_be_one_currency("$", "CAD"), may_be_one_currency("$", "EUR"), may_be_one_currency("usd", "USD")
    (True, False, True)
    >>> may_be_one_currency("points", "EUR"), may_be_one_currency("points", "EUR", known=True)
    (True, False)
    """
    signs = lexicon.currencies()
    shared = {name.upper() for name in signs.values() if not _is_currency_code(name)}
    pair = {one.upper(), other.upper()}
    if len(pair) == 1:
        return True
    if not all(name in shared or _is_currency_code(name) for name in pair):
        return not known
    codes, plain = pair - shared, pair & shared
    if len(codes) != 1:
        return False
    own = [sign.upper() for sign, name in signs.items() if name in codes and not sign.isalpha()]
    return not own or any(name in sign for sign in own for name in plain)


def _is_currency_code(name: str) -> bool:
    return len(name) == 3 and name.isascii() and name.isalpha()
