"""Dates as numbers: an age in years from a date of birth, a tenure or other time in days from any other date."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from clustera import lexicon
from clustera.check.kinds import Reading
from clustera.check.meanings import measure_of
from clustera.check.words import title_and_unit
from clustera.engines import Rows, literal
from clustera.records import Column, Reason

_DATE_WORDS = re.compile(r"(?i)\s+(?:date|day|at|on|dt)$|^(?:date of|dt)\s+")


def counted_from_date(column: Column) -> bool:
    """Whether a feature is counted from a date up to a day: its value depends on that day."""
    return column.role == "feature" and (column.kind == "date" or measure_of(column) == "birth")


def elapsed_title(name: str, measures: str) -> tuple[str, str]:
    """How people call the time since a date, and its unit.

    Args:
        name: The column.
        measures: What it measures.

    >>> elapsed_title("dob", "birth"), elapsed_title("Joined", "joined"), elapsed_title("last_purchase_date", "last")
    (('Age', 'years'), ('Tenure', 'days'), ('Time since last purchase', 'days'))
    >>> elapsed_title("Letzte Spende", "last"), elapsed_title("Letzte Probefahrt", "last")
    (('Time since last donation', 'days'), ('Time since letzte Probefahrt', 'days'))
    """
    if measures == "birth":
        return "Age", "years"
    if measures == "joined":
        return "Tenure", "days"
    title = _DATE_WORDS.sub("", title_and_unit(name)[0])
    plain = " ".join(lexicon.plain_words(title))
    said = plain if lexicon.is_plain_phrase(plain) else f"{title[:1].lower()}{title[1:]}"
    return f"Time since {said}", "days"


def counting_day(
    rows: Rows, columns: Sequence[Column], readings: Mapping[str, Reading], *, asked: datetime.date | None
) -> datetime.date:
    """The day up to which ages and tenures are counted.

    The one asked for; else the last day that the table's own dates know, or that of an earlier table if it is later (a
    few new customers don't know what day it is); today where there is none.
    """
    if asked is not None:
        return asked
    today = datetime.datetime.now(tz=datetime.UTC).date()
    if not any(map(counted_from_date, columns)):
        return today
    known = [
        datetime.date.fromisoformat(day)
        for column in columns
        if counted_from_date(column) and (day := column.format.as_of)
    ]
    dates = [
        readings[column.name]
        for column in columns
        if readings[column.name].kind == "date" and column.role in {"date", "feature"} and measure_of(column) != "birth"
    ]
    for date in dates:
        # A date that lies ahead, such as the end of a contract, tells nothing about today.
        days = date.look.alone(rows).select(f"select {date.sql} as day from {{rows}}")
        last = days.query(f"select max(day) as last from {{rows}} where day <= date {literal(today.isoformat())}")
        known += filter(None, last["last"].to_pylist())
    return max(known, default=today)


def with_counting_day(column: Column, day: datetime.date) -> Column:
    """The column with the day that it is counted up to, which a later table needs to know."""
    if not counted_from_date(column):
        return column
    as_of = day.isoformat()
    reason = Reason(column.reason.code, {**column.reason.values, "as_of": as_of})
    return replace(column, format=replace(column.format, as_of=as_of), reason=reason)


def counted_sql(column: Column, reading: Reading, day: datetime.date) -> str:
    """SQL for the completed years since a birth date or year, or the days since any other date; DOUBLE."""
    until = f"date {literal(day.isoformat())}"
    if measure_of(column) != "birth":
        if reading.kind != "date":
            return "cast(null as double)"  # no cell of this table is a date
        return f"cast(date_diff('day', {reading.sql}, {until}) as double)"
    if reading.kind == "date":
        # A two-digit year that lies ahead belongs to the century before; who is born later still has no age.
        born = f"cast((case when {reading.sql} > {until} then {reading.sql} - interval 100 year else {reading.sql} end) as date)"
        return f"cast(case when {born} <= {until} then date_sub('year', {born}, {until}) end as double)"
    return f"cast({day.year} - {reading.sql} as double)"
