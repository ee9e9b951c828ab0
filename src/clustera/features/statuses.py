"""Which orders were paid, by the columns that say so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from clustera import lexicon
from clustera.engines import Rows, identifier, literal
from clustera.features.options import OrderOptions
from clustera.features.role_names import (
    is_goods_status,
    is_paid_flag,
    is_payment_status,
    is_status_of_returns,
    is_void_flag,
)
from clustera.features.spelling import text_sql
from clustera.features.vocabulary import (
    is_brought_back,
    is_void_status,
    means_money_back,
    payment_of_status,
    role_words,
    says_it_was_not,
    says_it_was_undone,
    words_of_class,
)
from clustera.records import Finding, Item, OrderColumn, Reason

MOST_SHOWN = 12  # values of a status that a message lists
FEWEST_CUSTOMERS = 3  # with several orders and one date for all of them
_NOTHING = frozenset({"", "0", "0.0", "nan", "null", "none", "nat"})  # cells that say no without a word for it
_COMPLETE = frozenset({"complete", "completed"})


@dataclass(frozen=True, slots=True)
class StatusValue:
    """One value of the status, or combination of values where there are several columns."""

    text: str
    counts: bool
    known: bool  # whether its words say anything of the payment
    lines: int
    money: float


def unpaid_sql(lines: Rows, names: Sequence[str], options: OrderOptions) -> tuple[str, frozenset[str]]:
    """SQL for whether a line's order was not paid, and the values that say nothing of it.

    A value that means money back and stands on lines below zero only says what these lines are: they count, unless the order
    that they belong to was not paid.

    Args:
        lines: With `amount` and `_status_0`, `_status_1`, ...: the text of each status column.
        names: What these columns are called.
        options: What the caller says of values.
    """
    pays, left_out = any(is_payment_status(name) for name in names), set(map(role_words, options.unpaid))
    conditions, unknown, returns = [], set[str](), list[str]()
    for at, name in enumerate(names):
        cell = f"_status_{at}"
        values, below = _distinct_statuses(lines, cell)
        if is_void_flag(name) and not _speaks_of_statuses(values):
            conditions.append(_flagged_sql(lines, cell, name))
            continue
        unpaid, strange = _judged_column(name, values, options, pays=pays)
        lent = _usual_ends(lines, cell, unpaid, left_out)
        unpaid, unknown = unpaid - lent, unknown | strange | lent
        back = {value for value in unpaid & below if means_money_back(value) and role_words(value) not in left_out}
        for found, into in ((unpaid - back, conditions), (back, returns)):
            if found:
                into.append(f"coalesce({cell}, '') in ({', '.join(map(literal, sorted(found)))})")
    if returns and conditions and "order_id" in lines.columns:
        of_unpaid = f"select order_id from {lines.name} where amount > 0 and ({_either_sql(conditions)})"
        conditions.append(f"({_either_sql(returns)}) and order_id in ({of_unpaid})")
    return _either_sql(conditions), frozenset(unknown)


def _flagged_sql(lines: Rows, cell: str, name: str) -> str:
    falsy = ", ".join(map(literal, sorted(_NOTHING | lexicon.answer_words("no"))))
    flagged = f"lower(coalesce({cell}, '')) not in ({falsy})"
    # How much was paid back says more than that something was.
    told = "_refund" in lines.columns and set(role_words(name).split()) & words_of_class("refund")
    return f"{flagged} and _refund = 0" if told else flagged


def with_dates_of_orders(
    rows: Rows, columns: Sequence[OrderColumn], customer: str, day: str
) -> tuple[tuple[OrderColumn, ...], list[Finding]]:
    """The columns, without dates that are called like those of a cancellation or return and are no order's, and what is told of them.

    Dates on most lines are of trips and rentals, one date for all orders of each customer is that of a subscription.

    Args:
        rows: The log as read.
        columns: With roles; a status that the caller named stays.
        customer: SQL for the customer.
        day: SQL for the day of the order.
    """
    others = [
        column.name
        for column in columns
        if column.role == "status"
        and not column.asked
        and is_void_flag(column.name)
        and _are_dates_beside_orders(rows, text_sql(column.name), customer, day)
    ]
    kept = (
        replace(column, role="ignored", reason=Reason("dates-beside-orders")) if column.name in others else column
        for column in columns
    )
    return tuple(kept), [Finding(code="other-dates", severity="warning", column=name) for name in others]


def _are_dates_beside_orders(rows: Rows, cell: str, customer: str, day: str) -> bool:
    dated = f"regexp_matches({cell}, '[0-9].*[0-9].*[0-9].*[0-9]')"
    seen = rows.query(
        "select sum(n) as n, sum(filled) as filled, sum(dated) as dated, count(*) filter (where filled > 0 and days > 1) as several, "
        "count(*) filter (where filled = n and days > 1 and different = 1) as alike from (select count(*) as n, count(cell) as filled, "
        "count(*) filter (where dated) as dated, count(distinct day) as days, count(distinct cell) as different "
        f"from (select {customer} as customer, {day} as day, {cell} as cell, {dated} as dated from {{rows}}) group by customer)"
    ).to_pylist()[0]
    of, filled, days = (int(seen[name] or 0) for name in ("n", "filled", "dated"))
    if not filled or days < 0.9 * filled:
        return False
    return 2 * filled > of or seen["several"] == seen["alike"] >= FEWEST_CUSTOMERS


def _either_sql(conditions: Sequence[str]) -> str:
    return " or ".join(f"({condition})" for condition in conditions)


def status_values(lines: Rows, names: Sequence[str], unknown: frozenset[str]) -> tuple[StatusValue, ...]:
    """The values of the status with their lines and money, most money first; `lines` has `_unpaid`."""
    cells = ", ".join(f"_status_{at}" for at in range(len(names)))
    found = lines.query(
        f"select concat_ws(' / ', {cells}) as status, _unpaid, count(*) as n, coalesce(sum(amount), 0) as money "
        "from {rows} group by status, _unpaid order by money desc, status"
    ).to_pylist()
    return tuple(
        StatusValue(
            row["status"],
            not row["_unpaid"],
            not unknown & set(row["status"].split(" / ")),
            row["n"],
            float(row["money"]),
        )
        for row in found
    )


def status_finding(values: Sequence[StatusValue], names: Sequence[str], lines: int, currency: str) -> list[Finding]:
    """What the statuses are and which count, with their money; none where every order counts and nothing is unclear."""
    out = [value for value in values if not value.counts]
    strange = [value for value in values if value.counts and not value.known and value.text]
    if not out and not strange:
        return []
    kept = [value for value in values if value.counts]
    count = sum(value.lines for value in out)
    return [
        Finding.counted(
            "order-status",
            "warning" if count > 0.01 * lines or strange else "note",
            count,
            lines,
            columns=tuple(names),
            currency=currency,
            counted=_listed_items(kept),
            counted_more=_rest(kept),
            left_out=_listed_items(out),
            left_out_more=_rest(out),
            between=bool(kept and out),
            unclear=tuple(value.text for value in strange[:MOST_SHOWN]),
        )
    ]


def _distinct_statuses(lines: Rows, cell: str) -> tuple[list[str], set[str]]:
    """The values of a status column, and those that stand on lines below zero only."""
    found = lines.query(
        f"select {identifier(cell)} as v, max(nullif(amount, 0)) < 0 as below from {{rows}} where {cell} is not null group by v order by v limit 500"
    ).to_pylist()
    return [str(row["v"]) for row in found], {str(row["v"]) for row in found if row["below"]}


def _usual_ends(lines: Rows, cell: str, unpaid: Iterable[str], asked: Collection[str]) -> set[str]:
    """The values that say that goods came back, where most orders end so: these were lent or let, not paid back.

    Args:
        lines: With the status as `cell`.
        cell: The column.
        unpaid: Values whose orders were not paid.
        asked: Words of values of which the caller says so.
    """
    back = {value for value in unpaid if is_brought_back(value) and role_words(value) not in asked}
    if not back:
        return back
    said = f"{cell} in ({', '.join(map(literal, sorted(back)))})"
    seen = lines.query(f"select count({cell}) as n, count(*) filter (where {said}) as back from {{rows}}").to_pylist()[
        0
    ]
    return back if 2 * seen["back"] > seen["n"] else set()


def _says_no(value: str) -> bool:
    return value.lower() in _NOTHING or value.lower() in lexicon.answer_words("no")


def _speaks_of_statuses(values: Sequence[str]) -> bool:
    """Whether values speak of statuses rather than saying yes, no, or when."""
    return any(not _says_no(value) and payment_of_status(value) == "unpaid" for value in values)


def _asked_values(options: OrderOptions) -> dict[str, bool]:
    """Words of values of which the caller says whether their orders were paid."""
    return dict.fromkeys(map(role_words, options.paid), True) | dict.fromkeys(map(role_words, options.unpaid), False)


def _judged_column(name: str, values: Sequence[str], options: OrderOptions, *, pays: bool) -> tuple[set[str], set[str]]:
    """The values of a status whose orders were not paid, and those that say nothing of it.

    Args:
        name: Of the column.
        values: Its values.
        options: What the caller says of values.
        pays: Whether some column tells of the payment.
    """
    if is_status_of_returns(name):
        return _judged_returns(name, values, options)
    flag = is_paid_flag(name)
    waits = is_goods_status(name) or (pays and not is_payment_status(name))
    return _judged_values(values, options, flag=flag, open_counts=waits and not flag)


def _judged_returns(name: str, values: Sequence[str], options: OrderOptions) -> tuple[set[str], set[str]]:
    """As `_judged_column`, of a status of returns, refunds or cancellations: what came back was not paid, no return was."""
    asked = _asked_values(options)
    other = {value for value in values if role_words(value) not in asked}
    undone = {value for value in other if not says_it_was_not(value) and says_it_was_undone(value, name)}
    unpaid = undone | {value for value in values if not asked.get(role_words(value), True)}
    return unpaid, {value for value in other - undone if not (_says_no(value) or says_it_was_not(value))}


def _judged_values(
    values: Sequence[str], options: OrderOptions, *, flag: bool, open_counts: bool
) -> tuple[set[str], set[str]]:
    asked = _asked_values(options)
    complete = any(role_words(value).replace(" ", "") in _COMPLETE for value in values)

    def judged(value: str) -> str:
        spoken, said = role_words(value), payment_of_status(value)
        if spoken in asked:
            return "paid" if asked[spoken] else "unpaid"
        if spoken == "closed" and complete:
            return "unpaid"  # where orders are completed, closed ones were paid back
        if flag and said != "unpaid":
            return "unpaid" if _says_no(value) else "paid"
        return "paid" if said == "unpaid" and open_counts and not is_void_status(value) else said

    found = {value: judged(value) for value in values}
    return {v for v in values if found[v] == "unpaid"}, {v for v in values if found[v] == "unknown"}


def _listed_items(values: Sequence[StatusValue]) -> tuple[Item, ...]:
    return tuple(
        {"status": value.text or "none", "lines": value.lines, "money": value.money} for value in values[:MOST_SHOWN]
    )


def _rest(values: Sequence[StatusValue]) -> Item:
    rest = values[MOST_SHOWN:]
    return {"lines": len(rest), "money": sum(value.money for value in rest)} if rest else None
