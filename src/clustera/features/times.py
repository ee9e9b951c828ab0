"""Times of day in a log's dates, and the last day of the log that was over when it was exported."""

from __future__ import annotations

from dataclasses import dataclass

from clustera.days import day_number, to_date
from clustera.engines import Rows, identifier, literal
from clustera.features.dates import EPOCH, date_text_sql, moment_sql, names_offset_sql
from clustera.features.options import OrderOptions
from clustera.features.order_findings import EARLIEST
from clustera.records import Finding, Money

LEAST_DAYS = 20  # other days with times of day: fewer tell too little about when a day ends
AS_EARLY = 0.02  # share of the other days that may end about as early as an incomplete one
HOUR = 3600  # seconds; a day that ends less than this later ends about as early
LEAST_MISSED = 0.1  # share of the other days' lines that come later in the day than its last one

_CLOCK = r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?"
_AFTERNOON = r"[0-9] ?[pP][.]?[mM]"
_MORNING = r"[0-9] ?[aA][.]?[mM]"
_STAMP = r"^[0-9]{12}([0-9]{2})?$"
_SERIAL = r"^[0-9]{5}[.][0-9]+$"


@dataclass(frozen=True, slots=True)
class UnfinishedDay:
    """The last day of a log whose orders end too early for a whole day."""

    day: int  # since 1970-01-01
    ends: str  # time of day of its last line: "04:01"
    later: float  # share of the other days that end an hour or more later
    missed: float  # share of the other days' lines that come after that time


def clock_sql(rows: Rows, name: str, options: OrderOptions) -> str:
    """SQL for the time of day of an order; NULL where the cell has none, empty where no cell has one.

    It is an INTEGER, the second of the day, or a VARCHAR, "04:01:20", where all cells are written so: both sort by time.
    Midnight counts as no time: dates without one are often written so.

    Args:
        rows: The log as read.
        name: Its column of dates.
        options: What the caller says; times that name an offset are carried to the shop's zone.
    """
    column, sql_type = identifier(name), rows.columns[name]
    if sql_type == "DATE":
        return ""
    if sql_type.startswith("TIMESTAMP"):
        local = f"{column} at time zone {literal(options.zone or 'UTC')}" if sql_type.endswith("ZONE") else column
        finite = f"case when isfinite({local}) then {local} end"  # days that never come have no time
        return f"nullif(cast(floor(epoch(cast({finite} as time))) as integer), 0)"
    text = date_text_sql(name, sql_type)
    if not options.zone and _has_usual_clock(rows, text):
        return f"nullif(substr({text}, 12, 8), '00:00:00')"
    second = _second_in_text(rows, name, text, options)
    return f"nullif({second}, 0)" if second else ""


def _has_usual_clock(rows: Rows, text: str) -> bool:
    """Whether all cells are written like 2017-12-31 04:01:20, which is the case that must be fast."""
    seen = rows.query(
        f"select count(*) filter (where {text} like '____-__-_____:__:__%') as alike, count(nullif({text}, '')) as cells from {{rows}}"
    ).to_pylist()[0]
    return bool(0 < seen["cells"] == seen["alike"])


