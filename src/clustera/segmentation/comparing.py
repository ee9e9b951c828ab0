"""A segmentation held against a later run, and two segments against each other."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from clustera import frames, move_frames, pipeline, texts
from clustera.arguments import PLACE, RUN, TEXT, WHOLE, ArgumentKind, arguments_checked, instance_of, takes
from clustera.cluster import identity
from clustera.engines import Engine, Rows, identifier
from clustera.errors import InputError, RunError
from clustera.records import Comparison, Difference, GroupComparison, MoveCause
from clustera.segmentation.differing import EVERYBODY, ComparedRun, Group, compare_two_groups
from clustera.segmentation.finding import find_run
from clustera.segmentation.held import Held
from clustera.segmentation.people import Customers
from clustera.segmentation.tables import StoredTables
from clustera.store import QueriedGroup, write_figures_query, write_moves_query

if TYPE_CHECKING:
    import pandas as pd


_LATER = ArgumentKind(
    "a segmentation, or the name or folder of a run,", lambda value: isinstance(value, Held) or RUN.fits(value)
)
_WITHIN = instance_of(Held, title="a segmentation", cure='Pass one, such as clustera.load("april").')
_GROUP = ArgumentKind(
    "a segment's number or an audience",
    lambda value: WHOLE.fits(value) or TEXT.fits(value),
    'For example 2, "spend > 500" or "all".',
)


@arguments_checked
class Comparing(Customers):
    """Who moved between two runs, and in what two groups differ."""

    @takes(later=_LATER, before=TEXT, after=TEXT)
    def compare(self, later: Self | str | Path, *, before: str = "before", after: str = "after") -> Comparison:
        """Who moved from which of these segments to which of the later ones.

        Args:
            later: The other run: a segmentation, or a name or folder as `clustera.load` takes it.
            before: What to call this run.
            after: What to call the later one.

        Returns:
            A record: moves (from which segment to which, how many customers), stayed (share of the customers of both), common,
            only_before, only_after, how segments match, and, by the same definitions, causes: of each move how many customers
            went because which feature rose or fell.

        Raises:
            InputError: the two runs have no customer in common, or one of them has no ids.
            RunError: there is no such run.

        >>> found = seg.compare(later)
        >>> found.common, round(found.stayed, 2)
        (210, 0.94)
        >>> [(move.before, move.after, move.count) for move in found.moves if move.before != move.after]
        [(1, 3, 5), (2, 3, 7)]
        >>> seg.compare("april").common
        210
        >>> [(cause.before, cause.feature, cause.rose, cause.count) for cause in found.causes]
        [(1, 'spend', False, 5), (2, 'recent_spend', False, 5), (2, 'spend', False, 2)]
        """
        later = self._opened(later)
        if not (self.outcome.has_ids and later.outcome.has_ids):
            raise InputError(
                "Customers without ids can't be found again in another run, so nobody can tell who moved.",
                hint="Segment tables with a column of ids: see --id.",
            )
        moved, only_before, only_after = pipeline.count_moves(self._tables.customers(), later._tables.customers())
        if not moved:
            raise InputError(
                "The two runs have no customer in common, so nobody can have moved.",
                hint="Were their ids read from the same column, and written alike? See --id. K417, k417 and K00417 are three ids.",
            )
        one, two = self.outcome.model, later.outcome.model
        same = one.segments == two.segments and one.centers == two.centers
        comparison = identity.comparison_of_moves(
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
        came, left = pipeline.count_unshared(self._tables.customers(), later._tables.customers())
        comparison = replace(comparison, came=came, left=left)
        if not same:
            return comparison
        return replace(comparison, ranking=two.ranking, ranked_by=two.ranked_by, causes=self._causes_until(later))

    @takes(later=_LATER)
    def move_causes(self, later: Self | str | Path | None = None) -> pd.DataFrame:
        """Because of which feature customers moved: the one whose change brought each of them over the border most.

        Args:
            later: A later run of the same definitions. Default: the moves that this run tells of, since the run it was made
                like or, of orders, in the last month or quarter.

        Returns:
            One row per move, feature and direction, the most frequent of a move first: before, after (segments) and their
            names, feature, title, rose (whether the feature rose, or fell), customers and share (of those who made the
            move). Empty where definitions differ or the values of customers are not known on both days.

        Raises:
            InputError: the two runs have no customer in common, or this one tells of no moves.

        >>> seg.move_causes(later)[["before", "after", "feature", "rose", "customers", "share"]].round(2)
           before  after       feature   rose  customers  share
        0       1      3         spend  False          5   1.00
        1       2      3  recent_spend  False          5   0.71
        2       2      3         spend  False          2   0.29
        """
        comparison = self._own_moves() if later is None else self.compare(later)
        return move_frames.move_causes_frame(comparison, self.feature_titles)

    @property
    def feature_titles(self) -> dict[str, str]:
        """How the features that form the segments are called, by their names.

        >>> seg.feature_titles["spend"]
        'Spend, last 358 days'
        """
        return {feature.name: feature.title for feature in self.outcome.preparation.features}

    def _own_moves(self) -> Comparison:
        behavior = self.outcome.behavior
        if self.outcome.comparison is not None:
            return self.outcome.comparison
        if behavior is None or behavior.migration is None or not behavior.migration.periods:
            raise InputError("This run tells of no moves.", hint="Pass a later run: seg.move_causes(later)")
        first, last = behavior.migration.days[-2:]
        return behavior.migration.last(self.names, texts.format_day(first), texts.format_day(last))

    def _causes_until(self, later: Self) -> tuple[MoveCause, ...]:
        """Which feature moved how many; empty where a run does not keep the values of its customers."""
        tables = self._listed.tables, later._listed.tables
        names = [feature.name for feature in self.outcome.preparation.features]
        if any(values is None or not {*names} <= values.columns.keys() for _, values in tables):
            return ()
        told = ", ".join(map(identifier, names))
        with Engine() as engine:
            then, now = (
                engine.arrow(customers.select("select id, segment from {rows}").arrow()).select(
                    f"select m.id, m.segment, {told} from {{rows}} m join {{values}} v on v.id = m.id",
                    values=engine.arrow(values.arrow(["id", *names])),
                )
                for customers, values in tables
                if values is not None
            )
            return pipeline.move_causes(self.outcome.model, then, now)

    @takes(later=_LATER)
    def moved(self, later: Self | str | Path) -> pd.DataFrame:
        """Every customer whose segment in a later run is another one, with those who are new and who are gone.

        Args:
            later: The other run: a segmentation, or a name or folder as `clustera.load` takes it.

        Returns:
            One row per customer, sorted by id: id, segment, name, segment_before, name_before and direction ("up" to a segment
            whose customers are expected to spend more, "down", "moved" where the runs do not rank the same segments, "new", "gone").

        Raises:
            InputError: the two runs have no customer in common.

        >>> seg.moved(later)[["id", "segment_before", "segment", "direction"]].head(3)
             id  segment_before  segment direction
        0  C096               2        3      down
        1  C109               2        3      down
        2  C112               2        3      down
        """
        later = self._opened(later)
        comparison = self.compare(later)
        found: pd.DataFrame = pipeline.moved_customers(
            self._tables.customers(), later._tables.customers(), comparison
        ).to_pandas()
        return found.astype({"segment": "Int64", "segment_before": "Int64"})

    @takes(later=_LATER, path=PLACE)
    def write_moved(self, later: Self | str | Path, path: str | Path) -> tuple[Path, ...]:
        """Write who moved up to a later run, and the matrix of moves.

        Args:
            later: The other run: a segmentation, or a name or folder as `clustera.load` takes it.
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

        later = self._opened(later)
        moved = self.moved(later)
        matrix = move_frames.move_matrix_frame(self.compare(later), moved)
        with Engine() as engine:
            return write_moved(engine.arrow(pa.Table.from_pandas(moved, preserve_index=False)), matrix, Path(path))

    def _opened(self, later: Self | str | Path) -> Self:
        """The segmentation that is meant; a name is looked up beside this run, else in the folder `runs`."""
        if not isinstance(later, str | os.PathLike):
            return later
        run = find_run(later, self._run.path.parent if self._run else Path("runs"))
        return type(self)(run.outcome(), StoredTables(run))

    @takes(one=_GROUP, other=_GROUP, within=_WITHIN)
    def compare_segments(self, one: Group, other: Group | None = None, *, within: Self | None = None) -> pd.DataFrame:
        """Two groups held against each other on all columns: means and shares, what differs most first.

        Args:
            one: A segment; an audience, by its name or as a definition; or "all" for everybody.
            other: Another one. Default: all other customers, or the same group with `within`.
            within: Another run that `other` is of.

        Returns:
            One row per column of numbers and per value of the others: label, value, the two means or shares, how many
            customers are known, the difference with its 95 % interval (`low`, `high`; original units), `effect` in standard
            deviations (Cohen's d; h for shares), `p`, `q` (after Benjamini and Hochberg), `forms` (the segments are formed
            by the column, so that they differ in it says nothing new). Customers who are in both groups are left out of
            both; where one group holds the other, it is compared without it.

        Raises:
            InputError: there is no such segment, a definition can't be understood, or both have the same customers.

        Source: Cohen (1988), Statistical Power Analysis for the Behavioral Sciences.

        >>> seg.compare_segments(1, 3)[["label", "one", "other", "effect"]].head(3).round(1)
                                  label     one  other  effect
        0     Expected sales, 12 months  1006.8   76.6     5.1
        1          Spend, last 358 days   921.1   45.9     4.0
        2  Purchase days, last 358 days     6.2    2.6     1.9
        >>> seg.compare_segments('segment is 3 and city is "Ulm"', 1)[["label", "one", "other"]].head(1).round(1)
                               label   one   other
        0  Expected sales, 12 months  71.6  1006.8
        """
        return frames.differences_frame(self.differences(one, other, within=within))

    @takes(one=_GROUP, other=_GROUP, within=_WITHIN)
    def differences(
        self, one: Group, other: Group | None = None, *, within: Self | None = None
    ) -> tuple[Difference, ...]:
        """`compare_segments` as records, for programs.

        >>> most = seg.differences(1, 3)[0]
        >>> most.column, round(most.one), round(most.other)
        ('value', 1007, 77)
        """
        return self.compare_groups(one, other, within=within).differences

    @takes(one=_GROUP, other=_GROUP, within=_WITHIN)
    def compare_groups(self, one: Group, other: Group | None = None, *, within: Self | None = None) -> GroupComparison:
        """`compare_segments` as a record with the sizes of both groups, for programs.

        >>> found = seg.compare_groups("spend > 900", 1)
        >>> found.one, found.other, found.both  # 23 of segment 1 have spent more, 25 have not
        (23, 25, 0)
        """
        # numpy's whole numbers too
        one = one if isinstance(one, str) else int(one)
        other = other if other is None or isinstance(other, str) else int(other)
        if within is not None and other is None:
            other = one
        against = within or self
        with texts.speaking(self.outcome.locale):
            return compare_two_groups((self._compared, one), (against._compared, other))

    @takes(one=_GROUP, other=_GROUP, within=_WITHIN)
    def differences_sql(self, one: Group, other: Group | None = None, *, within: Self | None = None) -> str:
        """The means and shares of `compare_segments` as a query in DuckDB's dialect over the files of the run.

        Args:
            one: As for `compare_segments`.
            other: The same.
            within: The same.

        Returns:
            A query with a row per difference, in the same order: column, value, one, other. It has no intervals: those are worked
            out from these figures. Empty for two groups of one run of which one is an audience, unless the other is everybody
            else: whoever is in both has to be left out of both.

        Raises:
            InputError: as for `compare_segments`.
            RunError: this segmentation was not loaded from a run.

        >>> import clustera
        >>> run = clustera.load("march")
        >>> import duckdb
        >>> duckdb.sql(run.differences_sql(1, 3)).fetchall()[0][:2]
        ('value', None)
        """
        found = self.compare_groups(one, other, within=within).differences
        then = within or self
        if within is not None and other is None:
            other = one
        both = within is None and other is not None
        if both and (isinstance(one, str) or isinstance(other, str)):
            return ""
        first = QueriedGroup(self._folder, self._condition_of(one))
        rest = f"not coalesce({first.condition}, false)"
        second = QueriedGroup(then._folder, rest if other is None else then._condition_of(other))
        return write_figures_query(first, second, found, self._listed.features)

    @takes(later=_LATER)
    def moves_sql(self, later: Self | str | Path | None = None) -> str:
        """The moves of `compare` as a query in DuckDB's dialect over the files of both runs.

        Args:
            later: The other run. Default: the moves that this run tells of, since the run it was made like or the month before.

        Returns:
            A query with one row per move: before, after (segments), customers.

        Raises:
            InputError: this run tells of no moves.
            RunError: one of the segmentations was not loaded from a run.

        >>> import clustera
        >>> import duckdb
        >>> query = clustera.load("march").moves_sql("april")
        >>> duckdb.sql(query).fetchall()
        [(1, 1, 43), (1, 3, 5), (2, 2, 61), (2, 3, 7), (3, 3, 94)]
        """
        if later is not None:
            return write_moves_query(self._folder, self._opened(later)._folder)
        if "segment_before" not in self._listed.columns:
            raise InputError("This run tells of no moves.", hint="Pass a later run: seg.moves_sql(later)")
        return write_moves_query(None, self._folder)

    def _condition_of(self, group: Group) -> str:
        """SQL over customers.parquet as `c`."""
        if not isinstance(group, str):
            return f"c.segment = {int(group)}"
        if group == EVERYBODY:
            return "true"
        return f"c.id in (select id from ({self.audience(group).sql(self._folder)}))"

    @property
    def _folder(self) -> Path:
        if self._run is None:
            raise RunError(
                "A query needs the files of a run.",
                hint='Publish it and open it again: seg.publish(); seg = clustera.load("latest")',
            )
        return self._run.path

    @property
    def _compared(self) -> ComparedRun:
        def ids(definition: str) -> Rows:
            return self.audience(definition).selection.customers().select("select id from {rows}").keep()

        return ComparedRun(self.named, self._listed, ids)

    @property
    def _snapshot(self) -> int | None:
        behavior = self.outcome.behavior
        return behavior.as_of if behavior else None
