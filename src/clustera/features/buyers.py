"""Who bought: ids that stand for nobody, e-mail addresses, and spellings of one customer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clustera.engines import Rows, is_called_sql, literal
from clustera.features.options import OrderOptions
from clustera.features.vocabulary import role_words, words_of_class
from clustera.lexicon import cell_pattern
from clustera.records import Finding

MAIL = r"^[^@\s]+@[^@\s]+[.][^@\s]+$"
AS_MUCH = 0.9  # of the money of all other customers, from which a customer called "Total" is probably their sum
_PLAIN = r"regexp_replace(strip_accents(lower({id})), '[^\p{{L}}\p{{N}}#]+', '', 'g')"


@dataclass(frozen=True, slots=True)
class Buyers:
    """The lines with their customers, and what was found of these.

    `lines` has `customer_id` (NULL where nobody is named) and `_nobody`: whether the id stands for nobody. `sums` is a customer called
    like a line of totals, with about as much money as all others: the id, its lines and its money.
    """

    lines: Rows
    nobody: tuple[str, ...]  # ids that stand for nobody
    by_mail: int  # lines without an id, or with such a one, that an address tells the customer of
    joined: int  # of these, lines whose address is that of a customer with an id
    folded: int  # customers who were one, their addresses differing in capitals
    alike: int  # customers whose names differ in capitals, blanks or accents from another's
    examples: tuple[str, ...]
    sums: tuple[str, int, float] | None


def named_buyers(lines: Rows, options: OrderOptions) -> Buyers:
    """The customers of the lines: placeholders taken away, addresses in lower case, guests by their address.

    Args:
        lines: `customer_id` as it stands, and `_email` where the log has a further column of addresses.
        options: What the caller says of placeholders.
    """
    text = lines.columns["customer_id"] == "VARCHAR"
    ids = lines.select(
        "select customer_id, count(*) as n from {rows} where customer_id is not null group by customer_id"
    ).keep()
    nobody = tuple(_nobody(lines, ids, options, text=text))
    is_nobody = _is_one_of(ids, nobody)
    folded = 0
    cell = "customer_id"
    if text:
        cell, folded = _addresses_in_lower_case(ids)
    lines = lines.select(
        f"select * replace (case when not {is_nobody} then {cell} end as customer_id), {is_nobody} as _nobody from {{rows}}"
    )
    by_mail = joined = 0
    if "_email" in lines.columns:
        lines, by_mail, joined = _with_guests(lines, text=text)
        ids = lines.select("select distinct customer_id from {rows} where customer_id is not null")
    else:
        ids = ids.select(f"select distinct {cell} as customer_id from {{rows}} where not {is_nobody}")
    alike, examples = _other_spellings(ids) if text else (0, ())
    sums = _sums_of_others(lines, ids) if text else None
    return Buyers(lines, nobody, by_mail, joined, folded, alike, examples, sums)


def _is_one_of(ids: Rows, texts: Sequence[str]) -> str:
    """SQL for whether a customer's id is written like one of the texts: asked of the ids, since lines would be made text on every pass."""
    kind, listed = ids.columns["customer_id"], ", ".join(map(literal, texts))
    written = "select cast(customer_id as varchar) as id from {rows}"
    found = ids.query(f"{written} where id in ({listed}) order by id")["id"].to_pylist() if texts else []
    values = ", ".join(f"cast({literal(id_)} as {kind})" for id_ in found)
    return f"coalesce(customer_id in ({values}), false)" if found else "false"


def _sums_of_others(lines: Rows, ids: Rows) -> tuple[str, int, float] | None:
    """The customer whose lines are probably totals of all others': called so, and with about as much money."""
    called = is_called_sql("customer_id", *(cell_pattern("below", key) for key in ("summary", "summary_or_name")))
    found = ids.query(f"select customer_id as id from {{rows}} where {called} order by id limit 20")["id"].to_pylist()
    if not found:
        return None
    listed = ", ".join(map(literal, found))
    money = lines.query(
        "select customer_id as id, count(*) as n, coalesce(sum(amount), 0) as money from "
        f"(select case when customer_id in ({listed}) then customer_id end as customer_id, cast(amount as double) as amount from {{rows}}) "
        "group by customer_id order by money desc"
    ).to_pylist()
    others = sum(row["money"] for row in money if row["id"] is None)
    sums = [row for row in money if row["id"] is not None and row["money"] >= AS_MUCH * others > 0]
    return (sums[0]["id"], sums[0]["n"], sums[0]["money"]) if sums else None


def _addresses_in_lower_case(ids: Rows) -> tuple[str, int]:
    """SQL of a customer's id with addresses in lower case, and how many ids that leaves less."""
    others, capitals, lowered = ids.value(
        "select [count(*) filter (where not mail and contains(customer_id, '@')), "
        "count(*) filter (where mail and lower(customer_id) <> customer_id), "
        "count(*) - count(distinct case when mail then lower(customer_id) else customer_id end)] "
        f"from (select customer_id, {_is_mail('customer_id')} as mail from {{rows}})"
    )
    if not capitals:
        return "customer_id", 0
    test = _is_mail("customer_id") if others else "contains(customer_id, '@')"
    return f"case when {test} then lower(customer_id) else customer_id end", lowered


def _is_mail(cell: str) -> str:
    return f"regexp_matches({cell}, {literal(MAIL)})"


