"""Which values a feature can't have: impossible ones by what it measures, and numbers that stand for "unknown"."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clustera.check.elapsed import counted_from_date
from clustera.check.findings import column_finding, example_rows, whole_column_finding
from clustera.check.inspection import Inspection
from clustera.check.kinds import Reading
from clustera.check.look import Look, value_column_sql
from clustera.check.meanings import measure_of
from clustera.check.words import stated_scale
from clustera.days import day_number
from clustera.engines import Rows
from clustera.errors import InputError
from clustera.records import Column, Finding, Value
from clustera.texts import finding_message

# What people type where a number is not known.
SENTINELS_HIGH = (
    *(float(figure * length) for figure in "9678" for length in range(3, 9)),
    12345678.0,
    123456789.0,
)
SENTINELS_LOW = (-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, -999999.0, -8.0, -88.0, -888.0)
# The first days of programs, and what stands for "never".
SENTINEL_DAYS = tuple(
    datetime.date(*day)
    for day in ((1, 1, 1), (1753, 1, 1), (1899, 12, 30), (1900, 1, 1), (1901, 1, 1), (1970, 1, 1), (9999, 12, 31))
)
FARTHEST = 1e15  # beyond it nothing is counted or earned, and squares and sums lose their digits
APART = 2.0  # a sentinel lies beyond this many times the largest other value
INFANTS = "human-age above 0"  # the one limit of ages that does not hold where infants or pets are among the customers
INFANT_AGES = 4  # 0 to 3, which must all stand in the column
MUCH_MORE = 3  # times as often as each of the others 0 may stand there


@dataclass(frozen=True, slots=True)
class FeatureBounds:
    """Bounds of what a feature can be."""

    low: float = -FARTHEST
    high: float = FARTHEST
    low_open: bool = False
    kind: str = "number"  # the rule, as the catalog of findings calls it

    def sql(self, value: str) -> str:
        """SQL that is true for a possible value."""
        return f"{value} {'>' if self.low_open else '>='} {self.low!r} and {value} <= {self.high!r}"

    def allow(self, value: float) -> bool:
        """Whether a value is possible."""
        return self.low <= value <= self.high and not (self.low_open and value == self.low)


def limits_of(column: Column) -> FeatureBounds:
    """What a feature can be, by its name and unit.

    >>> from clustera.records import Column
    >>> limits_of(Column("age", "feature", "number", "Age", "years")).kind
    'human-age'
    """
    said = measure_of(column)
    if "impossible-values" in column.format.keep or column.format.unbounded not in {"", INFANTS}:
        return FeatureBounds()
    if column.kind == "date" and said in {"joined", "last"}:
        return FeatureBounds(low=0.0, kind="past")
    if said in {"age", "birth"} and column.unit in {"years", "yrs", "y", ""}:
        infants = column.format.unbounded == INFANTS
        kind = "infant-age" if infants else "human-age"
        return FeatureBounds(0.0, 120.0, low_open=said == "age" and not infants, kind=kind)
    if scale := stated_scale(column.unit):
        return FeatureBounds(*scale, kind="scale")
    if said in {"income", "count", "duration", "age"}:
        return FeatureBounds(low=0.0, kind=said)
    return FeatureBounds()


def drop_wrong_limits(
    rows: Mapping[str, Rows], columns: Sequence[Column], readings: Mapping[str, Reading]
) -> list[Column]:
    """The columns, marked where more than half of the values break the limits: then the limits are wrong, not the values.

    Args:
        rows: For each feature, where all its different values stand.
        columns: All columns.
        readings: What they hold.
    """
    found = []
    for column in (_with_infants(column, rows, readings) for column in columns):
        limits = limits_of(column)
        bounded = column.role == "feature" and column.kind == "number" and limits != FeatureBounds()
        if bounded and _share_outside(rows[column.name], column, limits, readings[column.name].look) > 0.5:
            unit = "" if column.unit == "years" and "year" not in column.name.lower() else column.unit
            found.append(replace(column, format=replace(column.format, unbounded=limits.kind), unit=unit))
        else:
            found.append(column)
    return found


def _with_infants(column: Column, rows: Mapping[str, Rows], readings: Mapping[str, Reading]) -> Column:
    """The column, marked where ages of 0 go on where those of 1, 2 and 3 lead rather than stand for "unknown": none is much rarer."""
    limits = limits_of(column)
    if (
        column.role != "feature"
        or limits.kind != "human-age"
        or not limits.low_open
        or readings[column.name].look.low != 0
    ):
        return column
    value, of = value_column_sql(column.name), rows[column.name]
    each = "sum(_cells)" if "_cells" in of.columns else "count(*)"
    seen = of.query(
        f"select floor({value}) as _age, {each} as _n from {{rows}} where {value} between 0 and 3.99 group by _age"
    )
    counts = dict(zip(seen["_age"].to_pylist(), map(int, seen["_n"].to_pylist()), strict=True))
    if len(counts) < INFANT_AGES or counts[0] > MUCH_MORE * min(counts.values()):
        return column
    return replace(column, format=replace(column.format, unbounded=INFANTS))


def _share_outside(rows: Rows, column: Column, limits: FeatureBounds, look: Look) -> float:
    ends = () if counted_from_date(column) else (look.low, look.high)
    if ends and all(end is not None and limits.allow(end) for end in ends):
        return 0.0  # the lowest and the highest value tell of all
    value = value_column_sql(column.name)
    each = "_cells" if "_cells" in rows.columns else "1"
    seen = rows.query(
        f"select sum({each}) as n, sum({each}) filter (not ({limits.sql(value)})) as bad from {{rows}} where {value} is not null"
    ).to_pylist()[0]
    return float(seen["bad"] or 0) / float(seen["n"] or 1)


def sentinels_of(
    rows: Mapping[str, Rows], features: Sequence[Column], readings: Mapping[str, Reading]
) -> dict[str, tuple[float, ...]]:
    """Of each feature: the numbers at its end that stand for "unknown", those of the earlier table included.

    Args:
        rows: For each feature, where all its different values stand.
        features: The features.
        readings: What they hold.
    """
    found = kept_sentinels(features)
    for column in features:
        look = readings[column.name].look
        if counted_from_date(column) and column.kind == "date":
            if unknown_days(column) and not column.format.sentinels:
                found |= {column.name: _apart_days(rows[column.name], column)}
            continue
        if "sentinel" in column.format.keep or column.kind != "number" or look.low is None or look.high is None:
            continue
        if look.high in SENTINELS_HIGH or look.low in SENTINELS_LOW:
            chosen = _placeholder_values(rows[column.name], column)
            found[column.name] = tuple(sorted({*found.get(column.name, ()), *chosen}))
    return {name: numbers for name, numbers in found.items() if numbers}


def kept_sentinels(features: Sequence[Column]) -> dict[str, tuple[float, ...]]:
    """Of each feature: the numbers that stand for "unknown" by what an earlier run kept; of dates the days up to those.

    Args:
        features: The features; dates with the day up to which they are counted.

    >>> from clustera.records import Column, ColumnFormat
    >>> kept_sentinels([Column("spend", "feature", "number", "Spend", format=ColumnFormat(sentinels=(999.0,)))])
    {'spend': (999.0,)}
    """
    found = {}
    for column in features:
        if column.kind == "date":
            as_of = day_number(datetime.date.fromisoformat(column.format.as_of))
            kept = tuple(float(as_of - day) for day in unknown_days(column))
        else:
            kept = () if "sentinel" in column.format.keep else column.format.sentinels
        if kept:
            found[column.name] = kept
    return found


def unknown_days(column: Column) -> tuple[int, ...]:
    """The days since 1970-01-01 that stand for "unknown" in a column of dates; none among births.

    >>> from clustera.records import Column, ColumnFormat
    >>> unknown_days(Column("since", "feature", "date", "Since", format=ColumnFormat(sentinels=(0.0, 2932896.0))))
    (0, 2932896)
    """
    if measure_of(column) == "birth" or "sentinel" in column.format.keep:
        return ()
    return tuple(map(int, column.format.sentinels)) or tuple(map(day_number, SENTINEL_DAYS))


def with_sentinels(column: Column, sentinels: Mapping[str, Sequence[float]]) -> Column:
    """The column with what stands for "unknown" in it, which a later table is read by: numbers, or days since 1970-01-01."""
    found = tuple(sentinels.get(column.name, ()))
    if found and column.kind == "date":
        as_of = day_number(datetime.date.fromisoformat(column.format.as_of))
        found = tuple(sorted(as_of - days for days in found))
    return replace(column, format=replace(column.format, sentinels=found)) if found else column


def _apart_days(rows: Rows, column: Column) -> tuple[float, ...]:
    """Days up to the first days of programs, and to "never", where these are farther than twice the farthest other date.

    Whether the rows have one does not matter: a later table may.
    """
    value, day = value_column_sql(column.name), datetime.date.fromisoformat(column.format.as_of)
    days = [float((day - one).days) for one in SENTINEL_DAYS]
    known = ", ".join(map(repr, days))
    farthest = rows.value(f"select max(abs({value})) as v from {{rows}} where {value} not in ({known})")
    return () if farthest is None else tuple(sorted(one for one in days if abs(one) > APART * farthest))


def _placeholder_values(rows: Rows, column: Column) -> list[float]:
    """The sentinels among a column's values: beyond twice its largest other value, or the only negative ones."""
    value = value_column_sql(column.name)
    known = ", ".join(map(repr, SENTINELS_HIGH + SENTINELS_LOW))
    seen = rows.query(
        f"select min(v) filter (not known) as low, max(v) filter (not known) as high, "
        f"list(distinct v) filter (known) as known from (select v, v in ({known}) as known from (select {value} as v from {{rows}}))"
    ).to_pylist()[0]
    low, high = seen["low"], seen["high"]
    if low is None:
        return []
    return [v for v in seen["known"] or () if v > APART * high > 0 or v < 0 <= low]


