"""Of several amounts, the one that the customer paid: where one is another with taxes, postage or tips, or before fees."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clustera.engines import Rows, identifier
from clustera.features.amounts import money_sql
from clustera.features.options import OrderOptions
from clustera.features.role_names import (
    has_part,
    is_due,
    is_in_cents,
    is_net,
    is_of_goods,
    is_of_line,
    is_without_tax,
)
from clustera.features.roles import columns_named, named_as_money
from clustera.records import Finding, OrderColumn, Reason

MOSTLY = 0.95  # share of the lines, and of those on which two amounts differ, that must bear it out
FEWEST = 3  # lines on which they differ
GLANCE = 400  # lines on which it is tried first
MOST_PARTS = 8  # taxes, fees and the like of which sums are tried
MOST_AMOUNTS = 8
_CENT = 0.011
_PARTS = ("surcharge", "fee", "discount")  # classes of words for what stands between two amounts


@dataclass(frozen=True, slots=True)
class _Amounts:
    """The amounts of a log, and what may stand between two of them."""

    rows: Rows
    sql: Mapping[str, str]  # the money of each column
    sample: Mapping[str, np.ndarray]  # the same on some lines
    used: str
    others: Sequence[str]
    parts: Sequence[str]  # taxes, postage, tips, discounts and fees
    order: str  # the column of orders; empty where there is none


@dataclass(frozen=True, slots=True)
class _Difference:
    """What one amount has that another one has not."""

    signs: tuple[tuple[str, int], ...]  # columns with 1 where their numbers are added, -1 where they are taken off
    more: tuple[str, ...]  # columns whose money is added
    less: tuple[str, ...]  # whose money is taken off

    def was_paid(self) -> bool:
        """Whether the amount with the difference is what the customer paid, and the other one is not.

        Taxes, postage and tips are paid on top, less discounts; fees are taken from the shop afterwards.
        """
        if any(has_part(name, "fee") for name in self.more):
            return True
        on_top = bool(self.more) and all(has_part(name, "surcharge") for name in self.more)
        return on_top and all(has_part(name, "discount") for name in self.less)


def with_whole_amount(
    rows: Rows, columns: Sequence[OrderColumn], options: OrderOptions
) -> tuple[tuple[OrderColumn, ...], list[Finding]]:
    """The columns, with that of what the customer paid as the amount, and what is told of it.

    Args:
        rows: The log as read.
        columns: With roles; an amount that the caller named stays.
        options: What the caller says.
    """
    amounts = _amounts(rows, columns, options)
    if amounts is None:
        return tuple(columns), []
    paid, found = _paid_amount(amounts)
    if found is None:
        return tuple(columns), []
    before, parts = amounts.used, (*found.more, *found.less)
    given = {
        before: OrderColumn(before, "ignored", Reason("part-of-amount", {"paid": paid})),
        paid: OrderColumn(paid, "amount", Reason("amount-with", {"before": before})),
    }
    told = Finding("whole-amounts", "note", column=paid, values={"before": before, "parts": parts})
    return tuple(given.get(column.name, column) for column in columns), [told]


def other_amounts(rows: Rows, columns: Sequence[OrderColumn], options: OrderOptions) -> list[Finding]:
    """What is told where another column is called the amount as plainly, holds other money, and nothing says why.

    Args:
        rows: The log as read.
        columns: With roles, once it is settled which amount is used.
        options: What the caller says.
    """
    used, others, _ = _named_amounts(columns, options)
    tests = (is_due, is_without_tax, is_net, is_of_line, is_in_cents)
    alike = [
        name for name in columns_named("amount", others) if used and all(test(name) == test(used) for test in tests)
    ]
    amounts = _amounts(rows, columns, options) if alike else None
    if amounts is None:
        return []
    for name in (name for name in alike if _columns_between(amounts, name, used) is None):
        seen = rows.query(
            "select count(*) as n, count(*) filter (where abs(a - b) > 0.011) as other, count(*) filter (where b > a + 0.011) as more, "
            "sum(a) as used, sum(b) as money "
            f"from (select {amounts.sql[used]} as a, {amounts.sql[name]} as b from {{rows}}) where a is not null and b is not null"
        ).to_pylist()[0]
        # What the goods cost is less than the amount with taxes and postage, or the amount is a number of pieces.
        differs = (
            seen["other"] > (1 - MOSTLY) * seen["n"]
            if is_of_goods(name) == is_of_goods(used)
            else 2 * seen["more"] > seen["n"]
        )
        if seen["n"] and differs:
            share, values = seen["other"] / seen["n"], {"used": float(seen["used"]), "money": float(seen["money"])}
            return [
                Finding(
                    "another-amount",
                    "warning",
                    column=used,
                    count=seen["other"],
                    share=share,
                    values={"other": name, **values},
                )
            ]
    return []


def _named_amounts(columns: Sequence[OrderColumn], options: OrderOptions) -> tuple[str, list[str], list[str]]:
    """The amount that is used, unless the caller named it; others; and what may stand between two of them."""
    used = next((column.name for column in columns if column.role == "amount" and not column.asked), "")
    # Without a number of pieces, a price may be the money, and the amount that number.
    counted = any(column.role == "quantity" for column in columns)
    unused = {"ignored"} if counted else {"ignored", "price"}
    free = sorted(column.name for column in columns if column.role in unused and column.name not in options.exclude)
    beside = [name for name in free if any(has_part(name, key) for key in _PARTS)]
    others = [name for name in named_as_money(free) if name not in beside]
    return used, others[:MOST_AMOUNTS], beside + [column.name for column in columns if column.role == "discount"]


def _amounts(rows: Rows, columns: Sequence[OrderColumn], options: OrderOptions) -> _Amounts | None:
    """The amounts of a log; None where there is one only, or the caller named it."""
    used, others, beside = _named_amounts(columns, options)
    if not used or not others:
        return None
    sql = {name: money_sql(rows, name, options) for name in (used, *others, *beside)}
    sample = _sampled(rows, sql, used)
    parts = sorted(name for name in beside if np.count_nonzero(sample[name]) >= FEWEST)[:MOST_PARTS]
    order = next((identifier(column.name) for column in columns if column.role == "order"), "")
    return _Amounts(rows, sql, sample, used, others, parts, order)


def _paid_amount(amounts: _Amounts) -> tuple[str, _Difference | None]:
    """The column that was paid, and what it has that the one before it had not; None where there is no better one."""
    paid, told = amounts.used, None
    for _ in amounts.others:
        better = (
            (name, found)
            for name in amounts.others
            if name != paid and (found := _columns_between(amounts, name, paid)) and found.was_paid()
            if _is_borne_out(amounts, name, paid, found)
        )
        paid, found = next(better, (paid, None))
        if found is None:
            break
        told = found
    return paid, told


def _sampled(rows: Rows, sql: Mapping[str, str], amount: str) -> Mapping[str, np.ndarray]:
    """The money of some lines, by column; nothing is 0."""
    listed = ", ".join(f"cast(coalesce({cell}, 0) as double) as {identifier(name)}" for name, cell in sql.items())
    found = rows.query(
        f"select {listed} from (select * from {{rows}} where {sql[amount]} is not null order by hash(_row) limit {GLANCE})"
    )
    return {name: found.column(at).to_numpy() for at, name in enumerate(sql)}


def _columns_between(amounts: _Amounts, one: str, other: str) -> _Difference | None:
    """Which columns make up the difference of two amounts, the fewest that do; None where none do, or they are equal."""
    sample, parts = amounts.sample, amounts.parts
    gap = sample[one] - sample[other]
    differs = np.abs(gap) >= _CENT
    if np.count_nonzero(differs) < FEWEST or not parts:
        return None
    signs = np.array(list(itertools.product((0, 1, -1), repeat=len(parts))), dtype=float)
    signs = signs[np.argsort(np.count_nonzero(signs, axis=1), kind="stable")]
    money = np.array([sample[name] for name in parts])
    equal = np.abs(signs @ money - gap) < _CENT
    enough = (equal.mean(axis=1) >= MOSTLY) & (equal[:, differs].mean(axis=1) >= MOSTLY)
    if not enough.any():
        return None
    chosen = [int(sign) for sign in signs[int(enough.argmax())]]
    added = {name: sign * money[at].sum() for at, (name, sign) in enumerate(zip(parts, chosen, strict=True)) if sign}
    return _Difference(
        tuple((name, sign) for name, sign in zip(parts, chosen, strict=True) if sign),
        more=tuple(name for name, sum_ in added.items() if sum_ > 0),
        less=tuple(name for name, sum_ in added.items() if sum_ < 0),
    )


def _is_borne_out(amounts: _Amounts, paid: str, before: str, found: _Difference) -> bool:
    """Whether all lines say the same as those that were looked at, and those of orders with several lines by themselves."""
    sum_ = " + ".join(f"{sign} * coalesce({amounts.sql[name]}, 0)" for name, sign in found.signs)
    one, other = amounts.sql[paid], amounts.sql[before]
    again = (
        f"count(*) over (partition by {amounts.order}) > 1 and {amounts.order} is not null"
        if amounts.order
        else "false"
    )
    seen = amounts.rows.query(
        "select count(*) as n, count(*) filter (where equal) as equal, count(*) filter (where again) as several, count(*) filter (where again and equal) as several_equal "
        f"from (select abs(coalesce({one}, 0) - {other} - ({sum_})) < {_CENT} as equal, {again} as again "
        f"from {{rows}} where {other} is not null)"
    ).to_pylist()[0]
    return bool(seen["equal"] >= MOSTLY * seen["n"] and seen["several_equal"] >= MOSTLY * seen["several"])
