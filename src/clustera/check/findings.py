"""Findings about a column, and the rows that they show."""

from __future__ import annotations

from clustera.engines import Rows, identifier
from clustera.records import Column, Finding, Severity, Value

Examples = tuple[tuple[int, str], ...]

EXAMPLES = 3
LONGEST = 60  # characters of an example


def share_of_rows(count: int, total: int) -> float:
    """Share of the rows read."""
    return count / total if total else 0.0


def column_finding(
    code: str, severity: Severity, column: Column, found: tuple[int, Examples], total: int, /, **values: Value
) -> Finding:
    """What was found in some cells of a column.

    Args:
        code: Of the finding.
        severity: How much it matters.
        column: The column.
        found: How many cells, and some of them, as `example_rows` gives them.
        total: Rows of which they are a share.
        **values: What its sentences hold besides the column's title and `total`.
    """
    (count, examples), told = found, {"title": column.title, "of": total, **values}
    return Finding(code, severity, column.name, count, share_of_rows(count, total), examples, told)


def whole_column_finding(code: str, column: Column, total: int, /, **values: Value) -> Finding:
    """A note on a column as a whole, of `total` rows."""
    return column_finding(code, "note", column, (total, ()), total, **values)


def example_rows(rows: Rows, column: str, condition: str) -> tuple[int, Examples]:
    """How many rows meet a condition in SQL, and the first of them as they stand in the source."""
    found = rows.query(
        f"select count(*) as n, min({{pair}}, {EXAMPLES}) as shown from {{rows}} where {condition}".replace(
            "{pair}", f"{{'row': _row, 'text': cast({identifier(column)} as varchar)}}"
        )
    ).to_pylist()[0]
    return found["n"], tuple((pair["row"], shortened_example(pair["text"])) for pair in found["shown"] or [])


def chosen_examples(raw: Rows, column: str, chosen: Rows, condition: str) -> Examples:
    """The first of the chosen rows that meet a condition in SQL, as they stand in the source.

    Args:
        raw: The source's rows.
        column: The column whose cells are shown.
        chosen: Rows with `_row`, of which the condition speaks.
        condition: The condition.
    """
    numbers = chosen.value(f"select min(_row, {EXAMPLES}) as first from {{rows}} where {condition}")
    if not numbers:
        return ()
    return example_rows(raw, column, f"_row in ({', '.join(map(str, numbers))})")[1]


def shortened_example(text: str | None) -> str:
    """The beginning of a text, as long as a report has room for."""
    text = text or ""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
