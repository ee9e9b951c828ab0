"""Two groups of customers held against each other, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.records import Difference
from clustera.texts.numbers import format_count
from clustera.texts.translation import translate


def difference_sentence(found: Sequence[Difference], *, one: str, other: str) -> str:
    """What the comparison comes to, in one sentence."""
    told = [entry for entry in found if entry.differs]
    if not told:
        return translate(
            "Nothing differs between {one} and {other} that chance would not explain.", one=one, other=other
        )
    return translate(
        "{n} of {all} compared figures differ between {one} and {other}; about one in twenty of such findings is chance.",
        n=format_count(len(told)),
        all=format_count(len(found)),
        one=one,
        other=other,
    )
