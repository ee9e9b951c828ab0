"""Dates of a warehouse -> days since 1970 and figures such as 20240131, by arithmetic: types and functions of dates differ.

Day d of month m of year y is day 365 (y - 1) + leap days before y + days of the months before m + d of the calendar that begins
with the year 1; 1970-01-01 is day 719163.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

from clustera.days import CALENDAR_DAYS, SHORT_DATES
from clustera.export.dialects import Dialect
from clustera.records import CellReading

Step = list[tuple[str, str]]
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_EPOCH = 719_163
_SECONDS = {"seconds": 86_400, "milliseconds": 86_400_000, "microseconds": 86_400_000_000}
_SPREADSHEET = -25_569  # 1899-12-30
_TIMES = {"%Y%m%d%H%M%S": "1000000.0", "%Y%m%d%H%M": "10000.0"}  # what parts a day in figures from its time
_YEARS = (1850, 2100)  # of dates in eight figures


def date_parts(
    reading: CellReading, cell: str, j: int, dialect: Dialect, plain: Callable[[str, int, Dialect], list[Step]]
) -> list[Step]:
    """The steps from a cell to `n{j}`, the days since 1970, and `a{j}`, the date in figures; null where it holds no date.

    Args:
        reading: How the cell is read.
        cell: Its name in quotes.
        j: Number of the feature.
        dialect: Where it will run.
        plain: Gives the steps to a number.
    """
    if reading.figures in _SECONDS or reading.figures == "spreadsheet":
        seconds = _SECONDS.get(reading.figures)
        days = f"floor(r{j} / {dialect.number(seconds)})" if seconds else f"floor(r{j}) + {_SPREADSHEET}"
        low, high = map(dialect.number, CALENDAR_DAYS)
        known = f"case when n{j} >= {low} and n{j} <= {high} then n{j} end"
        return [*plain(cell, j, dialect), [(days, f"n{j}")], [(known, f"n{j}")], *civil_steps(j)]
    if reading.figures:
        parts = _six_figures if reading.figures in SHORT_DATES.values() else _eight_figures
        return [*plain(cell, j, dialect), *parts(reading.figures, j), *calendar_steps(j)]
    return [*_date_texts(reading, dialect.as_text(cell), j, dialect), *calendar_steps(j)]


def calendar_steps(j: int) -> list[Step]:
    """From y, m and d to `n{j}` and `a{j}`; null where there is no such day."""
    y, m, d = f"y{j}", f"m{j}", f"d{j}"

    def leap_days(year: str) -> str:
        return f"floor({year} / 4.0) - floor({year} / 100.0) + floor({year} / 400.0)"

    before = " ".join(f"when {at} then {days}" for at, days in enumerate(accumulate((0, *_LENGTHS[:-1])), start=1))
    length = " ".join(f"when {at} then {days}" for at, days in enumerate(_LENGTHS, start=1) if at != 2)
    return [
        [(y, y), (m, m), (d, d), (leap_days(f"({y} - 1)"), f"b{j}"), (leap_days(y), f"c{j}x")],
        [
            (y, y),
            (m, m),
            (d, d),
            (f"b{j}", f"b{j}"),
            (f"c{j}x - b{j}", f"w{j}"),
            (f"case {m} {before} end", f"q{j}"),
            (f"case {m} {length} when 2 then 28 + c{j}x - b{j} end", f"h{j}"),
        ],
        [
            (
                (
                    f"case when {d} >= 1 and {d} <= h{j} and {y} >= 1 then 365 * ({y} - 1) + b{j} + q{j} + "
                    f"case when {m} > 2 then w{j} else 0 end + {d} - {_EPOCH} end"
                ),
                f"n{j}",
            ),
            (f"case when {d} >= 1 and {d} <= h{j} and {y} >= 1 then {y} * 10000 + {m} * 100 + {d} end", f"a{j}"),
        ],
    ]


def _eight_figures(form: str, j: int) -> list[Step]:
    """y, m and d of 20240131, of 31012024 in either order, of 202401, and of 20240131093000."""
    low, high = _YEARS
    r, number = f"p{j}", f"r{j}"
    if form in _TIMES:
        number, form = f"floor(r{j} / {_TIMES[form]})", "%Y%m%d"
    first, second, third = f"floor({r} / 1000000)", f"floor({r} / 10000)", f"floor({r} / 100)"
    if form == "%Y%m":
        y, m, d = third, f"{r} - {third} * 100", "1"
    elif form == "%Y%m%d":
        y, m, d = second, f"{third} - {second} * 100", f"{r} - {third} * 100"
    else:
        y, one, two = f"{r} - {second} * 10000", first, f"{second} - {first} * 100"
        m, d = (one, two) if form == "%m%d%Y" else (two, one)
    named = [(m, f"m{j}"), (d, f"d{j}"), (f"case when {y} >= {low} and {y} <= {high} then {y} end", f"y{j}")]
    whole = f"case when {number} >= 0 and {number} <= 99999999 then floor({number} + 0.5) end"
    return [[(whole, r)], named]


def _six_figures(form: str, j: int) -> list[Step]:
    """y, m and d of 240131, whichever of them comes first."""
    r, number = f"p{j}", f"r{j}"
    first, second = f"floor({r} / 10000)", f"floor({r} / 100)"
    parts = dict(zip(form[1::2], (first, f"{second} - {first} * 100", f"{r} - {second} * 100"), strict=True))
    whole = f"case when {number} >= 1 and {number} <= 999999 then floor({number} + 0.5) end"
    year = f"case when y{j} < 69 then 2000 else 1900 end"
    return [
        [(whole, r)],
        [(parts["y"], f"y{j}"), (parts["m"], f"m{j}"), (parts["d"], f"d{j}")],
        [(f"y{j} + {year}", f"y{j}"), (f"m{j}", f"m{j}"), (f"d{j}", f"d{j}")],
    ]


def _date_texts(reading: CellReading, text: str, j: int, dialect: Dialect) -> list[Step]:
    """y, m and d of dates in figures, the year first or last, with whatever time of day behind them."""
    t, p, q, r = f"t{j}", f"p{j}", f"q{j}", f"r{j}"
    trimmed = dialect.cut_right(dialect.cut_left(text, " \t\n\r\u00a0"), " \t\n\r\u00a0")
    plain = trimmed
    for old, new in (("/", "-"), (".", "-"), ("- ", "-"), ("T", " "), (",", " ")):
        plain = f"replace({plain}, '{old}', '{new}')"

    def until(sql: str, mark: str) -> str:
        return f"substr({sql}, 1, {dialect.place_of(dialect.joined(sql, repr(mark)), mark)} - 1)"

    def after(sql: str, mark: str) -> str:
        return f"substr({sql}, {dialect.place_of(dialect.joined(sql, repr(mark)), mark)} + 1)"

    year = f"case when {dialect.length}({p}) = 4 then {p} else {r} end"
    first, second = (p, q) if not reading.month_first else (q, p)
    day = f"case when {dialect.length}({p}) = 4 then {r} else {first} end"
    month = f"case when {dialect.length}({p}) = 4 then {q} else {second} end"
    return [
        [(plain, t)],
        [(until(t, " "), t)],
        [(until(t, "-"), p), (after(t, "-"), t)],
        [(p, p), (until(t, "-"), q), (after(t, "-"), t)],
        [(p, p), (q, q), (until(t, "-"), r)],
        [
            (_whole_number_sql(year, 4, dialect), f"y{j}"),
            (f"{dialect.length}({year})", f"l{j}"),
            (_whole_number_sql(month, 2, dialect), f"m{j}"),
            (_whole_number_sql(day, 2, dialect), f"d{j}"),
        ],
        [
            (
                f"case when l{j} = 4 then y{j} when l{j} = 2 then y{j} + case when y{j} < 69 then 2000 else 1900 end end",
                f"y{j}",
            ),
            (f"m{j}", f"m{j}"),
            (f"d{j}", f"d{j}"),
        ],
    ]


def _whole_number_sql(text: str, longest: int, dialect: Dialect) -> str:
    """A whole number of a few figures; null where a text is none."""
    bare = text
    for figure in "0123456789":
        bare = f"replace({bare}, '{figure}', '')"
    return (
        f"case when {bare} = '' and {text} <> '' and {dialect.length}({text}) <= {longest} "
        f"then cast({text} as {dialect.double}) end"
    )


def civil_steps(j: int) -> list[Step]:
    """From `n{j}` to `a{j}` as well, by the calendar's cycle of 400 years of which each begins in March.

    Source: Hinnant, chrono-Compatible Low-Level Date Algorithms (2013), civil_from_days.
    """
    n, e, o, y, q, m, d = (f"{letter}{j}" for letter in "neoyqmd")
    era = f"floor(({n} + 719468) / 146097.0)"
    years = f"floor(({o} - floor({o} / 1460.0) + floor({o} / 36524.0) - floor({o} / 146096.0)) / 365.0)"
    return [
        [(n, n), (era, e)],
        [(n, n), (e, e), (f"{n} + 719468 - {e} * 146097", o)],
        [(n, n), (e, e), (o, o), (years, y)],
        [(n, n), (f"{y} + {e} * 400", y), (f"{o} - (365 * {y} + floor({y} / 4.0) - floor({y} / 100.0))", o)],
        [(n, n), (y, y), (o, o), (f"floor((5 * {o} + 2) / 153.0)", q)],
        [
            (n, n),
            (f"{y} + case when {q} >= 10 then 1 else 0 end", y),
            (f"case when {q} < 10 then {q} + 3 else {q} - 9 end", m),
            (f"{o} - floor((153 * {q} + 2) / 5.0) + 1", d),
        ],
        [(n, n), (f"{y} * 10000 + {m} * 100 + {d}", f"a{j}")],
    ]


def today_steps(dialect: Dialect) -> list[Step]:
    """From nothing to `n0` and `a0`, what day it is where the query runs."""
    text = dialect.as_text(dialect.today)
    cells = [
        (f"cast(substr({text}, {start}, {n}) as {dialect.double})", name)
        for start, n, name in ((1, 4, "y0"), (6, 2, "m0"), (9, 2, "d0"))
    ]
    return [cells, *calendar_steps(0)]


def days_value(reading: CellReading, j: int) -> str:
    """Days from a date up to the day of counting; null for the days that stand for "unknown"."""
    never = f" and n{j} not in ({', '.join(map(str, reading.never))})" if reading.never else ""
    return f"case when n{j} is not null{never} then day_number - n{j} end"


def birth_value(j: int) -> str:
    """Completed years since a birth; null where it lies ahead.

    One that lies ahead, written with two figures of its year, was a century earlier.
    """
    own, earlier = f"day_ymd - a{j}", f"day_ymd - a{j} + 1000000"
    return (
        f"case when {own} >= 0 then floor(({own}) / 10000.0) when {earlier} >= 0 then floor(({earlier}) / 10000.0) end"
    )
