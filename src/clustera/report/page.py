"""The whole report: one HTML file, the story first and the evidence behind it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from clustera import scales, texts
from clustera.records import Finding, Outcome
from clustera.report import buying, components, further, words
from clustera.report.markup import Markup, fill, stylesheet

_MORE_MAPS = 2
_SEVERITY = {"error": 0, "warning": 1, "note": 2}


def render(
    outcome: Outcome,
    *,
    sample: Mapping[str, npt.ArrayLike],
    title: str = "",
    names: dict[int, str] | None = None,
    files: Sequence[str] = (),
) -> str:
    """The report of a run as one HTML page that needs nothing else.

    Args:
        outcome: What the run found.
        sample: At most 20,000 customers drawn by hash, column by column (a pandas frame will do): the features in original
            units, `segment` (identity), `outlier` and `borderline` (bool). May be empty; then there is no map.
        title: Heading above the findings; the source's name when empty.
        names: Names that people gave to segments, by identity; they replace the generated ones everywhere.
        files: Names of the files that lie beside the report.

    Returns:
        The page. The same arguments give the same bytes: no date, no random id.
    """
    held = {name: np.asarray(sample[name]) for name in sample}
    with texts.speaking(outcome.locale):
        return _page(texts.rename_segments(outcome, names or {}), held, title, files)


def _page(outcome: Outcome, sample: Mapping[str, npt.NDArray[Any]], title: str, files: Sequence[str]) -> str:
    css = stylesheet()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    page = fill(
        "report.html.j2",
        css=Markup(css),
        style_hash=digest,
        outcome=outcome,
        title=title or outcome.source.name,
        headline=words.headline(outcome),
        verdict=words.explanation(outcome.selection.verdict),
        short=words.short(outcome.selection),
        meaning=words.meaning(outcome.selection),
        explanations=words.EXPLANATIONS,
        statements=words.STATEMENTS,
        sure=words.sureness(outcome),
        chosen=words.chosen(outcome.selection),
        maps=_maps(outcome, sample),
        sample=sample.get("segment", ()),
        rings=bool(len(sample.get("outlier", ()))) and bool(sample["outlier"].any()),
        outlier_segments=sorted((s for s in outcome.segments if s.outliers), key=lambda s: -s.outliers),
        findings=sorted(outcome.findings, key=lambda f: _SEVERITY[f.severity]),
        codes=_codes(outcome.findings),
        names={s.segment: s.name for s in outcome.segments},
        files=tuple(files),
        currency=outcome.behaviour.money.currency if outcome.behaviour else "",
        c=components,
        buying=buying,
        further=further,
    )
    return str(page)


def _maps(outcome: Outcome, sample: Mapping[str, npt.NDArray[Any]]) -> list[Markup]:
    if not len(sample.get("segment", ())) or len(outcome.preparation.features) < 2:
        return []
    values = {f.name: sample[f.name] for f in outcome.preparation.features}
    pairs = scales.rank_pairs(values, sample["segment"], outcome.preparation, outcome.segments)
    return [components.customer_map(outcome, sample, x, y) for x, y in pairs[: 1 + _MORE_MAPS]]


def _codes(findings: Sequence[Finding]) -> dict[str, int]:
    return {s: sum(f.severity == s for f in findings) for s in _SEVERITY if any(f.severity == s for f in findings)}