def bounded_sql(value: str, limits: FeatureBounds, sentinels: Sequence[float]) -> str:
    """SQL for a value that is possible and no sentinel; NULL otherwise."""
    tests = [limits.sql(value)]
    if sentinels:
        tests.append(f"{value} not in ({', '.join(map(repr, sentinels))})")
    # Adding zero makes -0.0 and 0.0 the same value.
    return f"(case when {' and '.join(tests)} then {value} end) + 0.0"


def on_limits(seen: Inspection) -> list[Finding]:
    """What is impossible or stands for "unknown", feature by feature."""
    rows, total = seen.rows, seen.total
    found = []
    for column in seen.features:
        if column.format.unbounded not in {"", INFANTS}:
            bound = column.format.unbounded
            found.append(whole_column_finding("wrong-bounds", column, total, bound=bound, unit=column.unit))
        value, limits = value_column_sql(column.name), limits_of(column)
        look = seen.readings[column.name].look
        # A birth date's bounds are those of the date, so its ages are looked at one by one.
        inside = look.low is not None and look.high is not None and limits.allow(look.low) and limits.allow(look.high)
        if counted_from_date(column) or not inside:
            out = f"not ({limits.sql(value)})"
            if column.name in seen.sentinels:
                out += f" and {value} not in ({', '.join(map(repr, seen.sentinels[column.name]))})"
            # Different values are fewer than rows, and mostly none of them is impossible.
            count, shown = example_rows(rows, column.name, out) if seen.alone[column.name].has(out) else (0, ())
            if count:
                values: dict[str, Value] = {
                    "bound": limits.kind,
                    "unit": column.unit,
                    "bounded": limits != FeatureBounds(),
                }
                found.append(column_finding("impossible-values", "warning", column, (count, shown), total, **values))
        # A total beneath the table may be such a number too; that line is no customer.
        typed = [v for v in seen.sentinels.get(column.name, ()) if rows.has(f"{value} = {v!r}")]
        if typed:
            cells = example_rows(rows, column.name, f"{value} in ({', '.join(map(repr, typed))})")
            found.append(column_finding("sentinel", "warning", column, cells, total, **_unknowns(column, typed)))
    return found


