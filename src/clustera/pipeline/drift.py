"""Later customers whose values no customer of the run had, or that are on another scale: counted, and told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from clustera.engines import Rows, identifier, literal
from clustera.features import feature_catalog
from clustera.records import Checked, Column, Distribution, Finding, Patterns, Severity

MIDDLE = 4  # place of the median among the quantiles of a distribution
MANY = 0.05  # share of the customers, from which it is a warning
EXAMPLES = 3  # unseen categories that are named
# How many times larger or smaller than the run's middle values are where their unit may have changed: 0.77 and 77 %.
OTHER_SCALE = 50
FEWEST = 20  # customers who tell so


def with_drift(checked: Checked, known: Patterns | None) -> Checked:
    """Later customers, with findings on features outside of the range that the run knows, and categories that it does not know.

    Args:
        checked: Later customers, by the columns of the run.
        known: What the run's own customers have; None where that is not kept. A descriptor of which only the most frequent
            values are kept is not judged.
    """
    found = _drift_findings(checked.rows, checked.columns, known) if known else ()
    return replace(checked, findings=(*checked.findings, *found)) if found else checked


def _drift_findings(rows: Rows, columns: Sequence[Column], known: Patterns) -> tuple[Finding, ...]:
    there = set(rows.columns)
    titles = {column.name: column.title for column in columns}
    forming = {column.name for column in columns if column.role == "feature"}
    features = [d for d in known.distributions if d.name in there & forming and d.quantiles]
    listed = {c.name: c.values for c in known.categories if c.name in there and not c.other and c.values}
    scaled = [d for d in features if d.quantiles[MIDDLE]]
    scales = [test for d in scaled for test in _scale_tests(d)]
    older = _growing_older(columns)
    outside = [_outside_sql(d, grows=d.name in older) for d in features]
    tests = [*outside, *scales, *(_unseen(name, values) for name, values in listed.items())]
    if not tests:
        return ()
    counts = ", ".join(f"count(case when {test} then 1 end)" for test in tests)
    total, *found = rows.value(f"select [count(*), {counts}] as n from {{rows}}")
    return (
        *_on_ranges(features, found[: len(outside)], total, titles),
        *_on_scales(scaled, found[len(outside) : len(outside) + len(scales)], titles),
        *_on_categories(rows, listed, found[len(outside) + len(scales) :], total, titles),
    )


def _on_scales(features: Sequence[Distribution], found: Sequence[int], titles: dict[str, str]) -> Iterator[Finding]:
    for feature, filled, *both in zip(features, found[::3], found[1::3], found[2::3], strict=True):
        for case, count in zip(("smaller", "larger"), both, strict=True):
            if filled >= FEWEST and 2 * count > filled:
                middle = feature.quantiles[MIDDLE]
                told = {"title": titles.get(feature.name, feature.name), "of": filled, "case": case, "middle": middle}
                yield _drift_finding("other-scale", feature.name, count, filled, told)


def _on_ranges(
    features: Sequence[Distribution], found: Sequence[int], total: int, titles: dict[str, str]
) -> Iterator[Finding]:
    for feature, count in zip(features, found, strict=True):
        if count:
            low, high = feature.quantiles[0], feature.quantiles[-1]
            values = {"title": titles.get(feature.name, feature.name), "of": total, "low": low, "high": high}
            yield _drift_finding("beyond-known-range", feature.name, count, total, values)


def _on_categories(
    rows: Rows, listed: dict[str, tuple[str, ...]], found: Sequence[int], total: int, titles: dict[str, str]
) -> Iterator[Finding]:
    for (name, values), count in zip(listed.items(), found, strict=True):
        if count:
            cell = identifier(name)
            seen = rows.query(
                f"select {cell} as value, count(*) as n from {{rows}} where {_unseen(name, values)} "
                f"group by 1 order by n desc, value limit {EXAMPLES}"
            )["value"].to_pylist()
            told = {"title": titles.get(name, name), "of": total, "unseen": tuple(map(str, seen))}
            yield _drift_finding("unseen-category", name, count, total, told)


def _drift_finding(code: str, column: str, count: int, total: int, values: dict[str, Any]) -> Finding:
    share = count / total
    severity: Severity = "warning" if share >= MANY else "note"
    return Finding(code=code, severity=severity, column=column, count=count, share=share, values=values)


def _growing_older(columns: Sequence[Column]) -> set[str]:
    """Days since a day, such as that of the last order: they grow by the mere passing of time, which is no drift."""
    counted = {column.name for column in columns if column.kind == "date" and column.unit == "days"}
    return counted | {feature.name for feature in feature_catalog() if feature.grows_older}


def _outside_sql(feature: Distribution, *, grows: bool) -> str:
    cell = identifier(feature.name)
    below = f"{cell} < {feature.quantiles[0]!r}"
    return below if grows else f"{below} or {cell} > {feature.quantiles[-1]!r}"


def _scale_tests(feature: Distribution) -> tuple[str, str, str]:
    """SQL for whether a cell has a value, and whether it is far smaller or far larger than the run's middle."""
    cell, middle = f"abs({identifier(feature.name)})", abs(feature.quantiles[MIDDLE])
    return (
        f"{cell} is not null",
        f"{cell} > 0 and {cell} <= {middle / OTHER_SCALE!r}",
        f"{cell} >= {middle * OTHER_SCALE!r}",
    )


def _unseen(name: str, values: Sequence[str]) -> str:
    return f"{identifier(name)} is not null and {identifier(name)} not in ({', '.join(map(literal, values))})"
