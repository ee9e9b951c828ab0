"""A log of orders into typed lines; what can't be used is set aside with its money and the reason."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import cast

from clustera.days import day_number
from clustera.engines import DuckRows, identifier, literal
from clustera.errors import InputError
from clustera.features.contract import RULE as CONTRACT_RULE
from clustera.features.contract import contract
from clustera.features.options import OrderOptions
from clustera.features.products import with_products
from clustera.features.repeats import repeats
from clustera.features.roles import roles_of
from clustera.features.services import discount_sql, service_sql
from clustera.features.spelling import day_sql, id_sql, number_sql, text_sql
from clustera.records import Finding, Money, OrderColumn, Orders, Raw

EARLIEST = datetime.date(1980, 1, 1)  # an order before this is a default value of some system
FINE_AMOUNTS = 0.001  # share of lines with fractions of a cent above which four decimals are kept

REASONS = {
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
    "no-customer": "Count this money among the shop's sales; nobody can be segmented by it.",
    "other-currency": "Convert the log to one currency, or say which one to use: --set keep_currency=EUR.",
    "postage": "Say --set services=true to keep such lines.",
    "fee": "Say --set services=true to keep such lines.",
    "test": "Say --set services=true to keep such lines.",
    "duplicate": "Say --set duplicates=keep if the log repeats lines on purpose.",
    "future-date": "Correct the log, or say what day it is: --set today=YYYY-MM-DD.",
}


def read_orders(raw: Raw, *, options: OrderOptions | None = None, products: Raw | None = None) -> Orders:
    """Every line of an order log as values, or in the quarantine with its money.

    Args:
        raw: The log as read: one row per order line (or per order).
        options: What the caller says about columns and rules.
        products: A table of products, joined by the product's id for the category (and cost).

    Returns:
        The lines used, the quarantine and the balance: money in = money used + money set aside.

    Raises:
        InputError: customer, date or amount can't be found or read, or no line is left.
    """
    options = options or OrderOptions()
    rows = cast("DuckRows", raw.rows)
    if not raw.source.rows:
        raise InputError(f"{raw.source.name} has no order lines.", hint="Export it again, with the orders.")
    columns = roles_of(rows, options, source=raw.source.name)
    lines = _typed(rows, columns, options, raw.source.name)
    if any(rows.columns[column.name] == "VARCHAR" for column in columns if column.role in {"date", "amount", "price"}):
        lines = lines.keep()  # text is read once
    decimals, whole, rounded = _measured(lines)
    lines = lines.select(f"select * replace (try_cast(amount as decimal(18,{decimals})) as amount) from {{rows}}")
    tests, currency = _tests(lines, options, whole)
    lines = _coded(lines, tests)
    copies = repeats(rows, columns, options)
    if copies:
        code = f"case when _code is null and _row in (select _row from {copies.name}) then 'duplicate' else _code end"
        lines = lines.select(f"select * replace ({code} as _code) from {{rows}}")
    seen, summary = _sorted(lines, whole) if tests or copies else (whole, [])
    inner = ["_row", "_code", *(["currency"] if "currency" in lines.columns else [])]
    used = lines.select(
        f"select * exclude ({', '.join(inner)}) from {{rows}}" + (" where _code is null" if summary else "")
    )
    if not seen.sales:
        raise _nothing_left(raw, seen, summary)
    if products is not None:
        used = with_products(used, products)
        # Counted again, since a join is where lines are lost or doubled.
        joined = used.query("select count(*) as lines, sum(amount) as money from {rows}").to_pylist()[0]
        seen = replace(seen, **joined)
    if seen.least is not None and seen.least > 0:
        # A log without returns: a constant costs the engine nothing.
        used = used.select("select * replace ('sale' as kind) from {rows}")
    money = Money(
        lines=raw.source.rows,
        lines_used=seen.lines,
        lines_set_aside=sum(part.lines for part in summary),
        read=_units(whole.money, decimals),
        used=_units(seen.money, decimals),
        set_aside=sum(_units(part.money, decimals) for part in summary),
        decimals=decimals,
        currency=currency,
    )
    regular = contract(used, lines=seen.lines)
    return Orders(
        source=raw.source,
        columns=columns,
        rows=used,
        quarantine=_quarantine(rows, lines),
        findings=(*raw.findings, *_findings(lines, summary, money, rounded, regular)),
        money=money,
        first_day=seen.first or 0,
        last_day=seen.last or 0,
        contractual=regular,
    )


@dataclass(frozen=True, slots=True)
class _Reason:
    """Lines and money that are set aside for one reason."""

    code: str
    lines: int
    money: Decimal


def _units(money: Decimal | None, decimals: int) -> int:
    return int((money or Decimal(0)).scaleb(decimals))


def _typed(rows: DuckRows, columns: Sequence[OrderColumn], options: OrderOptions, source: str) -> DuckRows:
    """The log's columns as values; amount still as the source has it."""
    types = rows.columns
    of = {column.role: column.name for column in columns if column.role not in {"ignored", "discount"}}
    cells = {
        "customer_id": id_sql(of["customer"], types[of["customer"]]),
        "day": day_sql(rows, of["date"], options, source=source),
    }
    if "quantity" in of:
        cells["quantity"] = f"try_cast({number_sql(rows, of['quantity'], options)} as decimal(18,3))"
    if "amount" in of:
        cells["amount"] = number_sql(rows, of["amount"], options)
    else:
        price = f"try_cast({number_sql(rows, of['price'], options)} as decimal(14,4))"
        cells["amount"] = f"{price} * try_cast({number_sql(rows, of['quantity'], options)} as decimal(14,3))"
    for role, name in (("order", "order_id"), ("product", "product"), ("store", "store")):
        if role in of:
            cells[name] = id_sql(of[role], types[of[role]])
    for role in ("text", "category", "channel", "currency"):
        if role in of:
            cells[role] = text_sql(of[role])
    if "cost" in of:
        cells["cost"] = f"try_cast({number_sql(rows, of['cost'], options)} as decimal(18,4))"
    discounts = [column.name for column in columns if column.role == "discount"]
    if discounts:
        # Some logs write money taken off with a minus.
        parts = (
            f"abs(coalesce(try_cast({number_sql(rows, name, options)} as decimal(18,4)), 0))" for name in discounts
        )
        cells["discount"] = f"cast({' + '.join(parts)} as decimal(18,4))"
    listed = ", ".join(f"{sql} as {identifier(name)}" for name, sql in cells.items())
    return rows.select(f"select _row, {listed} from {{rows}}")


