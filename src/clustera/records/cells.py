"""How a feature's cells become its values, told so that any database can be asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

CellKind = Literal["plain", "written", "bracket", "birth-year", "date", "birth-date"]


@dataclass(frozen=True, slots=True)
class CellReading:
    """How the cells of one feature are read, as `predict` reads them where they are written as in the run's own table.

    A cell that holds nothing of the kind, an impossible value and a number that stands for "unknown" are missing.
    """

    name: str  # the column
    kind: CellKind
    low: float  # possible values
    high: float
    low_open: bool = False
    sentinels: tuple[float, ...] = ()  # numbers that stand for "unknown"
    decimal: str = "."  # of numbers that are written as text
    group: str = ""
    before: tuple[str, ...] = ()  # what may stand before them, in lower case: "$"
    behind: tuple[str, ...] = ()
    times: Mapping[str, str] = field(default_factory=dict, hash=False)  # what multiplies them: "k" -> "e3"
    zeros: tuple[str, ...] = ()  # words for 0
    shares: bool = False  # numbers up to 1 without a percent sign are shares
    duration: bool = False  # the run's cells are durations such as 12:34, which only predict reads
    owed: str = ""  # what marks the run's amounts below zero, such as DR beside CR, which only predict reads
    brackets: Mapping[str, float] = field(default_factory=dict, hash=False)
    month_first: bool = False  # in dates of figures whose year comes last
    figures: str = ""  # of numbers that are dates, see `check.dates.date_of_number_sql`
    months: Mapping[str, int] = field(default_factory=dict, hash=False)  # in letters
    unread: tuple[str, ...] = ()  # ways of writing dates that only predict reads
    never: tuple[int, ...] = ()  # days since 1970 that stand for "unknown"
    as_of: str = ""  # day up to which dates are counted
    typed: bool = (
        False  # the run's cells were plain numbers; `decimal`, `behind` and so on are for texts of a later table
    )
    source: str = ""  # the column in its own table, where the run has it under another name

    @property
    def holds_numbers(self) -> bool:
        """Whether the run's cells were plain numbers."""
        return bool(self.figures) or self.typed
