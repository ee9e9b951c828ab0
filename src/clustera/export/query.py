"""The model as one query: fill, power transformation, standardizing, weights and the nearest center, as `predict` does it.

Only `ln`, `exp`, `coalesce`, `cast` and `case` are used, which mean the same in every warehouse. The numbers are those of the
model's records; nothing is fitted here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from clustera.export.dialects import Dialect
from clustera.export.reading import QuerySource, query_source
from clustera.records import CellReading, FeaturePreparation, Model
from clustera.transform import EPS, FAR

SERIES_UP_TO = 0.01  # up to which exp(u) - 1 is summed as a series; beyond, nothing is lost by subtracting
EXPONENT_END = 600.0  # exp(600) is still a number; coordinates have long stopped at `FAR`
_SPLIT = 2.0**29 + 1  # Veltkamp (1968): leaves the 24 bits of single precision, in which points are kept
_TINY = 1e-45  # 0 in single precision; its square would be an error in PostgreSQL


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of running a query against `predict`."""

    customers: int  # of the run
    edges: int  # generated
    differ: int

    @property
    def rows(self) -> int:
        """How many rows were tried."""
        return self.customers + self.edges


def query(
    model: Model,
    names: Mapping[int, str],
    dialect: Dialect,
    *,
    table: str,
    keep: Sequence[str] = (),
    readings: Sequence[CellReading] = (),
) -> str:
    """One query that gives each row of a table its segment.

    Args:
        model: Of a run.
        names: Of segments.
        dialect: Where it will run.
        table: The table, as it is written in that warehouse.
        keep: Columns that come back beside `segment` and `segment_name`, such as the customer's id.
        readings: How the cells of each feature are read; without, the table's columns hold the values themselves.
    """
    features, kept = model.preparation.features, [f"c{i}" for i in range(1, len(keep) + 1)]
    own = [(dialect.column(name), cell) for name, cell in zip(keep, kept, strict=True)]
    source = query_source(readings, dialect, table=table, keep=own)
    squared = [f"{_squared(center, dialect)} as d{c}" for c, center in enumerate(model.centers, start=1)]
    steps = [
        [*source.kept, *_filled_values(features, source, dialect)],
        *([*kept, *made] for made in _transformed(features, dialect)),
        [*kept, *squared],
        [*kept, _nearest(model.segments, len(model.centers))],
    ]
    parts = [f"{name} as {dialect.step}(\n  {text}\n)" for name, text in source.parts]
    rows, line = source.rows, ",\n    "
    for at, cells in enumerate(steps, start=1):
        parts.append(f"step{at} as {dialect.step}(\n  select\n    {line.join(cells)}\n  from {rows}\n)")
        rows = f"step{at}"
    named = {segment: names[segment] for segment in model.segments}
    final = returned_cells("nearest", named, dialect, keep=tuple(zip(keep, kept, strict=True)))
    return f"with {', '.join(parts)}\nselect\n  {line[:-2].join(final)}\nfrom {rows}"


def _filled_values(features: Sequence[FeaturePreparation], source: QuerySource, dialect: Dialect) -> list[str]:
    """Of each feature the value, or what stands in for a missing one."""
    return [
        f"coalesce({source.value(f.name, dialect)}, {dialect.number(f.fill)}) as v{j}"
        for j, f in _numbered_features(features)
    ]


def returned_cells(
    number: str, names: Mapping[int, str], dialect: Dialect, *, keep: Sequence[tuple[str, str]]
) -> list[str]:
    """What a query gives back: the kept columns, the segment's number and its name.

    Args:
        number: The cell that holds the segment's number.
        names: Of segments.
        dialect: Where it will run.
        keep: Columns of the table, and the cell that holds each.
    """
    cases = "\n    ".join(f"when {s} then {dialect.literal(name)}" for s, name in names.items())
    taken = {column.lower() for column, _ in keep}
    segment, segment_name = (free_name(name, taken) for name in ("segment", "segment_name"))
    return [
        *(f"{cell} as {dialect.identifier(name)}" for name, cell in keep),
        f"{number} as {segment}",
        f"case {number}\n    {cases}\n  end as {segment_name}",
    ]


def script(text: str, proof: Proof, *, run: str, dialect: Dialect, works_on: Sequence[str]) -> str:
    """The query with what it is, what it works on, and the proof, as comments on top.

    Args:
        text: The query.
        proof: What came of running it.
        run: The run's name.
        dialect: Where it will run.
        works_on: Sentences on the table it needs.
    """
    lines = [
        f"Segments of the run {run}, in the SQL of {dialect.name}.",
        *works_on,
        proof_sentence(proof),
    ]
    return f"{sql_comments(lines)}\n{text};\n"


def sql_comments(lines: Sequence[str]) -> str:
    r"""Sentences as comments, one a line; names in them keep their blanks.

    >>> sql_comments(["It reads Annual  Income.", "new\nline"])
    '-- It reads Annual  Income.\n-- new line'
    """
    return "\n".join(f"-- {' '.join(line.splitlines())}" for line in lines)


