"""Of several amounts, the one that the customer paid, by the columns that make up what they differ in."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from clustera.engines import Rows, identifier, literal
from clustera.features.amounts import money_sql, number_sql
from clustera.features.cells import column_cells
from clustera.features.options import OrderOptions
from clustera.features.role_cells import is_money
from clustera.features.role_names import (
    has_part,
    is_count,
    is_due,
    is_in_cents,
    is_listed_price,
    is_net,
    is_of_goods,
    is_of_line,
    is_without_tax,
)
from clustera.features.roles import columns_named, named_as_money
from clustera.features.spelling import text_sql
from clustera.features.vocabulary import role_words, words_of_class
from clustera.lexicon import lexicon_phrases
from clustera.records import Finding, OrderColumn, OrderRole, Reason, Severity, Value

MOSTLY = 0.95  # share of the lines, and of those on which two amounts differ, that must bear it out
FEWEST = 3  # lines on which they differ
MOST_LINES = 50_000  # that are looked at
GLANCE, SLACK = 400, 0.05  # of those on which they differ and of the others, for sums that are held against all
MOST_PARTS = 8  # taxes, fees and the like of which sums are tried
MOST_TRIED = 5
MOST_AMOUNTS = 8
SOME_CENTS = 0.3  # share of the cells of an amount that have cents, unless another has fewer
_CENT = 0.011
_PERCENT = "^[0-9.,]*[1-9][0-9.,]* ?%$"  # a cell that is more than 0%
_AGAIN, _PIECES = "\n again", "\n pieces"  # numbers of lines that no column is called
_ON_TOP, _OFF, _AFTERWARDS = "on top", "off", "afterwards"  # what stands between two amounts


@dataclass(frozen=True, slots=True)
class LogAmounts:
    """The amounts of a log, and what may stand between two of them."""

    names: Sequence[str]  # of columns, and of prices times the number of pieces
    used: Sequence[str]  # the amount by its name, the last one; before it what it may be where there are prices only
    computed: Mapping[str, str]  # a price times the number of pieces -> the column of the price
    parts: Mapping[str, str]  # columns of taxes, discounts, fees and the like -> which of these it is
    lines: Mapping[str, np.ndarray]  # the money of amounts and parts on some lines; what is taken off is above zero
    sql: Mapping[str, str]  # the money of columns


@dataclass(frozen=True, slots=True)
class _Difference:
    """What one amount has that another one has not."""

    more: tuple[str, ...]  # columns whose money is added
    less: tuple[str, ...]  # whose money is taken off

    def was_paid(self, parts: Mapping[str, str]) -> bool:
        """Whether the amount with the difference is what the customer paid, and the other one is not.

        Taxes, postage and tips are paid on top, and what is left after discounts and returns is paid. Fees and refunds are
        taken off what was paid, afterwards.
        """
        if any(parts[name] == _AFTERWARDS for name in self.more):
            return True
        return all(parts[name] == _ON_TOP for name in self.more) and all(parts[name] == _OFF for name in self.less)


def with_paid_amount(
    amounts: LogAmounts | None, columns: Sequence[OrderColumn]
) -> tuple[tuple[OrderColumn, ...], list[Finding]]:
    """The columns, with that of what the customer paid as the amount, and what is told of it.

    Args:
        amounts: Of the log.
        columns: With roles.
    """
    if amounts is None:
        return tuple(columns), []
    tried = ((used, *_paid_amount(amounts, used)) for used in amounts.used)
    used, paid, steps = next((one for one in tried if one[2]), ("", "", []))
    if not steps:
        return _with_price_of_line(amounts, columns)
    values: dict[str, Value]
    more, less = (tuple(dict.fromkeys(name for step in steps for name in getattr(step, of))) for of in ("more", "less"))
    code, values, reasons = (
        "whole-amounts",
        {"before": used, "parts": (*more, *less)},
        ("part-of-amount", "amount-with"),
    )
    if not more:
        code, values, reasons = (
            "less-discounts",
            {"before": used, "less": less},
            ("before-discounts", "after-discounts"),
        )
    before, after = Reason(reasons[0], {"paid": paid}), Reason(reasons[1], values)
    # Of an amount that is price times quantity, both columns keep their roles, unless the price is another one now.
    column_of = {**dict(zip(amounts.names, amounts.names, strict=True)), **amounts.computed}
    role: OrderRole = "price" if paid in amounts.computed else "amount"
    given: dict[str, tuple[OrderRole, Reason]] = {column_of[paid]: (role, after)}
    if role == "price" or used not in amounts.computed:
        given[column_of[used]] = ("ignored", before)
    changed = (OrderColumn(one.name, *given[one.name]) if one.name in given else one for one in columns)
    return tuple(changed), [Finding(code, "note", column=column_of[paid], values=values)]


def _with_price_of_line(
    amounts: LogAmounts, columns: Sequence[OrderColumn]
) -> tuple[tuple[OrderColumn, ...], list[Finding]]:
    """The columns, with a price as the amount where another price times the number of pieces gives it, or what is left of that."""
    price = amounts.used[-1]
    others = [label for label, name in amounts.computed.items() if name != price]
    why = next(filter(None, (_grows_with_pieces(amounts, price, label) for label in others)), "")
    if not why:
        return tuple(columns), []
    told = Finding("price-of-line", "note", column=price, values={"why": why})
    changed = (replace(one, role="amount") if one.name == price else one for one in columns)
    return tuple(changed), [told]


def _grows_with_pieces(amounts: LogAmounts, price: str, label: str) -> str:
    """Why a price is that of the line, by another one times the number of pieces; an empty string where it is not.

    What is left after discounts is more than one piece costs where a line has several, and no more where it has one.
    """
    money, whole, piece = (np.abs(amounts.lines[name]) for name in (price, label, amounts.computed[label]))
    several = np.abs(piece - whole) >= _CENT
    if np.count_nonzero(several) < FEWEST:
        return ""
    if all(np.mean(np.abs(money - whole)[test] < _CENT) >= MOSTLY for test in (several, slice(None))):
        return "product"
    less = (money < whole + _CENT) & (~several | (money > piece + _CENT))
    tests = (several, ~several)
    if all(np.count_nonzero(test) >= FEWEST and np.mean(less[test]) >= MOSTLY for test in tests):
        return "less"
    return ""


def other_amounts(amounts: LogAmounts | None, columns: Sequence[OrderColumn], rows: Rows) -> list[Finding]:
    """What is told where another column is called the amount as plainly, holds other money, and nothing says why.

    Args:
        amounts: Of the log.
        columns: With roles, once it is settled which amount is used.
        rows: The log as read.
    """
    of = {column.role: column.name for column in reversed(columns)}
    role: OrderRole = "amount" if "amount" in of else "price"
    used = of.get(role, "")
    if amounts is None or used not in amounts.sql:
        return []
    tests = _tests_of_kind(role, amounts, of)
    others = [name for name in amounts.names if name != used and name not in amounts.computed]
    alike = [name for name in columns_named(role, others) if all(test(name) == test(used) for test in tests)]
    told = (_other_money(amounts, name, used, rows) for name in alike if not _difference(amounts, name, used))
    of_orders = _totals_of_orders(amounts, used, of["order"], rows) if role == "amount" and "order" in of else ()
    return next(([found] for found in itertools.chain(told, of_orders) if found), [])


def _tests_of_kind(role: OrderRole, amounts: LogAmounts, of: Mapping[OrderRole, str]) -> list[Callable[[str], bool]]:
    """What two names must agree in so that they are called the amount, or the price, as plainly."""
    tests: list[Callable[[str], bool]] = [is_due, is_without_tax, is_in_cents, is_listed_price]
    # A net price is one after discounts, or one without taxes.
    tests += [is_net] if role == "amount" else []
    # The amount of a line is another one than that of its order where orders have several lines.
    return tests + ([is_of_line] if "order" not in of or amounts.lines[_AGAIN].any() else [])


def _totals_of_orders(amounts: LogAmounts, used: str, order: str, rows: Rows) -> Iterator[Finding | None]:
    """What is told of each amount that may be the total of an order."""
    lines = rows.select(f"select *, {identifier(order)} as _order from {{rows}}")
    named = columns_named("amount", [name for name in amounts.names if name != used])
    return (_total_of_orders(amounts, name, used, lines) for name in named if not (is_due(name) or is_net(name)))


def _other_money(amounts: LogAmounts, name: str, used: str, rows: Rows) -> Finding | None:
    """That another amount holds other money; None where it is the same, or where its name says what it lacks."""
    seen = rows.query(
        f"select count(*) as n, count(*) filter (where abs(a - b) > {_CENT}) as other, count(*) filter (where b > a + {_CENT}) as more, "
        "sum(a) as used, sum(b) as money "
        f"from (select {amounts.sql[used]} as a, {amounts.sql[name]} as b from {{rows}}) where a is not null and b is not null"
    ).to_pylist()[0]
    # What the goods cost is less than the amount with taxes and postage, or the amount is a number of pieces.
    alike = is_of_goods(name) == is_of_goods(used)
    differs = seen["other"] > (1 - MOSTLY) * seen["n"] if alike else 2 * seen["more"] > seen["n"]
    return _another(used, name, seen, "warning") if seen["n"] and differs else None


def _total_of_orders(amounts: LogAmounts, name: str, used: str, rows: Rows) -> Finding | None:
    """That the total of an order is not what its lines come to, where it stands on one or all of them; None where it is."""
    seen = rows.query(
        "select count(*) as n, count(*) filter (where c > 1) as several, count(*) filter (where c > 1 and least = b and (c = bs or bs = 1)) as whole, "
        f"count(*) filter (where c > 1 and low = high) as alike, count(*) filter (where abs(a - b) > {_CENT}) as other, "
        f"count(*) filter (where b < a - {_CENT}) as below, sum(a) as used, sum(b) as money from (select count(*) as c, count(b) as bs, "
        "sum(a) as a, min(a) as low, max(a) as high, max(b) as b, min(b) as least from (select _order, "
        f"{amounts.sql[used]} as a, {amounts.sql[name]} as b from {{rows}}) where a >= 0 and _order is not null group by _order having count(b) > 0)"
    ).to_pylist()[0]
    few = (1 - MOSTLY) * seen["n"]
    if seen["several"] < FEWEST or seen["whole"] < MOSTLY * seen["several"] or seen["other"] <= few:
        return None
    if seen["alike"] > 0.5 * seen["several"]:
        return None  # both are totals
    # Taxes and postage are on top of the lines; discounts are below them, and their money was not paid.
    return _another(used, name, seen, "warning" if seen["below"] > few else "note")


def _another(used: str, name: str, seen: Mapping[str, float], severity: Severity) -> Finding:
    return Finding.counted(
        "another-amount",
        severity,
        int(seen["other"]),
        int(seen["n"]),
        column=used,
        other=name,
        used=float(seen["used"]),
        money=float(seen["money"]),
    )


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
    tests = {column.name: test for column in columns if (test := _has_discount_sql(rows, column, options))}
    if "amount" in of or not tests:
        return []
    counts = ", ".join(f"count(*) filter (where {test})" for test in (" or ".join(tests.values()), *tests.values()))
    lines, found, *each = rows.value(f"select [count(*), {counts}] from {{rows}}")
    if not found:
        return []
    discounts = tuple(name for name, count in zip(tests, each, strict=True) if count)
    return [
        Finding.counted("discount-not-deducted", "note", found, lines, column=of["price"], discounts=discounts),
    ]


def _has_discount_sql(rows: Rows, column: OrderColumn, options: OrderOptions) -> str:
    """SQL for whether a line has a discount, in money or in percent, by a column; an empty string where it holds none."""
    ignored = column.role == "ignored" and bool(set(role_words(column.name).split()) & words_of_class("discount"))
    if column.role == "discount" or (ignored and ("%" in column.name or is_count(column.name))):
        return f"coalesce({money_sql(rows, column.name, options)}, 0) <> 0"
    return f"coalesce(regexp_matches({text_sql(column.name)}, {literal(_PERCENT)}), false)" if ignored else ""


def amounts_of_log(rows: Rows, columns: Sequence[OrderColumn], options: OrderOptions) -> LogAmounts | None:
    """The amounts of a log; None where there is one only, or the caller named it.

    Args:
        rows: The log as read.
        columns: With roles.
        options: What the caller says.
    """
    of = {column.role: column for column in reversed(columns)}
    main, pieces = of.get("amount") or of.get("price"), of.get("quantity")
    # Beside an amount and without a number of pieces, a price may be the money, and the amount that number.
    unused = {"ignored", "price"} if "amount" in of and not pieces else {"ignored"}
    free = _columns_of_roles(columns, unused, options)
    parts = _parts_beside(columns, free)
    if not main or main.asked or not (others := _other_columns(rows, main.name, free, parts)):
        return None
    sql = {name: money_sql(rows, name, options) for name in (main.name, *others, *parts)}
    numbers, computed = dict(sql), dict[str, str]()
    if pieces and "amount" not in of:
        computed = {f"{name} x {pieces.name}": name for name in [main.name, *columns_named("price", others)]}
        numbers[_PIECES] = f"try_cast({number_sql(rows, pieces.name, options, pieces=True)} as double)"
    order = of.get("order")
    lines = _with_made_amounts(_looked_at(rows, numbers, identifier(order.name) if order else ""), parts, computed)
    return LogAmounts([main.name, *others, *computed], [*computed, main.name], computed, parts, lines, sql)


def _other_columns(rows: Rows, amount: str, free: Sequence[str], parts: Mapping[str, str]) -> list[str]:
    """What may be the amount as well: columns called money, then any others with numbers like it, those with most cents first.

    Columns of parts must bear out what the others are: with the taxes and postage of a subtotal one is the total.
    """
    called = [name for name in named_as_money(free) if name not in parts]
    names = [name for name in free if parts and name not in (*parts, *called) and not is_count(name)]
    cells = column_cells(rows, [amount, *names] if names else [])
    cents = min(SOME_CENTS, cells[amount].fraction) if names else 0.0
    found = [name for name in names if is_money(cells[name]) and cells[name].fraction >= cents]
    return [*called, *sorted(found, key=lambda name: -cells[name].fraction)][:MOST_AMOUNTS]


def _with_made_amounts(
    lines: Mapping[str, np.ndarray], parts: Mapping[str, str], computed: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """The numbers of lines, with prices times the number of pieces, and all that is taken off above zero."""
    above = {name: np.abs(lines[name]) for name, kind in parts.items() if kind != _ON_TOP}
    return {**lines, **above, **{label: lines[name] * lines[_PIECES] for label, name in computed.items()}}


def _columns_of_roles(columns: Sequence[OrderColumn], roles: set[str], options: OrderOptions) -> list[str]:
    return sorted(column.name for column in columns if column.role in roles and column.name not in options.exclude)


def _parts_beside(columns: Sequence[OrderColumn], free: Sequence[str]) -> dict[str, str]:
    """What may stand between two amounts: columns of a role, and those without one whose names say it."""
    kinds = {"discount": _OFF, "refund": _AFTERWARDS}
    named = {name: kind for name in free if (kind := _kind_of_part(name))}
    return named | {column.name: kinds[column.role] for column in columns if column.role in kinds}


def _kind_of_part(name: str) -> str:
    """What a column that is called no amount holds beside amounts; empty where its name does not say it."""
    words = {*role_words(name).split()}
    if columns_named("amount", [name]) or (has_part(name, "discount") and words & words_of_class("beside")):
        return ""
    if has_part(name, "discount") or role_words(name) in lexicon_phrases("kinds", "back"):
        return _OFF
    return _ON_TOP if has_part(name, "surcharge") else _AFTERWARDS if has_part(name, "fee") else ""


def _paid_amount(amounts: LogAmounts, used: str) -> tuple[str, list[_Difference]]:
    """What was paid, and by which steps one comes to it from the amount that is used; none where there is no better one."""
    paid, seen, steps = used, {used}, list[_Difference]()
    while True:
        found = ((name, _difference(amounts, name, paid)) for name in amounts.names if name not in seen)
        better = next(((name, step) for name, step in found if step and step.was_paid(amounts.parts)), None)
        if better is None:
            return paid, steps
        paid = better[0]
        seen.add(paid)
        steps.append(better[1])


def _difference(amounts: LogAmounts, one: str, other: str) -> _Difference | None:
    """Which columns make up the difference of two amounts, the fewest that do; None where none do, or they are equal."""
    lines = {name: money[amounts.lines[other] >= 0] for name, money in amounts.lines.items()}
    gap = lines[one] - lines[other]
    differs = np.abs(gap) >= _CENT
    parts = [name for name in amounts.parts if np.count_nonzero(lines[name][differs]) >= FEWEST][:MOST_PARTS]
    if not parts:
        return None
    money = np.array([lines[name] for name in parts])
    some = np.concatenate([np.flatnonzero(differs)[:GLANCE], np.flatnonzero(~differs)[:GLANCE]])
    signs = np.array(list(itertools.product((0, 1, -1), repeat=len(parts))))
    signs = signs[np.argsort(np.count_nonzero(signs, axis=1), kind="stable")]
    likely = signs[(np.abs(signs @ money[:, some] - gap[some]) < _CENT).mean(axis=1) >= MOSTLY - SLACK]
    tests = [differs, lines[_AGAIN] > 0, np.ones(len(gap), dtype=bool)]
    for row in likely[:MOST_TRIED]:
        equal = np.abs(row @ money - gap) < _CENT
        if all(np.count_nonzero(equal & test) >= MOSTLY * np.count_nonzero(test) for test in tests):
            added = {name: sum_ for name, sum_ in zip(parts, row * money.sum(axis=1), strict=True) if sum_}
            return _Difference(
                more=tuple(name for name, sum_ in added.items() if sum_ > 0),
                less=tuple(name for name, sum_ in added.items() if sum_ < 0),
            )
    return None


def _looked_at(rows: Rows, sql: Mapping[str, str], order: str) -> dict[str, np.ndarray]:
    """The numbers of some lines, of whole orders, by column; nothing is 0, and `_AGAIN` is 1 where the order has other lines."""
    listed = ", ".join(f"cast({money} as double) as m{at}" for at, money in enumerate(sql.values()))
    key = f"coalesce(cast({order} as varchar), '')" if order else "cast(_row as varchar)"
    found = rows.query(
        "select * exclude (key), case when key <> '' and count(*) over (partition by key) > 1 then 1 else 0 end as again "
        f"from (select {key} as key, {listed} from {{rows}} order by hash(key), _row limit {MOST_LINES})"
    )
    return {name: np.nan_to_num(found.column(at).to_numpy()) for at, name in enumerate([*sql, _AGAIN])}
