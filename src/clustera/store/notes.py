"""What people write about a run: a small file beside it, since the run itself never changes."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from unicodedata import category

from pydantic import TypeAdapter, ValidationError

from clustera.errors import InputError, MissingError, RunError, read_error
from clustera.records import Note
from clustera.store.files import locked_folder, replace_json, writing_folder
from clustera.store.run import Run

LONGEST = 2_000  # characters of a note
_LONGEST_NAME = 80
_IN_TEXT = "\t\u200c\u200d"  # a tab, and what parts or joins letters of Persian and the parts of an emoji
_FIGURE = re.compile(r"[\w -]{1,60}")


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the file holds."""

    given: int = 0  # the last id
    notes: tuple[Note, ...] = ()


@cache
def _adapter() -> TypeAdapter[_Kept]:
    return TypeAdapter(_Kept)


def notes_file(run: Path) -> Path:
    """Where the notes of a run stand, beside it."""
    return run.parent / f"{run.name}.notes.json"


def read_notes(run: Run) -> tuple[Note, ...]:
    """The notes of a run, the oldest first.

    Raises:
        RunError: their file is damaged.
    """
    return _stored_notes(run).notes


def add_note(run: Run, text: str, *, about: str = "", author: str = "") -> Note:
    """Write a note beside a run.

    Args:
        run: Which run.
        text: At most 2,000 characters.
        about: "" the run, "segment:3", "figure:NAME" or "day:2017-12-25".
        author: Who writes.

    Raises:
        InputError: the text is empty or too long, or `about` is nothing of this run.
        SetupError: the folder can't be written.
    """
    text, author = _tidy(text), " ".join(author.split())[:_LONGEST_NAME]
    if not text:
        raise InputError("The note is empty.", hint="For example: clustera note latest 'Price change on May 3'")
    if len(text) > LONGEST:
        raise InputError(f"The note has {len(text):,} characters; {LONGEST:,} are the most.", hint="Shorten it.")
    about = _known_subject(about, run)
    with writing_folder(run.path.parent), locked_folder(run.path.parent):
        kept = _stored_notes(run)
        made = Note(kept.given + 1, text, about, author, datetime.now().astimezone().date().isoformat())
        replace_json(notes_file(run.path), asdict(_Kept(made.id, (*kept.notes, made))))
    return made


def remove_note(run: Run, number: int) -> None:
    """Take a note away.

    Raises:
        RunError: there is no such note.
    """
    with writing_folder(run.path.parent), locked_folder(run.path.parent):
        kept = _stored_notes(run)
        left = tuple(note for note in kept.notes if note.id != number)
        if len(left) == len(kept.notes):
            there = ", ".join(str(note.id) for note in kept.notes) or "none"
            raise MissingError(f"{run.name} has no note {number}.", hint=f"It has: {there}.")
        replace_json(notes_file(run.path), asdict(_Kept(kept.given, left)))


def _stored_notes(run: Run) -> _Kept:
    path = notes_file(run.path)
    try:
        return _adapter().validate_json(path.read_bytes())
    except FileNotFoundError:
        return _Kept()
    except (OSError, ValidationError) as error:
        raise read_error(
            error, RunError(f"{path} is damaged.", hint="Restore it from a copy, or remove it.")
        ) from error


def _tidy(text: str) -> str:
    """Lines end alike, and no character is one that no text has. Spaces of any width and what joins letters are text."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(
        "".join(c for c in line if c.isprintable() or c in _IN_TEXT or category(c) == "Zs").rstrip() for line in lines
    ).strip()


def _known_subject(about: str, run: Run) -> str:
    kind, _, which = about.partition(":")
    if not about:
        return ""
    if kind == "segment":
        known = run.model().segments
        if which.isdigit() and int(which) in known:
            return f"segment:{int(which)}"
        raise MissingError(f"{run.name} has no segment {which}.", hint=f"It has: {', '.join(map(str, known))}.")
    if kind == "day":
        try:
            return f"day:{date.fromisoformat(which).isoformat()}"
        except ValueError as error:
            raise InputError(f"{which!r} is no day.", hint="Write it as 2026-05-03.") from error
    if kind == "figure" and _FIGURE.fullmatch(which):
        return about
    raise InputError(
        f"A note can't be about {about!r}.", hint="It is about the run, a segment (segment:3), a figure or a day."
    )
