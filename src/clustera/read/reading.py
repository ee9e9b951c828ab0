"""What was odd about the lines of a text file, counted while they are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

SHOWN = 3  # examples of each kind
CELL_LENGTH = 80  # characters of a cell in an example


@dataclass(slots=True)
class Occurrences:
    """How often something was seen, and the first rows in which it was."""

    count: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)  # data row, its cells as JSON

    def add(self, count: int, row: int, cells: Mapping[str, str]) -> None:
        """Count what was seen up to the end of a row."""
        self.count += count
        if count and row > 0 and len(self.examples) < SHOWN:
            short = {name: cell[:CELL_LENGTH] for name, cell in cells.items()}
            self.examples.append((row, json.dumps(short, ensure_ascii=False)))


@dataclass(slots=True)
class TextReading:
    """What became of the lines of a file."""

    strange: Occurrences = field(default_factory=Occurrences)  # lines in another encoding than the rest
    damaged: Occurrences = field(default_factory=Occurrences)  # lines with bytes too many or too few
    stray: Occurrences = field(default_factory=Occurrences)  # quotes that stand for themselves
    several: Occurrences = field(default_factory=Occurrences)  # rows of more than one line
    lines_in_cells: int = 0  # line ends within cells

    @property
    def notes(self) -> tuple[Occurrences, Occurrences, Occurrences, Occurrences]:
        """All of them."""
        return self.strange, self.damaged, self.stray, self.several
