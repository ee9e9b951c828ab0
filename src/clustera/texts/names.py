"""Names of segments and groups; those that people gave to segments, put in the place of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from clustera.records import Outcome
from clustera.texts.translation import translate


def rename_segments(outcome: Outcome, names: Mapping[int, str]) -> Outcome:
    """The outcome with people's names for segments; sentences that name a segment are made of it when they are shown.

    >>> rename_segments(seg.outcome, {1: "Our best"}).segments[0].name
    'Our best'
    """
    given = {key: name for key, name in names.items() if name}
    segments = tuple(replace(segment, name=given.get(segment.segment, segment.name)) for segment in outcome.segments)
    comparison = outcome.comparison
    if comparison is not None:
        known = comparison.names_after
        comparison = replace(comparison, names_after={key: given.get(key, name) for key, name in known.items()})
    return replace(outcome, segments=segments, comparison=comparison)


def group_name(group: int | str | None, names: Mapping[int, str]) -> str:
    """How a group is called; None are all others.

    >>> group_name(3, {3: "Regulars"}), group_name("Win back", {}), group_name("all", {}), group_name(None, {})
    ('Regulars', 'Win back', 'all customers', 'all other customers')
    """
    if group is None:
        return translate("all other customers")
    if isinstance(group, int):
        return names.get(group, str(group))
    return translate("all customers") if group == "all" else group
