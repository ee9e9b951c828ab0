"""`Segmentation`: the segments of customers with everything that is known about them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from clustera import frames, pipeline, report, texts
from clustera.arguments import PLACE, PROGRESS, TEXT, TRUTH, ArgumentKind, arguments_checked, one_of, takes
from clustera.errors import InputError, RunError
from clustera.records import Call, TrustNumbers
from clustera.segmentation.campaigning import Campaigning
from clustera.segmentation.comparing import Comparing
from clustera.segmentation.ineffective import refuse_on_assign
from clustera.segmentation.model_exports import ModelExports
from clustera.segmentation.noting import Noting
from clustera.segmentation.offer_plans import OfferPlanning
from clustera.segmentation.options import Options
from clustera.segmentation.other_numbers import OtherNumbers
from clustera.segmentation.progress import Clock, shown_progress
from clustera.segmentation.recommendations import Recommending
from clustera.segmentation.results import Results
from clustera.segmentation.tables import FreshTables
from clustera.settings import gather_settings, with_earlier_options
from clustera.store import Store, whole_file, write_workbook

if TYPE_CHECKING:
    import pandas as pd

_PDF = ArgumentKind(
    'True, False, "brief" or "full"', lambda value: TRUTH.fits(value) or one_of("brief", "full").fits(value)
)


@arguments_checked
class Segmentation(Results, Comparing, Campaigning, Recommending, OfferPlanning, ModelExports, OtherNumbers, Noting):
    """Segments of customers with everything that is known about them. Made by `clustera.segment` or `clustera.load`.

    In a `with` statement, or by `close`, its memory and temporary files are released when it is no longer used.

    Attributes:
        outcome: Everything that was found, as a record.
        names: Number of a segment -> its name: the one that people gave, else the one that was made.
        timings: Step -> seconds that it took; empty for a run that was loaded.

    Example:
        The examples of all methods use the `customers`, `orders` and `seg` that are made here, of a shop with three kinds
        of customers: some order seldom, some often, some order a lot at a time.

        >>> import clustera
        >>> import numpy as np
        >>> import pandas as pd
        >>> rng = np.random.default_rng(0)
        >>> kind = np.repeat([0, 1, 2], [90, 70, 50])
        >>> who = np.repeat(np.arange(210), 1 + rng.poisson(np.array([2, 20, 7])[kind]))
        >>> ids = np.array([f"C{i:03}" for i in range(210)])
        >>> customers = pd.DataFrame({"customer": ids, "city": rng.choice(["Bonn", "Jena", "Ulm"], 210)})
        >>> orders = pd.DataFrame({
        ...     "customer": ids[who],
        ...     "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 450, len(who)), unit="D"),
        ...     "amount": (np.array([15, 20, 150])[kind[who]] * rng.uniform(0.7, 1.3, len(who))).round(2),
        ...     "category": rng.choice(["coffee", "tea", "gifts"], len(who)),
        ... })
        >>> seg = clustera.segment(customers, orders=orders, keep_orders=True, progress=False)
        >>> seg
        3 segments. They are clear groups: few customers stand between them, ...
          1  Recently active big spenders         48   22.9%
          2  Active frequent buyers               68   32.4%
          3  Rarely seen low spenders             94   44.8%
        210 customers. Verdict: clear. Snapshot date: March 25, 2025. No findings.

        Published, the segmentation is a run: a folder that can be opened again by its name. Two months later the same
        definitions are kept, and customers who have not ordered since have moved: that is the run `later`.

        >>> path = seg.publish("runs", name="march")
        >>> later = clustera.segment(customers, orders=orders, like=seg, as_of="2025-05-31", progress=False)
        >>> path = later.publish("runs", name="april")
        >>> clustera.load("march").segments["customers"].tolist()
        [48, 68, 94]
        >>> clustera.load("april").segments["customers"].tolist()
        [43, 61, 106]
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
            One row per customer: id, segment, name, distance, second_segment, borderline, outlier, key; from orders also
            stage, RFM scores and group, next_order (day), overdue and days_overdue. `attrs` tells under "quarantined" how many
            rows were not used, and under "findings", in words, what the check found.

        Warns:
            UserWarning: no customer has a value of a feature.

        Raises:
            InputError: a feature column is missing, or no row can be used.

        >>> import pandas as pd
        >>> new = pd.DataFrame({
        ...     "customer": ["N1", "N2"],
        ...     "days_since_last_order": [5, 200],
        ...     "order_days": [6, 1],
        ...     "spend": [700, 20],
        ...     "recent_spend": [200, 0],
        ... })
        >>> seg.predict(new)[["id", "segment", "name"]]
           id  segment                          name
        0  N1        1  Recently active big spenders
        1  N2        3      Rarely seen low spenders

        Segments drawn from orders take a log of orders as well:

        >>> seg.predict(orders=orders[orders["date"] < "2025-01-01"])[["id", "segment", "next_order"]].head(2)
             id  segment  next_order
        0  C000        3  2025-06-14
        1  C002        3  2025-02-08
        """
        scored = self.assign(customers, orders=orders, products=products, **options)
        frame: pd.DataFrame = frames.typed_customers(scored.customers.arrow().to_pandas())
        frame["name"] = frame["segment"].map(self.names)
        frame.attrs["quarantined"] = scored.balance.quarantined
        with texts.speaking(self.outcome.locale):
            said = [f"{texts.finding_message(one)} {texts.cure_on_page(one)}".strip() for one in scored.findings]
        frame.attrs["findings"] = said
        for finding, told in zip(scored.findings, said, strict=True):
            if finding.code == "empty-feature":
                warnings.warn(told, UserWarning, stacklevel=2)
        return frame

    @takes(progress=PROGRESS)
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

        Returns:
            A record: customers (rows of the engine, with the columns of `predict`), quarantine, balance and more.

        Raises:
            InputError: a feature column is missing, or no row can be used.

        >>> found = seg.assign(orders=orders)
        >>> found.balance.read, found.balance.segmented
        (210, 210)
        >>> found.customers.query("select segment, count(*) as n from {rows} group by all order by all").to_pandas()
           segment   n
        0        1  48
        1        2  68
        2        3  94
        """
        if customers is None and orders is None:
            raise InputError("There is nobody to assign.", hint="Pass a customer table, or orders=...")
        shared = self._shared_options() | (self._as_ordered() if orders is not None else {})
        sources = pipeline.Sources(customers, orders, products)
        asked = gather_settings(file=Path(settings) if settings is not None else None, **options)
        refuse_on_assign(options, asked, orders=orders is not None)
        asked, taken = with_earlier_options(asked, shared)
        speaking, naming = texts.speaking(self.outcome.locale), pipeline.naming_kept_options(taken, _label_of(self))
        with speaking, naming, shown_progress(progress) as tell:
            return pipeline.predict(sources, self.outcome.model, asked, known=self.outcome.patterns, progress=tell)

    @takes(path=PLACE, excel=TRUTH, pdf=_PDF)
    def save(self, path: str | Path, *, excel: bool = False, pdf: bool | pipeline.Printed = False) -> Path:
        """Write the run as a folder at `path`, and nothing else; `clustera.load(path)` opens it again.

        Args:
            path: The folder, which must not be there yet.
            excel: Write a workbook too.
            pdf: Write the report as a PDF too: True or "brief" what was found, "full" also how.

        Returns:
            The folder.

        Raises:
            RunError: there is already something at `path`, or this segmentation was itself loaded.
            SetupError: a PDF is asked for and there is no browser that prints one.

        >>> import clustera
        >>> folder = seg.save("copy")
        >>> sorted(file.name for file in folder.glob("c*"))
        ['card.md', 'customers.csv', 'customers.parquet']
        >>> clustera.load(folder).k
        3
        """
        with self._writing() as result:
            return pipeline.save_result(result, self._settings, Path(path), names=self.names, excel=excel, pdf=pdf)

    @takes(runs=PLACE, name=TEXT, excel=TRUTH, latest=TRUTH, pdf=_PDF)
    def publish(
        self,
        runs: str | Path = "runs",
        *,
        name: str = "",
        excel: bool = False,
        pdf: bool | pipeline.Printed = False,
        latest: bool = True,
    ) -> Path:
        """Publish the run in a folder of runs under a name of its own.

        Args:
            runs: The folder of runs; made where there is none, but not the folder that it lies in.
            name: The run's. Default: made from the name of the table.
            excel: Write a workbook too.
            pdf: Write the report as a PDF too: True or "brief" what was found, "full" also how.
            latest: Whether "latest" means this run from now on, for schedules too; if not, it means the run that it meant.

        Returns:
            The folder of the run.

        Raises:
            RunError: the name is taken, or this segmentation was itself loaded.
            SetupError: the folder can't be written, or there is no browser that prints a PDF.

        >>> import clustera
        >>> seg.publish("runs", name="may").name
        'may'
        >>> clustera.load("latest").run_name
        'may'
        >>> seg.remake(2).publish("runs", name="two", latest=False).name, clustera.load("latest").run_name
        ('two', 'may')
        """
        with self._writing() as result:
            return pipeline.publish_run(
                result, self._settings, Store(runs), names=self.names, name=name, excel=excel, pdf=pdf, latest=latest
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

    @takes(path=PLACE, pdf=one_of("brief", "full"))
    def report(self, path: str | Path, *, pdf: pipeline.Printed = "brief") -> Path:
        """Write the report as one file: HTML, a PDF where the path ends in .pdf, or a workbook where it ends in .xlsx.

        Args:
            path: Where to write it.
            pdf: How much of it a PDF has: "brief" what was found, "full" also how.

        Returns:
            Where it was written.

        Raises:
            InputError: it is a file of another kind, its folder is not there, or it is the folder of a run.
            SetupError: the file can't be written, there is no browser that prints a PDF, or no package that writes a workbook.

        >>> file = seg.report("report.html")
        >>> file.name, file.read_text(encoding="utf-8").count("Active frequent buyers") > 1
        ('report.html', True)
        """
        place = Path(path)
        kind = place.suffix.lower()
        if kind not in {".html", ".htm", ".pdf", ".xlsx"}:
            raise InputError(f"{place} is no .html, .pdf or .xlsx.", hint="For example: report.html")
        with whole_file(place) as unfinished:
            if kind == ".xlsx":
                with texts.speaking(self.outcome.locale):
                    write_workbook(unfinished, self.named, self._tables.customers())
            elif kind == ".pdf":
                page = self._page("whole" if pdf == "full" else "report", calls=self._calls())
                unfinished.write_bytes(report.print_pdf(page))
            else:
                unfinished.write_bytes(self._page("whole", calls=self._calls()).encode())
        return place

    def report_html(self) -> str:
        """The report as one self-contained page of HTML: what was found, and how.

        >>> seg.report_html().startswith("<!doctype html>")
        True
        """
        return self._page("whole")

    def _calls(self) -> tuple[Call, ...]:
        """The first customers of the list of calls: whoever can write a file of the run may see its customers."""
        return pipeline.first_to_call(self._listed.tables[0], self.outcome)

    def _page(self, part: pipeline.Part, *, calls: tuple[Call, ...] | None = None) -> str:
        return pipeline.render_report(
            self.outcome,
            sample=self._tables.sample(),
            names=self.names,
            part=part,
            notes=self.notes,
            versions=self._versions,
            calls=calls,
        )

    def _repr_html_(self) -> str:
        return report.card_html(self.named)

    def __repr__(self) -> str:
        outcome = self.named
        with texts.speaking(outcome.locale):
            lines = [texts.summarize_chosen_k(outcome.selection), texts.explain_kept_k(outcome.selection)]
            width = max(len(profile.name) for profile in outcome.segments)
            lines += [
                f"{profile.segment:>3}  {profile.name:<{width}}  {profile.size:>9,}  {profile.share:>6.1%}"
                for profile in outcome.segments
            ]
            lines.append(texts.session_facts(outcome))
            lines += [f"  {severity}: {words}" for severity, words in texts.first_findings(outcome.findings)]
            lines.append(texts.more_findings(outcome.findings))
        return "\n".join(filter(None, lines))


def _label_of(segmentation: Segmentation) -> str:
    """What an earlier run is called, before it was published by its file."""
    # A frame has no name: "DataFrame" would tell a reader nothing.
    named = segmentation.outcome.source.name if segmentation.outcome.source.format != "frame" else "the earlier run"
    return segmentation._run.name if segmentation._run else named


def earlier_run(segmentation: Segmentation) -> pipeline.Earlier:
    """What a later run has to know of this one."""
    has_ids = segmentation.outcome.has_ids
    values = segmentation._listed.tables[1] if has_ids else None
    behavior = segmentation.outcome.behavior
    return pipeline.Earlier(
        label=_label_of(segmentation),
        model=segmentation.outcome.model,
        names=segmentation.names,
        customers=segmentation._tables.customers() if has_ids else None,
        selection=segmentation.outcome.selection,
        trust=tuple(
            TrustNumbers(p.segment, p.trust.jaccard, p.trust.valley, p.trust.neighbor, p.trust.borderline)
            for p in segmentation.outcome.segments
        ),
        as_of=segmentation._snapshot,
        bases={
            profile.segment: profile.basis
            for profile in segmentation.outcome.segments
            if profile.basis is not None and profile.name == segmentation.names[profile.segment]
        },
        forecast=segmentation.outcome.value.path if segmentation.outcome.value else (),
        segment_forecasts=segmentation.outcome.value.segment_paths if segmentation.outcome.value else (),
        currency=behavior.money.currency if behavior else "",
        values=values.arrow() if values is not None else None,
        first_day=behavior.first_day if behavior else 0,
        months=behavior.months if behavior else (),
        options=segmentation._shared_options(),
        known=segmentation.outcome.patterns,
    )