def _unknowns(column: Column, sentinels: Sequence[float]) -> dict[str, Value]:
    """Sentinels as the source has them: dates where days are counted from one."""
    if column.kind != "date":
        return {"numbers": tuple(sentinels), "days": ()}
    day = datetime.date.fromisoformat(column.format.as_of)
    return {"numbers": (), "days": tuple(str(day - datetime.timedelta(days=value)) for value in sentinels)}


def refuse_impossible_values(seen: Inspection) -> None:
    """Refuse a feature of which every value is impossible: no customer could be placed by it.

    Raises:
        InputError: there is one.
    """
    gone = {c.name: c for c in seen.features if c.missing >= seen.sorted.used}
    for finding in on_limits(seen) if gone else ():
        column = gone.get(finding.column or "")
        if column is None or finding.code != "impossible-values":
            continue
        if not seen.alone[column.name].has(limits_of(column).sql(value_column_sql(column.name))):
            cure = (
                "Correct it"
                if counted_from_date(column)
                else "Write it in a larger unit, such as millions, or correct it"
            )
            raise InputError(finding_message(finding), hint=f"{cure}; or leave it out: --exclude {column.name!r}")


def with_missing(columns: Sequence[Column], missing: Mapping[str, int]) -> tuple[Column, ...]:
    """The columns, with the missing values that were counted after checking."""
    return tuple(replace(column, missing=missing.get(column.name, column.missing)) for column in columns)
