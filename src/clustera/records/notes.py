"""What people write about a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on a run, or on a segment, a figure or a day of it."""

    id: int  # from 1; never given twice in a run
    text: str
    about: str = ""  # "" the run, "segment:3", "figure:revenue", "day:2017-12-25"
    author: str = ""
    written: str = ""  # day, such as 2026-11-29

    @property
    def segment(self) -> int | None:
        """The segment it is about; None where it is about something else."""
        kind, _, which = self.about.partition(":")
        return int(which) if kind == "segment" and which.isdigit() else None
