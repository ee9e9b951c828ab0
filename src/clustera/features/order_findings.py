"""What is said about an order log's lines: why they are left out, with their money."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from clustera.days import to_date
from clustera.engines import Rows
from clustera.features.contract import RULE as CONTRACT_RULE
from clustera.records import Finding, Money

EARLIEST = datetime.date(1980, 1, 1)  # an order before this is a default value of some system

REASONS = {
    "unreadable-row": "The line has more cells than there are columns, or is not readable.",
    "repeated-header": "The line repeats the column names.",
    "unpaid": "The order was not paid, or was paid back in the end: its status says so.",
    "refunded": "The order was paid back in full.",
    "placeholder-customer": "The customer's id stands for nobody in particular.",
    "no-customer": "The line names no customer.",
    "no-date": "The line has no readable date.",
    "early-date": f"The date lies before {EARLIEST}; it is some system's default.",
    "future-date": "The date lies in the future.",
    "no-amount": "The line has no readable amount.",
    "other-currency": "The line is in another currency.",
    "test": "The line is a test.",
    "postage": "The line is postage, not a purchase.",
    "fee": "The line is a fee or a correction, not a purchase.",
    "zero-price": "Nothing was paid and nothing given back.",
    "duplicate": "The same line, equal in every column, stands above.",
}
_CURES = {
    "unreadable-row": "Quote cells that hold a separator; part lines that were glued together.",
    "repeated-header": "Nothing to do: files that were put together repeat it.",
    "unpaid": "Say --set paid=VALUE for a status whose orders count.",
    "refunded": "Nothing to do: what was paid back is no spend.",
    "placeholder-customer": "Count this money among the shop's sales; --set placeholders=[] if such ids are customers.",
    "no-customer": "Count this money among the shop's sales; nobody can be segmented by it.",
    "other-currency": "Convert the log to one currency, or say which one to use: --set keep_currency=EUR.",
    "postage": "Say --set services=true to keep such lines.",
    "fee": "Say --set services=true to keep such lines.",
    "test": "Say --set services=true to keep such lines.",
    "duplicate": "Say --set duplicates=keep if the log repeats lines on purpose.",
    "future-date": "Correct the log, or say what day it is: --set today=YYYY-MM-DD.",
}


@dataclass(frozen=True, slots=True)
class AsideReason:
    """Lines and money that are left out for one reason."""

    code: str
    lines: int
    money: Decimal


def unit_of(money: Money) -> str:
    """The currency with a blank before it; empty where the log names none."""
    return f" {money.currency}" if money.currency else ""


def line_findings(
    lines: Rows, summary: Sequence[AsideReason], money: Money, *, rounded: int, regular: str
) -> list[Finding]:
    """A finding for each reason for which lines are left out, and what else their amounts tell.

    Args:
        lines: With `_code`, why a line can't be used.
        summary: Lines and money by reason.
        money: The balance.
        rounded: Lines with more decimals than are kept.
        regular: Why the log looks like a contract's charges; empty when it does not.
    """
    findings = [
        _other_currencies(lines, part, money) if part.code == "other-currency" else _aside(lines, part, money)
        for part in summary
    ]
    unit = unit_of(money)
    if money.used <= 0:
        findings.append(
            Finding(
                code="more-returned-than-paid",
                severity="warning",
                message=f"The lines used add up to {money.amount(money.used):,.2f}{unit}: as much or more was given back as was "
                "paid. Groups of customers by what they spend mean little then.",
                rule="the sum of the amounts of all lines used is zero or less",
                cure="Look at the sign of the amounts, and whether the purchases of these returns are in the log.",
                count=money.lines_used,
                share=money.lines_used / money.lines,
            )
        )
    if rounded:
        findings.append(
            Finding(
                code="rounded-amounts",
                severity="note",
                message=f"{rounded:,} lines have an amount with more than {money.decimals} decimals.",
                rule=f"an amount that is not a whole number of 1/{10**money.decimals:,}",
                cure="Each was rounded when read; all sums are sums of the rounded amounts.",
                count=rounded,
                share=rounded / money.lines,
            )
        )
    if regular:
        findings.append(
            Finding(
                code="contractual",
                severity="warning",
                message=regular,
                rule=CONTRACT_RULE,
                cure="Read recency and order counts as the contract's schedule, not as the customer's wish; who has "
                "cancelled stands in the contract system.",
            )
        )
    return findings


def later_finding(money: Money, as_of: int | None) -> list[Finding]:
    """What is said about lines after the snapshot date; nothing where there are none."""
    if not money.lines_later or as_of is None:
        return []
    return [
        Finding(
            code="after-snapshot",
            severity="note",
            message=f"{money.lines_later:,} lines, {money.amount(money.later):,.2f}{unit_of(money)}, are dated after the snapshot "
            f"date {to_date(as_of)} and are not counted.",
            rule="a date after --as-of",
            cure="Nothing to do: customers are described as they were on that day.",
            count=money.lines_later,
            share=money.lines_later / money.lines,
        )
    ]


def refund_finding(lines: int, money: float, of: int, unit: str) -> list[Finding]:
    """What was taken off for money paid back; nothing where nothing was."""
    if not lines:
        return []
    return [
        Finding(
            code="refunds",
            severity="note",
            message=f"On {lines:,} lines money was paid back: {money:,.2f}{unit} is taken off their amounts.",
            rule="a column that holds money paid back, on lines of orders that count",
            cure="If the amounts are net of it already, leave the column out: --set exclude=COLUMN.",
            count=lines,
            share=lines / of if of else 0.0,
        )
    ]


def _aside(lines: Rows, part: AsideReason, money: Money) -> Finding:
    shown = lines.query(
        f"select _row, coalesce(cast(amount as varchar), '') as text from {{rows}} where _code = '{part.code}' "
        "order by _row limit 3"
    ).to_pylist()
    return Finding(
        code=part.code,
        severity="warning" if part.lines > 0.01 * money.lines else "note",
        message=f"{part.lines:,} of {money.lines:,} lines ({part.lines / money.lines:.1%}), "
        f"{part.money:,.2f}{unit_of(money)}, are left out: {REASONS[part.code]}",
        rule=REASONS[part.code],
        cure=_CURES.get(part.code, "Correct the log and run again."),
        count=part.lines,
        share=part.lines / money.lines,
        examples=tuple((row["_row"], row["text"]) for row in shown),
    )


def _other_currencies(lines: Rows, part: AsideReason, money: Money) -> Finding:
    """Amounts of several currencies have no sum, so each is told by itself."""
    found = lines.query(
        "select coalesce(currency, 'no currency') as currency, count(*) as n, sum(amount) as money from {rows} "
        "where _code = 'other-currency' group by currency order by n desc, currency"
    ).to_pylist()
    told = ", ".join(f"{row['n']:,} in {row['currency']} ({row['money']:,.2f})" for row in found)
    return Finding(
        code="other-currency",
        severity="warning" if part.lines > 0.01 * money.lines else "note",
        message=f"The log has several currencies. Only lines in {money.currency} are used; left out, not converted: {told}. "
        "In the sums of money their amounts count as plain numbers.",
        rule=REASONS["other-currency"],
        cure=_CURES["other-currency"],
        count=part.lines,
        share=part.lines / money.lines,
    )
