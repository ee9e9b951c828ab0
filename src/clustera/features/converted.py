"""Amounts in one currency beside those in the customers' own: where the cells bear it out, the converted ones are used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from clustera.engines import Rows, literal
from clustera.features.amounts import number_sql
from clustera.features.options import OrderOptions
from clustera.features.roles import named_as_money
from clustera.features.spelling import text_sql
from clustera.features.vocabulary import currency_of, may_be_one_currency
from clustera.records import Finding, OrderColumn, Reason

_WORDS = {"all", "bob", "gel", "mad", "mop", "pen"}  # codes only in capitals
MOSTLY = 0.95  # share of the lines in the currency that must be equal, and of the others that must differ
FEWEST = 3  # lines of each
_OTHER_MONEY = frozenset({"refund", "discount", "cost"})  # roles whose money would stay in the customers' currencies


def with_converted_amount(
    rows: Rows, columns: Sequence[OrderColumn], options: OrderOptions
) -> tuple[tuple[OrderColumn, ...], str, list[Finding]]:
    """The columns, with that of the money in one currency as the amount, the currency, and what is told of it.

    Args:
        rows: The log as read.
        columns: With roles; an amount or a currency that the caller named stays.
        options: What the caller says. A currency that is kept, as by later logs of a run, is that of the converted amounts.
    """
    of = {column.role: column for column in reversed(columns)}
    if not {"amount", "currency"} <= of.keys() or _OTHER_MONEY & of.keys():
        return tuple(columns), "", []
    amount, currency = of["amount"], of["currency"]
    if amount.asked or currency.asked:
        return tuple(columns), "", []
    free = [column.name for column in columns if column.role == "ignored" and column.name not in options.exclude]
    sql = {name: number_sql(rows, name, options) for name in [amount.name, *named_as_money(free)]}
    found = _converted_column(rows, amount.name, sql, currency.name, keep=options.keep_currency)
    if found is None:
        return tuple(columns), "", []
    paid, own, code = found
    given = {
        amount.name: replace(amount, role="ignored", reason=Reason("before-conversion", {"paid": paid})),
        currency.name: replace(currency, role="ignored", reason=Reason("before-conversion", {"paid": paid})),
        paid: OrderColumn(paid, "amount", Reason("converted", {"currency": code, "own": own})),
    }
    told = Finding(
        code="converted-amounts",
        severity="note",
        column=paid,
        values={"own": own, "used": code, "named": currency.name},
    )
    return tuple(given.get(column.name, column) for column in columns), code, [told]


def of_another_currency(columns: Sequence[OrderColumn], options: OrderOptions) -> list[Finding]:
    """That the amount's name says another currency than the one that the log is said to be in.

    Args:
        columns: With roles.
        options: What the caller says, or what an earlier log was in.
    """
    used = next((column.name for column in columns if column.role in {"amount", "price"}), "")
    named, kept = _currency_in_name(used), options.keep_currency
    if (
        not named
        or not kept
        or may_be_one_currency(kept, named)
        or any(column.role == "currency" for column in columns)
    ):
        return []
    return [Finding("other-currency-in-name", "warning", column=used, values={"named": named, "kept": kept})]


def _converted_column(
    rows: Rows, amount: str, sql: Mapping[str, str], currency: str, *, keep: str | None
) -> tuple[str, str, str] | None:
    """The amount in a single currency, the one it was converted from, and that currency; `sql` has all columns of money.

    One of the two is what was taken for the amount: postage and taxes may be converted as well.
    """
    others = [name for name in sql if name != amount]
    for paid, own in [(amount, other) for other in others] + [(other, amount) for other in others]:
        code = _currency_in_name(paid)
        if code and keep in {None, "", code} and _bears_out(rows, (sql[paid], sql[own]), currency, code):
            return paid, own, code
    return None


def _currency_in_name(name: str) -> str:
    """The currency that a name says, by its code or sign; empty where it says none.

    >>> _currency_in_name("total_eur"), _currency_in_name("Amount (USD)"), _currency_in_name("total"), _currency_in_name("total €")
    ('EUR', 'USD', '', 'EUR')
    >>> _currency_in_name("total_all"), _currency_in_name("Total (ALL)")
    ('', 'ALL')
    """
    words = [word for word in re.findall(r"[A-Za-z]+", name) if word.isupper() or word.lower() not in _WORDS]
    codes = [word.upper() for word in words if currency_of(word) == word.upper()]
    signs = [code for sign in re.findall(r"[^\w\s()]", name) if (code := currency_of(sign))]
    return [*signs, *codes][-1] if signs or codes else ""


def _bears_out(rows: Rows, amounts: tuple[str, str], currency: str, code: str) -> bool:
    """Whether two amounts are equal on the lines of a currency, and differ on those of others."""
    a, b = amounts
    seen = rows.query(
        "select count(*) filter (where same) as home, count(*) filter (where same and equal) as home_equal, "
        "count(*) filter (where not same) as abroad, count(*) filter (where not same and not equal) as abroad_other "
        "from (select same, abs(a - b) < 0.011 as equal "
        f"from (select upper({text_sql(currency)}) = {literal(code)} as same, try_cast({a} as double) as a, try_cast({b} as double) as b "
        "from {rows}) where a <> 0)"
    ).to_pylist()[0]
    if min(seen["home"], seen["abroad"]) < FEWEST:
        return False
    return bool(seen["home_equal"] >= MOSTLY * seen["home"] and seen["abroad_other"] >= MOSTLY * seen["abroad"])
