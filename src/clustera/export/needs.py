"""What an exported model says about the columns that it reads: a query reads cells, a graph numbers."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.export.cells import needs_day
from clustera.export.reading import run_day
from clustera.records import CellReading, Column

SHOWN = 3  # brackets as an example

CLEANED = (
    "Cells are read as clustera predict reads them where they are written as in the run's table: what can't be read, impossible "
    "values and numbers that stand for unknown are missing. Rows without any value get a segment here; clustera predict leaves "
    "them out."
)
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
    told = [f"{one.name}: a bracket that the run did not have is missing." for one in readings if one.kind == "bracket"]
    told += [
        f"{one.name} must hold dates in figures, such as 2024-01-31. Those of the run are written otherwise, as only clustera "
        "predict reads them."
        for one in readings
        if one.unread
    ]
    counted = [one for one in readings if needs_day(one)]
    if counted:
        dated = [one.name for one in counted if one.kind == "date"]
        later = f", or up to the latest date in {' and '.join(dated)} if that is later and not ahead" if dated else ""
        told.append(
            f"{', '.join(one.name for one in counted)}: years and days are counted up to {run_day(readings)}{later}."
        )
    return told


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
    form = column.format
    if form.brackets:
        shown = ", ".join(f"{value:g} for {text!r}" for text, value in list(form.brackets.items())[:SHOWN])
        more = ", ..." if len(form.brackets) > SHOWN else ""
        return f"{column.name} must hold the number that stands for its bracket: {shown}{more}."
    if column.kind == "date":
        return f"{column.name} must hold the {column.unit or 'days'} from its date up to {form.as_of or 'the day of the run'}."
    if form.as_of:
        whose = "birth year" if column.measures == "birth" else "year"
        return (
            f"{column.name} must hold the years from the {whose} up to {form.as_of}, as clustera predict counts them."
        )
    return ""
