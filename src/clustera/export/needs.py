"""What the columns must hold that an exported model works on, where that is not what stands in the file."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.records import Column

SHOWN = 3  # brackets as an example
CLEANED = (
    "Values are taken as they are. clustera predict also reads impossible values and codes such as -1 or 999 as missing, and "
    "leaves out rows without any value: clean them alike."
)


def values_needed(columns: Sequence[Column]) -> list[str]:
    """A sentence for each feature that `predict` makes of something else: of a date, a birth year, a bracket, yes and no.

    >>> from clustera.records import ColumnFormat
    >>> birth = Column("birth_year", "feature", "number", "Birth year", measures="birth", format=ColumnFormat(as_of="2024-02-08"))
    >>> values_needed([birth])
    ['birth_year must hold the years from the birth year up to 2024-02-08, as clustera predict counts them.']
    """
    told = [_needed(column) for column in columns if column.role == "feature"]
    return [sentence for sentence in told if sentence]


def _needed(column: Column) -> str:
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
    if column.kind == "boolean":
        return f"{column.name} must hold 1 for yes and 0 for no."
    return ""