_SEEN = (
    "count(*) as lines, count({amount}) as amounts, count(customer_id) as named, count(day) as dated, "
    "sum({amount}) as money, min({amount}) as least, count_if({amount} = 0) as zeros, count_if({amount} > 0) as sales, "
    "min(day) as first, max(day) as last"
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one pass over the lines tells."""

    lines: int
    amounts: int  # lines that have one
    named: int  # lines with a customer
    dated: int
    money: Decimal | None
    least: Decimal | None  # amount
    zeros: int  # amounts
    sales: int
    first: int | None  # day
    last: int | None


def _measured(lines: DuckRows) -> tuple[int, _Seen, int]:
    """Decimals to keep, what all lines hold, and how many lines have more decimals than are kept."""
    cents, finer = _measured_at(2, lines)
    if finer > FINE_AMOUNTS * cents.amounts:
        fine, still_finer = _measured_at(4, lines)
        if fine.amounts == cents.amounts:  # else some are too large for four decimals
            return 4, fine, still_finer
    return 2, cents, finer


def _measured_at(decimals: int, lines: DuckRows) -> tuple[_Seen, int]:
    """What all lines hold, and how many have more decimals; an amount that is too large counts as unreadable."""
    units = f"x * {10**decimals}"
    found = lines.query(
        f"select {_SEEN.format(amount='units')}, count_if(units is not null and abs({units} - round({units})) > 0.0001) as finer "
        f"from (select *, cast(amount as double) as x, try_cast(amount as decimal(18,{decimals})) as units from {{rows}})"
    ).to_pylist()[0]
    finer = found.pop("finer")
    return _Seen(**found), finer


def _tests(lines: DuckRows, options: OrderOptions, seen: _Seen) -> tuple[list[str], str]:
    """`when ... then code` for lines that can't be used, and the currency that is kept; tests that can't hit are left out."""
    today = options.today or datetime.datetime.now(tz=datetime.UTC).date()
    earliest, latest = day_number(EARLIEST), day_number(today)
    tests = []
    if seen.named < seen.lines:
        tests.append("when customer_id is null then 'no-customer'")
    if seen.dated < seen.lines:
        tests.append("when day is null then 'no-date'")
    if seen.first is not None and seen.first < earliest:
        tests.append(f"when day < {earliest} then 'early-date'")
    if seen.last is not None and seen.last > latest:
        tests.append(f"when day > {latest} then 'future-date'")
    if seen.amounts < seen.lines:
        tests.append("when amount is null then 'no-amount'")
    currency = ""
    if "currency" in lines.columns:
        currency = _kept_currency(lines, options)
        tests.append(f"when currency is distinct from {literal(currency)} then 'other-currency'")
    if not options.services:
        tests += service_sql(lines)
    if seen.zeros:
        tests.append("when amount = 0 then 'zero-price'")
    return tests, currency


def _coded(lines: DuckRows, tests: Sequence[str]) -> DuckRows:
    """Add `kind`, and `_code`: why a line can't be used, by itself."""
    kind = f"case {discount_sql(lines)} when amount < 0 then 'return' else 'sale' end"
    code = f"case {' '.join(tests)} end" if tests else "cast(null as varchar)"
    rest = "* exclude (text)" if "text" in lines.columns else "*"
    return lines.select(f"select {rest}, {kind} as kind, {code} as _code from {{rows}}")


def _kept_currency(lines: DuckRows, options: OrderOptions) -> str:
    counted = lines.query(
        "select currency, count(*) as n from {rows} where currency is not null group by currency "
        "order by n desc, currency"
    )["currency"].to_pylist()
    if options.keep_currency and options.keep_currency not in counted:
        raise InputError(f"No line is in {options.keep_currency!r}; the log has: {', '.join(counted) or 'none'}.")
    return options.keep_currency or (counted[0] if counted else "")


def _sorted(lines: DuckRows, seen: _Seen) -> tuple[_Seen, list[_Reason]]:
    """What is used, and what is set aside for each reason.

    Args:
        lines: With `_code`, why a line can't be used.
        seen: All lines.
    """
    found = lines.query(
        f"select _code as code, {_SEEN.format(amount='amount')} from {{rows}} group by _code order by _code"
    ).to_pylist()
    used = [_Seen(**{key: row[key] for key in _Seen.__slots__}) for row in found if row["code"] is None]
    aside = [_Reason(row["code"], row["lines"], row["money"] or Decimal(0)) for row in found if row["code"] is not None]
    return used[0] if used else replace(seen, lines=0, sales=0), aside


def _quarantine(rows: DuckRows, lines: DuckRows) -> DuckRows:
    cells = ", ".join(f"{identifier(name)} := {identifier(name)}" for name in rows.columns if name != "_row")
    reasons = " ".join(f"when {literal(code)} then {literal(text)}" for code, text in REASONS.items())
    return rows.engine.view(
        f"select l._row as row, cast(l.customer_id as varchar) as customer, l._code as code, "
        f"case l._code {reasons} end as reason, l.amount as amount, cast(to_json(r.text) as varchar) as text "
        f"from {lines.name} l join (select _row, struct_pack({cells}) as text from {rows.name}) r using (_row) "
        f"where l._code is not null order by l._row"
    )


def _findings(lines: DuckRows, summary: Sequence[_Reason], money: Money, rounded: int, regular: str) -> list[Finding]:
    findings = []
    unit = f" {money.currency}" if money.currency else ""
    for part in summary:
        if part.code == "other-currency":
            findings.append(_other_currencies(lines, part, money))
            continue
        shown = lines.query(
            f"select _row, coalesce(cast(amount as varchar), '') as text from {{rows}} where _code = '{part.code}' "
            "order by _row limit 3"
        ).to_pylist()
        findings.append(
            Finding(
                code=part.code,
                severity="warning" if part.lines > 0.01 * money.lines else "note",
                message=f"{part.lines:,} of {money.lines:,} lines ({part.lines / money.lines:.1%}), "
                f"{part.money:,.2f}{unit}, are set aside: {REASONS[part.code]}",
                rule=REASONS[part.code],
                cure=_CURES.get(part.code, "Correct the log and run again."),
                count=part.lines,
                share=part.lines / money.lines,
                examples=tuple((row["_row"], row["text"]) for row in shown),
            )
        )
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
                cure="Read recency and order counts as the contract's rhythm, not as the customer's wish; who has "
                "cancelled stands in the contract system.",
            )
        )
    return findings


