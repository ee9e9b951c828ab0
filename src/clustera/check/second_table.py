"""A second table below the first one, as in sheets that people made by hand: its names stand where the first one has numbers."""

from __future__ import annotations

from clustera.check.findings import example_rows, shortened_example
from clustera.check.inspection import Inspection
from clustera.check.look import value_column_sql
from clustera.engines import identifier, literal
from clustera.records import Finding

LEAST = 2  # columns of numbers in which a line of names has words
ASKED = 40  # columns; more are not asked


def on_second_table(seen: Inspection) -> list[Finding]:
    """Below the first row, the first line that has different words in several columns of numbers, and a number in none.

    Words for no value are no names, and an id with figures is a customer's (1030,closed,moved). The rows below it are read
    like all others.
    """
    numbers = [column.name for column in seen.features if column.kind == "number"][:ASKED]
    if sum(seen.readings[name].unread > 0 for name in numbers) < LEAST:
        return []
    texts = {name: seen.readings[name].look.text for name in numbers}
    found = _line_of_names(seen, texts)
    if found is None:
        return []
    below = seen.rows.count(f"_row > {found}")
    if not below:
        return []
    shown = next(name for name in numbers if seen.readings[name].unread)
    examples = example_rows(seen.rows, shown, f"_row = {found}")[1]
    names = _names_in(seen, texts, found)
    return [Finding.counted("second-table", "warning", below, seen.total, examples=examples, row=found, names=names)]


def _line_of_names(seen: Inspection, texts: dict[str, str]) -> int | None:
    """The first such line.

    Args:
        seen: The table.
        texts: SQL for the texts of its columns of numbers.
    """
    words = {word for name in texts for word in seen.readings[name].absent}
    listed = ", ".join(map(literal, sorted(words))) or "''"
    said = (f"({text} not in ({listed}) and regexp_matches({text}, '^[^0-9]*$'))" for text in texts.values())
    named = " + ".join(f"cast(coalesce({one}, false) as integer)" for one in said)
    filled = " + ".join(f"cast({text} is not null as integer)" for text in texts.values())
    none = " and ".join(f"{value_column_sql(name)} is null" for name in texts)
    different = f"len(list_distinct([{', '.join(f'lower({text})' for text in texts.values())}]))"
    unknown = "".join(
        f" and not regexp_matches(coalesce({seen.readings[column.name].look.text}, ''), '[0-9]')"
        for column in seen.columns
        if column.role == "id"
    )
    line = f"{none} and {named} >= {LEAST} and {named} = {filled} and {different} = {filled} and _row > 1{unknown}"
    row: int | None = seen.rows.value(f"select min(_row) as row from {{rows}} where {line}")
    return row


def _names_in(seen: Inspection, texts: dict[str, str], row: int) -> str:
    """The words of a line, as they stand."""
    listed = ", ".join(f"{text} as {identifier(name)}" for name, text in texts.items())
    [line] = seen.rows.query(f"select {listed} from {{rows}} where _row = {row}").to_pylist()
    return shortened_example(", ".join(cell for cell in line.values() if cell))