def proof_sentence(proof: Proof) -> str:
    """What a query was tried on, and how many labels differ.

    >>> proof_sentence(Proof(customers=180, edges=20, differ=0))
    'Proof: run by DuckDB on 180 customers of the run and 20 generated edge cases (ties, missing values, extremes); 0 of 200 labels differ from clustera predict.'
    """
    return (
        f"Proof: run by DuckDB on {proof.customers:,} customers of the run and {proof.edges:,} generated edge cases "
        f"(ties, missing values, extremes); {proof.differ} of {proof.rows:,} labels differ from clustera predict."
    )


def _numbered_features(features: Sequence[FeaturePreparation]) -> Iterator[tuple[int, FeaturePreparation]]:
    return enumerate(features, start=1)


def _transformed(features: Sequence[FeaturePreparation], dialect: Dialect) -> Iterator[list[str]]:
    """The cells of each step from filled values v1, v2, ... to points p1, p2, ...; one step uses what the last one made."""
    say = dialect.number
    powers = {j: f.power for j, f in _numbered_features(features) if f.power is not None}
    plain = [f"v{j}" for j, f in _numbered_features(features) if f.power is None]
    if powers:
        signed = [f"v{j}" for j in powers]
        yield [*plain, *signed, *(f"case when v{j} < 0 then -v{j} else v{j} end as a{j}" for j in powers)]
        # log1p without its function: what 1 + a loses is given back. Source: Kahan, in HP-15C Advanced Functions (1982).
        one = say(1.0)
        yield [
            *plain,
            *signed,
            *(
                f"case when {one} + a{j} = {one} then a{j} else ln({one} + a{j}) * (a{j} / (({one} + a{j}) - {one})) end as l{j}"
                for j in powers
            ),
        ]
        yield [
            *plain,
            *signed,
            *(f"l{j}" for j in powers),
            *(f"{_exponent(j, power, dialect)} as u{j}" for j, power in powers.items()),
        ]
        yield [*plain, *signed, *(f"l{j}" for j in powers), *(f"{_expm1(j, dialect)} as e{j}" for j in powers)]
        yield [*plain, *(f"{_straight(j, power, dialect)} as v{j}" for j, power in powers.items())]
    yield [f"{_coordinate(j, f, dialect)} as z{j}" for j, f in _numbered_features(features)]
    yield [f"z{j} * {say(_SPLIT)} as s{j}, z{j}" for j, _ in _numbered_features(features)]
    tiny = say(_TINY)
    yield [
        f"case when z{j} < {tiny} and z{j} > -{tiny} then 0 else s{j} - (s{j} - z{j}) end as p{j}"
        for j, _ in _numbered_features(features)
    ]


def _exponent(j: int, power: float, dialect: Dialect) -> str:
    say = dialect.number
    up, down = f"{say(power)} * l{j}", f"{say(2 - power)} * l{j}"
    both = f"case when v{j} < 0 then {down} else {up} end"
    low, high = say(-EXPONENT_END), say(EXPONENT_END)
    return f"case when {both} > {high} then {high} when {both} < {low} then {low} else {both} end"


def _expm1(j: int, dialect: Dialect) -> str:
    say, u, one = dialect.number, f"u{j}", dialect.number(1.0)
    series = one
    for order in (7.0, 6.0, 5.0, 4.0, 3.0, 2.0):
        series = f"({one} + {u} / {say(order)} * {series})"
    return f"case when {u} > {say(-SERIES_UP_TO)} and {u} < {say(SERIES_UP_TO)} then {u} * {series} else exp({u}) - {one} end"


def _straight(j: int, power: float, dialect: Dialect) -> str:
    up = f"l{j}" if abs(power) < EPS else f"e{j} / {dialect.number(power)}"
    mirror = 2 - power
    down = f"-l{j}" if abs(mirror) <= EPS else f"-(e{j} / {dialect.number(mirror)})"
    return f"case when v{j} < 0 then {down} else {up} end"


def _coordinate(j: int, feature: FeaturePreparation, dialect: Dialect) -> str:
    """Standard deviations from the mean, times the weight; stopped before the division, so that no number gets too large."""
    say, most = dialect.number, sys.float_info.max
    low = max(feature.mean - FAR * feature.scale, -most)
    high = min(feature.mean + FAR * feature.scale, most)
    end, weight = say(FAR * feature.weight), say(feature.weight)
    return (
        f"case when v{j} >= {say(high)} then {end} when v{j} <= {say(low)} then -{end} "
        f"else (v{j} - {say(feature.mean)}) / {say(feature.scale)} * {weight} end"
    )


def _squared(center: Sequence[float], dialect: Dialect) -> str:
    steps = [f"(p{j} - {dialect.number(at)})" for j, at in enumerate(center, start=1)]
    return " + ".join(f"{step} * {step}" for step in steps)


def _nearest(segments: Sequence[int], k: int) -> str:
    """The first of the nearest: a center wins that no later one is nearer than, once those before it have lost."""
    cases = [
        f"when {' and '.join(f'd{c} <= d{later}' for later in range(c + 1, k + 1))} then {segments[c - 1]}"
        for c in range(1, k)
    ]
    return f"case {' '.join(cases)} else {segments[k - 1]} end as nearest" if cases else f"{segments[0]} as nearest"


def free_name(name: str, taken: set[str]) -> str:
    """A name for a column that no other column has.

    >>> free_name("segment", {"id"}), free_name("segment", {"id", "segment"})
    ('segment', 'clustera_segment')
    """
    return name if name not in taken else free_name(f"clustera_{name}", taken)