def _second_in_text(rows: Rows, name: str, text: str, options: OrderOptions) -> str:
    column, sql_type = identifier(name), rows.columns[name]
    # Whole numbers lose what stands behind the point in `date_text_sql`.
    number = column if sql_type in {"DOUBLE", "FLOAT"} else f"try_cast({text} as double)"
    written = f"cast({number} as varchar)" if sql_type in {"DOUBLE", "FLOAT"} else text
    seen = rows.query(
        f"select count(*) filter (where {text} like '%:%') as clock, count(*) filter (where regexp_matches({text}, '{_STAMP}')) as stamp, "
        f"count(*) filter (where regexp_matches({text}, '{EPOCH}')) as seconds, count(*) filter (where regexp_matches({written}, '{_SERIAL}')) as serial, "
        "from {rows}"
    ).to_pylist()[0]
    parts = []
    if seen["clock"] and options.zone:
        moved = f"epoch(cast(try_cast({text} as timestamptz) at time zone {literal(options.zone)} as time))"
        parts.append(f"case when {names_offset_sql(text)} then cast(floor({moved}) as integer) end")
    if seen["clock"]:
        hour, minute, second = (f"try_cast(regexp_extract({text}, '{_CLOCK}', {at}) as integer)" for at in (1, 2, 3))
        afternoon = f"case when regexp_matches({text}, '{_AFTERNOON}') then {hour} % 12 + 12 "
        afternoon += f"when regexp_matches({text}, '{_MORNING}') then {hour} % 12 else {hour} end"
        parts.append(f"({afternoon}) * 3600 + {minute} * 60 + coalesce({second}, 0)")
    if seen["stamp"]:
        stamped = f"{_two_digits(text, 9)} * 3600 + {_two_digits(text, 11)} * 60 + coalesce({_two_digits(text, 13)}, 0)"
        parts.append(f"case when regexp_matches({text}, '{_STAMP}') then {stamped} end")
    if seen["seconds"]:
        moment = moment_sql(text, number, options.zone)
        parts.append(f"cast(floor(epoch(cast({moment} as time))) as integer)")
    if seen["serial"]:
        parts.append(
            f"case when regexp_matches({written}, '{_SERIAL}') then cast(floor(({number} - floor({number})) * 86400) as integer) end"
        )
    return f"coalesce({', '.join(parts)})" if parts else ""


def _two_digits(text: str, start: int) -> str:
    return f"try_cast(substr({text}, {start}, 2) as integer)"


def unfinished_day(lines: Rows, options: OrderOptions) -> UnfinishedDay | None:
    """The last day of a log where it was not over when the log was exported; None where it was, or nothing tells.

    A day counts as not over where on 98 % of the other days purchases go on for an hour or more longer, and where at least
    10 % of their lines come later in the day.

    Args:
        lines: With `customer_id`, `day`, `amount` and, where the log has times of day, `_clock`.
        options: What the caller says; days after its `today` are no days of the log.
    """
    if "_clock" not in lines.columns:
        return None
    bought = lines.select(
        "select day, _clock from {rows} where customer_id is not null and amount > 0 "
        f"and day between {day_number(EARLIEST)} and {day_number(options.latest_day())}"
    )
    ends = "max(_clock)" if lines.columns["_clock"] == "INTEGER" else "epoch(try_cast(max(_clock) as time))"
    days = f"select day, cast({ends} as integer) as ends from {{rows}} group by day"
    found = bought.query(
        f"with days as ({days}), final as (select day, ends from days order by day desc limit 1) "
        f"select final.day as day, final.ends as ends, count(*) filter (where days.ends >= final.ends + {HOUR}) as later, "
        "count(*) filter (where days.ends is not null) as timed, count(*) as others "
        "from days, final where days.day < final.day group by final.day, final.ends"
    ).to_pylist()
    if not found or found[0]["ends"] is None:
        return None
    last = found[0]
    if last["timed"] < max(LEAST_DAYS, last["others"] / 2) or last["later"] < (1 - AS_EARLY) * last["timed"]:
        return None
    after = last["ends"] if lines.columns["_clock"] == "INTEGER" else literal(_clock(last["ends"]))
    missed = bought.value(
        f"select count(*) filter (where _clock > {after}) / count(_clock) as share from {{rows}} where day < {last['day']}"
    )
    if missed < LEAST_MISSED:
        return None
    return UnfinishedDay(last["day"], _clock(last["ends"])[:5], last["later"] / last["timed"], missed)


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def unfinished_day_finding(unfinished: UnfinishedDay, money: Money) -> Finding:
    """That the last day was not over, with what lies after the snapshot for that."""
    return Finding.counted(
        "incomplete-last-day",
        "note",
        money.lines_later,
        money.lines,
        last=str(to_date(unfinished.day)),
        ends=unfinished.ends,
        later=unfinished.later,
        missed=unfinished.missed,
        day=str(to_date(unfinished.day - 1)),
        money=float(money.amount(money.later)),
        currency=money.currency,
    )
