"""Quantiles of columns longer than memory: exact, by counting where the values lie."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from clustera.engines.columns import array_of, column_batches
from clustera.engines.duck import Rows
from clustera.engines.quoting import identifier

HELD_VALUES = 4_000_000  # numbers that are sorted in memory at once
BINS = 16_384

_Ranks = Mapping[Any, Iterable[int]]  # by group, places from 0 in the order of its values
_Found = dict[Any, dict[int, float]]
Floats = npt.NDArray[np.float64]


def quantiles(
    rows: Rows, columns: Sequence[str], probabilities: Sequence[float], *, by: str = ""
) -> dict[Any, tuple[tuple[float, ...] | None, ...]]:
    """Quantiles of numbers, linear between two neighbors: the same whether they are sorted at once or counted in parts.

    Args:
        rows: Any rows.
        columns: Numeric columns; NULL is left out, NaN and infinity must not occur.
        probabilities: Between 0 and 1.
        by: A column of whole numbers without NULL that are grouped by; all rows are one group, None, when it is left out.

    Returns:
        By group and column, one number for each probability; None for a column without a value.
    """
    if not columns:
        return {}
    group, held = identifier(by) if by else "0", HELD_VALUES // max(rows.count(), 1)
    found: dict[Any, tuple[tuple[float, ...] | None, ...]] = {}
    for some in column_batches(columns, most=held) if held else [columns]:
        here = (_at_once if held else _in_parts)(rows, some, probabilities, group)
        found = {g: found.get(g, ()) + values for g, values in here.items()}
    return {g if by else None: values for g, values in found.items()}


def _at_once(
    rows: Rows, columns: Sequence[str], probabilities: Sequence[float], group: str
) -> dict[Any, tuple[tuple[float, ...] | None, ...]]:
    asked = ", ".join(f"cast({identifier(name)} as double) as v_{j}" for j, name in enumerate(columns))
    table = rows.query(f"select {group} as _group, {asked} from {{rows}}")
    groups = array_of(table["_group"])
    order = np.argsort(groups, kind="stable")
    names, starts = np.unique(groups[order], return_index=True)
    found: dict[Any, list[tuple[float, ...] | None]] = {int(name): [] for name in names}
    for j in range(len(columns)):
        values = array_of(table[f"v_{j}"])
        for name, own in zip(found, np.split(values if len(names) == 1 else values[order], starts[1:]), strict=True):
            # NaN, which stands for what is missing, is sorted to the end.
            ranked = np.sort(own)
            known = int(np.searchsorted(ranked, np.nan))
            places = [(known - 1) * p for p in probabilities]
            found[name].append(_interpolated_ranks(ranked, places) if known else None)
    return {name: tuple(some) for name, some in found.items()}


def _in_parts(
    rows: Rows, columns: Sequence[str], probabilities: Sequence[float], group: str
) -> dict[Any, tuple[tuple[float, ...] | None, ...]]:
    """The same numbers, of which only some are in memory at once."""
    known = ", ".join(f"count({identifier(name)}) as n_{j}" for j, name in enumerate(columns))
    counts = rows.query(f"select {group} as _group, {known} from {{rows}} group by all").to_pylist()
    found: dict[Any, list[tuple[float, ...] | None]] = {row["_group"]: [] for row in counts}
    for j, name in enumerate(columns):
        value = identifier(name)
        cells = rows.select(
            f"select {group} as _group, cast({value} as double) as v from {{rows}} where {value} is not null"
        )
        places = {row["_group"]: [(row[f"n_{j}"] - 1) * p for p in probabilities] for row in counts if row[f"n_{j}"]}
        ranks = {
            g: sorted({f(place) for place in wanted for f in (math.floor, math.ceil)}) for g, wanted in places.items()
        }
        values = _at(cells, ranks) if ranks else {}
        for g, column in found.items():
            column.append(_interpolated_ranks(values[g], places[g]) if g in places else None)
    return {g: tuple(column) for g, column in found.items()}


def _interpolated_ranks(values: Mapping[int, float] | Floats, places: Sequence[float]) -> tuple[float, ...]:
    """The numbers at places that may lie between two ranks."""
    found = []
    for place in places:
        below, above = float(values[math.floor(place)]), float(values[math.ceil(place)])
        part, apart = place - math.floor(place), above - below
        found.append(below + apart * part if math.isfinite(apart) else below * (1 - part) + above * part)
    return tuple(found)


def _at(cells: Rows, ranks: _Ranks) -> _Found:
    """The values at some ranks: `cells` are counted in bins of even width, and only wanted bins are looked into."""
    asked = "select count(*) as n, min(v) as low, max(v) as high from {rows}"
    n, low, high = cells.query(asked).to_pylist()[0].values()
    if low == high:
        return {g: dict.fromkeys(wanted, low) for g, wanted in ranks.items()}
    if n <= HELD_VALUES:
        return _sorted_values(cells.select("select 0 as bin, * from {rows}"), {0: ranks})[0]
    # Rounding keeps the order of the values, so each bin begins where the one before it ends.
    scale = 1.0 if math.isfinite(high - low) else 0.5
    place = (
        f"(v * {_double_sql(scale)} - {_double_sql(low * scale)}) / {_double_sql(high * scale - low * scale)} * {BINS}"
    )
    binned = cells.select(f"select cast(least(floor({place}), {BINS - 1}) as integer) as bin, * from {{rows}}")
    held = binned.query("select _group, bin, count(*) as n from {rows} group by all order by bin").to_pylist()
    inside, before = _bins_of(ranks, held)
    sizes: dict[int, int] = {}
    for row in held:
        sizes[row["bin"]] = sizes.get(row["bin"], 0) + row["n"]
    found: _Found = {g: {} for g in ranks}
    for some in _bins_together(sorted(inside), sizes):
        chosen = binned.select(f"select * from {{rows}} where bin in ({', '.join(map(str, some))})")
        if len(some) == 1:
            values = {some[0]: _at(chosen.select("select * exclude (bin) from {rows}"), inside[some[0]])}
        else:
            values = _sorted_values(chosen, {b: inside[b] for b in some})
        for b, groups in values.items():
            for g, here in groups.items():
                found[g] |= {rank + before[b, g]: value for rank, value in here.items()}
    return found


def _bins_of(
    ranks: _Ranks, held: Sequence[Mapping[str, Any]]
) -> tuple[dict[int, dict[Any, list[int]]], dict[tuple[int, Any], int]]:
    """Ranks within each bin, by bin and group; and how many values of the group lie below the bin."""
    inside: dict[int, dict[Any, list[int]]] = {}
    before: dict[tuple[int, Any], int] = {}
    for g, wanted in ranks.items():
        own = [(row["bin"], row["n"]) for row in held if row["_group"] == g]
        ends = np.cumsum([n for _, n in own])
        for rank in wanted:
            at = int(np.searchsorted(ends, rank, side="right"))
            number, n = own[at]
            before[number, g] = int(ends[at]) - n
            inside.setdefault(number, {}).setdefault(g, []).append(rank - before[number, g])
    return inside, before


def _bins_together(bins: Sequence[int], sizes: Mapping[int, int]) -> list[list[int]]:
    """Bins that are read together: as many as may be held, else one."""
    batches: list[list[int]] = []
    filled = 0
    for number in bins:
        if not batches or filled + sizes[number] > HELD_VALUES:
            batches.append([])
            filled = 0
        batches[-1].append(number)
        filled += sizes[number]
    return batches


def _sorted_values(cells: Rows, ranks: Mapping[int, _Ranks]) -> dict[int, _Found]:
    """The values at some ranks of each bin and group, from `bin`, `_group` and `v` in memory."""
    table = cells.arrow(["bin", "_group", "v"])
    bins, values, group = (array_of(table[name]) for name in ("bin", "v", "_group"))
    order = np.lexsort((values, group, bins))
    bins, values, group = bins[order], values[order], group[order]
    found: dict[int, _Found] = {}
    for b, groups in ranks.items():
        start, stop = np.searchsorted(bins, [b, b + 1])
        for g, wanted in groups.items():
            first = start + int(np.searchsorted(group[start:stop], g))
            found.setdefault(b, {})[g] = {rank: float(values[first + rank]) for rank in wanted}
    return found


def _double_sql(value: float) -> str:
    """A double in SQL."""
    return f"cast('{value!r}' as double)"
