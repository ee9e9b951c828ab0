"""What became of every customer, order line and amount of money, in sentences; the exact sums are in the JSON and on the method page."""

from __future__ import annotations

from collections.abc import Iterable

from clustera.records import Balance, Finding, Money, Source
from clustera.texts.counts import translate_count
from clustera.texts.dates import format_day
from clustera.texts.numbers import format_amount, format_count, format_exact
from clustera.texts.translation import translate

_FILES = 40  # whose names are shown
_IN_ORDERS_ONLY = {"not-in-customers", "customer-row-left-out"}  # findings: no row of the customer table describes them


def customers_sentence(balance: Balance, findings: Iterable[Finding], *, orders: bool) -> str:
    """Where the customers come from, and how many of them are segmented and left out.

    Args:
        balance: Of the rows: those of the customer table and, with orders, who stands in the orders only.
        findings: Of the check.
        orders: Whether there is a log of orders.

    >>> customers_sentence(Balance(180, 178, 2), (), orders=False)
    '180 rows in your table: 178 customers segmented, 2 left out.'
    """
    more = sum(finding.count for finding in findings if finding.code in _IN_ORDERS_ONLY) if orders else 0
    if more:
        came = _of_both(balance, more)
    elif orders:
        came = translate_count(balance.read, "{n} customer", "{n} customers")
    else:
        came = translate_count(balance.read, "{n} row in your table", "{n} rows in your table")
    if balance.quarantined:
        return translate_count(
            balance.segmented,
            "{came}: {n} customer segmented, {out} left out.",
            "{came}: {n} customers segmented, {out} left out.",
            came=came,
            out=format_count(balance.quarantined),
        )
    return translate("{came}, all segmented.", came=came)


def _of_both(balance: Balance, more: int) -> str:
    """How many customers come from the table, and how many more from the orders."""
    table, read = balance.read - more, format_count(balance.read)
    if not balance.quarantined:
        return translate_count(
            table,
            "{n} customer from your table and {more} more from the orders = {all}",
            "{n} customers from your table and {more} more from the orders = {all}",
            more=format_count(more),
            all=read,
        )
    rows = translate_count(table, "{n} row of your table", "{n} rows of your table")
    customers = translate_count(more, "{n} customer from the orders alone", "{n} customers from the orders alone")
    return translate("{rows} and {customers} = {n}", rows=rows, customers=customers, n=read)


def money_sentences(money: Money, as_of: int, left_out: Iterable[tuple[str, int, float]]) -> list[str]:
    """Sales in the file, what was used and what was not, and the order lines with the reason of each that is not used.

    Args:
        money: The account, closed to the smallest unit.
        as_of: Snapshot date.
        left_out: Reason, order lines and amount, the most important first.
    """
    # What is left out may be in other currencies, so the sum of the file then has none.
    total, spent = ("", money.currency) if money.set_aside else (money.currency, "")
    parts = (money.used, money.set_aside, money.later)
    whole = round(money.amount(money.read)) == sum(round(money.amount(part)) for part in parts)

    def told(units: int, currency: str = "") -> str:
        """In whole units of the currency only where those add up."""
        if whole:
            return format_amount(money.amount(units), currency)
        return f"{format_exact(units, money.decimals)} {currency}".rstrip()

    said = translate(
        "Sales in the file: {all}. Used: {used}.", all=told(money.read, total), used=told(money.used, spent)
    )
    out, later = (
        told(money.set_aside),
        translate("{amount} (after {day})", amount=told(money.later), day=format_day(as_of)),
    )
    if money.set_aside and money.later:
        said += " " + translate("Not used: {amount} (left out, see below) and {later}.", amount=out, later=later)
    elif money.set_aside:
        said += " " + translate("Not used: {amount} (left out, see below).", amount=out)
    elif money.later:
        said += " " + translate("Not used: {later}.", later=later)
    return [said, _lines_sentence(money, as_of), *(_left_out_line(*part) for part in left_out)]


def uncounted_sentences(money: Money, as_of: int) -> list[str]:
    """Which money of the file no figure counts, and how that is changed; empty where all of it is counted.

    Args:
        money: The account.
        as_of: Snapshot date.

    >>> uncounted_sentences(Money(3, 1, 0, read=900, used=400, set_aside=0, lines_later=2, later=500), 19843)
    ['2 order lines with 5.00 are after April 30, 2024 and not counted. To count them, make a segmentation with a later snapshot date.']
    >>> uncounted_sentences(Money(1, 1, 0, read=400, used=400, set_aside=0), 19843)
    []
    """
    said = []
    if money.lines_set_aside and not money.set_aside:
        said.append(
            translate_count(
                money.lines_set_aside,
                "{n} order line with an amount of 0 is left out.",
                "{n} order lines that add up to 0 are left out.",
            )
        )
    elif money.lines_set_aside:
        said.append(
            translate_count(
                money.lines_set_aside,
                "{n} order line with {amount} is left out and not counted.",
                "{n} order lines with {amount} are left out and not counted.",
                amount=format_amount(money.amount(money.set_aside)),
            )
        )
    if money.lines_later:
        said.append(
            translate_count(
                money.lines_later,
                "{n} order line with {amount} is after {day} and not counted. To count it, make a segmentation with a later snapshot date.",
                "{n} order lines with {amount} are after {day} and not counted. To count them, make a segmentation with a later snapshot date.",
                amount=format_amount(money.amount(money.later), money.currency),
                day=format_day(as_of),
            )
        )
    return said


def _lines_sentence(money: Money, as_of: int) -> str:
    """What became of the order lines."""
    if money.lines_used == money.lines:
        return translate_count(money.lines, "{n} order line, used.", "{n} order lines, all used.")
    parts = [translate("{n} used", n=format_count(money.lines_used))]
    if money.lines_later:
        parts.append(translate("{n} after {day}", n=format_count(money.lines_later), day=format_day(as_of)))
    if money.lines_set_aside:
        parts.append(translate("{n} left out", n=format_count(money.lines_set_aside)))
    told = ", ".join(parts)
    return translate_count(money.lines, "{n} order line: {told}.", "{n} order lines: {told}.", told=told)


def _left_out_line(reason: str, lines: int, amount: float) -> str:
    if not amount:
        said = translate_count(lines, "{n} line left out: {why}", "{n} lines left out: {why}", why=reason)
    else:
        said = translate_count(
            lines,
            "{n} line with {amount} left out: {why}",
            "{n} lines with {amount} left out: {why}",
            amount=format_amount(amount),
            why=reason,
        )
    return f"  {said}"


def files_sentence(source: Source) -> str:
    """The files that were read, each with its rows where they were counted apart; "" for what is no file.

    >>> files_sentence(Source("orders_*.csv", "csv", 9, files=(("orders_may.csv", None), ("stores.xlsx", 1200))))
    'Files read: orders_may.csv, stores.xlsx (1,200 rows).'
    """
    told = [
        name if rows is None else translate_count(rows, "{name} ({n} row)", "{name} ({n} rows)", name=name)
        for name, rows in source.files[:_FILES]
    ]
    if len(source.files) > _FILES:
        told.append(translate("and {n} more", n=format_count(len(source.files) - _FILES)))
    return translate("Files read: {files}.", files=", ".join(told)) if told else ""
