"""How findings are worded and where their examples come from."""

from __future__ import annotations

from clustera.engines import Rows, identifier

Examples = tuple[tuple[int, str], ...]

EXAMPLES = 3
LONGEST = 60  # characters of an example


def share_of_rows(count: int, total: int) -> float:
    """Share of the rows read."""
    return count / total if total else 0.0


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
    numbers = chosen.query(f"select min(_row, {EXAMPLES}) as first from {{rows}} where {condition}")["first"][0].as_py()
    if not numbers:
        return ()
    return example_rows(raw, column, f"_row in ({', '.join(map(str, numbers))})")[1]


def shortened_example(text: str | None) -> str:
    """The beginning of a text, as long as a report has room for."""
    text = text or ""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
