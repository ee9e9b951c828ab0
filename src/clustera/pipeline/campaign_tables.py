"""Tables that come with a campaign: who is in which group, who was reached, what each customer did."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera import campaigns, lexicon
from clustera.engines import Engine, Rows, array_of, identifier, literal, mapped_sql
from clustera.errors import InputError
from clustera.read import read
from clustera.records import Raw, own_columns
from clustera.settings import Settings
from clustera.texts import translate_count

_CUSTOMER = ("customer", "customer_id", "id", "customerid", "external_id", "client_id", "user_id", "email")
_SEGMENT = ("segment",)
_GROUP = ("group", "arm", "variant", "treatment")
_OUTCOME = ("outcome", "revenue", "amount", "bought", "converted", "response", "spend", "value")
MOST_CATEGORIES = 250  # different texts of a column, as scikit-learn's boosting takes them
DRAWN = ".assignments.csv"  # how the name of a table ends that an export of an audience wrote
GROUPS = {
    campaigns.CONTACT: ("contact", "contacted", "treatment", "treated", "test", "campaign", "true", "1"),
    campaigns.CONTROL: ("control", "holdout", "hold-out", "held out", "hold out", "false", "0"),
}


def customer_ids(source: object, *, engine: Engine, settings: Settings, as_audience: bool = False) -> Rows:
    """`customer` (VARCHAR), each once, of any table that has a column of ids.

    Raises:
        InputError: it has several columns, and none is called like one of ids; or, `as_audience`, it has a control group.
    """
    table = read(source, engine=engine, options=settings.read)
    rows = table.rows
    if as_audience:
        _refuse_groups(rows)
    column = _asked_column(
        table, (settings.orders.customer or settings.check.id or "",), _CUSTOMER, what="the customer's id"
    )
    return rows.select(
        f"select distinct {_id(column)} as customer from {{rows}} where {_id(column)} is not null"
    ).keep()


def _is_group(column: str, code: str) -> str:
    """SQL of whether a cell says that a customer is in a group."""
    return f"lower(trim(cast({identifier(column)} as varchar))) in ({', '.join(map(literal, GROUPS[code]))})"


def _refuse_groups(rows: Rows) -> None:
    """A table whose groups are drawn already is no audience: its control group would be contacted."""
    for name in own_columns(rows.columns):
        if name.strip().lower() in _GROUP:
            left_out = _is_group(name, campaigns.CONTROL)
            if rows.has(left_out):
                raise InputError(
                    f"The table says who is in which group (column {name}): its control group must not be contacted.",
                    hint="Contact those whose group is contact, and measure with: clustera campaign results NAME --assignments FILE",
                )


def campaign_table_groups(source: object, *, engine: Engine, settings: Settings) -> tuple[Rows, dict[int, str]]:
    """`customer` (VARCHAR), `segment` (INTEGER; 0 where the table has none) and `group`, one row per customer.

    Segments that are called by texts are numbered from 1; the second value says what each is called.

    Raises:
        InputError: a column is missing, a group is neither to contact nor control, or a customer stands twice.
    """
    table = read(source, engine=engine, options=settings.read)
    rows = table.rows
    column = _asked_column(table, (settings.check.id or "",), _CUSTOMER, what="the customer's id")
    group = _group_column(table, column)
    segment = next((name for name in rows.columns if name.lower().rstrip("_") in _SEGMENT), None)
    cases = " ".join(f"when {_is_group(group, code)} then {literal(code)}" for code in GROUPS)
    called = f"cast({identifier(segment)} as varchar)" if segment else "'0'"
    found = rows.select(
        f'select {_id(column)} as customer, {called} as _segment, case {cases} end as "group", '
        f"cast({identifier(group)} as varchar) as _said from {{rows}}"
    ).keep()
    _refuse_damaged(found, group)
    words = found.query("select distinct _segment as called from {rows} order by 1")["called"].to_pylist()
    numbers = {word: int(word) if word and word.isdecimal() else None for word in words}
    names = {}
    if None in numbers.values():
        numbers = {word: place for place, word in enumerate(words, start=1)}
        names = {place: word or "" for word, place in numbers.items() if place is not None}
    number = mapped_sql(
        "_segment", {word: str(n) for word, n in numbers.items() if word}, otherwise=f"'{numbers.get(None, 0)}'"
    )
    return found.select(f'select customer, cast({number} as integer) as segment, "group" from {{rows}}').keep(), names


def _group_column(table: Raw, customer: str) -> str:
    """The column that is called like one of groups, else the only other one where it says contact or control anywhere."""
    rows, told = table.rows, table.told_names
    names = [name for name in own_columns(rows.columns) if name != customer]
    plain = {told.get(name, name).strip().lower(): name for name in reversed(names)}
    if usual := next((plain[name] for name in _GROUP if name in plain), None):
        return usual
    if len(names) == 1:
        says = " or ".join(_is_group(names[0], code) for code in GROUPS)
        if rows.has(says):
            return names[0]
    raise InputError(
        f"The table has no column of groups; it has: {', '.join(told.get(name, name) for name in [customer, *names])}.",
        hint=f"Call the column that says contact or control {', '.join(_GROUP[:-1])} or {_GROUP[-1]}.",
    )


@dataclass(frozen=True, slots=True)
class DrawRecord:
    """What stands beside a table of groups that Clustera drew: that it was drawn, how, and when."""

    name: str
    run: str
    day: str  # as 2024-05-01; "" where it does not say
    share: float
    seed: str


def draw_record(assignments: object) -> DrawRecord | None:
    """The record of a hold-out that an audience was exported with: list.holdout.json beside list.assignments.csv.

    None where the table is no such file, or nothing stands beside it: then nobody knows how the groups were made.

    Raises:
        InputError: it is there, and damaged.
    """
    if not isinstance(assignments, (str, os.PathLike)):
        return None
    path = Path(assignments)
    beside = path.with_name(f"{path.name.removesuffix(DRAWN)}.holdout.json")
    if not path.name.endswith(DRAWN) or not beside.is_file():
        return None
    try:
        said = json.loads(beside.read_text(encoding="utf-8"))
        share = float(said["share"])
        return DrawRecord(
            str(said.get("name", "")),
            str(said.get("run", "")),
            str(said.get("day", "")),
            share,
            str(said.get("seed", "")),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(
            f"{beside} does not say how the groups were drawn; it must have a share.",
            hint="Export the audience again, or remove the file: the groups then count as not randomized.",
        ) from error


def _refuse_damaged(found: Rows, group: str) -> None:
    wrong = found.query('select _said, count(*) as n from {rows} where "group" is null group by 1 order by n desc, 1')
    if wrong.num_rows:
        row = wrong.to_pylist()[0]
        cell = "nothing" if row["_said"] is None else repr(row["_said"])
        raise InputError(
            translate_count(
                row["n"],
                "{n} row has {said} in the column {group}; it must say contact or control.",
                "{n} rows have {said} in the column {group}; it must say contact or control.",
                said=cell,
                group=repr(group),
            ),
            hint="Write contact for who gets the campaign and control for who is left out.",
        )
    if nobody := found.count("customer is null"):
        raise InputError(
            translate_count(nobody, "{n} row has no customer.", "{n} rows have no customer."),
            hint="Remove such rows, or fill in the id.",
        )
    twice = found.query("select customer, count(*) as n from {rows} group by 1 having n > 1 order by 1")
    if twice.num_rows:
        raise InputError(
            translate_count(
                twice.num_rows,
                "{n} customer is in the table more than once: {example}. Each customer must be in one group.",
                "{n} customers are in the table more than once, such as {example}. Each customer must be in one group.",
                example=repr(twice["customer"][0].as_py()),
            ),
            hint="Keep one row for each customer.",
        )


def outcome_table(source: object, *, engine: Engine, settings: Settings) -> tuple[Rows, bool]:
    """`customer` (VARCHAR) and `outcome` (DOUBLE), one row per customer; and whether the outcome only says yes or no.

    Raises:
        InputError: a column is missing, a value is no number, or a customer stands twice.
    """
    table = read(source, engine=engine, options=settings.read)
    rows = table.rows
    column = _asked_column(table, (settings.check.id or "",), _CUSTOMER, what="the customer's id")
    value = _asked_column(table, (), _OUTCOME, what="the outcome", apart=column)
    text = f"lower(trim(cast({identifier(value)} as varchar)))"
    yes, no = (", ".join(map(literal, sorted(lexicon.answer_words(said)))) for said in ("yes", "no"))
    number = f"case when {text} in ({yes}) then 1 when {text} in ({no}) then 0 else try_cast({text} as double) end"
    found = rows.select(f"select {_id(column)} as customer, {number} as outcome from {{rows}}").keep()
    bad = found.query(
        "select count(*) filter (where outcome is null or not isfinite(outcome)) as numbers, count(*) filter (where customer is null) as ids, "
        "count(customer) - count(distinct customer) as twice, coalesce(bool_and(outcome in (0, 1)), true) as flags from {rows}"
    ).to_pylist()[0]
    for name, one, many in (
        ("numbers", "{n} row has no number in the column {column}.", "{n} rows have no number in the column {column}."),
        ("ids", "{n} row has no customer.", "{n} rows have no customer."),
        ("twice", "{n} row repeats a customer of an earlier row.", "{n} rows repeat a customer of an earlier row."),
    ):
        if bad[name]:
            raise InputError(
                translate_count(bad[name], one, many, column=repr(table.told_names.get(value, value))),
                hint="The table must have one row per customer, with a number.",
            )
    return found, bool(bad["flags"])


def _id(column: str) -> str:
    """SQL of an id as the other tables write it, without the ".0" that a frame or a spreadsheet gives to whole numbers."""
    return f"nullif(regexp_replace(trim(cast({identifier(column)} as varchar)), '^(-?[0-9]+)[.]0+$', '\\1'), '')"


def _asked_column(table: Raw, asked: Sequence[str], usual: Sequence[str], *, what: str, apart: str = "") -> str:
    """The column that is asked for, else the first that is called as usual, else the only one there is."""
    told = table.told_names
    names = [name for name in own_columns(table.rows.columns) if name != apart]
    plain = {re.sub(r"[\s-]+", "_", told.get(name, name).strip().lower()): name for name in reversed(names)}
    for name in map(table.column_meant, asked):
        if name in names:
            return name
    for name in usual:
        if name in plain:
            return plain[name]
    if len(names) == 1:
        return names[0]
    raise InputError(
        f"No column of the table is called like {what}; it has: {', '.join(told.get(name, name) for name in names)}.",
        hint=f"Call the column {usual[0]!r}.",
    )


@dataclass(frozen=True, slots=True)
class CampaignTable:
    """A campaign in one table, a row per customer: arrays by customer."""

    customer: pa.Array  # texts
    segment: npt.NDArray[np.int64]
    names: dict[int, str]  # what segments are called; empty where they have numbers
    contact: npt.NDArray[np.bool_]
    outcome: npt.NDArray[np.float64]
    columns: npt.NDArray[np.float64]  # the other columns; NaN where a cell is missing
    categories: tuple[int, ...]  # places of those that hold texts, as numbers from 0
    column_names: tuple[str, ...]


def read_campaign_table(source: object, *, engine: Engine, settings: Settings) -> CampaignTable:
    """Groups, outcome, segment and what was known before the campaign, all in one table.

    Columns of texts with more than 250 different ones, and those of dates, are left out.

    Raises:
        InputError: a column is missing, or a cell can't be read.
    """
    raw = read(source, engine=engine, options=settings.read)
    rows = raw.rows.keep()
    groups, names = campaign_table_groups(source, engine=engine, settings=settings)
    outcomes, _ = outcome_table(source, engine=engine, settings=settings)
    customer = _asked_column(raw, (settings.check.id or "",), _CUSTOMER, what="the customer's id")
    used = {customer, *(_asked_column(raw, (), usual, what="", apart=customer) for usual in (_GROUP, _OUTCOME))}
    known: list[str] = []
    categories: list[int] = []
    kept: list[str] = []
    for name in own_columns(rows.columns):
        if name in used:
            continue
        column = identifier(name)
        said = f"nullif(trim(cast({column} as varchar)), '')"
        counts = rows.query(
            f"select count(distinct {said}) as texts, count({said}) as filled, count(try_cast({said} as double)) as numbers from {{rows}}"
        ).to_pylist()[0]
        if counts["filled"] and counts["numbers"] == counts["filled"]:
            known.append(f"try_cast({said} as double) as c{len(known)}")
        elif counts["filled"] and counts["texts"] <= MOST_CATEGORIES:
            categories.append(len(known))
            known.append(f"cast(case when {said} is not null then dense_rank() over (order by {said} nulls last) - 1 end as double) as c{len(known)}")  # fmt: skip
        else:
            continue
        kept.append(name)
    if not known:
        raise InputError(
            "The table has no column that was known before the campaign.",
            hint="Add some, such as the customer's spend before it.",
        )
    found = rows.select(f"select {_id(customer)} as customer, {', '.join(known)} from {{rows}}").keep()
    table = groups.query(
        f"select g.customer, cast(g.segment as bigint) as segment, g.\"group\" = '{campaigns.CONTACT}' as contact, o.outcome, "
        f"{', '.join(f'k.c{place}' for place in range(len(known)))} "
        "from {rows} g join {outcomes} o on o.customer = g.customer join {known} k on k.customer = g.customer order by g.customer",
        outcomes=outcomes,
        known=found,
    )
    return CampaignTable(
        customer=table["customer"].combine_chunks(),
        segment=array_of(table["segment"]),
        names=names,
        contact=array_of(table["contact"]),
        outcome=array_of(table["outcome"]),
        columns=np.column_stack([array_of(table[f"c{place}"]) for place in range(len(known))]),
        categories=tuple(categories),
        column_names=tuple(kept),
    )
