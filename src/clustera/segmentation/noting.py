"""Notes of people on a run."""

from __future__ import annotations

import datetime

from clustera.arguments import DAY, TEXT, WHOLE, arguments_checked, takes
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
from clustera.store.audiences import acting_user


@arguments_checked
class Noting(Held):
    """What people wrote about a run, kept beside it."""

    @property
    def notes(self) -> tuple[Note, ...]:
        """What people wrote about the run, the oldest first; they stand in its report. None before it is a run.

        >>> import clustera
        >>> run = clustera.load("march")
        >>> note = run.add_note("The largest customers were visited.", author="Ann")
        >>> [(note.author, note.text) for note in run.notes]
        [('Ann', 'The largest customers were visited.')]
        """
        return read_notes(self._run) if self._run else ()

    @takes(text=TEXT, segment=WHOLE, figure=TEXT, day=DAY, author=TEXT)
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
            figure: The name of a figure, such as "Sales".
            day: A day, such as "2026-05-03".
            author: Who writes. Default: whoever is logged in.

        Returns:
            The note: id (its number), text, about, author and written (the day).

        Raises:
            InputError: it is about more than one of them, the text is empty or too long, or there is no such day.
            RunError: there is no such segment, or this is not a run yet.

        >>> import clustera
        >>> note = clustera.load("march").add_note("Large packs were sold out.", segment=2, author="Ann")
        >>> note.id, note.about
        (1, 'segment:2')
        """
        about = [
            f"{kind}:{which}"
            for kind, which in (("segment", segment), ("figure", figure), ("day", day))
            if which not in (None, "")
        ]
        if len(about) > 1:
            raise InputError("A note is about one thing.", hint="Give a segment, a figure or a day.")
        return add_note(self._kept(), text, about="".join(about), author=acting_user() if author is None else author)

    @takes(number=WHOLE)
    def remove_note(self, number: int) -> None:
        """Remove a note.

        Args:
            number: The note's `id`.

        Raises:
            RunError: there is no such note, or this is not a run yet.

        >>> import clustera
        >>> run = clustera.load("march")
        >>> note = run.add_note("A mistake.", author="Ann")
        >>> run.remove_note(note.id)
        >>> run.notes
        ()
        """
        remove_note(self._kept(), number)

    def _kept(self) -> Run:
        if self._run is None:
            raise RunError(
                "This segmentation is not a run yet, so nothing can be noted on it.", hint="seg.publish() first."
            )
        return self._run
