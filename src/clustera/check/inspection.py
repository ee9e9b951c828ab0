"""A table after it was looked at: what every finding about it is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clustera.check.kinds import Reading
from clustera.check.rows import Sorted
from clustera.engines import Rows
from clustera.records import Column


@dataclass(frozen=True, slots=True)
class Inspection:
    """Columns, cells and rows of a table as they were found."""

    total: int  # rows read
    given: Rows  # the source's rows, and each cell's value before anything is taken out
    rows: Rows  # the same without lines that are no customers, such as a total
    columns: Sequence[Column]
    readings: Mapping[str, Reading]  # how each column's cells become values
    alone: Mapping[str, Rows]  # of each feature: where all its different values stand
    sentinels: Mapping[str, Sequence[float]]  # of each feature: numbers that stand for "unknown"
    twins: Mapping[str, str]  # columns that say the same as another: that other
    sorted: Sorted  # the rows that are used, as values, and those left out

    @property
    def features(self) -> list[Column]:
        """The columns that form segments."""
        return [column for column in self.columns if column.role == "feature"]
