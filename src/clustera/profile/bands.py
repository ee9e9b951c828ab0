"""Numbers that only describe, in four bands of about as many customers each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from clustera.engines import Rows, identifier, literal, quantiles
from clustera.texts import format_number

PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)
FEW = 12  # different values that are told one by one


def in_bands(rows: Rows, columns: Sequence[str]) -> Rows:
    """Rows in which numbers with many different values say the band that they lie in, such as "18 – 34".

    Args:
        rows: With numbers as text.
        columns: Which columns these are.
    """
    if not columns:
        return rows
    numbers = rows.select(
        f"select {', '.join(f'try_cast({name} as double) as {name}' for name in map(identifier, columns))} from {{rows}}"
    )
    counted = ", ".join(f"approx_count_distinct({identifier(name)})" for name in columns)
    distinct = numbers.value(f"select [{counted}] as n from {{rows}}")
    places = quantiles(numbers, columns, PLACES)[None]
    told = [
        f"{_band_sql(name, edges)} as {identifier(name)}"
        for name, edges, n in zip(columns, places, distinct, strict=True)
        if edges is not None and n > FEW
    ]
    return rows.select(f"select * replace ({', '.join(told)}) from {{rows}}") if told else rows


def _band_sql(name: str, edges: Sequence[float]) -> str:
    """SQL for the band of a number; edges that are equal make one."""
    values, parts = f"try_cast({identifier(name)} as double)", sorted(set(edges))
    decimals = int(np.clip(1 - np.floor(np.log10(parts[-1] - parts[0])), 0, 6))
    labels = [
        f"{format_number(low, decimals)} – {format_number(high, decimals)}" for low, high in itertools.pairwise(parts)
    ]
    cases = [f"when {values} < {high!r} then {literal(label)}" for label, high in zip(labels, parts[1:], strict=True)]
    return f"case {' '.join(cases)} when {values} is not null then {literal(labels[-1])} end"
