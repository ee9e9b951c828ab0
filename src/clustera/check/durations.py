"""Durations such as 12:34 and 1:02:03, and how a column of them is told from times of day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from clustera import lexicon
from clustera.engines import literal

Duration = Literal["", "m:s", "h:m"]

_SHAPE = re.compile(r"-?9{1,4}:99(:99([.,]9+)?)?")
_DURATION = r"^(-?)(?:([0-9]+):)?([0-9]+):([0-5][0-9])(?:[.,][0-9]+)?$"
LAST_HOUR = 23  # of a day


def durations_in(shapes: Mapping[str, int]) -> int:
    """How many cells are figures with colons between them, as durations and times of day are written.

    >>> durations_in({"9:99": 2, "99:99:99": 1, "99.99": 4})
    3
    """
    return sum(count for shape, count in shapes.items() if _SHAPE.fullmatch(shape))


def first_part_sql(text: str) -> str:
    """The number before the first colon of a cell."""
    return f"try_cast(regexp_extract({text}, '^-?([0-9]+):[0-5][0-9]', 1) as integer)"


def duration_form(name: str, *, highest: int, near_zero: float, three: bool) -> Duration:
    """What 12:34 stands for in a column; empty where its cells may be times of day.

    Args:
        name: The column.
        highest: The largest number before a first colon.
        near_zero: Share of the cells that begin with 0, or with 1.
        three: Whether most cells have three parts.

    >>> duration_form("avg_session", highest=75, near_zero=0.1, three=False)
    'm:s'
    >>> duration_form("login", highest=23, near_zero=0.1, three=False)
    ''
    >>> duration_form("Hours worked", highest=12, near_zero=0.1, three=False)
    'h:m'
    """
    named = lexicon.name_says(name, "columns", "duration")
    if not (named or highest > LAST_HOUR or (three and near_zero > 0.5)):
        return ""
    return "h:m" if lexicon.name_says(name, "units", "hours") else "m:s"


def minutes_sql(text: str, form: Duration) -> str:
    """The minutes of a cell such as 12:34, as DOUBLE; NULL where it is none."""
    parts = f"regexp_extract({text}, {literal(_DURATION)}, ['sign', 'hours', 'minutes', 'seconds'])"
    hours, minutes, seconds = (
        f"try_cast(nullif({parts}.{part}, '') as double)" for part in ("hours", "minutes", "seconds")
    )
    two = f"60 * {minutes} + {seconds}" if form == "h:m" else f"{minutes} + {seconds} / 60"
    value = f"case when {hours} is null then {two} else 60 * {hours} + {minutes} + {seconds} / 60 end"
    return f"(case when {parts}.sign = '-' then -1 else 1 end * {value})"
