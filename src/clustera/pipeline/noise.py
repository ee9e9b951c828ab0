"""Features that do not tell clear groups apart: found, told, and left out of the segmentation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from clustera import prepare
from clustera.check import keyed_by_values
from clustera.cluster.auto import select_k
from clustera.cluster.judgments import gap_strength, why_no_clear_groups
from clustera.cluster.noise import noise_features
from clustera.cluster.options import ClusterOptions
from clustera.engines import identifier
from clustera.pipeline.grouping import Grouped
from clustera.records import NOISE, Checked, Column, Finding, KSelection, Patterns, Reason
from clustera.settings import Settings
from clustera.texts import describing_title

FORMING = {"sensitive", "may-be-id"}  # findings that say of a column that it forms the segments
ALONE = ClusterOptions(k_max=8)  # groups that noise may form by itself: then it is none
WEAKER = 0.1  # by so much the gaps may look less clear without the noise, as chance has it


def without_noise(
    found: Grouped, group: Callable[[Checked], Grouped], settings: Settings
) -> tuple[Grouped, tuple[Finding, ...]]:
    """Clear groups drawn by the features that tell them apart; those that do not, describe.

    Whoever named a feature or gave it a weight keeps it, and is told. Without clear groups nothing is left out, and
    neither where the groups would be fewer or less clear without it.

    Args:
        found: Customers grouped by all features.
        group: Prepares customers and chooses how many segments there are.
        settings: What is asked for.
    """
    if NOISE in settings.check.keep or found.choice.selection.verdict != "clear":
        return found, ()
    columns = found.checked.role("feature")
    noise = [column for column, none in zip(columns, _noise(found), strict=True) if none]
    named = [column for column in noise if column.asked or column.name in settings.prepare.weights]
    # A day, a birth year or a bracket counts as a number where it forms segments, and describes in other words.
    free = [
        column for column in noise if column not in named and column.kind == "number" and column.measures != "birth"
    ]
    told = [_noise_finding(column, "kept") for column in named]
    if not free:
        return found, tuple(told)
    fewer = group(as_descriptors(found.checked, free))
    if not _as_clear(fewer.choice.selection, found.choice.selection):
        return found, tuple(told)
    return fewer, (*(_noise_finding(column, "left") for column in free), *told)


def _noise(found: Grouped) -> npt.NDArray[np.bool_]:
    """Which features tell neither the segments apart, nor the parts that they fall into, nor clear groups of their own.

    They are judged in an order by their values, so that other names and another order of the columns change nothing.
    """
    choice, order = found.choice, prepare.order_by_values(found.preparation.features)
    judged = choice.judged[:, order]
    noise = noise_features(judged, choice.solution.with_features(order))
    if noise.any() and choice.parts is not None and choice.parts.k != choice.solution.k:
        noise &= noise_features(judged, choice.parts.with_features(order))
    if noise.any() and select_k(judged[:, noise], options=ALONE).verdict == "clear":
        noise[:] = False
    return noise[np.argsort(order)]


def as_descriptors(checked: Checked, columns: Sequence[Column]) -> Checked:
    """The checked table with some features as descriptors."""
    names = {column.name for column in columns}
    rows = checked.rows
    if not checked.role("id"):
        rows = keyed_by_values(rows, [c.name for c in checked.role("feature") if c.name not in names])
    cells = ", ".join(f"{_number_as_text(cell)} as {cell}" for cell in map(identifier, names))
    return replace(
        checked,
        columns=tuple(
            replace(column, role="descriptor", reason=Reason(NOISE)) if column.name in names else column
            for column in checked.columns
        ),
        rows=rows.select(f"select * replace ({cells}) from {{rows}}"),
        findings=tuple(f for f in checked.findings if not (f.column in names and f.code in FORMING)),
    )


def patterns_marked(patterns: Patterns, columns: Sequence[Column]) -> Patterns:
    """What the table shows, with a mark on each number that turned out to tell no segments apart, and only describes."""
    left = {column.name for column in columns if column.role == "descriptor" and column.reason.code == NOISE}
    told = (
        replace(one, label=describing_title(one.label)) if one.name in left else one for one in patterns.distributions
    )
    return replace(patterns, distributions=tuple(told))


def _number_as_text(cell: str) -> str:
    """SQL for a number as descriptors are written: whole ones without decimals."""
    whole = f"try_cast({cell} as hugeint)"
    return f"case when {cell} = {whole} then cast({whole} as varchar) else cast({cell} as varchar) end"


def _as_clear(fewer: KSelection, every: KSelection) -> bool:
    """Whether there are as many clear groups, and as clear ones, by fewer features."""
    if fewer.verdict != "clear" or fewer.k < every.k:
        return False
    least, before = (
        min(gap_strength(e) for e in selection.evidence if not why_no_clear_groups(e)) for selection in (fewer, every)
    )
    return least <= before + WEAKER


def _noise_finding(column: Column, case: str) -> Finding:
    return Finding(code=NOISE, severity="note", column=column.name, values={"title": column.title, "case": case})
