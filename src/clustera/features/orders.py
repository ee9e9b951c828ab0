"""A log of orders into typed lines; what can't be used is left out with its money and the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from clustera.days import day_number, to_date
from clustera.engines import Rows, identifier, literal
from clustera.errors import InputError, own_names_told
from clustera.features.contract import contract_finding
from clustera.features.line_values import line_values
from clustera.features.log_shape import shape_findings
from clustera.features.options import OrderOptions
from clustera.features.order_findings import (
    EARLIEST,
    REASONS,
    AsideReason,
    examples_sql,
    later_finding,
    line_findings,
)
from clustera.features.products import with_products
from clustera.features.repeats import repeated_lines
from clustera.features.services import discount_sql, distinct_texts, service_sql
from clustera.features.settling import SettledLines, settled_lines
from clustera.features.times import unfinished_day, unfinished_day_finding
from clustera.features.vocabulary import may_be_one_currency
from clustera.records import Finding, Money, Orders, Raw
from clustera.texts import left_out_reason

FINE_AMOUNTS = 0.001  # share of lines with fractions of a cent above which four decimals are kept
_CALENDAR = "Dates of another calendar (Buddhist, Persian, Islamic) are not read: write them as 2024-03-25."
LATER = "after-snapshot"  # no fault of the line: the snapshot comes before it


@own_names_told
def read_orders(
    raw: Raw,
    *,
    options: OrderOptions | None = None,
    products: Raw | None = None,
    as_of: int | None = None,
    earlier_currency: str = "",
) -> Orders:
    """Every line of an order log as values, or in the quarantine with its money.

    Args:
        raw: The log as read: one row per order line (or per order).
        options: What the caller says about columns and rules.
        products: A table of products, joined by the product's id for the category (and cost).
        as_of: Snapshot date (days since 1970-01-01), else the last complete day: later lines are counted by themselves,
            and not used.
        earlier_currency: Of a run whose segments are looked for again. It is kept unless the caller says otherwise or the log
            names only others.

    Returns:
        The lines used, the quarantine and the balance: money in = money used + money left out + money of later lines.

    Raises:
        InputError: customer, date or amount can't be found or read, or no line is left.
    """
    options = (options or OrderOptions()).with_columns(raw.column_meant)
    rows = raw.rows
    if not raw.source.rows:
        raise InputError(f"{raw.source.name} has no order lines.", hint="Export it again, with the orders.")
    values = line_values(rows, options, source=raw.source.name, earlier_currency=earlier_currency)
    several = bool(raw.source.spelling.get("files"))
    copies = repeated_lines(rows, values, options, by_value=several)
    facts = settled_lines(values, rows, options, copies)
    decimals, whole, rounded = _measured_lines(facts.lines)
    lines = _with_kept_amounts(facts.lines, whole, decimals)
    texts = distinct_texts(lines)
    unfinished = unfinished_day(lines, options) if as_of is None else None
    if unfinished is not None:
        as_of = unfinished.day - 1
    tests, currency = _tests(lines, texts, options, whole, as_of, earlier=earlier_currency)
    lines = _coded(lines, tests, discounts=discount_sql(texts))
    if copies:
        lines = _without_copies(lines, copies)
    seen, summary = _sorted(lines, whole) if tests or copies else (whole, [])
    later, aside = _later_and_aside(summary)
    if not seen.sales:
        raise (
            _all_later(raw, whole, as_of)
            if later.lines and as_of is not None
            else _nothing_left(raw, seen, aside, facts)
        )
    used, seen = _joined_with_products(_used_lines(lines, all_of_them=not summary), seen, products)
    money = _closed_account(raw.source.rows, whole, seen, aside, later, decimals=decimals, currency=currency)
    regular, last_day = contract_finding(used, lines=seen.lines), seen.last or 0
    return Orders(
        source=raw.source,
        columns=values.columns,
        rows=used,
        quarantine=_quarantine(rows, lines),
        findings=(
            *_without_cells(raw.findings),
            *values.findings,
            *facts.findings(lines, aside, money.lines, money.currency),
            *([unfinished_day_finding(unfinished, money)] if unfinished else later_finding(money, as_of)),
            *shape_findings(used, seen.lines, values.columns, as_of),
            *line_findings(lines, aside, money, rounded=rounded, regular=regular),
        ),
        money=money,
        first_day=seen.first or 0,
        last_day=last_day,
        as_of=last_day if as_of is None else as_of,
        contractual=regular,
    )


def _with_kept_amounts(lines: Rows, seen: _Seen, decimals: int) -> Rows:
    """Amounts as they are kept, and `_large` where one is too large for that."""
    kept = f"try_cast(amount as decimal(18,{decimals}))"
    large = f"coalesce({kept} is null and isfinite(cast(amount as double)), false)"
    large += " or _beyond" if "_beyond" in lines.columns else ""
    large = f", {large} as _large" if seen.amounts < seen.lines else ""
    return lines.select(f"select * replace ({kept} as amount){large} from {{rows}}")


def _units(money: Decimal | None, decimals: int) -> int:
    return int((money or Decimal(0)).scaleb(decimals))


_SEEN = (
    "count(*) as lines, count({amount}) as amounts, count(customer_id) as named, count(day) as dated, "
    "sum({amount}) as money, min({amount}) as least, count(*) filter (where {amount} = 0) as zeros, count(*) filter (where {amount} > 0) as sales, "
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


def _measured_lines(lines: Rows) -> tuple[int, _Seen, int]:
    """Decimals to keep, what all lines hold, and how many lines have more decimals than are kept."""
    cents, finer = _measured_at(2, lines)
    if finer > FINE_AMOUNTS * cents.amounts:
        fine, still_finer = _measured_at(4, lines)
        if fine.amounts == cents.amounts:  # else some are too large for four decimals
            return 4, fine, still_finer
    return 2, cents, finer


def _measured_at(decimals: int, lines: Rows) -> tuple[_Seen, int]:
    """What all lines hold, and how many have more decimals; an amount that is too large is not counted."""
    units = f"x * {10**decimals}"
    found = lines.query(
        f"select {_SEEN.format(amount='units')}, count(*) filter (where units is not null and abs({units} - round({units})) > 0.0001) as finer "
        f"from (select *, cast(amount as double) as x, try_cast(amount as decimal(18,{decimals})) as units from {{rows}})"
    ).to_pylist()[0]
    finer = int(found.pop("finer"))
    return _Seen(**found), finer


_CODES = {
    "_cut": "cut-off",
    "_other_names": "other-names",
    "_unreadable": "unreadable-row",
    "_header": "repeated-header",
    "_unpaid": "unpaid",
    "_nobody": "placeholder-customer",
}


def _tests(
    lines: Rows,
    texts: Mapping[str, Rows],
    options: OrderOptions,
    seen: _Seen,
    as_of: int | None,
    *,
    earlier: str,
) -> tuple[list[str], str]:
    """`when ... then code` for lines that can't be used, and the currency that is kept; tests that can't hit are left out."""
    tests = [f"when {cell} then '{code}'" for cell, code in _CODES.items() if cell in lines.columns]
    if seen.named < seen.lines:
        tests.append("when customer_id is null then 'no-customer'")
    tests += _date_tests(seen, options, as_of)
    if seen.amounts < seen.lines:
        tests += ["when _large then 'too-large-amount'", "when amount is null then 'no-amount'"]
    named = _currencies(lines)
    spelled, currency = _kept_currency(named, options, earlier)
    if named:
        tests.append(f"when currency is distinct from {literal(spelled)} then 'other-currency'")
    if not options.services:
        tests += service_sql(texts)
    if "_back" in lines.columns:
        tests.append("when amount = 0 and _back > 0 then 'refunded'")
    if seen.zeros:
        tests.append("when amount = 0 then 'zero-price'")
    return tests, currency


def _date_tests(seen: _Seen, options: OrderOptions, as_of: int | None) -> list[str]:
    earliest, latest = day_number(EARLIEST), day_number(options.latest_day())
    tests = []
    if seen.dated < seen.lines:
        tests.append("when day is null then 'no-date'")
    if seen.first is not None and seen.first < earliest:
        tests.append(f"when day < {earliest} then 'early-date'")
    if seen.last is not None and seen.last > latest:
        tests.append(f"when day > {latest} then 'future-date'")
    if as_of is not None and seen.last is not None and seen.last > as_of:
        tests.append(f"when day > {as_of} then '{LATER}'")
    return tests


def _coded(lines: Rows, tests: Sequence[str], *, discounts: str) -> Rows:
    """Add `kind`, and `_code`: why a line can't be used, by itself."""
    kind = f"case {discounts} when amount < 0 then 'return' else 'sale' end"
    code = f"case {' '.join(tests)} end" if tests else "cast(null as varchar)"
    rest = "* exclude (text)" if "text" in lines.columns else "*"
    return lines.select(f"select {rest}, {kind} as kind, {code} as _code from {{rows}}")


