"""Dates that are written as numbers: 20240131, 20240131093000, 240131, 202401, seconds since 1970, the day numbers of spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.check.identifiers import names_an_id
from clustera.check.look import Look, plain_number
from clustera.check.meanings import PARTS
from clustera.check.words import meanings_of_name
from clustera.days import SHORT_DATES, short_counts_sql, short_order
from clustera.engines import Rows, identifier
from clustera.written_dates import EPOCHS, MONTHS, SPREADSHEET, WITH_TIME, Order, date_of_number_sql, short_figures_sql

EPOCH = (631_152_000, 4_102_444_800)  # seconds: the years 1990 to 2100
FIGURES = (1_011_850.0, 99_999_999.0)  # the smallest and the largest number of a date in eight figures
DATED = 0.95  # share of a column's numbers that must be dates for all to be
DATE_NAMES = frozenset({"date", "birth", "joined", "last", "monthday"})  # what a name says of a column of dates


def date_as_number(rows: Rows, found: Look, order: Order | None, *, cells: int) -> str | None:
    """How a column of whole numbers holds dates, by content: 20240131 or seconds since 1970; see `date_of_number_sql`.

    Cells are those that hold more than a word for "no value".

    The day numbers of spreadsheets, which a time of day gives a fraction, dates of six figures, and seconds that are no full
    hours, could be anything: there the name must say date.
    """
    if not 0 < found.numbers == cells:
        return None
    named = bool(DATE_NAMES.intersection(meanings_of_name(found.name)))
    days = SPREADSHEET if named and _may_be_serial_days(found) else None
    if found.whole < found.numbers:
        return days
    if form := _epoch_in(rows, found, named=named):
        return form
    if (named or not names_an_id(found.name)) and (forms := _forms_in_figures(found.high or 0.0, order)):
        return _date_in_figures(rows, found, forms)
    short = named and _short_date(rows, found, order)
    return MONTHS if _holds_months(rows, found, named=named) else short or days


def _forms_in_figures(high: float, order: Order | None) -> Sequence[str]:
    """The forms of dates, alone or before a time of day, that have as many figures as a number."""
    if FIGURES[0] <= high <= FIGURES[1]:
        return ("%Y%m%d", *(("%m%d%Y", "%d%m%Y") if order == "mdy" else ("%d%m%Y", "%m%d%Y")))
    return [form for form, each in WITH_TIME.items() if 1_850 <= high / (10_000 * each) <= 10_000]


def _short_date(rows: Rows, found: Look, order: Order | None) -> str | None:
    """The order of dates such as 240131, where nearly all cells are one; the smallest is 000101."""
    if not (100_000 <= (found.high or 0.0) <= 999_999 and (found.low or 0.0) >= 0 and found.distinct > 2):
        return None
    figures = short_figures_sql(plain_number(found.name))
    shown = short_order(
        found.alone(rows).query(f"select {short_counts_sql(figures)} from {{rows}}").to_pylist()[0], order
    )
    return SHORT_DATES[shown] if shown else None


def _may_be_serial_days(found: Look) -> bool:
    """Whether the numbers lie where a spreadsheet's days of 1927 to 2119 do."""
    return (found.low or 0.0) >= 10_000 and (found.high or 0.0) <= 80_000 and found.distinct > 2


def _epoch_in(rows: Rows, found: Look, *, named: bool) -> str | None:
    """The unit of the times since 1970 that a column holds, where its name says that it holds dates, or all are full hours."""
    low, high = found.low or 0.0, found.high or 0.0
    if low == 0 < high and named:  # 0 stands for "never"
        number = plain_number(found.name)
        low = found.alone(rows).value(f"select min({number}) as low from {{rows}} where {number} > 0")
    for form, each in EPOCHS.items():
        fits = low >= EPOCH[0] * each and high <= EPOCH[1] * each
        if fits and (named or _full_hours(rows, found, 3_600 * each)):
            return form
    return None


def _full_hours(rows: Rows, found: Look, hour: int) -> bool:
    return not names_an_id(found.name) and _all(rows, found, f"{plain_number(found.name)} % {hour} = 0")


def _holds_months(rows: Rows, found: Look, *, named: bool) -> bool:
    """Whether all cells are months of six figures such as 202401, in more than one year or under a name of dates."""
    low, high = found.low or 0.0, found.high or 0.0
    if not (185_001 <= low <= high <= 210_012) or (low // 100 == high // 100 and not named) or names_an_id(found.name):
        return False
    if not {*DATE_NAMES, *PARTS, "year"}.issuperset(meanings_of_name(found.name)):
        return False
    return _all(rows, found, f"{plain_number(found.name)} % 100 between 1 and 12")


def _date_in_figures(rows: Rows, found: Look, forms: Sequence[str]) -> str | None:
    """Of some forms, the one in which nearly all cells are a date: of a hundred other numbers of eight figures, two would be."""
    number = plain_number(found.name)
    for form in forms:
        day = f"floor({number} / {WITH_TIME.get(form, 1)})"
        seen = found.alone(rows).query(
            f"select count(*) filter ({day} not in (0, 99991231, 99999999)) as cells, "
            f"count({date_of_number_sql(form, number)}) as days from {{rows}} where {identifier(found.name)} is not null"
        )
        cells, days = seen["cells"][0].as_py(), seen["days"][0].as_py()
        if days >= max(1, DATED * cells):
            return form
    return None


def _all(rows: Rows, found: Look, condition: str) -> bool:
    """Whether a condition holds in every filled cell."""
    return not found.alone(rows).has(f"not ({condition})")
