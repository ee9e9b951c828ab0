"""`Segmentation`: the segments of customers with everything that is known about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from clustera import frames, pipeline, report, texts
from clustera.cluster import identity
from clustera.engines import Engine
from clustera.errors import InputError, RunError
from clustera.records import (
    Comparison,
    Difference,
    TrustNumbers,
)
from clustera.segmentation.campaigning import Campaigning
from clustera.segmentation.differing import differing
from clustera.segmentation.noting import Noting
from clustera.segmentation.options import Options
from clustera.segmentation.progress import Clock, shown
from clustera.segmentation.results import Results
from clustera.segmentation.tables import FreshTables
from clustera.settings import gather
from clustera.store import Store, write_workbook

if TYPE_CHECKING:
    import pandas as pd


class Segmentation(Results, Campaigning, Noting):
    """Segments of customers with everything that is known about them. Made by `clustera.segment` or `clustera.load`.

    In a `with` statement, or by `close`, its memory and temporary files are released when it is no longer used.
    """

    def predict(
        self,
        customers: object = None,
        *,
        orders: object = None,
        products: object = None,
        **options: Unpack[Options],
    ) -> pd.DataFrame:
        """Assign customers to these segments.

        Args:
            customers: A path or a table with the same feature columns. With `orders` it may be left out.
            orders: Where these segments were drawn from orders: a log of orders, earlier, later or of other customers.
            products: A table of products, where segments are formed by categories.
            options: Any reading or checking option; `as_of` is the snapshot date of the orders.

        Returns:
            One row per customer: id, segment, name, distance, second_segment, borderline, outlier; from orders also
            next_order (day) and overdue.

        Raises:
            InputError: a feature column is missing, or no row can be used.
        """
        scored = self.assign(customers, orders=orders, products=products, **options)
        frame: pd.DataFrame = scored.customers.arrow().to_pandas()
        frame["name"] = frame["segment"].map(self.names)
        frame.attrs["quarantined"] = scored.balance.quarantined
        return frame

    def assign(
        self,
        customers: object = None,
        *,
        orders: object = None,
        products: object = None,
        settings: str | Path | None = None,
        progress: bool | pipeline.Progress = False,
        **options: Unpack[Options],
    ) -> pipeline.Scored:
        """Like `predict`, but the rows stay in the engine: for tables larger than memory.

        Args:
            customers: A path, or any table that speaks Arrow, with the same feature columns.
            orders: A log of orders, for segments that were drawn from one.
            products: A table of products that gives the orders their categories.
            settings: A TOML file with options.
            progress: Show a progress bar, or a function that is called with (step, share done).
            options: Any option of `docs/settings.md`, such as memory_limit="2GB".
        """
        if customers is None and orders is None:
            raise InputError("There is nobody to assign.", hint="Pass a customer table, or orders=...")
        if orders is not None:
            given: Mapping[str, Any] = self._as_ordered() | {n: v for n, v in options.items() if v is not None}
        else:
            given = options
        sources = pipeline.Sources(customers, orders, products)
        asked = gather(file=Path(settings) if settings is not None else None, **given)
        with texts.speaking(self.outcome.locale), shown(progress) as tell:
            return pipeline.predict(sources, self.outcome.model, asked, progress=tell)

    def sql(self, *, dialect: str = "duckdb", table: str = "customers") -> str:
        """One query that assigns these segments in a warehouse, as `predict` does; its first lines say how that was tried.

        Args:
            dialect: duckdb, postgres, sqlite, mysql, spark, bigquery or snowflake.
            table: The table it reads, as that warehouse writes it: one row per customer, with the feature columns as numbers.

        Raises:
            InputError: there is no such dialect.
            RunError: a label differs from what `predict` says.
        """
        orders = self.outcome.behavior is not None
        name = self._run.name if self._run else self.outcome.source.name
        values = self._listed.tables[1]
        text, _ = pipeline.model_sql(
            self.outcome.model, self.names, values, run=name, dialect=dialect, table=table, orders=orders
        )
        return text

    def compare(self, later: Segmentation, *, before: str = "before", after: str = "after") -> Comparison:
        """Who moved from which of these segments to which of the later ones."""
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
            days=(_snapshot(self), _snapshot(later)),
        )
        return replace(comparison, ranking=two.ranking if same else ())

    def moved(self, later: Segmentation) -> pd.DataFrame:
        """Every customer whose segment in a later run is another one, with those who are new and who are gone.

        Returns:
            id, segment, name, segment_before, name_before and direction ("up" to a segment that spends more, "down", "moved"
            where the runs do not rank the same segments, "new", "gone"), by id.
        """
        comparison = self.compare(later)
        found: pd.DataFrame = pipeline.moved_customers(
            self._tables.customers(), later._tables.customers(), comparison
        ).to_pandas()
        return found.astype({"segment": "Int64", "segment_before": "Int64"})

    def write_moved(self, later: Segmentation, path: str | Path) -> tuple[Path, ...]:
        """Write who moved up to a later run, and the matrix of moves; returns the files.

        Args:
            later: The other run.
            path: A file (.csv or .parquet; the matrix is written beside it), or a folder for moved.csv, moved.parquet and
                matrix.csv.

        Raises:
            RunError: it is a file of another kind.
        """
        import pyarrow as pa

        from clustera.store import write_moved

        moved = self.moved(later)
        matrix = frames.move_matrix(self.compare(later), moved)
        with Engine() as engine:
            return write_moved(engine.arrow(pa.Table.from_pandas(moved, preserve_index=False)), matrix, Path(path))

    def compare_segments(
        self, one: int, other: int | None = None, *, within: Segmentation | None = None
    ) -> pd.DataFrame:
        """Two segments held against each other on all columns: means and shares, what differs most first.

        Args:
            one: A segment.
            other: Another one; all other customers when left out, or the same segment with `within`.
            within: Another run that `other` is of.

        Returns:
            One row per column of numbers and per value of the others: label, value, the two means or shares, how many
            customers are known, the difference with its 95 % interval (`low`, `high`; original units), `effect` in standard
            deviations (Cohen's d; h for shares), `p`, `q` (after Benjamini and Hochberg), `forms` (the segments are formed
            by the column, so that they differ in it says nothing new).

        Raises:
            InputError: there is no such segment, or both are the same.
        """
        return frames.differences(self.differences(one, other, within=within))

    def differences(
        self, one: int, other: int | None = None, *, within: Segmentation | None = None
    ) -> tuple[Difference, ...]:
        """`compare_segments` as records."""
        if within is not None and other is None:
            other = one
        against = within or self
        with texts.speaking(self.outcome.locale):
            return differing((self.named, self._listed, one), (against.named, against._listed, other))

    def save(self, path: str | Path, *, excel: bool = False, pdf: bool | pipeline.Printed = False) -> Path:
        """Write the run as a folder at `path`, and nothing else; `clustera.load(path)` opens it again.

        Raises:
            RunError: there is already something at `path`, or this segmentation was itself loaded.
            SetupError: a PDF is asked for and there is no browser that prints one.
        """
        with self._writing() as result:
            return pipeline.save(result, self._settings, Path(path), names=self.names, excel=excel, pdf=pdf)

    def publish(
        self, runs: str | Path = "runs", *, name: str = "", excel: bool = False, pdf: bool | pipeline.Printed = False
    ) -> Path:
        """Publish the run in a folder of runs under a name of its own; it becomes "latest" there.

        Raises:
            RunError: the name is taken, or this segmentation was itself loaded.
            SetupError: the folder can't be written, or there is no browser that prints a PDF.
        """
        with self._writing() as result:
            return pipeline.publish(
                result, self._settings, Store(runs), names=self.names, name=name, excel=excel, pdf=pdf
            )

    @contextmanager
    def _writing(self) -> Iterator[pipeline.Result]:
        if not isinstance(self._tables, FreshTables):
            raise RunError(
                "This segmentation was loaded from a run; a run never changes.", hint="Copy its folder instead."
            )
        clock = Clock(lambda step, share: None)
        clock("Writing the run", 0.0)
        yield self._tables.result
        clock.stop()
        self.timings |= clock.seconds

    def report(self, path: str | Path, *, pdf: pipeline.Printed = "brief") -> Path:
        """Write the report as one file: HTML, a PDF where the path ends in .pdf, or a workbook where it ends in .xlsx.

        Args:
            path: Where to write it.
            pdf: How much of it a PDF has: "brief" what was found, "full" also how.

        Raises:
            RunError: the file can't be written.
            SetupError: there is no browser that prints a PDF, or no package that writes a workbook.
        """
        place = Path(path)
        kind = place.suffix.lower()
        try:
            if kind == ".xlsx":
                with texts.speaking(self.outcome.locale):
                    write_workbook(place, self.named, self._tables.customers())
            elif kind == ".pdf":
                place.write_bytes(report.pdf(self.report_html() if pdf == "full" else self._page("report")))
            else:
                place.write_bytes(self.report_html().encode())
        except OSError as error:
            raise RunError(f"Can't write {place}: {error.strerror}.") from error
        return place

    def report_html(self) -> str:
        """The report as one self-contained page."""
        return self._page("whole")

    def _page(self, part: pipeline.Part) -> str:
        return pipeline.render_report(
            self.outcome, sample=self._tables.sample(), names=self.names, part=part, notes=self.notes
        )

    def _repr_html_(self) -> str:
        return report.card_html(self.named)

    def __repr__(self) -> str:
        lines = [f"{self.k} segments, {self.verdict}: {self.reason}"]
        if note := texts.explain_note(self.outcome.selection):
            lines.append(f"Note: {note}")
        width = max(len(name) for name in self.names.values())
        lines += [
            f"{profile.segment:>3}  {self.names[profile.segment]:<{width}}  {profile.size:>9,}  {profile.share:>6.1%}"
            for profile in self.outcome.segments
        ]
        return "\n".join(lines)


def earlier_run(segmentation: Segmentation) -> pipeline.Earlier:
    """What a later run has to know of this one."""
    # A frame has no name: "DataFrame" would tell a reader nothing.
    named = segmentation.outcome.source.name if segmentation.outcome.source.format != "frame" else "the earlier run"
    label = segmentation._run.name if segmentation._run else named
    has_ids = any(column.role == "id" for column in segmentation.outcome.columns)
    return pipeline.Earlier(
        label=label,
        model=segmentation.outcome.model,
        names=segmentation.names,
        customers=segmentation._tables.customers() if has_ids else None,
        selection=segmentation.outcome.selection,
        trust=tuple(
            TrustNumbers(p.segment, p.trust.jaccard, p.trust.valley, p.trust.neighbor, p.trust.borderline)
            for p in segmentation.outcome.segments
        ),
        as_of=_snapshot(segmentation),
    )


def _snapshot(segmentation: Segmentation) -> int | None:
    behavior = segmentation.outcome.behavior
    return behavior.as_of if behavior else None
