"""What an exported model says about the columns that it reads: a query reads cells, a graph numbers."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.export.cells import needs_day
from clustera.export.dialects import Dialect
from clustera.export.reading import run_day
from clustera.records import CellReading, Column

CLEANED = (
    "What can't be read, impossible values and numbers that stand for unknown are missing, as for clustera predict. Rows "
    "without any value get a segment here; clustera predict leaves them out."
)
SPELLINGS = "Spellings that it reads: "  # how the line begins that a command prints too
TAKEN = (
    "Values are taken as they are. clustera predict also reads impossible values and codes such as -1 or 999 as missing, and "
    "leaves out rows without any value: clean them alike."
)


def values_needed(readings: Sequence[CellReading]) -> list[str]:
    """Sentences on how cells are read, where that is not plain.

    Args:
        readings: How the cells of each feature are read.

    >>> values_needed([CellReading("age_group", "bracket", 0.0, 120.0, brackets={"18-24": 21.0})])
    ['age_group: a bracket that the run did not have is missing.']
    """
    told = [
        f"{one.source or one.name}: a bracket that the run did not have is missing."
        for one in readings
        if one.kind == "bracket"
    ]
    told += [
        f"{one.source or one.name} must hold dates in figures, such as 2024-01-31. Those of the run are written otherwise, as only clustera "
        "predict reads them."
        for one in readings
        if one.unread
    ]
    told += [
        f"{one.source or one.name} must hold {needed} {read} are read by clustera predict only."
        for one in readings
        for needed, read in _only_read_by_predict(one)
    ]
    counted = [one for one in readings if needs_day(one)]
    if counted:
        dated = [one.source or one.name for one in counted if one.kind == "date"]
        later = f", or up to the latest date in {' and '.join(dated)} if that is later and not ahead" if dated else ""
        told.append(
            f"{', '.join(one.source or one.name for one in counted)}: years and days are counted up to {run_day(readings)}{later}."
        )
    return told


def _only_read_by_predict(reading: CellReading) -> list[tuple[str, str]]:
    """What the cells of a feature must hold, and which of the run's own spellings a query does not read."""
    if reading.duration:
        return [("minutes, as numbers.", "Durations such as 12:34")]
    return [("amounts owed as numbers below zero.", f"Those marked with {reading.owed}")] if reading.owed else []


def spellings_read(readings: Sequence[CellReading], dialect: Dialect) -> str:
    """The line that says which spellings of a cell a query reads.

    Args:
        readings: How the cells of each feature are read.
        dialect: Where it will run.

    >>> from clustera.export.dialects import dialect_of
    >>> spend = CellReading("spend", "plain", 0.0, 1e15, typed=True, group=",")
    >>> spellings_read([spend], dialect_of("postgres"))
    'Spellings that it reads: numbers, 1,200.50, $1,200.50 and 12k in spend. Other cells are missing; clustera predict may read some of them.'
    """
    columns: dict[str, list[str]] = {}
    for one in readings:
        columns.setdefault(_spelling_read(one, dialect), []).append(one.source or one.name)
    listed = "; ".join(f"{spelling} in {', '.join(names)}" for spelling, names in columns.items())
    return f"{SPELLINGS}{listed}. Other cells are missing; clustera predict may read some of them."


def _spelling_read(reading: CellReading, dialect: Dialect) -> str:
    if reading.kind == "bracket":
        return "the run's brackets"
    if reading.figures:
        return "the run's numbers that stand for dates"
    if reading.kind in {"date", "birth-date"}:
        return f"dates, 2024-01-31 and {'01/31/2024' if reading.month_first else '31.01.2024'}"
    if reading.typed and not dialect.number_cell:
        return "numbers"
    amount = f"1{reading.group}200{reading.decimal}50"
    return f"numbers, {amount}, ${amount} and 12k"


def numbers_needed(columns: Sequence[Column]) -> list[str]:
    """A sentence for each feature whose number is not what stands in the table: of a date, a birth year, a bracket.

    Args:
        columns: Of the model.

    >>> from clustera.records import ColumnFormat
    >>> birth = Column("birth_year", "feature", "number", "Birth year", measures="birth", format=ColumnFormat(as_of="2024-02-08"))
    >>> numbers_needed([birth])
    ['birth_year must hold the years from the birth year up to 2024-02-08, as clustera predict counts them.']
    """
    told = [_number_needed(column) for column in columns if column.role == "feature"]
    return [sentence for sentence in told if sentence]


def _number_needed(column: Column) -> str:
    form, called = column.format, column.own_name or column.name
    if form.brackets:
        return f"{called} must hold the number that stands for its bracket: `brackets` has all of them."
    if column.kind == "date":
        return (
            f"{called} must hold the {column.unit or 'days'} from its date up to {form.as_of or 'the day of the run'}."
        )
    if form.duration:
        return f"{called} must hold the minutes of its duration, as a number."
    if form.shares:
        return f"{called} must hold percents, 77 for 77% and for 0.77."
    if form.as_of:
        whose = "birth year" if column.measures == "birth" else "year"
        return f"{called} must hold the years from the {whose} up to {form.as_of}, as clustera predict counts them."
    return ""
