"""How days and months are written."""

from __future__ import annotations

from clustera.days import to_date
from clustera.texts.translation import translate

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def format_day(day: int) -> str:
    """A day as people write it, from the days since 1970-01-01.

    >>> format_day(0), format_day(17_400)
    ('January 1, 1970', 'August 22, 2017')
    """
    found = to_date(day)
    return translate("{month} {day}, {year}", month=translate(MONTHS[found.month - 1]), day=found.day, year=found.year)


def format_month(month: str) -> str:
    """A month in few characters.

    >>> format_month("2017-09")
    'Sep 2017'
    """
    year, number = month.split("-")
    return f"{translate(MONTHS[int(number) - 1])[:3]} {year}"
