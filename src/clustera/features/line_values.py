"""The columns of an order log as values: who, when, how much, and what else a line says; a header that is repeated is no line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clustera.engines import Rows, identifier, literal
from clustera.errors import InputError
from clustera.features.amounts import (
    UsualMark,
    holds_cents,
    named_currency_sql,
    number_sql,
    scaled_cells,
    sign_sql,
    usual_mark,
    whole_amounts,
)
from clustera.features.converted import of_another_currency, with_converted_amount
from clustera.features.dates import dates_against_option, day_sql
from clustera.features.line_kinds import signed_by_kind
from clustera.features.options import OrderOptions
from clustera.features.payees import paid_back, payee_column
from clustera.features.role_names import SPOKEN
from clustera.features.roles import Roles, order_column_roles
from clustera.features.spelling import key_sql, label_sql, text_sql
from clustera.features.statuses import with_dates_of_orders
from clustera.features.sums import amounts_of_log, not_deducted, other_amounts, with_paid_amount
from clustera.features.times import clock_sql
from clustera.features.vocabulary import role_words
from clustera.records import Finding, OrderColumn, OrderRole

# Exports in which the price is that of all pieces of the line; where the cells can tell, they do.
_MONEY: tuple[OrderRole, ...] = ("amount", "price", "cost", "refund")
_LINE_PRICED = frozenset({"order item id", "amazon order id", "quantity purchased"})


@dataclass(frozen=True, slots=True)
class LineValues:
    """A log's lines as values, before anything is left out.

    `lines` has `_row`, `customer_id`, `day`, `amount` (as the source has it) and, for each further role that the log has,
    a column as `Orders.rows` names it; `text`, `currency`, `_clock` (time of day), `_email`, `_refund`, `_worth` (price times quantity, beside
    an amount) and `_status_0`, `_status_1`, ...
    """

    lines: Rows
    columns: tuple[OrderColumn, ...]
    findings: tuple[Finding, ...]
    statuses: tuple[str, ...]  # names of the status columns
    header: str  # SQL for whether a line repeats the names of the columns


def line_values(rows: Rows, options: OrderOptions, *, source: str, earlier_currency: str = "") -> LineValues:
    """The lines of a log as values.

    Args:
        rows: The log as read.
        options: What the caller says.
        source: The log's name, for messages.
        earlier_currency: What the amounts are in where neither the caller nor a column says it.

    Raises:
        InputError: what a log must say can't be found or read; names everything that is missing, and what would fit.
    """
    roles = order_column_roles(rows, options, source=source)
    columns, converted, findings = _with_paid_amount(rows, roles.columns, options)
    of: dict[OrderRole, str] = {column.role: column.name for column in reversed(columns) if column.role != "ignored"}
    options = _in_earlier_currency(options, of, earlier_currency)
    findings += of_another_currency(columns, options)
    problems: list[InputError] = []
    day = "cast(null as integer)"
    if "date" in of:
        try:
            day = day_sql(rows, of["date"], options, source=source)
        except InputError as error:
            problems.append(error)
    if roles.missing or problems:
        raise _roles_refusal(roles, problems, source)
    types = rows.columns
    cells = {"customer_id": key_sql(of["customer"], types[of["customer"]]), "day": day}
    columns, beside = with_dates_of_orders(rows, columns, cells["customer_id"], day)
    findings += [*beside, *dates_against_option(rows, of["date"], options)]
    if clock := clock_sql(rows, of["date"], options):
        cells["_clock"] = clock
    findings += [
        Finding("guessed-column", "note", name, values={"role": role, "spoken": SPOKEN[role]})
        for role, name in roles.guessed
    ]
    discounts = [column.name for column in columns if column.role == "discount"]
    findings += _add_amounts(rows, cells, of, discounts, options)
    findings += not_deducted(rows, columns, of, options)
    cells["amount"], kinds = signed_by_kind(rows, columns, cells["amount"], options)
    findings += kinds
    findings += _payee(rows, cells, of)
    cells |= _key_and_label_cells(rows, of)
    if converted:
        cells["currency"] = literal(converted)
    statuses = tuple(column.name for column in columns if column.role == "status")
    cells |= {f"_status_{at}": text_sql(name) for at, name in enumerate(statuses)}
    listed = ", ".join(f"{sql} as {identifier(name)}" for name, sql in cells.items())
    lines = rows.select(f"select _row, {listed} from {{rows}}")
    if any(types[column.name] == "VARCHAR" for column in columns if column.role in {"date", "amount", "price"}):
        lines = lines.keep()  # text is read once
    return LineValues(lines, columns, tuple(findings), statuses, _header(of, types))


def _with_paid_amount(
    rows: Rows, columns: Sequence[OrderColumn], options: OrderOptions
) -> tuple[tuple[OrderColumn, ...], str, list[Finding]]:
    """The columns, with what was paid as the amount, the currency that it was converted to, and what is told of it."""
    amounts = amounts_of_log(rows, columns, options)
    columns, paid = with_paid_amount(amounts, columns)
    columns, currency, converted = with_converted_amount(rows, columns, options)
    others = [] if currency else other_amounts(amounts, columns, rows)
    return columns, currency, [*paid, *converted, *others]


def _payee(rows: Rows, cells: dict[str, str], of: Mapping[OrderRole, str]) -> list[Finding]:
    """Have the customer of money that is paid back be who gets it; returns what is to be told of that."""
    payee = payee_column(of["customer"], list(rows.columns))
    told = paid_back(rows, of["customer"], payee, cells["amount"]) if payee else None
    if told is None:
        return []
    back = key_sql(payee, rows.columns[payee])
    cells["customer_id"] = (
        f"case when try_cast({cells['amount']} as double) < 0 then {back} else {cells['customer_id']} end"
    )
    return [told]


def _key_and_label_cells(rows: Rows, of: Mapping[OrderRole, str]) -> dict[str, str]:
    """What is a key or a label."""
    keys: tuple[tuple[OrderRole, str], ...] = (("order", "order_id"), ("product", "product"), ("store", "store"))
    cells = {name: key_sql(of[role], rows.columns[of[role]]) for role, name in keys if role in of}
    labels: tuple[OrderRole, ...] = ("text", "category", "channel")
    cells |= {role: label_sql(of[role]) for role in labels if role in of}
    if "email" in of:
        cells["_email"] = text_sql(of["email"])
    if "currency" in of:
        cells["currency"] = named_currency_sql(of["currency"])
    elif "amount" in of and (sign := sign_sql(rows, of["amount"])):
        cells["currency"] = sign
    return cells


def _add_amounts(
    rows: Rows,
    cells: dict[str, str],
    of: Mapping[OrderRole, str],
    discounts: Sequence[str],
    options: OrderOptions,
) -> list[Finding]:
    """Add what is money or a number; returns what is to be told of them."""
    money, mark, findings = _money_columns(rows, of, discounts, options)
    pieces_of = ""
    if "quantity" in of:
        pieces_of = number_sql(rows, of["quantity"], options, usual=mark, pieces=True)
        cells["quantity"] = f"try_cast({pieces_of} as decimal(18,3))"
    price = f"try_cast({money[of['price']]} as decimal(14,4))" if "price" in of else ""
    pieces = f"try_cast({cells['quantity']} as decimal(14,3))" if "quantity" in of else ""
    if "amount" in of:
        cells["amount"] = money[of["amount"]]
        if price:
            cells["_worth"] = f"{price} * coalesce({pieces}, 1)" if pieces else price
    elif why := _is_of_the_line(rows, price, pieces, of):
        cells["amount"] = price
        findings.append(Finding("price-of-line", "note", of["price"], values={"why": why}))
    else:
        cells["amount"] = f"{price} * {pieces}"
    if "amount" not in of:
        kept_cells = ((price, money.get(of.get("price", ""))), (pieces, pieces_of))
        beyond = [
            f"coalesce({kept} is null and isfinite(cast({number} as double)), false)"
            for kept, number in kept_cells
            if kept
        ]
        cells["_beyond"] = " or ".join(beyond)
    if "cost" in of:
        cells["cost"] = f"try_cast({money[of['cost']]} as decimal(18,4))"
    if "refund" in of:
        cells["_refund"] = f"abs(coalesce(try_cast({money[of['refund']]} as decimal(18,4)), 0))"
    if discounts:
        # Some logs write money taken off with a minus.
        parts = (f"abs(coalesce(try_cast({money[name]} as decimal(18,4)), 0))" for name in discounts)
        cells["discount"] = f"cast({' + '.join(parts)} as decimal(18,4))"
    return findings


def _money_columns(
    rows: Rows, of: Mapping[OrderRole, str], discounts: Sequence[str], options: OrderOptions
) -> tuple[Mapping[str, str], str, list[Finding]]:
    """SQL for the numbers of each column of money, the decimal mark where cells leave it open, and what is told."""
    currency = _most_usual_currency(rows, of, options)
    names = list(dict.fromkeys([*(of[role] for role in _MONEY if role in of), *discounts]))
    usual = usual_mark(rows, names, options, currency=currency)
    findings = [_thousands(usual)] if usual.cells else []
    numbers = {name: number_sql(rows, name, options, usual=usual.mark) for name in names}
    findings += [
        Finding("scaled-amounts", "note", column=name, count=found[0], values={"shown": found[1]})
        for name in names
        if (found := scaled_cells(rows, name))
    ]
    for name in names:
        if holds_cents(rows, name, numbers[name], currency=currency):
            numbers[name] = f"({numbers[name]} / 100)"
            findings.append(Finding(code="cents", severity="note", column=name))
    if not any(finding.code == "cents" for finding in findings):
        numbers, told = _in_currency_units(rows, of, numbers, currency=currency)
        findings += told
    return numbers, usual.mark, findings


def _in_earlier_currency(options: OrderOptions, of: Mapping[OrderRole, str], earlier: str) -> OrderOptions:
    """Options that keep the earlier currency, where neither the caller nor a column names one."""
    if options.keep_currency or "currency" in of or not earlier:
        return options
    return options.model_copy(update={"keep_currency": earlier})


def _in_currency_units(
    rows: Rows, of: Mapping[OrderRole, str], numbers: Mapping[str, str], *, currency: str
) -> tuple[dict[str, str], list[Finding]]:
    """SQL for money in whole units of its currency, where whole amounts are plainly of cents; else it is told that they may be."""
    name = of.get("amount") or of.get("price")
    whole = (
        whole_amounts(rows, numbers[name], date=of["date"], currency=of["currency"])
        if name and "currency" in of
        else None
    )
    if name is None or whole is None:
        return dict(numbers), []
    code = currency.upper()
    if not whole.certain:
        told = Finding("maybe-cents", "warning", column=name, values={"middle": whole.middle, "currency": code})
        return dict(numbers), [told]
    shown, meant = f"{whole.middle:.0f}", f"{round(whole.middle) / whole.usual:.2f}"
    cents = {column: f"({number} / {whole.per_unit})" for column, number in numbers.items()}
    return cents, [
        Finding("minor-units", "warning", column=name, values={"shown": shown, "read": meant, "currency": code})
    ]


def _most_usual_currency(rows: Rows, of: Mapping[OrderRole, str], options: OrderOptions) -> str:
    """The currency that is kept, or else that most lines name; empty where the log does not say."""
    if options.keep_currency or "currency" not in of:
        return options.keep_currency or ""
    return str(rows.value(f"select mode({named_currency_sql(of['currency'])}) as code from {{rows}}") or "")


def _thousands(usual: UsualMark) -> Finding:
    return Finding(
        code="thousands-by-point",
        severity="warning",
        count=usual.cells,
        values={"shown": usual.shown, "read": usual.shown.replace(".", ",")},
    )


def _is_of_the_line(rows: Rows, price: str, pieces: str, of: Mapping[OrderRole, str]) -> str:
    """Why a price is the money of the whole line rather than of one piece; empty where it is that of a piece.

    Of one product that is bought in different quantities, whatever varies less is the price of a piece.
    """
    if not pieces:
        return "no-pieces"
    key = of.get("product") or of.get("text")
    if key:
        spread = "(max({0}) - min({0})) / nullif(avg({0}), 0)"
        seen = rows.query(
            f"with l as (select {identifier(key)} as key, cast({price} as double) as price, cast({pieces} as double) "
            "as pieces from {rows}), p as (select key, "
            f"{spread.format('price')} as whole, {spread.format('price / pieces')} as one from l "
            "where price > 0 and pieces > 0 group by key having min(pieces) < max(pieces)) "
            "select count(*) as products, median(whole) as whole, median(one) as one from p"
        ).to_pylist()[0]
        if seen["products"] and seen["one"] < 0.5 * seen["whole"]:
            return "grows"
        if seen["products"] and seen["whole"] < 0.5 * seen["one"]:
            return ""
    names = {role_words(name) for name in rows.columns}
    return "export" if names & _LINE_PRICED else ""


def _header(of: Mapping[OrderRole, str], types: Mapping[str, str]) -> str:
    """SQL for a line whose cells are the names of their columns, as files put together have them."""
    names = [of[role] for role in ("customer", "date", "amount", "price", "order") if role in of]
    texts = [name for name in names if types[name] == "VARCHAR"]
    if len(texts) < 2:
        return ""
    return " and ".join(f"trim({identifier(name)}) = trim({literal(name)})" for name in texts)


def _roles_refusal(roles: Roles, problems: Sequence[InputError], source: str) -> InputError:
    """Everything that keeps a file from being read as a log of orders, in one sentence, and the whole cure."""
    parts, cures = [], []
    if roles.missing:
        absent = [SPOKEN[role] for role in roles.missing]
        listed = ", the ".join(absent[:-1]) + (" and the " if absent[:-1] else "") + absent[-1]
        parts.append(
            f"{source} has no column that is plainly the {listed} of an order; it has: "
            f"{', '.join(column.name for column in roles.columns)}."
        )
        parts += [
            f"{name!r} is called like the {SPOKEN[role]}, but holds hardly any {'date' if role == 'date' else 'number'}."
            for role, name in roles.unfit.items()
        ]
        named = [f"--set {role}={_quoted_name(fit[0]) if fit else 'COLUMN'}" for role, fit in roles.missing.items()]
        if len(named) == 1 or any(roles.missing.values()):
            cures.append(f"Say which {'it is' if len(named) == 1 else 'they are'}: {' '.join(named)}.")
        cures += [cure for role, fit in roles.missing.items() if (cure := _fitting_cure(role, fit))]
    return InputError(
        " ".join([*parts, *(problem.message for problem in problems)]),
        hint=" ".join([*cures, *(problem.hint for problem in problems)]),
    )


def _quoted_name(name: str) -> str:
    return f"'{name}'" if " " in name else name


def _fitting_cure(role: OrderRole, fit: Sequence[str]) -> str:
    """What to know of the columns whose cells fit a role; empty where there is one."""
    if len(fit) > 1:
        return f"The cells of {', '.join(map(repr, fit[1:4]))} would fit the {SPOKEN[role]} too."
    if fit:
        return ""
    if role == "customer":
        return "No other column's cells plainly tell customers apart; if none does, export the log with their id or e-mail."
    return (
        f"No column's cells fit the {SPOKEN[role]}: a table with one row per customer is no log of orders, and stands "
        "without --orders."
    )
