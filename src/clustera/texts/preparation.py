"""What was done with the data before segments were made, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.records import Reason
from clustera.records.rows import Scalar
from clustera.texts.findings import note_text

_TOGETHER = (
    "filled",
    "straightened",
    "weighed",
)  # notes of one column each, which are said of all their columns at once


def preparation_sentences(notes: Sequence[Reason]) -> list[str]:
    """The notes of a preparation in words; what was done with several columns is said once.

    >>> note = Reason("weighed", {"title": "Spend", "weight": 0.5})
    >>> preparation_sentences([note, Reason("weighed", {"title": "Visits", "weight": 2.0})])
    ['Not all columns count alike: Spend counts 0.5 times, Visits counts 2 times. All others count once.']
    """
    said = []
    for note in notes:
        alike = [other for other in notes if other.code == note.code] if note.code in _TOGETHER else []
        if alike and note is alike[0]:
            columns = tuple(_column(other) for other in alike)
            said.append(note_text(Reason(note.code, {"count": len(columns), "columns": columns})))
        elif not alike:
            said.append(note_text(note))
    return said


def _column(note: Reason) -> dict[str, Scalar]:
    return {name: value for name, value in note.values.items() if isinstance(value, str | int | float)}
