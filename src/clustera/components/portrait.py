"""One segment in detail: how its values are distributed, all its averages, and the shares of its categories."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

import numpy as np
import numpy.typing as npt

from clustera import scales, texts
from clustera.components.markup import Markup, drawing, element, fill, line, text, tone
from clustera.records import Distribution, FeatureProfile, Outcome, SegmentProfile
from clustera.texts import translate

_WIDTH, _HEIGHT, _BOTTOM = 300, 130, 24
_MOST = 12  # pictures; the table has all features
_FEWEST = 30  # customers of the sample from which on a distribution is drawn


def segment_distributions(
    segment: SegmentProfile, outcome: Outcome, sample: Mapping[str, npt.NDArray[np.generic]]
) -> list[tuple[str, Markup]]:
    """Per feature its label, and how the segment's values (in color) lie beside those of all customers (gray).

    Args:
        segment: Whose values.
        outcome: The run.
        sample: At most 20,000 customers, column by column, with `segment`.
    """
    if "segment" not in sample:
        return []
    members = np.asarray(sample["segment"]) == segment.segment
    if members.sum() < _FEWEST:
        return []
    known = {entry.name: entry for entry in outcome.patterns.distributions}
    order = [name for name in segment.distinguishing if name in known and name in sample]
    return [
        (known[name].label, _overlaid(known[name], np.asarray(sample[name], dtype=np.float64), members, segment))
        for name in order[:_MOST]
    ]


def _overlaid(
    distribution: Distribution, values: npt.NDArray[np.float64], members: npt.NDArray[np.bool_], segment: SegmentProfile
) -> Markup:
    edges = np.array(distribution.edges)
    if len(edges) < 2 or edges[-1] <= edges[0]:
        return drawing(_WIDTH, 40, text(4, 24, translate("One value only"), "note"), label=distribution.label)
    of_all, own = (_shares(part[np.isfinite(part)], edges) for part in (values, values[members]))
    most = max(float(of_all.max()), float(own.max())) or 1.0
    floor, low, high = _HEIGHT - _BOTTOM, edges[0], edges[-1]

    def x(value: float) -> float:
        return 6 + (_WIDTH - 12) * float((value - low) / (high - low))

    def bars(shares: npt.NDArray[np.float64], class_: str, inset: float) -> list[Markup]:
        return [
            element(
                "rect",
                x=x(left) + inset,
                y=floor - (floor - 12) * share / most,
                width=max(x(right) - x(left) - 1 - 2 * inset, 0.5),
                height=(floor - 12) * share / most,
                class_=class_,
            )
            for left, right, share in zip(edges, edges[1:], shares, strict=False)
            if share > 0
        ]

    parts = [*bars(of_all, "bar", 0.0), *bars(own, "fill", 1.5), line(0, floor, _WIDTH, floor, "base")]
    for tick in scales.round_ticks(low, high, 4):
        anchor = "start" if x(tick) < 20 else "end" if x(tick) > _WIDTH - 20 else "middle"
        parts.append(text(x(tick), _HEIGHT - 7, texts.format_tick(tick), "tick", anchor))
    label = translate("{what} of {name}, beside all customers", what=distribution.label, name=segment.name)
    return drawing(_WIDTH, _HEIGHT, *parts, label=label, class_=f"histogram beside {tone(segment.color)}")


def _shares(values: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share of the values between two edges; the outermost take what lies beyond."""
    counted = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    return np.asarray(counted / max(counted.sum(), 1))


def feature_table(segment: SegmentProfile, outcome: Outcome) -> Markup:
    """Every feature of a segment: mean, median, the middle eight tenths, and how it compares with all customers."""
    prepared = {feature.name: feature for feature in outcome.preparation.features}
    order = {name: i for i, name in enumerate(segment.distinguishing)}
    profiles = sorted(segment.features, key=lambda profile: order.get(profile.feature, len(order)))
    rows = [(prepared[p.feature], p, _class_of(p)) for p in profiles if p.feature in prepared]
    return fill("feature_table.html.j2", rows=rows, segment=segment)


def descriptor_table(segment: SegmentProfile, outcome: Outcome) -> Markup:
    """The categories of a segment: each value's share in it beside its share of all customers; "" without any."""
    if not segment.descriptors:
        return Markup("")
    titles = {column.name: column.title for column in outcome.columns}
    rows = [
        (titles.get(name, name), sorted(entries, key=lambda entry: -entry.share))
        for name, entries in groupby(segment.descriptors, key=lambda entry: entry.descriptor)
    ]
    return fill("descriptor_table.html.j2", rows=rows, segment=segment)


def _class_of(profile: FeatureProfile) -> str:
    return "up" if profile.effect > 0.2 else "down" if profile.effect < -0.2 else "weak"
