"""Units that a column mixes: dollars beside thousands of dollars, dollars beside euros."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence

from clustera.check.affixes import KINDS_OF_UNITS
from clustera.check.findings import chosen_examples, column_finding, example_rows
from clustera.check.kinds import Reading
from clustera.check.meanings import measure_of
from clustera.engines import Rows, identifier, literal, quantiles
from clustera.records import Column, ColumnFormat, Finding, Item

# How a unit is written. Thousands and millions are numbers' own business, and read as such.
_SIGNS = {kind: "|".join(map(re.escape, forms.split())) for kind, forms in KINDS_OF_UNITS.items()} | {
    "m²": r"m[29]|sq m",
    "ft²": r"ft[29]|sq[.]? ft",
}
_UNIT = re.compile(
    "|".join(rf"(?P<u{at}>(?<![a-z])(?:{sign})(?![a-z]))" for at, sign in enumerate(_SIGNS.values())), re.I
)


def unit_of(cell: str) -> str:
    """The unit that a cell is written with; empty when it has none.

    >>> unit_of("$1,200"), unit_of("1.200 EUR"), unit_of("12k"), unit_of("3 years")
    ('$', '€', '', 'years')
    """
    found = _UNIT.search(cell)
    return list(_SIGNS)[int(found.lastgroup[1:])] if found and found.lastgroup else ""


def on_units(rows: Rows, raw: Rows, column: Column, reading: Reading, used: int) -> Iterator[Finding]:
    """What a feature's cells and values say about units.

    Args:
        rows: The rows that are used, as values.
        raw: The same rows as the source has them.
        column: The feature.
        reading: What it holds.
        used: How many rows they are.
    """
    if reading.format.owed:
        yield _of_debts(raw, column, reading, used)
    elif unit := reading.format.unit:
        yield _of_one_unit(raw, column, unit, reading.valued, used)
    if reading.format.duration:
        yield _of_durations(raw, column, reading, used)
    if reading.format.shares or reading.ambiguous == "shares":
        yield _of_mixed_shares(raw, column, reading, used)
    if zeros := reading.format.zeros:
        yield _of_zeros(raw, column, reading, zeros, used)
    written = _written_units(reading.look.shapes) if reading.format != ColumnFormat() else {}
    if len(written) > 1:
        yield _of_signs(raw, column, reading, written, used)
    elif measure_of(column) in {"income", "money"}:
        yield from _of_size(rows, raw, column, reading, used)


def _of_one_unit(raw: Rows, column: Column, unit: str, count: int, used: int) -> Finding:
    test = f"contains(cast({identifier(column.name)} as varchar), {literal(unit)})"
    shown = example_rows(raw, column.name, test)[1]
    return column_finding("unit-in-cells", "note", column, (count, shown), used, unit=unit)


def _of_debts(raw: Rows, column: Column, reading: Reading, used: int) -> Finding:
    below = example_rows(raw, column.name, f"{reading.sql} < 0")
    words = {"owed": reading.format.owed, "other": reading.format.unit}
    return column_finding("amounts-owed", "note", column, below, used, **words)


def _of_durations(raw: Rows, column: Column, reading: Reading, used: int) -> Finding:
    shown = example_rows(raw, column.name, f"contains({reading.look.text}, ':')")[1]
    case = "hours" if reading.format.duration == "h:m" else "minutes"
    return column_finding("durations", "note", column, (reading.valued, shown), used, case=case)


def _of_mixed_shares(raw: Rows, column: Column, reading: Reading, used: int) -> Finding:
    test = f"{reading.sql} is not null and not contains({reading.look.text}, '%')"
    bare = example_rows(raw, column.name, test)
    if reading.format.shares:
        return column_finding("mixed-shares", "note", column, bare, used, case="shares")
    return column_finding("mixed-shares", "warning", column, bare, used, case="percents")


def _of_zeros(raw: Rows, column: Column, reading: Reading, zeros: Sequence[str], used: int) -> Finding:
    test = f"{reading.look.text} in ({', '.join(map(literal, zeros))})"
    return column_finding(
        "none-is-zero", "note", column, example_rows(raw, column.name, test), used, words=tuple(zeros)
    )


def _written_units(shapes: Mapping[str, int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for shape, count in shapes.items():
        if unit := unit_of(shape):
            counts[unit] = counts.get(unit, 0) + count
    return counts


def _of_signs(raw: Rows, column: Column, reading: Reading, written: Mapping[str, int], used: int) -> Finding:
    common = max(written, key=lambda unit: (written[unit], unit))
    rare = sorted(unit for unit in written if unit != common)
    cells = reading.look.text
    pattern = "|".join(_SIGNS[unit] for unit in rare)
    test = f"regexp_matches({cells}, {literal(f'(?i)(^|[^a-z])({pattern})($|[^a-z])')})"
    rarer = example_rows(raw, column.name, test)
    units: tuple[Item, ...] = tuple(
        {"cells": written[unit], "unit": unit} for unit in sorted(written, key=lambda unit: -written[unit])
    )
    return column_finding("mixed-units", "warning", column, rarer, used, case="signs", units=units)


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
        shown = chosen_examples(raw, column.name, rows, f"{value} > 0 and {value} <= {steps[below]['top']!r}")
        ends = {"low": middles[0], "high": middles[1]}
        yield column_finding("mixed-units", "warning", column, (low, shown), used, case="sizes", **ends)
        return


def _middle(rows: Rows, column: str, step: int) -> float:
    value = identifier(column)
    inside = rows.select(f"select * from {{rows}} where {value} > 0 and floor(4 * log10({value})) = {step}")
    (found,) = quantiles(inside, [column], [0.5])[None]
    assert found, "the step was counted before"
    return found[0]
