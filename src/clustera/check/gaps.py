"""Whether values are missing at random: in the same rows as others, or more often for some customers than for others."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clustera.check.findings import chosen_examples, column_finding
from clustera.engines import Rows, identifier, quantiles
from clustera.records import Column, Finding

TOGETHER = 0.8  # correlation of two columns' gaps
DEPENDS = 0.3  # correlation of a column's gaps with another column's values
SURE = 5.0  # standard errors that such a correlation must stand above zero: one false alarm in a million pairs
MANY = 24  # columns; above, pairs are not compared
FEWEST = 20  # gaps, and values, that a correlation needs
CATEGORIES = 30
SAMPLED = 250_000  # rows, drawn by their keys, on which correlations are looked for


@dataclass(frozen=True, slots=True)
class _Lean:
    """What a column's gaps go with."""

    strength: float  # correlation, in size
    values: dict[str, str | float | None]  # of what, where, and the share of gaps there and elsewhere


def on_gaps(rows: Rows, raw: Rows, columns: Sequence[Column], used: int) -> Iterator[Finding]:
    """Gaps that go together, and gaps that go with what another column says.

    Args:
        rows: The rows that are used, as values.
        raw: The same rows as the source has them.
        columns: What they are.
        used: How many rows they are.
    """
    features = [column for column in columns if column.role == "feature"]
    gappy = [column for column in features if FEWEST <= column.missing <= used - FEWEST][:MANY]
    sample = _sampled_rows(rows, columns, used)
    together = _together(sample, gappy)
    for one, other in together:
        both = f"{identifier(one.name)} is null and {identifier(other.name)} is null"
        count, shown = min(one.missing, other.missing), chosen_examples(raw, other.name, rows, both)
        yield column_finding("missing-together", "note", other, (count, shown), used, other=one.title)
    repeated = {other.name for _, other in together}
    others = [*features[:MANY], *(column for column in columns if column.role == "descriptor")][:MANY]
    for column in gappy:
        if column.name not in repeated and (lean := _lean(rows, sample, column, others)):
            shown = chosen_examples(raw, column.name, rows, f"{identifier(column.name)} is null")
            yield column_finding("missing-depends", "warning", column, (column.missing, shown), used, **lean.values)


def _sampled_rows(rows: Rows, columns: Sequence[Column], used: int) -> Rows:
    """Rows enough to see a correlation; those of a large table whose keys say so, the same in every run."""
    if used < 2 * SAMPLED:
        return rows
    names = [identifier(column.name) for column in columns if column.role == "feature"]
    return rows.select(f"select {', '.join(names)} from {{rows}} where _key % {used // SAMPLED} = 0").keep()


def _together(rows: Rows, gappy: Sequence[Column]) -> list[tuple[Column, Column]]:
    pairs = list(itertools.combinations(range(len(gappy)), 2))
    if not pairs:
        return []
    inner = ", ".join(f"cast({identifier(column.name)} is null as integer) as v{at}" for at, column in enumerate(gappy))
    wanted = ", ".join(f"corr(v{a}, v{b}) as c{at}" for at, (a, b) in enumerate(pairs))
    found = rows.query(f"select {wanted} from (select {inner} from {{rows}})").to_pylist()[0]
    return [(gappy[a], gappy[b]) for at, (a, b) in enumerate(pairs) if (found[f"c{at}"] or 0.0) >= TOGETHER]


def _lean(rows: Rows, sample: Rows, column: Column, others: Sequence[Column]) -> _Lean | None:
    """What the gaps of a column go with most, if they do; numbers are looked at in the sample, shares are those of all rows."""
    gap = f"cast({identifier(column.name)} is null as integer)"
    leans = (
        _of_number(rows, sample, gap, other) if other.role == "feature" else _of_category(rows, gap, other)
        for other in others
        if other.name != column.name
    )
    return max(filter(None, leans), key=lambda lean: lean.strength, default=None)


def _of_number(rows: Rows, sample: Rows, gap: str, other: Column) -> _Lean | None:
    value = identifier(other.name)
    seen = sample.query(f"select corr({gap}, {value}) as r, count({value}) as n from {{rows}}").to_pylist()[0]
    strength = abs(seen["r"] or 0.0)
    # Without a gap among the other column's values there is no correlation.
    if seen["n"] < 2 * FEWEST or not math.isfinite(strength) or strength < max(DEPENDS, SURE / math.sqrt(seen["n"])):
        return None
    (found,) = quantiles(rows, [other.name], [0.5])[None]
    assert found, "there is no correlation without values"
    high, middle = seen["r"] > 0, found[0]
    there = f"{value} {'>' if high else '<'} {middle!r}"
    shares = rows.query(
        f"select avg({gap}) filter ({there}) as there, avg({gap}) filter (not ({there})) as elsewhere from {{rows}}"
    ).to_pylist()[0]
    where = {"other": other.title, "where": "above" if high else "below", "value": float(f"{middle:.4g}")}
    return _Lean(strength, {**where, "there": shares["there"] or 0.0, "elsewhere": shares["elsewhere"] or 0.0})


def _of_category(rows: Rows, gap: str, other: Column) -> _Lean | None:
    value = identifier(other.name)
    if other.distinct > CATEGORIES:
        return None
    # The phi coefficient of each category against the rest.
    groups = rows.query(
        f"select {value} as category, count(*) as n, cast(sum({gap}) as double) as gaps from {{rows}} where {value} is not null group by 1 order by 1"
    ).to_pylist()
    total, gaps = sum(group["n"] for group in groups), sum(group["gaps"] for group in groups)
    best: _Lean | None = None
    for group in groups:
        n, m = group["n"], group["gaps"]
        rest = total - n
        spread = n * rest * gaps * (total - gaps)
        if n < FEWEST or rest < FEWEST or not spread:
            continue
        phi = (m * total - n * gaps) / math.sqrt(spread)
        if phi >= max(DEPENDS, SURE / math.sqrt(total)) and (best is None or phi > best.strength):
            where = {"other": other.title, "where": "category", "value": group["category"]}
            best = _Lean(phi, {**where, "there": m / n, "elsewhere": (gaps - m) / rest})
    return best