def _used_lines(lines: Rows, *, all_of_them: bool) -> Rows:
    """The lines that are used, without what served to decide it."""
    inner = [name for name in lines.columns if name.startswith("_") or name == "currency"]
    where = "" if all_of_them else " where _code is null"
    return lines.select(f"select * exclude ({', '.join(map(identifier, inner))}) from {{rows}}{where}")


def _currencies(lines: Rows) -> list[str]:
    """The currencies that the log names, the one with most lines first."""
    if "currency" not in lines.columns:
        return []
    counted = lines.query(
        "select currency, count(amount) as n from {rows} where currency is not null and amount is not null group by currency "
        "order by n desc, currency"
    )
    return [str(name) for name in counted["currency"].to_pylist()]


def _kept_currency(named: Sequence[str], options: OrderOptions, earlier: str) -> tuple[str, str]:
    """The one that is used, as the log calls it and as it is; where the log names none, what the user says it is in, or what an earlier one was in."""
    asked = options.keep_currency
    if not asked:
        usual = earlier if earlier in named or not named else named[0]
        return usual, usual
    if not named or asked in named:
        return asked, asked
    alike = [name for name in named if may_be_one_currency(asked, name, known=True)]
    if len(alike) != 1:
        raise InputError(f"No line is in {asked!r}; the log has: {', '.join(named)}.")
    return alike[0], asked


