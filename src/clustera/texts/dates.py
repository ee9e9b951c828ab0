"""How days and months are written."""

from __future__ import annotations

from clustera.days import WEEKS, YEAR, sales_days, to_date, whole_months
from clustera.records import Behavior
from clustera.texts.numbers import format_count
from clustera.texts.translation import translate

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS_SAID = 45  # up to here how long ago something was is said in days
_DAYS_OF_MONTH = 365.25 / 12


def format_day(day: int) -> str:
    """A day as people write it, from the days since 1970-01-01.

    >>> format_day(0), format_day(17_400)
    ('January 1, 1970', 'August 22, 2017')
    """
    found = to_date(day)
    return translate("{month} {day}, {year}", month=translate(MONTHS[found.month - 1]), day=found.day, year=found.year)


def format_months(months: int) -> str:
    """A number of months.

    >>> format_months(1), format_months(3)
    ('1 month', '3 months')
    """
    return translate("1 month") if months == 1 else translate("{n} months", n=format_count(months))


def format_span(days: int) -> str:
    """A span of time as people say it: in months where it is nearly whole months, and 60 days at least, else in days.

    >>> format_span(364), format_span(242), format_span(91), format_span(100), format_span(1)
    ('12 months', '8 months', '3 months', '100 days', '1 day')
    """
    months = whole_months(days)
    if months is not None:
        return format_months(months)
    return translate("1 day") if days == 1 else translate("{n} days", n=format_count(days))


def format_window(days: int) -> str:
    """Over which time a feature looks back, as its title says it.

    >>> format_window(364), format_window(242)
    ('52 weeks', '8 months')
    """
    return translate(WEEKS) if days == YEAR else format_span(days)


def sales_span(behavior: Behavior | None) -> str:
    """Over which time sales are told where no other is named: 12 months, or the time of a shorter log; "" without orders.

    >>> sales_span(seg.outcome.behavior)
    '12 months'
    """
    return format_span(sales_days(behavior.first_day, behavior.as_of)) if behavior else ""


def format_age(days: int) -> str:
    """How long ago a day is: in days up to a month and a half, in months up to two years, then in years.

    >>> format_age(0), format_age(1), format_age(44), format_age(45), format_age(729), format_age(3_255)
    ('today', 'yesterday', '44 days ago', '1 month ago', '23 months ago', '8 years ago')
    """
    if days < 2:
        return translate("yesterday") if days == 1 else translate("today")
    if days < _DAYS_SAID:
        return translate("{n} days ago", n=format_count(days))
    months = int(days / _DAYS_OF_MONTH)
    if months < 2:
        return translate("1 month ago")
    if months < 24:
        return translate("{n} months ago", n=format_count(months))
    return translate("{n} years ago", n=format_count(months // 12))


def format_whole_month(day: int) -> str:
    """The month of a day.

    >>> format_whole_month(17_531)
    'December 2017'
    """
    found = to_date(day)
    return translate("{month} {year}", month=translate(MONTHS[found.month - 1]), year=found.year)


def format_month(month: str) -> str:
    """A month in few characters.

    >>> format_month("2017-09")
    'Sep 2017'
    """
    year, number = month.split("-")
    return f"{translate(MONTHS[int(number) - 1])[:3]} {year}"
