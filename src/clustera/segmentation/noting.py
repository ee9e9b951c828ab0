"""Notes of people on a run."""

from __future__ import annotations

import datetime

from clustera.errors import InputError, RunError
from clustera.records import (
    Note,
)
from clustera.segmentation.held import Held
from clustera.store import (
    Run,
    add_note,
    read_notes,
    remove_note,
)
from clustera.store.audiences import user


class Noting(Held):
    """What people wrote about a run, kept beside it."""

    @property
    def notes(self) -> tuple[Note, ...]:
        """What people wrote about the run, the oldest first; they stand in its report. None before it is a run."""
        return read_notes(self._run) if self._run else ()

    def add_note(
        self,
        text: str,
        *,
        segment: int | None = None,
        figure: str = "",
        day: str | datetime.date = "",
        author: str | None = None,
    ) -> Note:
        """Write a note on the run, or on a segment, a figure or a day of it; it is kept beside the run.

        Args:
            text: At most 2,000 characters.
            segment: A segment.
            figure: The name of a figure, such as "Revenue".
            day: A day, such as "2026-05-03".
            author: Who writes; whoever is logged in when left out.

        Raises:
            InputError: it is about more than one of them.
            RunError: the text is empty or too long, there is no such segment or day, or this is not a run yet.
        """
        about = [
            f"{kind}:{which}"
            for kind, which in (("segment", segment), ("figure", figure), ("day", day))
            if which not in (None, "")
        ]
        if len(about) > 1:
            raise InputError("A note is about one thing.", hint="Give a segment, a figure or a day.")
        return add_note(self._kept(), text, about="".join(about), author=user() if author is None else author)

    def remove_note(self, number: int) -> None:
        """Take a note away, by its number.

        Raises:
            RunError: there is no such note, or this is not a run yet.
        """
        remove_note(self._kept(), number)

    def _kept(self) -> Run:
        if self._run is None:
            raise RunError(
                "This segmentation is not a run yet, so nothing can be noted on it.", hint="seg.publish() first."
            )
        return self._run