def _sorted(lines: Rows, seen: _Seen) -> tuple[_Seen, list[AsideReason]]:
    """What is used, and what is left out for each reason.

    Args:
        lines: With `_code`, why a line can't be used.
        seen: All lines.
    """
    found = lines.query(
        f"select _code as code, {_SEEN.format(amount='amount')}, {examples_sql('amount')} filter (where _code is not null) as examples "
        "from {rows} group by _code order by _code"
    ).to_pylist()
    used = [_Seen(**{key: row[key] for key in _Seen.__slots__}) for row in found if row["code"] is None]
    aside = [
        AsideReason(
            row["code"],
            row["lines"],
            row["money"] or Decimal(0),
            tuple((one["row"], one["text"]) for one in row["examples"]),
        )
        for row in found
        if row["code"] is not None
    ]
    return used[0] if used else replace(seen, lines=0, sales=0), aside


def _quarantine(rows: Rows, lines: Rows) -> Rows:
    cells = ", ".join(f"{identifier(name)} := {identifier(name)}" for name in rows.columns if name != "_row")
    reasons = " ".join(f"when {literal(code)} then {literal(left_out_reason(code))}" for code in REASONS)
    return rows.engine.view(
        f"select l._row as row, cast(l.customer_id as varchar) as customer, l._code as code, "
        f"case l._code {reasons} end as reason, l.amount as amount, cast(to_json(r.text) as varchar) as text "
        f"from {lines.name} l join (select _row, struct_pack({cells}) as text from {rows.name}) r using (_row) "
        f"where l._code is not null and l._code <> '{LATER}' order by l._row"
    )


def _all_later(raw: Raw, whole: _Seen, as_of: int) -> InputError:
    first = to_date(whole.first).isoformat() if whole.first is not None else "unknown"
    return InputError(
        f"No purchase of {raw.source.name} lies on or before the snapshot date {to_date(as_of)}; its first line is of {first}.",
        hint="Choose a later --as-of.",
    )


