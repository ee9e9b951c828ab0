"""All segments against all features in one table."""

from __future__ import annotations

from clustera import scales, texts
from clustera.components.markup import Markup, fill
from clustera.records import Outcome

# More features go into tables of their own below, those that differ least, so that nothing has to be scrolled sideways.
_ACROSS = 7
_OPEN = 2  # tables that are seen at once; the others open on demand
_LIMITS = (0.25, 0.5, 1.0, 1.5)  # |effect| in standard deviations from which a cell is shaded more strongly


def heat_level(effect: float) -> int:
    """How strongly a cell is shaded, -4 (far below the others) to 4 (far above).

    >>> heat_level(0.1), heat_level(0.6), heat_level(-2.0)
    (0, 2, -4)
    """
    level = sum(abs(effect) >= limit for limit in _LIMITS)
    return level if effect > 0 else -level


def heat_table(outcome: Outcome) -> Markup:
    """Averages by segment and feature; shaded by how far they lie from the other customers."""
    means = {entry.name: entry.mean for entry in outcome.patterns.distributions}
    known = {segment.segment: {entry.feature: entry for entry in segment.features} for segment in outcome.segments}
    first = scales.distinguishing_features(outcome, _ACROSS)
    rest = [feature for feature in outcome.preparation.features if feature not in first]
    features = [*first, *rest]
    blocks = [features[i : i + _ACROSS] for i in range(0, len(features), _ACROSS)]
    return fill(
        "heat.html.j2",
        blocks=blocks,
        shown=_OPEN,
        hidden=max(0, len(features) - _OPEN * _ACROSS),
        segments=outcome.segments,
        known=known,
        means=means,
        level=heat_level,
        is_elapsed=texts.is_elapsed,
    )
