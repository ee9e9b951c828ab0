"""Names that people gave to segments, put in the place of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from clustera.records import Outcome, SegmentProfile


def rename_segments(outcome: Outcome, names: Mapping[int, str]) -> Outcome:
    """The outcome with people's names for segments, in sentences too."""
    old = {segment.segment: segment.name for segment in outcome.segments}
    new = {old[key]: name for key, name in names.items() if key in old and name and old[key]}
    if not new:
        return outcome
    # Longest first: "Young savers" must not be caught as part of "Young savers in town".
    pattern = re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(n) for n in sorted(new, key=len, reverse=True)) + r")(?!\w)"
    )

    def said(sentence: str) -> str:
        return pattern.sub(lambda found: new[found.group()], sentence)

    def retold(segment: SegmentProfile) -> SegmentProfile:
        return replace(
            segment,
            name=new.get(segment.name, segment.name),
            sentence=said(segment.sentence),
            trust=replace(segment.trust, sentence=said(segment.trust.sentence)),
        )

    comparison = outcome.comparison
    if comparison is not None:
        after = {
            **comparison.names_after,
            **{key: name for key, name in names.items() if key in comparison.names_after},
        }
        comparison = replace(comparison, names_after=after)
    return replace(outcome, segments=tuple(map(retold, outcome.segments)), comparison=comparison)