_CURES = {
    "future-date": "Correct the dates, or say which column holds them: --set date=COLUMN. If today is a later day, say so: "
    f"--set today=YYYY-MM-DD. {_CALENDAR}",
    "early-date": f"Correct the dates, or say which column holds them: --set date=COLUMN. {_CALENDAR}",
    "unpaid": "Say which of these values count: --set paid=VALUE. A column that says nothing of the payment is left out by "
    "--set exclude=COLUMN.",
    "placeholder-customer": "If these ids are customers, say --set placeholders=[].",
    "test": "If these lines are purchases, say --set services=true.",
    "postage": "If these lines are purchases, say --set services=true.",
    "fee": "If these lines are purchases, say --set services=true.",
}


def _nothing_left(raw: Raw, left: _Seen, summary: Sequence[AsideReason], facts: SettledLines) -> InputError:
    why = [(part.lines, left_out_reason(part.code)) for part in summary]
    most = max(summary, key=lambda part: part.lines).code if summary else ""
    hint = _CURES.get(most, "Say which columns hold what: --set customer=COLUMN --set date=COLUMN --set amount=COLUMN.")
    if left.lines:
        why.insert(0, (left.lines, "The amount is below zero: money given back."))
        hint = "If the log writes sales with a minus, turn the sign of its amounts."
    elif most == "unpaid":
        hint = f"{facts.statuses_shown()} {hint}"
    return InputError(
        f"{raw.source.name} has {raw.source.rows:,} {'line' if raw.source.rows == 1 else 'lines'}, but no purchase is left."
        + "".join(f" {lines:,} {'line' if lines == 1 else 'lines'} left out: {reason}" for lines, reason in why),
        hint=hint,
    )


def _without_copies(lines: Rows, copies: Rows) -> Rows:
    # A copy has no share of the total of its order, and costs nothing for that.
    code = f"case when coalesce(_code, 'zero-price') = 'zero-price' and _row in (select _row from {copies.name}) then 'duplicate' else _code end"
    return lines.select(f"select * replace ({code} as _code) from {{rows}}")


def _later_and_aside(summary: Sequence[AsideReason]) -> tuple[AsideReason, list[AsideReason]]:
    """The lines after the snapshot date, and those that are left out for another reason."""
    later = next((part for part in summary if part.code == LATER), AsideReason(LATER, 0, Decimal(0)))
    return later, [part for part in summary if part.code != LATER]


def _without_cells(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings without the cells of their examples: which of these tell who a customer is, nobody has said yet."""
    for finding in findings:
        yield replace(finding, examples=tuple((row, "") for row, _ in finding.examples))


def _closed_account(
    lines: int,
    whole: _Seen,
    used: _Seen,
    aside: Sequence[AsideReason],
    later: AsideReason,
    *,
    decimals: int,
    currency: str,
) -> Money:
    """Money in = money used + money left out + money of later lines, in the smallest unit."""
    return Money(
        lines=lines,
        lines_used=used.lines,
        lines_set_aside=sum(part.lines for part in aside),
        read=_units(whole.money, decimals),
        used=_units(used.money, decimals),
        set_aside=sum(_units(part.money, decimals) for part in aside),
        decimals=decimals,
        currency=currency,
        lines_later=later.lines,
        later=_units(later.money, decimals),
    )


def _joined_with_products(used: Rows, seen: _Seen, products: Raw | None) -> tuple[Rows, _Seen]:
    """The lines with the columns of a table of products, and what is known of them."""
    if products is not None:
        used = with_products(used, products)
        # Counted again, since a join is where lines are lost or doubled.
        joined = used.query("select count(*) as lines, sum(amount) as money from {rows}").to_pylist()[0]
        seen = replace(seen, **joined)
    if seen.least is not None and seen.least > 0:
        # A log without returns: a constant costs the engine nothing.
        used = used.select("select * replace ('sale' as kind) from {rows}")
    return used, seen
