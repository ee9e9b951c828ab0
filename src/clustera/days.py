"""Days as whole numbers since 1970-01-01, the way order logs keep them, the dates and months they stand for, and the order of day and month."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal

from clustera.errors import InputError

EPOCH = date(1970, 1, 1)
QUARTER = 91  # days of 13 whole weeks, so that every weekday counts alike
YEAR = 4 * QUARTER  # 52 weeks, over which features look back; for sales see `sales_days`
CALENDAR_DAYS = (-719_162, 2_932_896)  # the first of the year 1 and the last of 9999
WHOLE_HISTORY = 36_525  # a century of days: a window that is never shorter than a log
MONTH = 365.25 / 12  # days, on average
WEEKS = "52 weeks"  # the year of a feature: not the 12 months of a calendar, whose sales stand beside it
CALENDAR_YEAR = 366  # days at most
SPAN = 60  # days from which a span is told in months
MISSING_DAYS = 3  # of a month at the start of a log, with which it still counts as whole: holidays and weekends
MISTAKES = 0.05  # share of a column's dates that may show another order of day and month than most, or than is asked
MOSTLY = 0.95  # share of a column's cells of six figures that must be days, or months, for all to be
# The orders of day, month and year in dates of six figures.
SHORT_DATES: dict[Literal["ymd", "dmy", "mdy"], str] = {"ymd": "%y%m%d", "dmy": "%d%m%y", "mdy": "%m%d%y"}
NEARLY = 0.02  # how far from whole months a span told in months may lie


def day_number(of: date) -> int:
    """Days since 1970-01-01.

    >>> day_number(date(1970, 1, 2))
    1
    """
    return ((of.date() if isinstance(of, datetime) else of) - EPOCH).days


def as_day(when: int | date | str) -> int:
    """A day as a number, from a number, a date (also of numpy) or a text such as 2017-12-31.

    Raises:
        InputError: it is no day.

    >>> as_day(17_531), as_day(date(2017, 12, 31)), as_day("2017-12-31 18:30")
    (17531, 17531, 17531)
    """
    try:
        if isinstance(when, str):
            when = date.fromisoformat(when.strip()[:10])
        elif getattr(getattr(when, "dtype", None), "kind", "") == "M":
            when = when.astype("datetime64[D]").item()  # type: ignore[union-attr]
        if not isinstance(when, date):
            when = to_date(int(when))  # refuses days beyond the calendar
        return day_number(when.date() if isinstance(when, datetime) else when)
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            f"{when!r} is not a date.", hint="Write it as 2017-12-31, or as days since 1970-01-01."
        ) from None


def to_date(day: int) -> date:
    """The date of a day since 1970-01-01.

    >>> to_date(17_400)
    datetime.date(2017, 8, 22)
    """
    return EPOCH + timedelta(days=day)


def list_months(first: str, last: str) -> tuple[str, ...]:
    """Every month from one to another, also those in which nothing happened.

    >>> list_months("2016-11", "2017-01")
    ('2016-11', '2016-12', '2017-01')
    """
    start, end = (12 * int(name[:4]) + int(name[5:]) - 1 for name in (first, last))
    return tuple(f"{i // 12:04d}-{i % 12 + 1:02d}" for i in range(start, end + 1))


def whole_months(days: int) -> int | None:
    """The months that a span of days is told in: a span of 60 days or more, within 2 % of whole months; else None.

    >>> whole_months(91), whole_months(242), whole_months(364), whole_months(100), whole_months(30)
    (3, 8, 12, None, None)
    """
    months = round(days / MONTH)
    return months if days >= SPAN and abs(days - months * MONTH) <= NEARLY * days else None


def span_of(days: int) -> str:
    """A span of days in the words of the titles of features, which are English in every language.

    >>> span_of(91), span_of(100), span_of(1), span_of(364)
    ('3 months', '100 days', '1 day', '52 weeks')
    """
    if days == YEAR:
        return WEEKS
    months = whole_months(days)
    if months is not None:
        return f"{months} months"
    return "1 day" if days == 1 else f"{days} days"


def title_with_days(topic: str, days: int) -> str:
    """A title with the days that it looks back over; without any where they are 0.

    >>> title_with_days("Spend", 91), title_with_days("Spend", 1), title_with_days("Tenure", 0)
    ('Spend, last 3 months', 'Spend, last day', 'Tenure')
    """
    if not days:
        return topic
    return f"{topic}, last day" if days == 1 else f"{topic}, last {span_of(days)}"


def unfinished_month(as_of: int) -> str:
    """The month of a day where it is not over on that day, else empty.

    >>> unfinished_month(17_400), unfinished_month(17_409)
    ('2017-08', '')
    """
    last = to_date(as_of)
    return f"{last:%Y-%m}" if (last + timedelta(days=1)).day != 1 else ""


def partial_months(first_day: int, as_of: int) -> frozenset[str]:
    """The months of a log that are not whole: the last where it is not over, the first where more than 3 days are missing.

    >>> sorted(partial_months(17_438, 17_500))  # September 29 to November 30, 2017
    ['2017-09']
    """
    first = to_date(first_day)
    begun = {f"{first:%Y-%m}"} if first.day > MISSING_DAYS + 1 else set()
    return frozenset(begun | {unfinished_month(as_of)} - {""})


def logged_days(month: str, first_day: int, as_of: int) -> int:
    """How many days of a month a log from one day to another has.

    >>> logged_days("2017-09", 17_438, 17_500), logged_days("2017-10", 17_438, 17_500)  # September 29 to November 30, 2017
    (2, 31)
    """
    year, number = map(int, month.split("-"))
    begin, end = date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])
    return max(min(day_number(end), as_of) - max(day_number(begin), first_day) + 1, 0)


def months_before(day: int, months: int) -> int:
    """The same day of an earlier month; the last day of a month stays a last day.

    >>> to_date(months_before(day_number(date(2017, 12, 31)), 1)), to_date(months_before(day_number(date(2017, 7, 15)), 3))
    (datetime.date(2017, 11, 30), datetime.date(2017, 4, 15))
    """
    today = to_date(day)
    year, month = divmod(12 * today.year + today.month - 1 - months, 12)
    ends = to_date(day + 1).day == 1
    last = calendar.monthrange(year, month + 1)[1]
    return day_number(date(year, month + 1, last if ends else min(today.day, last)))


def sales_days(first_day: int, as_of: int) -> int:
    """Days over which the sales of "the last 12 months" are added up: those of the calendar, and all of a log of a year or less.

    So the sum is that of a shop system from the day after the same date a year before (January 1 to December 31), and
    what the customers of a log of one year bought in 12 months is the revenue of the log.

    >>> sales_days(1, 90), sales_days(1, 366), sales_days(1, 367)
    (90, 366, 365)
    >>> sales_days(0, as_day("2016-12-31")), sales_days(0, as_day("2017-02-28"))  # with February 29, 2016, and from March 1 on
    (366, 365)
    """
    covered = as_of - first_day + 1
    return covered if covered <= CALENDAR_YEAR else as_of - months_before(as_of, 12)


def date_beginning_sql(text: str) -> str:
    """SQL for what of a date in figures tells its order, such as "25/ 03/", which many dates have in common."""
    return f"left({text}, 7)"


def order_counts_sql(text: str, times: str = "1") -> str:
    """SQL that counts the dates in figures, and those whose first or second number is above 12 and so the day.

    Args:
        text: SQL of a date, or of its beginning.
        times: SQL for how many there are of it.
    """
    first, second = (
        f"try_cast(regexp_extract({text}, '^([0-9]{{1,2}})[-/.] ?([0-9]{{1,2}})[-/.]', {at}) as integer)"
        for at in (1, 2)
    )
    counted = {
        "dates": f"{first} is not null",
        "dmy": f"{first} between 13 and 31 and {second} <= 12",
        "mdy": f"{second} between 13 and 31 and {first} <= 12",
    }
    return ", ".join(
        f"cast(coalesce(sum({times}) filter ({condition}), 0) as bigint) as {name}"
        for name, condition in counted.items()
    )


def order_shown(dates: int, dmy: int, mdy: int, asked: str | None) -> Literal["dmy", "mdy"] | None:
    """The order of day and month that most of a column's numbers above 12 show; None where none do.

    Single ones are no reason to read the column otherwise than the caller asks.

    >>> order_shown(300, 180, 1, None), order_shown(300, 180, 1, "mdy"), order_shown(300, 1, 0, "mdy")
    ('dmy', 'dmy', None)
    """
    if dmy == mdy or (asked and abs(dmy - mdy) <= MISTAKES * dates):
        return None
    return "dmy" if dmy > mdy else "mdy"


def short_counts_sql(figures: str) -> str:
    """SQL that counts dates of six figures, such as 240131, by the order that they can be in.

    Args:
        figures: SQL for a cell's six figures as text; NULL where it holds something else.
    """
    counted = [f"count(try_strptime({figures}, '{form}')) as {order}" for order, form in SHORT_DATES.items()]
    pairs = f"count(distinct left({figures}, 2)) as firsts, count(distinct right({figures}, 2)) as lasts"
    return ", ".join((f"count({figures}) as cells", *counted, pairs))


def short_order(seen: Mapping[str, int], asked: str | None = None) -> Literal["ymd", "dmy", "mdy"] | None:
    """The order that nearly all dates of six figures are in; None where they are no dates, or it stays open.

    Where the year can come first and last, it is the pair that differs less: there are more days in a month than years in a table.

    Args:
        seen: As `short_counts_sql` counts it.
        asked: The order of day and month that the caller says.

    >>> seen = {"cells": 99, "ymd": 99, "dmy": 99, "mdy": 40, "firsts": 6, "lasts": 31}
    >>> short_order(seen), short_order(seen | {"firsts": 31, "lasts": 6}), short_order(seen | {"ymd": 50, "dmy": 50})
    ('ymd', 'dmy', None)
    """
    fits = [order for order in SHORT_DATES if seen[order] >= MOSTLY * seen["cells"] > 0]
    if len(fits) > 1 and seen["firsts"] < seen["lasts"]:
        fits = [order for order in fits if order == "ymd"]
    elif len(fits) > 1 and seen["firsts"] > seen["lasts"]:
        fits = [order for order in fits if order != "ymd"]
    if len(fits) > 1:
        fits = [order for order in fits if order == asked]
    return fits[0] if fits else None