def _nobody(lines: Rows, ids: Rows, options: OrderOptions, *, text: bool) -> list[str]:
    """The ids that stand for nobody in particular."""
    if options.placeholders is not None:
        return list(options.placeholders)
    found = []
    if text:
        words = ", ".join(map(literal, sorted(words_of_class("placeholder"))))
        plain = _PLAIN.format(id="customer_id")
        seen = ids.query(
            f"select customer_id as id from {{rows}} where {plain} in ({words}) or {plain} = '' "
            "or customer_id in ('-1', '-99', '-999') order by id limit 100"
        )["id"].to_pylist()
        found = [id_ for id_ in seen if is_placeholder(id_)]
    else:
        below = ids.query("select customer_id as id from {rows} where customer_id < 0 limit 4")["id"].to_pylist()
        found = [str(id_) for id_ in below if id_ in {-1, -99, -999, -9999}] if len(below) < 3 else []
    if not _zero_is_nobody(lines, ids, text=text):
        return found
    zeros = ids.query(
        f"select cast(customer_id as varchar) as id from {{rows}} where {_is_zero(text=text)} order by id"
    )
    return [*found, *zeros["id"].to_pylist()]


def _is_zero(*, text: bool) -> str:
    return "regexp_full_match(customer_id, '0+')" if text else "customer_id = 0"


def _zero_is_nobody(lines: Rows, ids: Rows, *, text: bool) -> bool:
    """Whether 0, also as 00000, is no customer: several addresses stand under it, most lines do, or the other ids don't count from 1."""
    zero = _is_zero(text=text)
    lines_of_zero = ids.value(f"select coalesce(sum(n), 0) from {{rows}} where {zero}")
    if not lines_of_zero:
        return False
    addresses = f"select count(distinct lower(_email)) from {{rows}} where {zero}"
    if "_email" in lines.columns and lines.value(addresses) > 1:
        return True
    others = ids.query(
        "select max(n) as most, count(*) as customers, min(number) as low, max(number) as high from "
        f"(select n, try_cast(customer_id as bigint) as number from {{rows}} where not {zero})"
    ).to_pylist()[0]
    if not others["customers"]:
        return False
    from_one = others["low"] == 1 and others["high"] <= 2 * others["customers"]
    return lines_of_zero > others["most"] or not from_one


def _with_guests(lines: Rows, *, text: bool) -> tuple[Rows, int, int]:
    """Lines without an id get the customer whose address they carry, or that address as a customer of its own."""
    mail = f"case when {_is_mail('_email')} then lower(_email) end"
    guests = lines.count(f"customer_id is null and {mail} is not null")
    if not guests:
        return lines, 0, 0
    known = lines.select(
        f"select {mail} as address, min(customer_id) as known from {{rows}} where customer_id is not null and {mail} is not null "
        "group by address having count(distinct customer_id) = 1"
    ).keep()
    joined = lines.engine.view(
        f"select l.*, k.known from (select *, {mail} as _address from {lines.name}) l "
        f"left join {known.name} k on l.customer_id is null and k.address = l._address order by l._row"
    ).keep()
    matched = joined.count("customer_id is null and known is not null")
    if matched == guests and not text:
        cell = "coalesce(customer_id, known)"
    else:
        cell = "coalesce(cast(customer_id as varchar), cast(known as varchar), _address)"
    table = joined.select(
        f"select * exclude (known, _address) replace ({cell} as customer_id, _nobody and ({cell}) is null as _nobody) from {{rows}}"
    )
    return table, guests, matched


def _other_spellings(ids: Rows) -> tuple[int, tuple[str, ...]]:
    """How many distinct ids are another spelling of one before, and some of them."""
    # Spreadsheets take the zeros in front of a number away.
    bare = f"regexp_replace({_PLAIN.format(id='customer_id')}, '^0+([0-9]+)$', '\\1')"
    plain = ids.select(f"select customer_id, {bare} as plain from {{rows}}").keep()
    count, plains = plain.value("select [count(*), count(distinct plain)] from {rows}")
    if count <= plains:
        return 0, ()
    found = plain.query(
        "select list(customer_id order by customer_id) as names from {rows} where plain <> '' group by plain "
        "having count(*) > 1 order by names limit 3"
    )["names"].to_pylist()
    return count - plains, tuple(" = ".join(names[:3]) for names in found)


def buyer_findings(buyers: Buyers, lines: int, money_of_nobody: tuple[int, float], currency: str) -> list[Finding]:
    """What was found of the customers.

    Args:
        buyers: From `named_buyers`.
        lines: Of the log.
        money_of_nobody: Lines and money of ids that stand for nobody and carry no address.
        currency: Empty where the log names none.
    """
    findings = []
    if buyers.nobody or buyers.by_mail:
        findings.append(_of_guests(buyers, lines, money_of_nobody, currency))
    if buyers.sums:
        name, times, money = buyers.sums
        findings.append(
            Finding.counted("total-customer", "warning", times, lines, name=name, money=money, currency=currency)
        )
    if buyers.folded:
        findings.append(Finding("email-spelling", "note", count=buyers.folded))
    if buyers.alike:
        findings.append(Finding("customer-spelling", "warning", count=buyers.alike, values={"alike": buyers.examples}))
    return findings


def _of_guests(buyers: Buyers, lines: int, money_of_nobody: tuple[int, float], currency: str) -> Finding:
    left, money = money_of_nobody
    return Finding.counted(
        "guest-customers",
        "warning" if buyers.nobody else "note",
        left + buyers.by_mail,
        lines,
        nobody=tuple(buyers.nobody[:5]),
        by_mail=buyers.by_mail,
        joined=buyers.joined,
        left=left,
        money=money,
        currency=currency,
    )


def is_placeholder(text: str) -> bool:
    """Whether an id stands for everybody who gave no name.

    >>> is_placeholder("Guest"), is_placeholder("walk-in customer"), is_placeholder("-1"), is_placeholder("A17")
    (True, True, True, False)
    """
    text = text.strip()
    if not re.search(r"\w", text):
        return True
    spoken = role_words(text).replace(" ", "")
    return text in {"-1", "-99", "-999"} or spoken in words_of_class("placeholder")
