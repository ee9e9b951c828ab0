"""A segmentation held against a later run, and two segments against each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from clustera import frames, pipeline, texts
from clustera.cluster import identity
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.records import Comparison, Difference
from clustera.segmentation.differing import differing
from clustera.segmentation.held import Held

if TYPE_CHECKING:
    import pandas as pd


class Comparing(Held):
    """Who moved between two runs, and in what two segments differ."""

    def compare(self, later: Self, *, before: str = "before", after: str = "after") -> Comparison:
        """Who moved from which of these segments to which of the later ones.

        Args:
            later: The other run.
            before: What to call this run.
            after: What to call the later one.

        Returns:
            A record: moves (from which segment to which, how many customers), stayed (share of the customers of both), common,
            only_before, only_after, and how segments match.

        Raises:
            InputError: the two runs have no customer in common.

        >>> found = seg.compare(later)
        >>> found.common, round(found.stayed, 2)
        (210, 0.94)
        >>> [(move.before, move.after, move.count) for move in found.moves if move.before != move.after]
        [(1, 3, 5), (2, 3, 7)]
        """
        moved, only_before, only_after = pipeline.moves(self._tables.customers(), later._tables.customers())
        if not moved:
            raise InputError(
                "The two runs have no customer in common, so nobody can have moved.",
                hint="Were their ids read from the same column? See --id.",
            )
        one, two = self.outcome.model, later.outcome.model
        same = one.segments == two.segments and one.centers == two.centers
        comparison = identity.compare(
            moved,
            before=before,
            after=after,
            names_before=self.names,
            names_after=later.names,
            only_before=only_before,
            only_after=only_after,
            same_definitions=same,
            days=(self._snapshot, later._snapshot),
        )
        return replace(comparison, ranking=two.ranking if same else ())

    def moved(self, later: Self) -> pd.DataFrame:
        """Every customer whose segment in a later run is another one, with those who are new and who are gone.

        Args:
            later: The other run.

        Returns:
            One row per customer, sorted by id: id, segment, name, segment_before, name_before and direction ("up" to a segment
            that spends more, "down", "moved" where the runs do not rank the same segments, "new", "gone").

        Raises:
            InputError: the two runs have no customer in common.

        >>> seg.moved(later)[["id", "segment_before", "segment", "direction"]].head(3)
             id  segment_before  segment direction
        0  C096               2        3      down
        1  C109               2        3      down
        2  C112               2        3      down
        """
        comparison = self.compare(later)
        found: pd.DataFrame = pipeline.moved_customers(
            self._tables.customers(), later._tables.customers(), comparison
        ).to_pandas()
        return found.astype({"segment": "Int64", "segment_before": "Int64"})

    def write_moved(self, later: Self, path: str | Path) -> tuple[Path, ...]:
        """Write who moved up to a later run, and the matrix of moves.

        Args:
            later: The other run.
            path: A file (.csv or .parquet; the matrix is written beside it), or a folder, made when missing, for moved.csv,
                moved.parquet and matrix.csv.

        Returns:
            The files.

        Raises:
            InputError: the two runs have no customer in common, it is a file of another kind, or its folder is not there.

        >>> [file.name for file in seg.write_moved(later, "moved")]
        ['moved.csv', 'moved.parquet', 'matrix.csv']
        """
        import pyarrow as pa

        from clustera.store import write_moved

        moved = self.moved(later)
        matrix = frames.move_matrix(self.compare(later), moved)
        with Engine() as engine:
            return write_moved(engine.arrow(pa.Table.from_pandas(moved, preserve_index=False)), matrix, Path(path))

    def compare_segments(self, one: int, other: int | None = None, *, within: Self | None = None) -> pd.DataFrame:
        """Two segments held against each other on all columns: means and shares, what differs most first.

        Args:
            one: A segment.
            other: Another one. Default: all other customers, or the same segment with `within`.
            within: Another run that `other` is of.

        Returns:
            One row per column of numbers and per value of the others: label, value, the two means or shares, how many
            customers are known, the difference with its 95 % interval (`low`, `high`; original units), `effect` in standard
            deviations (Cohen's d; h for shares), `p`, `q` (after Benjamini and Hochberg), `forms` (the segments are formed
            by the column, so that they differ in it says nothing new).

        Raises:
            InputError: there is no such segment, or both are the same.

        Source: Cohen (1988), Statistical Power Analysis for the Behavioral Sciences.

        >>> seg.compare_segments(1, 3)[["label", "one", "other", "effect"]].head(3).round(1)
                                  label     one  other  effect
        0     Expected sales, 12 months  1006.8   76.6     5.1
        1          Spend, last 358 days   921.1   45.9     4.0
        2  Purchase days, last 358 days     6.2    2.6     1.9
        """
        return frames.differences(self.differences(one, other, within=within))

    def differences(self, one: int, other: int | None = None, *, within: Self | None = None) -> tuple[Difference, ...]:
        """`compare_segments` as records, for programs.

        >>> most = seg.differences(1, 3)[0]
        >>> most.column, round(most.one), round(most.other)
        ('value', 1007, 77)
        """
        if within is not None and other is None:
            other = one
        against = within or self
        with texts.speaking(self.outcome.locale):
            return differing((self.named, self._listed, one), (against.named, against._listed, other))

    @property
    def _snapshot(self) -> int | None:
        behavior = self.outcome.behavior
        return behavior.as_of if behavior else None
