"""Sums in SQL that do not depend on the order of the rows.

A sum of floating-point numbers depends on the order in which parallel threads add them, in its last digits. Here each
value is first carried onto a fixed grid (a column's range is put on [-1, 1]; the grid has 2^50 steps to 1), so that the
database adds whole numbers: exact, whatever the order. The error is at most 2^-50 of the column's range per
value. Since the lowest and the highest value themselves are among those added, no variance can vanish below it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clustera.engines import Rows, identifier

STEPS = float(2**50)


@dataclass(frozen=True, slots=True)
class Spread:
    """The range of one column over all customers, and how many values are known."""

    column: str
    low: float
    high: float
    known: int

    @property
    def middle(self) -> float:
        """Center of the range."""
        return self.low / 2 + self.high / 2

    @property
    def half(self) -> float:
        """Half of the range, rounded up to a power of two, so that whole numbers stay exact; 1 when all values are equal."""
        half = self.high / 2 - self.low / 2
        return math.ldexp(1.0, min(math.frexp(half)[1], 1023)) if half > 0 else 1.0

    def power_sum(self, power: int) -> str:
        """SQL for the exact sum of the column's `power`-th powers, in units of `exact_total`."""
        unit = f"(({identifier(self.column)} - {exact_number(self.middle)}) / {exact_number(self.half)})"
        return f"sum(cast({' * '.join([unit] * power)} * {exact_number(STEPS)} as bigint))"

    def value(self, unit: float) -> float:
        """From [-1, 1] back to the column's own unit; never outside its range."""
        return min(max(self.middle + self.half * unit, self.low), self.high)


def exact_total(number: Any) -> float:  # noqa: ANN401 - the database answers in decimals, or None
    """A sum made by `Spread.power_sum`, as a number."""
    return int(number or 0) / STEPS


def numeric_spreads(rows: Rows, columns: Sequence[str]) -> tuple[Spread, ...]:
    """Range and number of known values of numeric columns, in one scan."""
    if not columns:
        return ()
    asked = ", ".join(
        f"min({identifier(name)}) as low_{j}, max({identifier(name)}) as high_{j}, count({identifier(name)}) as known_{j}"
        for j, name in enumerate(columns)
    )
    (row,) = rows.query(f"select {asked} from {{rows}}").to_pylist()
    return tuple(
        Spread(name, float(row[f"low_{j}"] or 0.0), float(row[f"high_{j}"] or 0.0), int(row[f"known_{j}"]))
        for j, name in enumerate(columns)
    )


def exact_number(value: float) -> str:
    """A number in SQL, as the same double.

    >>> exact_number(0.1), exact_number(1e300)
    ('0.1e0', '1e+300')
    """
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"
