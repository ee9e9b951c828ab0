"""What a look at the whole table shows beside single values: each observation by a stated rule, with its cure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from clustera.check.findings import examples, examples_of, of_rows, share
from clustera.check.gaps import on_gaps
from clustera.check.kinds import Reading
from clustera.check.look import value_of
from clustera.check.meanings import measure_of
from clustera.check.roles import PERSONAL
from clustera.check.units import on_units
from clustera.engines import Rows, identifier, literal
from clustera.records import Column, Finding

HEAPED = 0.25  # share of multiples of ten, where a tenth is expected


def on_columns(
    rows: Rows, columns: Sequence[Column], readings: Mapping[str, Reading], twins: Mapping[str, str], total: int
) -> list[Finding]:
    """What is to be said about single columns, from what was looked at already; `rows` are asked for examples only."""
    found: list[Finding] = []
    for column in columns:
        reading = readings[column.name]
        found += _ambiguous(rows, column, reading, total)
        found += _spelled_twice(rows, column, reading, total)
        found += _mistyped(rows, column, reading, total)
        if column.name in twins:
            found.append(
                Finding(
                    code="near-duplicate",
                    severity="note",
                    message=f"{column.title} says the same as {twins[column.name]}; it is left out, or it would count twice.",
                    rule="another column alone puts the customers in the same order: other units, a logarithm, a rank, brackets",
                    cure="To use it all the same, say --set keep=near-duplicate, or name the features with --features; to be rid "
                    f"of this note, say --exclude {column.name!r}.",
                    column=column.name,
                    count=total,
                    share=1.0,
                )
            )
        if _may_be_an_id(column, reading):
            found.append(
                Finding(
                    code="may-be-id",
                    severity="note",
                    message=f"{column.title} is a whole number that differs in every row: is it an id?",
                    rule="at least 20 whole numbers, none twice, under a name that tells no quantity",
                    cure=f"It forms the segments. If it only tells customers apart, say --id {column.name!r} or --exclude "
                    f"{column.name!r}.",
                    column=column.name,
                    count=total,
                    share=1.0,
                )
            )
        if column.role == "personal":
            found.append(
                Finding(
                    code="personal-data",
                    severity="note",
                    message=f"{column.title} holds {PERSONAL.get(measure_of(column), 'personal data')}: it is not used.",
                    rule="the column's name or its values tell an e-mail address, a phone number, a name or an address",
                    cure="Nothing to do; a file without it is safer to pass on.",
                    column=column.name,
                    count=total,
                    share=1.0,
                )
            )
        if column.role in {"descriptor", "ignored"} and not column.asked and measure_of(column) == "outcome":
            found.append(
                Finding(
                    code="leaked-label",
                    severity="note",
                    message=f"{column.title} looks like the result of an earlier analysis; it does not form segments.",
                    rule="the column's name says cluster, segment, label, target, prediction or churn",
                    cure="Segments made from it would only repeat it. To use it all the same, say --set keep=leaked-label, or "
                    "name the features with --features.",
                    column=column.name,
                    count=total,
                    share=1.0,
                )
            )
    return found


def _may_be_an_id(column: Column, reading: Reading) -> bool:
    look = reading.look
    whole = look.exact and 20 <= look.distinct == look.filled == look.whole
    feature = column.role == "feature" and column.kind == "number" and not column.asked
    return feature and whole and (look.low or 0.0) >= 0 and measure_of(column) == ""


def _ambiguous(rows: Rows, column: Column, reading: Reading, total: int) -> list[Finding]:
    if reading.ambiguous == "dates" and column.role in {"date", "feature"}:
        return [
            Finding(
                code="ambiguous-dates",
                severity="warning",
                message=f"In {column.title}, day and month can't be told apart; read as day/month.",
                rule="no date in the file has a first or second number above 12",
                cure="Say --dates dmy or --dates mdy.",
                column=column.name,
                count=reading.valued,
                share=share(reading.valued, total),
                examples=examples(rows, column.name, f"{reading.sql} is not null")[1],
            )
        ]
    if reading.ambiguous == "decimal" and column.role == "feature":
        return [
            Finding(
                code="ambiguous-numbers",
                severity="note",
                message=f"In {column.title}, the mark may part thousands or decimals; read as "
                f"{'thousands' if reading.spelling.get('group') else 'decimals'}.",
                rule="every number has exactly three figures after its only mark, and no other column decides",
                cure="Say --set decimal=, or --set decimal=. if it is the other way round.",
                column=column.name,
                count=reading.valued,
                share=share(reading.valued, total),
                examples=examples(rows, column.name, f"{reading.sql} is not null")[1],
            )
        ]
    return []


def _spelled_twice(rows: Rows, column: Column, reading: Reading, total: int) -> list[Finding]:
    same = reading.spelling.get("same")
    if not same or column.role != "descriptor":
        return []
    values = reading.look.values or {}
    count = sum(values.get(text, 0) for text in same)
    shown = ", ".join(f"{text!r} as {common!r}" for text, common in sorted(same.items())[:3])
    return [
        Finding(
            code="category-spelling",
            severity="note",
            message=f"{column.title} spells categories in several ways in {of_rows(count, total)}; read {shown}.",
            rule="categories that differ in case, blanks or hyphens only are one; the commonest spelling stands for it",
            cure="Nothing to do; if they are different things, say --set keep=category-spelling.",
            column=column.name,
            count=count,
            share=share(count, total),
            examples=examples(rows, column.name, f"{reading.look.text} in ({', '.join(map(literal, sorted(same)))})")[
                1
            ],
        )
    ]


def _mistyped(rows: Rows, column: Column, reading: Reading, total: int) -> list[Finding]:
    if column.role != "descriptor" or reading.kind != "category" or not reading.look.values:
        return []
    same = reading.spelling.get("same", {})
    values = {text: n for text, n in reading.look.values.items() if text not in reading.absent and text not in same}
    if len(values) > 200:
        return []
    found = []
    for rare, common in itertools.permutations(sorted(values), 2):
        if values[rare] <= 0.05 * values[common] and one_slip_apart(rare, common):
            found.append(
                Finding(
                    code="category-typing",
                    severity="warning",
                    message=f"{column.title} has {rare!r} {values[rare]:,} times: {common!r} mistyped?",
                    rule="one letter more, less, other or swapped inside words of six letters or more, at most 5 % as common",
                    cure="Correct the source. Until then it is a category of its own; segments don't depend on it.",
                    column=column.name,
                    count=values[rare],
                    share=share(values[rare], total),
                    examples=examples(rows, column.name, f"{reading.look.text} = {literal(rare)}")[1],
                )
            )
    return found


def one_slip_apart(rare: str, common: str) -> bool:
    """Whether one slip of the fingers inside a long word makes one text of the other.

    The first letter is never mistyped here, or Gambia would be Zambia; nor is a figure, or 2018 would be 2019.

    >>> one_slip_apart("Surburban", "Suburban"), one_slip_apart("Gambia", "Zambia"), one_slip_apart("Plan A", "Plan B")
    (True, False, False)
    """
    if min(len(rare), len(common)) < 6 or abs(len(rare) - len(common)) > 1 or rare[0] != common[0]:
        return False
    start = next((i for i, (a, b) in enumerate(zip(rare, common, strict=False)) if a != b), min(len(rare), len(common)))
    a, b = rare[start:], common[start:]
    word = re.search(r"\w*$", common[:start])
    inside = (
        len(word[0] if word else "") >= 1
        and len(re.split(r"\W", common[start - len(word[0] if word else "") :])[0]) >= 6
    )
    slips = (a[1:] == b[1:], a[1:] == b, a == b[1:], a[:2] == b[1::-1] and a[2:] == b[2:])
    changed = a[:1] + b[:1]
    return inside and any(slips) and changed.isalpha()


def on_values(
    rows: Rows, raw: Rows, columns: Sequence[Column], readings: Mapping[str, Reading], used: int
) -> list[Finding]:
    """What the typed values show: heaping, units that look mixed, gaps that go together.

    Args:
        rows: The rows that are used, as values.
        raw: The same rows as the source has them.
        columns: What they are.
        readings: What each column holds.
        used: How many rows they are.
    """
    features = [column for column in columns if column.role == "feature" and column.kind == "number"]
    return [
        *_heaped(rows, raw, [column for column in features if _may_be_heaped(readings[column.name])], used),
        *itertools.chain.from_iterable(on_units(rows, raw, c, readings[c.name], used) for c in features),
        *on_gaps(rows, raw, columns, used),
    ]


def _may_be_heaped(reading: Reading) -> bool:
    look = reading.look
    if look.low is None or look.high is None or look.numbers < 200:
        return False
    return look.high - look.low >= 50 and look.distinct > 30 and look.whole >= 0.9 * look.numbers


def _heaped(rows: Rows, raw: Rows, columns: Sequence[Column], used: int) -> list[Finding]:
    if not columns:
        return []
    wanted = ", ".join(
        f"count_if({identifier(column.name)} % 10 = 0 and {identifier(column.name)} <> 0) / "
        f"nullif(count_if({identifier(column.name)} <> 0), 0) as h{at}, count_if({identifier(column.name)} <> 0) / "
        f"count({identifier(column.name)}) as p{at}"
        for at, column in enumerate(columns)
    )
    # A share needs no more than some ten thousand rows; drawn by key, the order of the rows does not matter.
    every = max(1, used // 50_000)
    shares = rows.query(f"select {wanted} from {{rows}} where _key % {every} = 0").to_pylist()[0]
    return [
        Finding(
            code="heaping",
            severity="note",
            message=f"{column.title} is a multiple of ten in {100 * heaped * shares[f'p{at}']:.0f} % of the rows; people seem "
            "to have rounded.",
            rule="a quarter to nine tenths of whole numbers other than 0 are multiples of ten, where a tenth is expected",
            cure="Nothing to do; don't read a difference of a few units as real.",
            column=column.name,
            count=round(heaped * shares[f"p{at}"] * used),
            share=heaped * shares[f"p{at}"],
            examples=examples_of(
                raw, column.name, rows, f"{identifier(column.name)} % 10 = 0 and {identifier(column.name)} <> 0"
            ),
        )
        for at, column in enumerate(columns)
        if HEAPED <= (heaped := shares[f"h{at}"] or 0.0) <= 0.9
    ]


def on_money(raw: Rows, used: Rows, columns: Sequence[Column], total: int) -> list[Finding]:
    """Where a column is money: what it adds up to in the file and in the rows that are used, if that differs.

    Args:
        raw: The source's rows, with the features' values before anything is taken out.
        used: The rows that are used, as values.
        columns: What they are.
        total: Rows read.
    """
    money = [column for column in columns if column.role == "feature" and measure_of(column) in {"money", "income"}]
    if not money:
        return []
    # Decimal numbers add up to the same in every order.
    adds = "coalesce(sum(try_cast({} as decimal(38, 4))), 0) as t{}"
    before = raw.query(
        f"select {', '.join(adds.format(value_of(c.name), at) for at, c in enumerate(money))} from {{rows}}"
    )
    after = used.query(
        f"select {', '.join(adds.format(identifier(c.name), at) for at, c in enumerate(money))} from {{rows}}"
    )
    found = []
    for at, column in enumerate(money):
        came, went = before[f"t{at}"][0].as_py(), after[f"t{at}"][0].as_py()
        if came != went:
            found.append(
                Finding(
                    code="money-total",
                    severity="note",
                    message=f"{column.title} adds up to {came:,.2f} in the file and to {went:,.2f} in the rows used; "
                    f"{came - went:,.2f} is in the quarantine or was read as missing.",
                    rule="sum of the numbers in the file, less the sum in the rows used",
                    cure="See the quarantine and the findings on this column.",
                    column=column.name,
                    count=total,
                    share=1.0,
                )
            )
    return found
