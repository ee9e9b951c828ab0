"""Cells as tables have them, on which a query is tried: values written as in a run's table, and cells that hold none."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from clustera.days import day_number
from clustera.records import CellReading

Cell = str | float | None
_UNKNOWN = ("", "  ", "n/a", "-", "?", "unknown", "abc", "\u00a0")
_NUMBERS = (
    *(
        "{}",
        "-{}",
        "- {}",
        "({})",
        "{}-",
        "+{}",
        "${}",
        "-${}",
        "$-{}",
        "€ {}",
        "{} €",
        "{} EUR",
        "{}%",
        "{} %",
        "rs.{}",
    ),
    *(
        "{}k",
        "{} K",
        "{}keur",
        "{}k €",
        "{} mio. €",
        "{} tsd",
        "{} m",
        "{} min",
        "{} years",
        "{}- eur",
        "{}-€",
        "{}-years",
        "{} eur x",
        "{},-",
        "{}.--",
    ),
    *("--{}", "+-{}", "{}e1", "{}e", "e{}", "{} 2", " {} ", "\u00a0{}\u00a0", "−{}", "{},", "{}.", "{}/2"),
)
_WHOLE = (
    "5",
    "0012",
    "1,200",
    "1.200",
    "1 200",
    "1'200",
    "12,34,567",
    "1,20",
    "1,2345",
    "1.5",
    "1,5",
    ".5",
    ",5",
    "1.234.567,5",
)
_BEYOND = (3e6, -1e6, 2.6e11, -7e10, 2.6e14, -7e13, 2.6e17, -7e16, 1e19, -1e19, 1e300, -1e300)  # dates of no calendar
_DATES = (
    *(
        "2024-01-31",
        "2024-1-5",
        "2024/01/31",
        "2024.01.31.",
        "2024. 1. 31.",
        "31.01.2024",
        "31/1/2024",
        "1/31/2024",
        "12/11/2023",
    ),
    *("31-01-24", "1.2.99", "5/6/68", "5/6/69", "2024-02-30", "2023-02-29", "2024-02-29", "1900-02-29", "2000-02-29"),
    *(
        "2024-01-31 10:20:30",
        "2024-01-31T10:20:30Z",
        "31.01.2024 10:20",
        "0000-00-00",
        "9999-12-31",
        "1970-01-01",
        "1900-01-01",
    ),
    *("2024-13-01", "1/1/2080", "29/2/2024", "32/1/2024", "20240131", "99/99/99"),
)


def unusual_cells(reading: CellReading) -> list[Cell]:
    """Cells that people write in such a column, and some that hold nothing of the kind; none for a column of numbers.

    >>> unusual_cells(CellReading("age_group", "bracket", 0.0, 120.0, brackets={"18-24": 21.0}))[-2:]
    ['18-24', ' 18-24 ']
    """
    if reading.brackets:
        return [
            *_UNKNOWN,
            "a bracket that nobody has",
            *(cell for text in reading.brackets for cell in (text, f" {text} ")),
        ]
    if reading.holds_numbers:
        return (
            [20240131.0, 31012024.0, 1012024.0, 1.7067456e9, 45000.0, 1970.0, 1800.0, 0.0, -5.0, 0.5, *_BEYOND]
            if reading.as_of
            else []
        )
    if reading.behind and not reading.typed:
        amount = _amount_cell(1234.5, reading)
        return [
            *_UNKNOWN,
            *(form.format(amount) for form in _NUMBERS),
            *_WHOLE,
            *(f"${text}" for text in _WHOLE),
            *reading.zeros,
        ]
    return [*_UNKNOWN, *_DATES]


def spelled_cells(values: npt.NDArray[np.float64], reading: CellReading, day: datetime.date) -> Sequence[Cell]:
    """The cells of a column that hold such values; None where a value is missing, or no cell could hold it.

    Args:
        values: (n,) in the feature's units, NaN where missing.
        reading: How cells are read.
        day: Up to which dates are counted.
    """
    spell = _speller(reading, day)
    return [None if math.isnan(value) else spell(value) for value in values.tolist()]


def _speller(reading: CellReading, day: datetime.date) -> Callable[[float], Cell]:
    if reading.brackets:
        known = list(reading.brackets.items())
        return lambda value: min(known, key=lambda pair: (abs(pair[1] - value), pair[0]))[0]
    if reading.kind in {"date", "birth-date"}:
        return lambda value: _written_date(_day_of(value, reading, day), reading)
    if reading.kind == "birth-year":
        return lambda value: _number_cell(day.year - value, reading)
    return lambda value: _number_cell(value, reading)


def _number_cell(value: float, reading: CellReading) -> Cell:
    if reading.typed:
        return value
    return _amount_cell(value, reading) + ("%" if reading.shares else "")


def _amount_cell(value: float, reading: CellReading) -> str:
    text = repr(abs(value))
    sign = "-" if value < 0 else ""
    if "e" in text:
        return sign + text.replace(".", reading.decimal)
    whole, _, cents = text.partition(".")
    grouped = f"{int(whole):,}".replace(",", reading.group) if reading.group else whole
    return f"{sign}{grouped}{reading.decimal}{cents}"


def _day_of(value: float, reading: CellReading, day: datetime.date) -> datetime.date | None:
    try:
        if reading.kind == "birth-date":
            return datetime.date(day.year - round(value), 1, 1)
        return day - datetime.timedelta(days=round(value))
    except (OverflowError, ValueError):  # before the year 1, or after 9999
        return None


def _written_date(day: datetime.date | None, reading: CellReading) -> Cell:
    if day is None:
        return None
    seconds = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}
    if reading.figures in seconds:
        return float(day_number(day) * 86_400 * seconds[reading.figures])
    if reading.figures == "spreadsheet":
        return float(day_number(day) + 25_569)
    y, m, d = f"{day.year:04}", f"{day.month:02}", f"{day.day:02}"
    if reading.figures:
        return float(reading.figures.replace("%Y", y).replace("%y", y[-2:]).replace("%m", m).replace("%d", d))
    return f"{m}/{d}/{y}" if reading.month_first else f"{y}-{m}-{d}"
