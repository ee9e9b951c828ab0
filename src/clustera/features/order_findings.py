"""What is said about an order log's lines: why they are left out, with their money."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from clustera.days import to_date
from clustera.engines import Rows
from clustera.records import Finding, Money, Severity

MANY = 0.01  # share of the lines, from which on it is worth a warning that they are left out
EARLIEST = datetime.date(1980, 1, 1)  # an order before this is a default value of some system

# Why a line is left out, as codes: texts in the catalog of findings.
REASONS = (
    "cut-off",
    "other-names",
    "unreadable-row",
    "repeated-header",
    "unpaid",
    "refunded",
    "placeholder-customer",
    "no-customer",
    "no-date",
    "early-date",
    "future-date",
    "too-large-amount",
    "no-amount",
    "other-currency",
    "test",
    "postage",
    "fee",
    "zero-price",
    "duplicate",
)


@dataclass(frozen=True, slots=True)
class AsideReason:
    """Lines and money that are left out for one reason."""

    code: str
    lines: int
    money: Decimal
    examples: tuple[tuple[int, str], ...] = ()  # the first rows, with their amounts


def line_findings(
    lines: Rows, summary: Sequence[AsideReason], money: Money, *, rounded: int, regular: Finding | None
) -> list[Finding]:
    """A finding for each reason for which lines are left out, and what else their amounts tell.

    Args:
        lines: With `_code`, why a line can't be used, and `quantity` where the log has pieces.
        summary: Lines and money by reason.
        money: The balance.
        rounded: Lines with more decimals than are kept.
        regular: That the log looks like a contract's charges; None when it does not.
    """
    findings = [
        _other_currencies(lines, part, money) if part.code == "other-currency" else _aside(part, money)
        for part in summary
    ]
    if money.used <= 0:
        findings.append(
            Finding.counted(
                "more-returned-than-paid",
                "warning",
                money.lines_used,
                money.lines,
                money=float(money.amount(money.used)),
                currency=money.currency,
            )
        )
    findings += _pieces_below_zero(lines, money)
    if rounded:
        findings.append(Finding.counted("rounded-amounts", "note", rounded, money.lines, decimals=money.decimals))
    return [*findings, regular] if regular else findings


def later_finding(money: Money, as_of: int | None) -> list[Finding]:
    """What is said about lines after the snapshot date; nothing where there are none."""
    if not money.lines_later or as_of is None:
        return []
    return [
        Finding.counted(
            "after-snapshot",
            "note",
            money.lines_later,
            money.lines,
            money=float(money.amount(money.later)),
            currency=money.currency,
            day=str(to_date(as_of)),
        )
    ]


def refund_finding(lines: int, money: float, of: int, currency: str) -> list[Finding]:
    """What was taken off for money paid back; nothing where nothing was."""
    if not lines:
        return []
    return [Finding.counted("refunds", "note", lines, of, money=money, currency=currency)]


def _pieces_below_zero(lines: Rows, money: Money) -> list[Finding]:
    """Lines that give pieces back by their number, though their amount is one of a sale."""
    if "quantity" not in lines.columns:
        return []
    back = "_code is null and quantity < 0 and amount > 0"
    seen = lines.query(
        f"select count(*) as n, cast(coalesce(sum(amount), 0) as double) as money, {examples_sql('quantity')} as examples "
        f"from {{rows}} where {back}"
    ).to_pylist()[0]
    if not seen["n"]:
        return []
    return [
        Finding.counted(
            "negative-quantity",
            "warning",
            seen["n"],
            money.lines,
            examples=tuple((row["row"], row["text"]) for row in seen["examples"]),
            money=seen["money"],
            currency=money.currency,
        )
    ]


def examples_sql(cell: str) -> str:
    """SQL of the first three rows of a group, with a cell of each as text."""
    return f"arg_min({{'row': _row, 'text': coalesce(cast({cell} as varchar), '')}}, _row, 3)"


def _aside(part: AsideReason, money: Money) -> Finding:
    return Finding.counted(
        part.code,
        _severity_of(part, money),
        part.lines,
        money.lines,
        examples=part.examples,
        of=money.lines,
        money=float(part.money),
        currency=money.currency,
    )


def _severity_of(part: AsideReason, money: Money) -> Severity:
    return "warning" if part.lines > MANY * money.lines else "note"


def _other_currencies(lines: Rows, part: AsideReason, money: Money) -> Finding:
    """Amounts of several currencies have no sum, so each is told by itself."""
    found = lines.query(
        "select coalesce(currency, 'no currency') as name, count(*) as lines, cast(sum(amount) as double) as money from {rows} "
        "where _code = 'other-currency' group by name order by lines desc, name"
    ).to_pylist()
    return Finding.counted(
        "other-currency",
        _severity_of(part, money),
        part.lines,
        money.lines,
        used=money.currency,
        currencies=tuple(found),
    )