def _other_currencies(lines: DuckRows, part: _Reason, money: Money) -> Finding:
    """Amounts of several currencies have no sum, so each is told by itself."""
    found = lines.query(
        "select coalesce(currency, 'no currency') as currency, count(*) as n, sum(amount) as money from {rows} "
        "where _code = 'other-currency' group by currency order by n desc, currency"
    ).to_pylist()
    told = ", ".join(f"{row['n']:,} in {row['currency']} ({row['money']:,.2f})" for row in found)
    return Finding(
        code="other-currency",
        severity="warning" if part.lines > 0.01 * money.lines else "note",
        message=f"The log has several currencies. Only lines in {money.currency} are used; set aside, not converted: {told}. "
        "In the sums of money their amounts count as plain numbers.",
        rule=REASONS["other-currency"],
        cure=_CURES["other-currency"],
        count=part.lines,
        share=part.lines / money.lines,
    )


def _nothing_left(raw: Raw, left: _Seen, summary: Sequence[_Reason]) -> InputError:
    why = "; ".join(f"{part.lines:,} x {REASONS[part.code].rstrip('.').lower()}" for part in summary)
    hint = "Say which columns hold what: --set customer=COLUMN --set date=COLUMN --set amount=COLUMN."
    if left.lines:
        why = "; ".join(filter(None, [f"{left.lines:,} x the amount is below zero: money given back", why]))
        hint = "If the log writes sales with a minus, turn the sign of its amounts."
    return InputError(
        f"{raw.source.name} has {raw.source.rows:,} lines, but no purchase is left{f' ({why})' if why else ''}.",
        hint=hint,
    )
