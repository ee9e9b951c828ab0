"""Amounts before discounts and returns: where the log also has what is left of them, that is what was paid; else it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from clustera.engines import Rows
from clustera.features.amounts import money_sql
from clustera.features.options import OrderOptions
from clustera.features.role_names import is_count
from clustera.features.roles import named_as_money
from clustera.features.vocabulary import role_words, words_of_class
from clustera.lexicon import lexicon_phrases
from clustera.records import Finding, OrderColumn, OrderRole, Reason

MOSTLY = 0.95  # share of the lines, and of those with a discount, that must bear it out
FEWEST = 3  # lines with a discount


def with_discounted_amount(
    rows: Rows, columns: Sequence[OrderColumn], options: OrderOptions
) -> tuple[tuple[OrderColumn, ...], list[Finding]]:
    """The columns, with that of the money after discounts as the amount, and what is told of it.

    Args:
        rows: The log as read.
        columns: With roles; an amount that the caller named stays.
        options: What the caller says.
    """
    amount = next((column for column in columns if column.role == "amount" and not column.asked), None)
    discounts = [column.name for column in columns if column.role == "discount"]
    free = [column.name for column in columns if column.role == "ignored" and column.name not in options.exclude]
    others = named_as_money(free)
    taken_off = [*discounts, *(name for name in free if role_words(name) in lexicon_phrases("kinds", "back"))]
    if amount is None or not taken_off or not others:
        return tuple(columns), []
    found = _column_less(rows, amount.name, taken_off, others, options)
    if found is None:
        return tuple(columns), []
    paid, less = found
    given = {
        amount.name: replace(amount, role="ignored", reason=Reason("before-discounts", {"paid": paid})),
        paid: OrderColumn(paid, "amount", Reason("after-discounts", {"before": amount.name, "less": tuple(less)})),
    }
    told = Finding(
        code="less-discounts", severity="note", column=paid, values={"before": amount.name, "less": tuple(less)}
    )
    return tuple(given.get(column.name, column) for column in columns), [told]


def _column_less(
    rows: Rows, amount: str, taken_off: Sequence[str], others: Sequence[str], options: OrderOptions
) -> tuple[str, Sequence[str]] | None:
    """The column that is the amount less discounts, and which these are."""
    all_of_them = [tuple(taken_off)] + [(name,) for name in taken_off if len(taken_off) > 1]
    tried = [(other, less) for other in others for less in all_of_them]
    before = money_sql(rows, amount, options)
    for other, less in tried:
        off = " + ".join(f"abs(coalesce({money_sql(rows, name, options)}, 0))" for name in less)
        seen = rows.query(
            "select count(*) as n, count(*) filter (where alike) as alike, count(*) filter (where off > 0) as reduced, "
            "count(*) filter (where off > 0 and alike) as reduced_alike from (select off, coalesce(abs(a - off - b) < 0.011, false) as alike "
            f"from (select {before} as a, {money_sql(rows, other, options)} as b, {off} as off from {{rows}}) where a > 0)"
        ).to_pylist()[0]
        if seen["reduced"] < FEWEST or seen["alike"] < MOSTLY * seen["n"]:
            continue
        if seen["reduced_alike"] >= MOSTLY * seen["reduced"]:
            return other, less
    return None


def not_deducted(
    rows: Rows, columns: Sequence[OrderColumn], of: Mapping[OrderRole, str], options: OrderOptions
) -> list[Finding]:
    """That discounts, in money or in percent, are not taken off amounts worked out from prices; nothing where no line has one.

    Args:
        rows: The log as read.
        columns: With roles.
        of: The columns by role.
        options: What the caller says.
    """
    names = [column.name for column in columns if column.role == "discount" or _is_discount_in_percent(column)]
    if "amount" in of or not names:
        return []
    some = " or ".join(f"coalesce({money_sql(rows, name, options)}, 0) <> 0" for name in names)
    seen = rows.query(f"select count(*) as of, count(*) filter (where {some}) as n from {{rows}}").to_pylist()[0]
    if not seen["n"]:
        return []
    return [
        Finding.counted(
            "discount-not-deducted", "note", seen["n"], seen["of"], column=of["price"], discounts=tuple(names)
        )
    ]


def _is_discount_in_percent(column: OrderColumn) -> bool:
    named = bool(set(role_words(column.name).split()) & words_of_class("discount"))
    return column.role == "ignored" and named and ("%" in column.name or is_count(column.name))
