"""What the data do not allow: an error whose reason is a code, so that a run can go on without it and tell why."""

from __future__ import annotations

from clustera.errors import InputError
from clustera.records import Reason
from clustera.texts.findings import load_notes, note_text


class NotPossibleError(InputError):
    """The data are too few, too short or of another kind for what was asked.

    Args:
        reason: Code and numbers; message and cure stand among the notes of the catalog.

    >>> NotPossibleError(Reason("no-repeat-purchase", {"customers": 12})).hint
    'Use a longer history.'
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(note_text(reason), hint=load_notes()[reason.code].get("cure", ""))
        self.reason = reason
