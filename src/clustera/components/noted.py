"""What people wrote about a run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from clustera import texts
from clustera.components.markup import Markup, fill
from clustera.days import day_number
from clustera.records import Note, Outcome
from clustera.texts import translate


def note_list(notes: Sequence[Note], outcome: Outcome) -> Markup:
    """Notes with what they are about, their author and their day."""
    rows = [(note, note_subject(note, outcome), note_day(note.written)) for note in notes]
    return fill("notes.html.j2", rows=rows)


def note_subject(note: Note, outcome: Outcome) -> str:
    """What a note is about, in words; "" for the whole run."""
    kind, _, which = note.about.partition(":")
    if kind == "segment":
        names = {segment.segment: segment.name for segment in outcome.segments}
        return names.get(note.segment or 0, translate("Segment {n}", n=which))
    if kind == "day":
        return note_day(which)
    return which


def note_day(day: str) -> str:
    """A day of a note, as people write it."""
    try:
        return texts.format_day(day_number(date.fromisoformat(day)))
    except ValueError:
        return day
