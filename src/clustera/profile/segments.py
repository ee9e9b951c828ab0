"""Each segment, explained: figures, name, statement, trust, levels, color."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from clustera.engines import Rows
from clustera.profile.bands import in_bands
from clustera.profile.feature_levels import feature_levels
from clustera.profile.levels import read_levels
from clustera.profile.names import name_segments
from clustera.profile.numbers import segment_figures
from clustera.profile.statements import state_segment
from clustera.profile.trust import judge_trust
from clustera.profile.vocabulary import feature_terms
from clustera.records import NOISE, Column, NameBasis, Preparation, SegmentProfile, TrustNumbers, Verdict
from clustera.texts import Language, load_language, speaking, to_locale


def describe(
    rows: Rows,
    *,
    checked_columns: Sequence[Column],
    preparation: Preparation,
    centers: npt.NDArray[np.float64],
    centers_original: npt.NDArray[np.float64],
    segments: Sequence[int],
    trust: Sequence[TrustNumbers],
    verdict: Verdict,
    names: Mapping[int, str] = {},
    bases: Mapping[int, NameBasis] = {},
    colors: Mapping[int, int] = {},
    language: Language | str | Path | None = None,
) -> tuple[SegmentProfile, ...]:
    """Every segment in figures and words.

    Args:
        rows: The checked table with `segment` (INTEGER), `outlier`, `borderline` (BOOLEAN) and `distance` (DOUBLE).
        checked_columns: All columns of the table; descriptors are described.
        preparation: How the features became coordinates.
        centers: (k, d) prepared units.
        centers_original: (k, d) original units.
        segments: Identities, in the order of the centers.
        trust: What was measured about each segment's stability, in any order.
        verdict: On all segments together.
        names: Names that identities have already.
        bases: What these say, where an earlier run gave them; a name without was given by a person.
        colors: Places in the palette that identities have already.
        language: A language, or its file; English when None.

    Raises:
        InputError: the language file does not fit.
    """
    speech = language if isinstance(language, Language) else load_language(language)
    features = preparation.features
    describing = [column for column in checked_columns if column.role == "descriptor"]
    descriptors = {column.name: column.title for column in describing}
    overall, own = segment_figures(
        in_bands(rows, [column.name for column in describing if column.reason.code == NOISE]),
        features=[feature.name for feature in features],
        descriptors=list(descriptors),
        centers=dict(zip(segments, centers_original.tolist(), strict=True)),
    )
    weights = np.array([feature.weight or 1.0 for feature in features])
    readings = read_levels(own, overall, feature_terms(features, speech), (centers / weights).tolist())
    with speaking(to_locale(speech)):
        called = name_segments(readings, kept=names, bases=bases, language=speech)
    measured = {numbers.segment: numbers for numbers in trust}
    painted = _colors(segments, colors)
    profiles = []
    for reading, center in zip(readings, centers.tolist(), strict=True):
        segment, figure = reading.segment, reading.figures
        name, basis = called[segment]
        profiles.append(
            SegmentProfile(
                segment=segment,
                name=name,
                size=figure.size,
                share=figure.share,
                outliers=figure.outliers,
                color=painted[segment],
                center=tuple(center),
                features=figure.features,
                descriptors=figure.descriptors,
                distinguishing=figure.distinguishing,
                trust=judge_trust(measured[segment], verdict),
                levels=feature_levels(reading),
                statement=state_segment(reading, titles=descriptors),
                basis=basis,
            )
        )
    return tuple(profiles)


def _colors(segments: Sequence[int], kept: Mapping[int, int]) -> dict[int, int]:
    """A place in the palette for every segment: its own from before, else the first that is free."""
    colors = {segment: kept[segment] for segment in segments if segment in kept}
    taken = set(colors.values())
    for segment in segments:
        if segment not in colors:
            colors[segment] = next(place for place in range(len(taken) + 1) if place not in taken)
            taken.add(colors[segment])
    return colors
