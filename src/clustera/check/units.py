"""Units that a column mixes: dollars beside thousands of dollars, dollars beside euros."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence

from clustera.check.findings import examples, examples_of, of_rows, share
from clustera.check.kinds import Reading
from clustera.check.meanings import measure_of
from clustera.engines import Rows, identifier, literal, quantiles
from clustera.records import Column, Finding

# How a unit is written -> what it is. Thousands and millions are numbers' own business, and read as such.
_SIGNS = (
    ("$", r"us\$|usd|dollars?|\$"),
    ("€", r"€|eur(?:os?)?"),
    ("£", r"£|gbp"),
    ("¥", r"¥|jpy"),
    ("₹", r"₹|inr|rs\.?"),
    ("CHF", r"chf"),
    ("%", r"%"),
    ("years", r"years?|yrs?"),
    ("months", r"months?"),
    ("days", r"days?"),
    ("hours", r"hours?|hrs?"),
    ("minutes", r"min"),
    ("km", r"km"),
)
_UNIT = re.compile("|".join(rf"(?P<u{at}>(?<![a-z])(?:{sign})(?![a-z]))" for at, (_, sign) in enumerate(_SIGNS)), re.I)


def unit_of(cell: str) -> str:
    """The unit that a cell is written with; empty when it has none.

    >>> unit_of("$1,200"), unit_of("1.200 EUR"), unit_of("12k"), unit_of("3 years")
    ('$', '€', '', 'years')
    """
    found = _UNIT.search(cell)
    return _SIGNS[int(found.lastgroup[1:])][0] if found and found.lastgroup else ""


def on_units(rows: Rows, raw: Rows, column: Column, reading: Reading, used: int) -> Iterator[Finding]:
    """What a feature's cells and values say about units.

    Args:
        rows: The rows that are used, as values.
        raw: The same rows as the source has them.
        column: The feature.
        reading: What it holds.
        used: How many rows they are.
    """
    if unit := reading.spelling.get("unit"):
        yield _of_one_unit(raw, column, unit, reading.valued, used)
    if zeros := reading.spelling.get("zeros"):
        yield _of_zeros(raw, column, reading, zeros, used)
    written = _written(reading.look.shapes) if reading.spelling else {}
    if len(written) > 1:
        yield _of_signs(raw, column, reading, written, used)
    elif measure_of(column) in {"income", "money"}:
        yield from _of_size(rows, raw, column, reading, used)


def _of_one_unit(raw: Rows, column: Column, unit: str, count: int, used: int) -> Finding:
    cell = identifier(column.name)
    return Finding(
        code="unit-in-cells",
        severity="note",
        message=f"{column.title} is written with {unit!r} in nearly every cell: read as numbers in that unit.",
        rule="one text stands before or behind the number in at least 80 % of the cells",
        cure=f"Nothing to do; if these are codes and no numbers, say --exclude {column.name!r}.",
        column=column.name,
        count=count,
        share=share(count, used),
        examples=examples(raw, column.name, f"contains(cast({cell} as varchar), {literal(unit)})")[1],
    )


def _of_zeros(raw: Rows, column: Column, reading: Reading, zeros: Sequence[str], used: int) -> Finding:
    listed = ", ".join(map(repr, zeros))
    test = f"{reading.look.text} in ({', '.join(map(literal, zeros))})"
    count, shown = examples(raw, column.name, test)
    return Finding(
        code="none-is-zero",
        severity="note",
        message=f"{column.title} says {listed} in {of_rows(count, used)}: read as 0.",
        rule="a word for 'none' among small whole numbers that begin at 1",
        cure="Nothing to do; if it means 'not known', empty these cells.",
        column=column.name,
        count=count,
        share=share(count, used),
        examples=shown,
    )


def _written(shapes: Mapping[str, int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for shape, count in shapes.items():
        if unit := unit_of(shape):
            counts[unit] = counts.get(unit, 0) + count
    return counts


def _of_signs(raw: Rows, column: Column, reading: Reading, written: Mapping[str, int], used: int) -> Finding:
    common = max(written, key=lambda unit: (written[unit], unit))
    rare = {unit for unit in written if unit != common}
    cells = reading.look.text
    pattern = "|".join(sign for unit, sign in _SIGNS if unit in rare)
    test = f"regexp_matches({cells}, {literal(f'(?i)(^|[^a-z])({pattern})($|[^a-z])')})"
    count, shown = examples(raw, column.name, test)
    listed = ", ".join(f"{written[unit]:,} x {unit}" for unit in sorted(written, key=lambda unit: -written[unit]))
    return Finding(
        code="mixed-units",
        severity="warning",
        message=f"{column.title} is written in several units: {listed}; they are taken as one.",
        rule="cells of one column with different currency signs or units",
        cure="Bring the values to one unit, or split the column.",
        column=column.name,
        count=count,
        share=share(count, used),
        examples=shown,
    )


def _of_size(rows: Rows, raw: Rows, column: Column, reading: Reading, used: int) -> Iterator[Finding]:
    """A gap of one and a half decades inside the values, with centers about a thousand apart."""
    look = reading.look
    if look.low is None or look.high is None or look.high < 1000:
        return
    if look.low > 0 and look.high < 300 * look.low:
        return
    value = identifier(column.name)
    steps = rows.query(
        f"select cast(floor(4 * log10({value})) as integer) as step, count(*) as n, max({value}) as top from {{rows}} "
        f"where {value} > 0 group by 1 order by 1"
    ).to_pylist()
    if not steps or steps[-1]["step"] - steps[0]["step"] < 8:
        return
    for below, above in itertools.pairwise(range(len(steps))):
        gap = steps[above]["step"] - steps[below]["step"] - 1
        low = sum(step["n"] for step in steps[:above])
        if gap < 6 or not 0.01 * used <= low <= 0.99 * used:
            continue
        fullest = [max(part, key=lambda step: (step["n"], step["step"])) for part in (steps[:above], steps[above:])]
        middles = [_middle(rows, column.name, step["step"]) for step in fullest]
        if not 2.3 <= math.log10(middles[1] / middles[0]) <= 3.7:
            continue
        yield Finding(
            code="mixed-units",
            severity="warning",
            message=f"{column.title} seems to mix units: {of_rows(low, used)} lie around {middles[0]:,.0f}, the others "
            f"around {middles[1]:,.0f}, and none between.",
            rule="a gap of one and a half powers of ten inside the values, with centers about a thousand times apart",
            cure="Bring the values to one unit; as they are, segments will only tell the units apart.",
            column=column.name,
            count=low,
            share=share(low, used),
            examples=examples_of(raw, column.name, rows, f"{value} > 0 and {value} <= {steps[below]['top']!r}"),
        )
        return


def _middle(rows: Rows, column: str, step: int) -> float:
    value = identifier(column)
    inside = rows.select(f"select * from {{rows}} where {value} > 0 and floor(4 * log10({value})) = {step}")
    (found,) = quantiles(inside, [column], [0.5])[None]
    assert found, "the step was counted before"
    return found[0]
