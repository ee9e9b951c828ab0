"""`Segmentation`: the segments of customers with everything that is known about them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from clustera import frames, pipeline, prepare, report, texts
from clustera.audiences import Population, join_values
from clustera.cluster import identity
from clustera.engines import Engine
from clustera.errors import InputError, RunError
from clustera.features.options import OrderOptions
from clustera.records import (
    CampaignMeasure,
    Comparison,
    Difference,
    Examination,
    Explanation,
    LooksPlanned,
    Migration,
    Note,
    Outcome,
    TrustNumbers,
    Verdict,
)
from clustera.segmentation.audiences import ExportOptions, SavedAudiences, SelectedAudience, audience_of
from clustera.segmentation.campaigns import LaunchedCampaign, PlannedCampaign, plan_among
from clustera.segmentation.differing import differing
from clustera.segmentation.launching import CampaignTerms, PreparedCampaign, chosen_audience, prepare_among
from clustera.segmentation.model import sklearn_pipeline
from clustera.segmentation.options import Options
from clustera.segmentation.pictures import Plots
from clustera.segmentation.progress import Clock, shown
from clustera.segmentation.tables import FreshTables, StoredTables, Tables
from clustera.settings import Settings, gather
from clustera.store import (
    CustomerList,
    CustomerPage,
    CustomerQuery,
    CustomerWish,
    PathStep,
    Run,
    Store,
    add_note,
    customer_path,
    read_notes,
    remove_note,
)
from clustera.store.audiences import user
from clustera.texts import NotPossibleError

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline


class Segmentation:
    """Segments of customers with everything that is known about them. Made by `clustera.segment` or `clustera.load`.

    In a `with` statement, or by `close`, its memory and temporary files are released when it is no longer used.
    """

    def __init__(
        self,
        outcome: Outcome,
        tables: Tables,
        *,
        settings: Settings | None = None,
        timings: Mapping[str, float] | None = None,
    ) -> None:
        self.outcome = outcome
        self.timings = dict(timings or {})  # seconds that each step took; empty for a run that was loaded
        self._settings = settings or Settings()
        self._tables = tables
        self._run = tables.run if isinstance(tables, StoredTables) else None
        self.names: dict[int, str] = (
            self._run.names(outcome) if self._run else {p.segment: p.name for p in outcome.segments}
        )

    def __enter__(self) -> Segmentation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release memory and temporary files; what was already read, such as `segments`, stays."""
        self._tables.close()

    @property
    def k(self) -> int:
        """Number of segments."""
        return self.outcome.selection.k

    @property
    def verdict(self) -> Verdict:
        """What kind of segments these are: "clear", "stable" or "practical"."""
        return self.outcome.selection.verdict

    @property
    def reason(self) -> str:
        """Why this number of segments, in one sentence."""
        return texts.explain_choice(self.outcome.selection)

    @property
    def run_name(self) -> str:
        """The name of the run that was loaded; empty for a segmentation that was just made."""
        return self._run.name if self._run else ""

    @property
    def named(self) -> Outcome:
        """The outcome with the names that people gave."""
        return texts.rename_segments(self.outcome, self.names)

    @property
    def comparison(self) -> Comparison | None:
        """What changed against the run given as `like`."""
        return self.outcome.comparison

    @cached_property
    def k_selection(self) -> pd.DataFrame:
        """Every number of segments with its evidence, indexed by k; `attrs` tells a wish and its price, and a note."""
        return frames.k_selection(self.outcome.selection)

    @cached_property
    def actions(self) -> pd.DataFrame:
        """One row per suggested action: for whom, what to do and why, the money at stake, how to test it."""
        return frames.actions(self.outcome, self.names)

    @cached_property
    def segments(self) -> pd.DataFrame:
        """One row per segment: name, size, sentence, trust, suggested action, figures per feature."""
        return frames.segments(self.outcome, self.names)

    @cached_property
    def customers(self) -> pd.DataFrame:
        """One row per customer: id, segment, name, distance, ..., key, action, action_code, control.

        `segment_before` and `name_before` tell where a customer was in the run given as `like`; without one, and from
        orders, at the end of the month before.
        """
        frame: pd.DataFrame = self._tables.customers().to_pandas()
        frame["name"] = frame["segment"].map(self.names)
        return frame

    @cached_property
    def migration(self) -> pd.DataFrame:
        """Customers who were in one segment on an earlier day and in another, or the same, a month or quarter later.

        Raises:
            InputError: segments were not drawn from orders, or the orders reach back too short a time.
        """
        return frames.migration(self._over_time(), self.names)

    @cached_property
    def sizes_over_time(self) -> pd.DataFrame:
        """Customers by segment on earlier days, indexed by day; the last row, marked expected, is a forecast.

        Raises:
            InputError: segments were not drawn from orders, or the orders reach back too short a time.
        """
        return frames.sizes_over_time(self._over_time(), self.names)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What the check saw: severity, column, count, rule, cure, examples."""
        with texts.speaking(self.outcome.locale):
            return frames.findings(self.outcome.findings)

    @cached_property
    def quarantine(self) -> pd.DataFrame:
        """Every row that was not used: row number, id, reason, the row as it stood."""
        frame: pd.DataFrame = self._tables.quarantine().to_pandas()
        return frame

    @cached_property
    def orders_quarantine(self) -> pd.DataFrame:
        """Every order line that was not used: row number, customer, reason, amount, the line as it stood.

        Raises:
            InputError: segments were not drawn from orders.
        """
        if self.outcome.behavior is None:
            raise InputError(
                "These segments were not drawn from orders, so no order line was left out.",
                hint="`seg.quarantine` has the rows of the table that were not used.",
            )
        frame: pd.DataFrame = self._tables.orders_quarantine().to_pandas()
        return frame

    @cached_property
    def sample(self) -> pd.DataFrame:
        """At most 20,000 customers in original units, drawn by hash; what the pictures show."""
        frame: pd.DataFrame = self._tables.sample().to_pandas()
        return frame

    @cached_property
    def prepared(self) -> pd.DataFrame:
        """The matrix that was clustered, indexed by customer id: standardized, weighted, in the customers' order."""
        import pandas as pd

        features = self.outcome.preparation.features
        table = self._tables.prepared().query("select * from {rows} order by _row")
        made = prepare.points_of(table, len(features))
        return pd.DataFrame(made, columns=[f.name for f in features], index=pd.Index(self.customers["id"], name="id"))

    @cached_property
    def model(self) -> Pipeline:
        """The fitted scikit-learn Pipeline: fill, straighten, standardize, K-Means.

        It predicts places, not identities: place i is segment `seg.outcome.model.segments[i]`.
        """
        return sklearn_pipeline(self.outcome.model)

    @cached_property
    def plot(self) -> Plots:
        """Pictures: `seg.plot.k_selection()`, `.scatter()`, `.profile()`, `.sizes()` and more; each returns Axes."""
        return Plots(self.named, self.sample)

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

    def find_customers(self, **query: Unpack[CustomerWish]) -> CustomerPage:
        """Some of the customers: searched, filtered, sorted, one page at a time.

        Args:
            query: Any field of `clustera.store.CustomerQuery`: search, segment, action, who, sort, descending, after, rows.

        Raises:
            InputError: the query names a column or a group that is not there.
        """
        return self._listed.page(CustomerQuery(**query))

    def customer(self, id: str) -> dict[str, Any]:  # noqa: A002 - what everyone calls it
        """One customer: the row of `customers`, and under "values" her features and descriptors.

        Raises:
            RunError: there is no such customer.
        """
        row, values = self._listed.one(id)
        return row | {"values": values}

    def explain(
        self,
        id: str | None = None,  # noqa: A002
        *,
        values: Mapping[str, object] | None = None,
        other: int | None = None,
    ) -> Explanation:
        """Why a customer is in her segment and not in another, and, where the run keeps the orders, when time alone moves her.

        Args:
            id: Whose.
            values: Instead of `id`, somebody with these values: feature -> number in original units; what is left out, None
                or empty is not known.
            other: The segment to compare hers with; the second nearest when left out.

        Raises:
            InputError: a value is no number, the segments have no such feature, or both or none of `id` and `values` is given.
            RunError: there is no such customer, or the run is of a version that did not keep the values of customers.
        """
        if (id is None) == (values is None):
            raise InputError("Whom to explain is not said.", hint="Give a customer's id, or values={feature: number}.")
        if values is not None:
            pipeline.refuse_unknown(self.outcome.model, values)
            return pipeline.explain(self.outcome.model, values, other=other)
        assert id is not None
        _, kept = self._listed.one(id)
        if not kept:
            raise RunError(
                "This run was written by a version that did not keep the values of each customer.",
                hint="Segment the table again.",
            )
        found = pipeline.explain(self.outcome.model, kept, other=other)
        lines = self._listed.lines(id)
        if lines is None or self.outcome.behavior is None:
            return found
        as_of = self.outcome.behavior.as_of
        return replace(found, waiting=pipeline.waiting(self.outcome.model, lines, kept, as_of=as_of))

    def typical(self, segment: int) -> dict[str, float]:
        """The typical customer of a segment: feature -> value of its center, in original units.

        Raises:
            InputError: there is no such segment.
        """
        return pipeline.typical(self.outcome.model, segment)

    def path(self, id: str) -> tuple[PathStep, ...]:  # noqa: A002
        """The segments of a customer in the runs of the same folder that look at the same features, the oldest first.

        Empty for a segmentation that is not a run of a folder yet.

        Raises:
            RunError: there is no such customer.
        """
        self._listed.one(id)
        if self._run is None:
            return ()
        with Engine() as engine:
            return customer_path(self._run, id, engine)

    def orders_of(self, id: str) -> pd.DataFrame:  # noqa: A002
        """What one customer bought, one row per day, the latest first: day, lines, amount.

        Raises:
            RunError: there is no such customer, or the run did not keep the orders (option `keep_orders`).
        """
        import pandas as pd

        self._listed.one(id)
        found = self._listed.orders(id)
        if found is None:
            raise RunError("This run did not keep the orders.", hint="Segment them again with --keep-orders.")
        frame = pd.DataFrame(list(found), columns=["day", "lines", "amount"])
        frame["day"] = pd.to_datetime(frame["day"], unit="D")
        return frame

    def audience(self, definition: str) -> SelectedAudience:
        """Customers by conditions: how many, which, and their export.

        Args:
            definition: A line of text such as `segment is "Regulars" and spend > 100`, or the name of an audience that is
                kept beside this run. docs/audiences.md has the whole language.

        Raises:
            InputError: the definition can't be understood.
        """
        audience, saved = audience_of(definition, self._audiences, self.population.columns)
        store = Store(self._run.path.parent) if self._run else None
        return SelectedAudience(audience, self.population, saved, store=store, run=self.run_name)

    @cached_property
    def population(self) -> Population:
        """The customers as the conditions of an audience see them: every column with its kind."""
        customers, values = self._listed.tables
        days = self._days_before()
        comparison, behavior = self.outcome.comparison, self.outcome.behavior
        return Population(
            join_values(customers, values),
            names=self.names,
            names_before=comparison.names_before if comparison else {},
            label=f"The run {self._run.name}" if self._run else "This segmentation",
            as_of=behavior.as_of if behavior else None,
            days_before=days,
            described=self.outcome.columns,
        )

    def _days_before(self) -> int | None:
        """How long before its snapshot date a run knows where customers were."""
        behavior, comparison = self.outcome.behavior, self.outcome.comparison
        if behavior is None:
            return None
        if comparison is None:
            return (
                behavior.migration.periods[-1].after - behavior.migration.periods[-1].before
                if behavior.migration
                else None
            )
        if self._run is None:
            return None
        try:
            earlier = Store(self._run.path.parent).open(comparison.before).outcome().behavior
        except RunError:
            return None
        return behavior.as_of - earlier.as_of if earlier else None

    @property
    def _audiences(self) -> SavedAudiences | None:
        return SavedAudiences(Store(self._run.path.parent).audiences) if self._run else None

    @cached_property
    def _listed(self) -> CustomerList:
        return self._tables.listed(self.names)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What people wrote about the run, the oldest first; they stand in its report. None before it is a run."""
        return read_notes(self._run) if self._run else ()

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
            figure: The name of a figure, such as "Revenue".
            day: A day, such as "2026-05-03".
            author: Who writes; whoever is logged in when left out.

        Raises:
            InputError: it is about more than one of them.
            RunError: the text is empty or too long, there is no such segment or day, or this is not a run yet.
        """
        about = [
            f"{kind}:{which}"
            for kind, which in (("segment", segment), ("figure", figure), ("day", day))
            if which not in (None, "")
        ]
        if len(about) > 1:
            raise InputError("A note is about one thing.", hint="Give a segment, a figure or a day.")
        return add_note(self._kept(), text, about="".join(about), author=user() if author is None else author)

    def remove_note(self, number: int) -> None:
        """Take a note away, by its number.

        Raises:
            RunError: there is no such note, or this is not a run yet.
        """
        remove_note(self._kept(), number)

    def _kept(self) -> Run:
        if self._run is None:
            raise RunError(
                "This segmentation is not a run yet, so nothing can be noted on it.", hint="seg.publish() first."
            )
        return self._run

    def diagnostics(self) -> Examination:
        """Sensitivity analysis, on request; a few seconds. With the option `diagnostics` a run keeps the answers.

        Would another seed have drawn the same segments? Which features make them? Is a feature a score of the others?
        Do a Gaussian mixture and Ward's method find the same groups? Outliers, and what would they have changed?

        Raises:
            RunError: the segmentation was loaded from a run without it.
        """
        if self.outcome.examination is not None:
            return self.outcome.examination
        if self._run is not None:
            raise RunError(
                "This run has no sensitivity analysis, and a stored run does not keep the prepared matrix.",
                hint="Segment the table again with --diagnostics.",
            )
        from clustera.pipeline.diagnostics import diagnostics

        return diagnostics(self._tables.prepared(), self.outcome)

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

    def plan_campaign(
        self,
        action: str = "",
        *,
        segments: Sequence[int] = (),
        audience: object = None,
        days: int | None = None,
        orders: object = None,
        looks: LooksPlanned = "daily",
        measure: CampaignMeasure | None = None,
        **options: Unpack[Options],
    ) -> PlannedCampaign:
        """What campaigns to these customers can show: the rise that shows at control groups of 10, 15 and 20 %.

        Args:
            action: Label or code of a suggested action (`seg.actions["action"]`); all actions that can be tested when left out.
            segments: Only these segments.
            audience: Only these customers: the name of a saved audience, a definition, or a table with ids.
            days: How long it is measured; as long as the run counted base rates (30 days) when left out.
            orders: The log, where another number of days is wanted.
            looks: "daily" to look on any day, "end" to look once, "open" for a campaign without an end.
            measure: "buyers" or "revenue" decides; chosen by how many buy anyway when left out.
            options: Any option of `docs/settings.md` on how the log is read.

        Raises:
            InputError: there is no such action or segment, or another number of days is asked for without the log.
        """
        wish = pipeline.CampaignWish(action, tuple(segments), days, looks, measure)
        given = self._reading(options)
        table, called, _ = chosen_audience(audience, self.audience)
        return plan_among(
            self.outcome,
            wish,
            self._tables,
            run=self._name,
            names=self.names,
            audience=table,
            audience_name=called,
            orders=orders,
            given=given,
        )

    def prepare_campaign(
        self,
        name: str,
        action: str = "",
        *,
        segments: Sequence[int] = (),
        audience: object = None,
        control: float | str | None = None,
        contacts: object = None,
        network: str = "generic",
        reaching: ExportOptions | None = None,
        day: str | datetime.date | None = None,
        days: int | None = None,
        looks: LooksPlanned = "daily",
        measure: CampaignMeasure | None = None,
        contact_cost: float = 0.0,
        exclude_running: bool = False,
        include_controls: bool = False,
        runs: str | Path | None = None,
        **options: Unpack[Options],
    ) -> PreparedCampaign:
        """Who takes part in a campaign, and in which group; nothing is written before `launch` of what this returns.

        Args:
            name: The campaign's.
            action: Label or code of the suggested action whose customers take part; all customers when left out.
            segments: Only these segments.
            audience: Only these customers: the name of a saved audience, a definition, or a table with ids.
            control: Share of the customers to leave out at random, drawn by the campaign's name. When left out, the control
                group is the one that the run has marked (column `control` of customers.csv, the numbers of the report); where
                it has marked nobody, the share that a plan recommends is drawn.
            contacts: A table with ids, addresses and consent. Whoever can't be written to takes no part, and the others
                are written as a list.
            network: Where the list goes: generic, klaviyo, mailchimp, hubspot, meta, google, linkedin or tiktok.
            reaching: `suppress`, `columns`, `all_consented`, `country` and `key`, as for the export of an audience.
            day: First day; today when left out.
            days: How long it is measured; as long as the run counted base rates (30 days) when left out.
            looks: "daily" to look on any day, "end" to look once, "open" for a campaign without an end.
            measure: "buyers" or "revenue" decides; chosen by how many buy anyway when left out.
            contact_cost: Per customer contacted.
            exclude_running: Leave out who is in another campaign that goes on at the same time.
            include_controls: Let take part also who is in the control group of another campaign that goes on.
            runs: Folder of runs; the run's own when left out.
            options: `margin`, the share of revenue that is profit (the run's, where it was given, when left out), and any
                option of `docs/settings.md` on how the audience is read.

        Raises:
            RunError: the name is taken, or this segmentation was not loaded from a run.
            InputError: there is nobody to contact, or nobody is left out.
        """
        if self._run is None:
            raise RunError(
                "A campaign is launched among the customers of a run.",
                hint='Publish it and open it again: seg.publish(); seg = clustera.load("latest")',
            )
        margin = options.get("margin")
        return prepare_among(
            self.outcome,
            pipeline.CampaignWish(action, tuple(segments), days, looks, measure),
            self._tables,
            CampaignTerms(
                audience=audience,
                control=control,
                day=day,
                margin=self._run.manifest.options.get("margin") if margin is None else margin,
                contact_cost=contact_cost,
                exclude_running=exclude_running,
                include_controls=include_controls,
                contacts=contacts,
                network=network,
                reaching=reaching or {},
            ),
            name=name,
            run=self._name,
            names=self.names,
            select=self.audience,
            runs=Path(runs) if runs is not None else self._run.path.parent,
            kept=self._as_ordered() if self.outcome.behavior else {},
            given=self._reading(options),
        )

    def launch_campaign(self, name: str, action: str = "", **terms: Any) -> LaunchedCampaign:  # noqa: ANN401
        """Launch a campaign: who is in which group, whom to contact, and the list are written beside the runs.

        Args:
            name: The campaign's.
            action: Label or code of the suggested action whose customers take part; all customers when left out.
            terms: As for `prepare_campaign`.

        Raises:
            RunError: the name is taken, or this segmentation was not loaded from a run.
            InputError: there is nobody to contact, or nobody is left out.
        """
        return self.prepare_campaign(name, action, **terms).launch()

    @property
    def _name(self) -> str:
        return self._run.name if self._run else ""

    def _reading(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """How a log is read: as the run's own was, unless the caller says otherwise."""
        kept = self._as_ordered() if self.outcome.behavior else {}
        return kept | {name: value for name, value in options.items() if value is not None}

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
        """Write the report as one self-contained file: HTML, or PDF where the path ends in .pdf.

        Args:
            path: Where to write it.
            pdf: How much of it a PDF has: "brief" what was found, "full" also how.

        Raises:
            RunError: the file can't be written.
            SetupError: there is no browser that prints a PDF.
        """
        place = Path(path)
        if place.suffix.lower() == ".pdf":
            content = report.pdf(self.report_html() if pdf == "full" else self._page("report"))
        else:
            content = self.report_html().encode()
        try:
            place.write_bytes(content)
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

    def _over_time(self) -> Migration:
        behavior = self.outcome.behavior
        if behavior is None:
            raise InputError("Segments of a customer table have no earlier days.", hint="Segment with orders=...")
        if behavior.migration is None:
            assert behavior.migration_refused is not None
            raise NotPossibleError(behavior.migration_refused)
        return behavior.migration

    def _as_ordered(self) -> dict[str, Any]:
        """How the orders were read from which these segments were drawn: a later log must mean the same."""
        behavior = self.outcome.behavior
        if behavior is None:
            raise InputError(
                "These segments were drawn from a customer table, so orders can't be assigned to them.",
                hint="Pass a customer table with the same features, or segment the orders first.",
            )
        asked = self._run.manifest.options if self._run else self._settings.asked()
        kept = {name: value for name, value in asked.items() if name in OrderOptions.model_fields and name != "today"}
        return {"keep_currency": behavior.money.currency or None} | kept


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
