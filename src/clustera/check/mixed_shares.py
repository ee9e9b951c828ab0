"""Columns in which some cells are percents (77%) and others numbers without a sign, which may be shares (0.77)."""

from __future__ import annotations

from typing import Literal

from clustera.check.look import Look
from clustera.engines import Rows

TIMES = 10.0  # how far the percents lie above the numbers without a sign, at the middle, where those are shares


def percents_sql(number: str, text: str | None = None) -> str:
    """A number in percent, where one up to 1 without a percent sign is a share.

    Args:
        number: SQL of the number.
        text: SQL of its cell; None where no cell has a sign.

    >>> percents_sql("n", "t")
    "(case when abs(n) <= 1 and not contains(t, '%') then 100 * n else n end)"
    """
    bare = "" if text is None else f" and not contains({text}, '%')"
    return f"(case when abs({number}) <= 1{bare} then 100 * {number} else {number} end)"


def mixed_shares(rows: Rows, found: Look, number: str) -> Literal["", "clear", "unclear"]:
    """Whether cells of a column without a percent sign are shares, beside percents: "" where nothing speaks for it.

    Args:
        rows: The table.
        found: What the column holds.
        number: SQL of a cell's number.
    """
    if not any("%" in shape for shape in found.shapes) or all("%" in shape for shape in found.shapes):
        return ""
    bare = f"{number} <> 0 and not contains({found.text}, '%')"
    signed = f"{number} <> 0 and contains({found.text}, '%')"
    seen = (
        found.alone(rows)
        .query(
            f"select coalesce(max(abs({number})) filter ({bare}), 0) as highest, median(abs({number})) filter ({bare}) as bare, "
            f"median(abs({number})) filter ({signed}) as signed, count(*) filter (where {bare} and abs({number}) < 1) as below from {{rows}}"
        )
        .to_pylist()[0]
    )
    if not seen["below"] or seen["signed"] is None:
        return ""
    return "clear" if seen["highest"] <= 1 and seen["signed"] >= TIMES * seen["bare"] else "unclear"
