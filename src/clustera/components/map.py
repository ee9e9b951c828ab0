"""Customers as points, or as density where there are many, with the centers of their segments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clustera import scales, texts, transform
from clustera.components.markup import Markup, cut_middle, drawing, element, line, text, tone
from clustera.records import FeaturePreparation, Outcome, SegmentProfile

POINTS = 3_000  # more customers are drawn as density
_WIDTH, _HEIGHT = 640, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 12, 12, 54
_CELL = 8.0  # radius of a hexagon
_LEVELS = 4
_BADGE = 12.0
_FIGURE = 12.5  # width of one figure, as wide as on a phone
_UPWARD = 5  # ticks
_LONGEST = 48, 34  # letters of a name along and beside the map, as on a phone


@dataclass(frozen=True, slots=True)
class _Axis:
    feature: FeaturePreparation
    low: float
    high: float
    start: float  # where `low` is drawn
    end: float

    def places(self, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Where values are drawn; what lies beyond the frame is drawn at its edge."""
        known = np.asarray(values, dtype=np.float64)
        known = np.clip(np.where(np.isfinite(known), known, self.feature.fill), self.low, self.high)
        ends = transform.yeo_johnson([self.low, self.high], self.feature.power)
        part = (transform.yeo_johnson(known, self.feature.power) - ends[0]) / (ends[1] - ends[0])
        return np.asarray(self.start + (self.end - self.start) * part)

    def beyond(self, values: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        known = np.asarray(values, dtype=np.float64)
        return np.asarray((known < self.low) | (known > self.high))

    def ticks(self, wanted: int) -> list[tuple[float, str]]:
        values = scales.axis_ticks(self.low, self.high, self.feature.power, wanted)
        return [(float(self.places(value)), texts.format_tick(value)) for value in values]


def customer_map(outcome: Outcome, sample: Mapping[str, npt.ArrayLike], x: str, y: str) -> Markup:
    """Customers by two features, colored by segment; centers carry the segment's number.

    Args:
        outcome: What was found.
        sample: Up to 20,000 customers, column by column: features in original units, `segment`, `outlier`.
        x: Feature on the horizontal axis.
        y: Feature on the vertical axis.
    """
    features = {feature.name: feature for feature in outcome.preparation.features}
    outlier = np.asarray(sample["outlier"], dtype=bool)
    along, high = scales.spread_ties(sample[x], 0), scales.spread_ties(sample[y], 1)
    up = _axis(features[y], high, outlier, _HEIGHT - _BOTTOM, _TOP)
    # The name of the axis stands beside its longest number, which is largest on a phone.
    left = max(_LEFT, 30 + _FIGURE * max((len(words) for _, words in up.ticks(_UPWARD)), default=0))
    across = _axis(features[x], along, outlier, left, _WIDTH - _RIGHT)
    px, py = across.places(along), up.places(high)
    beyond = int((across.beyond(along) | up.beyond(high)).sum())
    own = np.asarray(sample["segment"])
    draw = _dots if len(own) <= POINTS else _density_cells
    parts = [*_frame(across, up)]
    parts += draw(outcome, px[~outlier], py[~outlier], own[~outlier])
    parts += _outlier_marks(outcome, px[outlier], py[outlier], own[outlier])
    parts += _badges(outcome, across, up)
    if beyond:
        parts.append(
            text(
                _WIDTH - _RIGHT - 4,
                _TOP + 14,
                texts.translate("{n} beyond the frame, drawn at its edge", n=texts.format_count(beyond)),
                "note halo",
                "end",
            )
        )
    label = texts.translate(
        "Map of {n} customers by {across} and {up}, colored by segment. The averages of each segment are in the table of features.",
        n=texts.format_count(len(own)),
        across=features[x].label,
        up=features[y].label,
    )
    return drawing(_WIDTH, _HEIGHT, *parts, label=label, class_="map")


def _axis(
    feature: FeaturePreparation, values: npt.ArrayLike, outlier: npt.NDArray[np.bool_], start: float, end: float
) -> _Axis:
    return _Axis(feature, *scales.axis_frame(values, outlier, feature.power), start, end)


def _frame(across: _Axis, up: _Axis) -> list[Markup]:
    left, bottom, right = across.start, _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = []
    for place, words in across.ticks(6):
        parts += [line(place, _TOP, place, bottom, "grid"), text(place, bottom + 18, words, "tick", "middle")]
    for place, words in up.ticks(_UPWARD):
        parts += [line(left, place, right, place, "grid"), text(left - 8, place + 4, words, "tick", "end")]
    along, beside = (cut_middle(axis.feature.label, most) for axis, most in zip((across, up), _LONGEST, strict=True))
    parts.append(text((left + right) / 2, _HEIGHT - 12, along, "axis", "middle"))
    middle = (_TOP + bottom) / 2
    turned = element(
        "text", beside, class_="axis", text_anchor="middle", transform=f"translate(18 {middle:g}) rotate(-90)"
    )
    return [*parts, turned]


def _dots(
    outcome: Outcome, px: npt.NDArray[np.float64], py: npt.NDArray[np.float64], own: npt.NDArray[np.int64]
) -> list[Markup]:
    parts = []
    for i, segment in enumerate(outcome.segments):
        mine = own == segment.segment
        path = "".join(f"M{x:.0f} {y:.0f}h0" for x, y in zip(px[mine], py[mine], strict=True))
        if path:
            crowd = "few" if len(px) <= 600 else "many"
            parts.append(element("path", d=path, class_=f"dots {crowd} {picked(i)} {tone(segment.color)}"))
    return parts


def _density_cells(
    outcome: Outcome, px: npt.NDArray[np.float64], py: npt.NDArray[np.float64], own: npt.NDArray[np.int64]
) -> list[Markup]:
    """Hexagons in the color of the segment that has most customers there; the fuller, the stronger."""
    wide, high = _CELL * math.sqrt(3), _CELL * 1.5
    row = np.rint(py / high).astype(int)
    column = np.rint(px / wide - 0.5 * (row % 2)).astype(int)
    # Row and column as one number: pairs take ten times as long to sort.
    first, columns = column.min(), np.ptp(column) + 1
    cells, cell_of = np.unique(row * columns + (column - first), return_inverse=True)
    place = {segment.segment: i for i, segment in enumerate(outcome.segments)}
    segments = np.array([place[segment] for segment in own.tolist()])
    counts = np.zeros((len(cells), len(place)), dtype=np.int64)
    np.add.at(counts, (cell_of, segments), 1)
    totals = counts.sum(axis=1)
    most = int(totals.max())
    paths: dict[tuple[int, int], list[str]] = {}
    for cell, total, owner in zip(cells.tolist(), totals.tolist(), counts.argmax(axis=1).tolist(), strict=True):
        r, c = cell // columns, cell % columns + first
        level = math.ceil(_LEVELS * math.log1p(total) / math.log1p(most))
        x, y = wide * (c + 0.5 * (r % 2)), high * r
        paths.setdefault((owner, level), []).append(f"M{x:.1f} {y - _CELL:.1f}{_HEXAGON}")
    return [
        element("path", d="".join(drawn), class_=f"cells level-{level} {picked(s)} {tone(outcome.segments[s].color)}")
        for (s, level), drawn in sorted(paths.items())
    ]


_HALF = _CELL * math.sqrt(3) / 2
_HEXAGON = f"l{_HALF:.2f} {_CELL / 2:g}v{_CELL:g}l{-_HALF:.2f} {_CELL / 2:g}l{-_HALF:.2f} {-_CELL / 2:g}v{-_CELL:g}z"


def _outlier_marks(
    outcome: Outcome, px: npt.NDArray[np.float64], py: npt.NDArray[np.float64], own: npt.NDArray[np.int64]
) -> list[Markup]:
    classes = {s.segment: f"outlier {picked(i)} {tone(s.color)}" for i, s in enumerate(outcome.segments)}
    return [
        element("circle", cx=float(round(x)), cy=float(round(y)), r=3.5, class_=classes[int(s)])
        for x, y, s in zip(px[:1000], py[:1000], own[:1000], strict=True)
    ]


def _badges(outcome: Outcome, across: _Axis, up: _Axis) -> list[Markup]:
    placed: list[tuple[SegmentProfile, float, float]] = []
    for segment in outcome.segments:
        center = {profile.feature: profile.center for profile in segment.features}
        placed.append(
            (segment, float(across.places(center[across.feature.name])), float(up.places(center[up.feature.name])))
        )
    spread = spread_out(np.array([(x, y) for _, x, y in placed], dtype=np.float64), 2 * _BADGE + 2, across.start)
    parts = []
    for i, ((segment, x, y), (bx, by)) in enumerate(zip(placed, spread, strict=True)):
        inside = [element("title", segment.name)]
        if math.hypot(bx - x, by - y) > _BADGE:
            inside += [line(x, y, bx, by, "leader"), element("circle", cx=x, cy=y, r=3, class_="fill")]
        inside.append(element("circle", cx=float(bx), cy=float(by), r=_BADGE, class_="badge-mark"))
        inside.append(text(float(bx), float(by) + 5, str(segment.segment), "on-fill", "middle"))
        parts.append(element("g", *inside, class_=f"{picked(i)} {tone(segment.color)}"))
    return parts


def picked(i: int) -> str:
    """The classes of a mark of the i-th segment: it stays while the others fade when that segment is picked."""
    return f"of of-{i}"


def spread_out(places: npt.NDArray[np.float64], apart: float, left: float = _LEFT) -> npt.NDArray[np.float64]:
    """Places (n, 2) right of `left`, pushed away from each other until none are closer than `apart` (or nearly so)."""
    moved = places.copy()
    for _ in range(200):
        still = True
        for i in range(len(moved)):
            for j in range(i + 1, len(moved)):
                step = moved[j] - moved[i]
                distance = float(np.hypot(*step))
                if distance >= apart - 1e-6:
                    continue
                still = False
                angle = 2.4 * (i + 1)  # equal places part in a direction of their own
                unit = step / distance if distance > 1e-9 else np.array([math.cos(angle), math.sin(angle)])
                moved[i] -= unit * (apart - distance) / 2
                moved[j] += unit * (apart - distance) / 2
        moved[:, 0] = np.clip(moved[:, 0], left + _BADGE, _WIDTH - _RIGHT - _BADGE)
        moved[:, 1] = np.clip(moved[:, 1], _TOP + _BADGE, _HEIGHT - _BOTTOM - _BADGE)
        if still:
            break
    return moved
