"""Whether a column's name says that it tells customers apart, in any language of the table of words."""

from __future__ import annotations

import functools

from clustera import lexicon
from clustera.check.words import words_of_name

_SHORTEST = 3  # letters of a customer's word inside a compound such as "custid"


@functools.lru_cache(maxsize=10_000)
def names_an_id(name: str) -> bool:
    """Whether a column's name says that it tells customers apart.

    >>> names_an_id("CustomerID"), names_an_id("household_key"), names_an_id("Paid")
    (True, True, False)
    >>> names_an_id("cust_no"), names_an_id("ID_INDIVIDU"), names_an_id("codcliente"), names_an_id("顧客番号")
    (True, True, True, True)
    >>> names_an_id("order_number"), names_an_id("numero de compras")
    (False, False)
    """
    said = words_of_name(name)
    parts = [part for part in said.split() if part not in _identifier_phrases("between")] or [""]
    return (
        said in _identifier_phrases("whole")
        or parts[-1] in _identifier_phrases("mark")
        or said in _identifier_phrases("alone")
        or parts[0] == "id"
        or _is_numbered(parts)
        or any(_is_compound(part) for part in parts)
    )


@functools.lru_cache(maxsize=10_000)
def may_name_an_id(name: str) -> bool:
    """Whether a name could be that of an id, if all values differ: a customer or a business alone, or anything's number at its end.

    >>> may_name_an_id("cc_num"), may_name_an_id("guest"), may_name_an_id("num_visits"), may_name_an_id("user_points")
    (True, True, False, False)
    """
    parts = words_of_name(name).split()
    named = names_a_business(name) or (bool(parts) and all(map(_speaks_of_a_customer, parts)))
    return named or (bool(parts) and parts[-1] in _identifier_phrases("number"))


@functools.lru_cache(maxsize=10_000)
def names_a_customer(name: str) -> bool:
    """Whether a column's name speaks of a customer, as an id of customers does and an id of products does not.

    >>> names_a_customer("ID_INDIVIDU"), names_a_customer("Kundennummer"), names_a_customer("order_id")
    (True, True, False)
    """
    said = words_of_name(name)
    return said in _identifier_phrases("whole") or any(map(_speaks_of_a_customer, said.split()))


def names_a_business(name: str) -> bool:
    """Whether a column is called a business, and nothing else.

    >>> names_a_business("Company"), names_a_business("Razón social"), names_a_business("company size")
    (True, True, False)
    """
    return words_of_name(name) in _identifier_phrases("business")


def _speaks_of_a_customer(part: str) -> bool:
    customers = _identifier_phrases("customer")
    return part in customers or any(part.startswith(word) for word in customers if len(word) >= _SHORTEST)


def _is_numbered(parts: list[str]) -> bool:
    """Nothing but customers and marks, and at least one of each: "numero client", "loyalty card number"."""
    customers, marks = _identifier_phrases("customer"), _identifier_phrases("number") | _identifier_phrases("mark")
    known = all(part in customers or part in marks for part in parts)
    return known and any(part in customers for part in parts) and any(part in marks for part in parts)


def _is_compound(part: str) -> bool:
    """One word of a customer and a mark, in either order: "kundennummer", "idcliente", "客户编号"."""
    customers, marks = _identifier_phrases("customer"), _identifier_phrases("number") | _identifier_phrases("mark")
    return any(
        len(word) >= (_SHORTEST if word.isascii() else 2)
        and (
            (part.startswith(word) and part[len(word) :].removeprefix("の") in marks)
            or (part.endswith(word) and part[: -len(word)] in marks)
        )
        for word in customers
    )


@functools.cache
def _identifier_phrases(key: str) -> frozenset[str]:
    return frozenset(lexicon.lexicon_phrases("ids", key))
