"""What became of every customer, order line and amount of money, in sentences; the exact sums are in the JSON and on the method page."""

from __future__ import annotations

from collections.abc import Iterable

from clustera import texts
from clustera.records import Balance, Finding, Money

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
    read, segmented, out = (f"{n:,}" for n in (balance.read, balance.segmented, balance.quarantined))
    more = sum(finding.count for finding in findings if finding.code in _IN_ORDERS_ONLY) if orders else 0
    if more:
        table, from_orders = f"{balance.read - more:,}", f"{more:,}"
        came = (
            f"{table} {'row' if table == '1' else 'rows'} of your table and {from_orders} "
            f"{'customer' if more == 1 else 'customers'} from the orders alone = {read}"
            if balance.quarantined
            else f"{table} {'customer' if table == '1' else 'customers'} from your table and {from_orders} more from the orders = {read}"
        )
    elif orders:
        came = f"{read} {'customer' if balance.read == 1 else 'customers'}"
    else:
        came = f"{read} {'row' if balance.read == 1 else 'rows'} in your table"
    if balance.quarantined:
        return f"{came}: {segmented} {'customer' if balance.segmented == 1 else 'customers'} segmented, {out} left out."
    return f"{came}, all segmented."


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
            return texts.format_amount(money.amount(units), currency)
        return f"{texts.format_exact(units, money.decimals)} {currency}".rstrip()

    said = f"Sales in the file: {told(money.read, total)}. Used: {told(money.used, spent)}."
    not_used = [f"{told(money.set_aside)} (left out, see below)"] if money.set_aside else []
    not_used += [f"{told(money.later)} (after {texts.format_day(as_of)})"] if money.later else []
    said += f" Not used: {' and '.join(not_used)}." if not_used else ""
    lines = f"{money.lines:,} order lines: {money.lines_used:,} used"
    if money.lines_later:
        lines += f", {money.lines_later:,} after {texts.format_day(as_of)}"
    lines += f", {money.lines_set_aside:,} left out" if money.lines_set_aside else ""
    lines = f"{money.lines:,} order lines, all used" if money.lines_used == money.lines else lines
    return [said, f"{lines}.", *(_left_out_line(*part) for part in left_out)]


def _left_out_line(reason: str, lines: int, amount: float) -> str:
    sum_of = f" with {texts.format_amount(amount)}" if amount else ""
    return f"  {lines:,} {'line' if lines == 1 else 'lines'}{sum_of} left out: {reason}"
