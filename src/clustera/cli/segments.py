"""The main job: `clustera segment` and `clustera predict`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clustera.cli.doors import (
    AsJson,
    Dates,
    IdColumn,
    LogJson,
    OrderFiles,
    Query,
    Quiet,
    RunName,
    Runs,
    Table,
    app,
    errors_as_sentences,
    option_pairs,
    stops_held_off,
    together,
)
from clustera.cli.dryrun import dry_run
from clustera.cli.printed import Pdf, PrintingCommand
from clustera.cli.printing import print_json, print_scored, print_segmentation, scored_summary
from clustera.cli.step_log import progress
from clustera.cli.streams import standard_input

if TYPE_CHECKING:
    from clustera.segmentation import Segmentation

ProductTable = Annotated[
    str | None, typer.Option(help="Table of products, for the categories of the orders.", metavar="FILE")
]
SnapshotDate = Annotated[
    str | None,
    typer.Option(
        help="Snapshot date: the last day of the orders that is used. Default: the last complete day.",
        metavar="YYYY-MM-DD",
    ),
]


@app.command(cls=PrintingCommand)
def segment(
    customers: Annotated[
        str | None,
        typer.Argument(
            help="Customer table, one row per customer: CSV, Excel, Parquet, JSON lines, a database file or the address of "
            "one; - is standard input.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    orders: OrderFiles = None,
    products: ProductTable = None,
    as_of: SnapshotDate = None,
    features: Annotated[
        str | None, typer.Option(help="Columns that form the segments, separated by commas.", metavar="A,B,...")
    ] = None,
    id_: IdColumn = None,
    descriptors: Annotated[
        str | None, typer.Option(help="Columns that only describe the segments.", metavar="A,B,...")
    ] = None,
    exclude: Annotated[str | None, typer.Option(help="Columns to leave out.", metavar="A,B,...")] = None,
    dates: Dates = None,
    currency: Annotated[
        str | None,
        typer.Option(
            help="Currency of the orders where they name none, such as USD; which one to use where they name several.",
            metavar="CODE",
        ),
    ] = None,
    table: Table = None,
    query: Query = None,
    k: Annotated[
        str | None,
        typer.Option(
            "--k", help="Number of segments: 5, or 3..8 for the best of these. Default: chosen from the data."
        ),
    ] = None,
    choose_by: Annotated[
        str | None,
        typer.Option(
            "--choose-by",
            help="What chooses the number of segments: auto, evidence, or future-spend (only with --orders).",
            metavar="RULE",
        ),
    ] = None,
    min_size: Annotated[
        str | None, typer.Option(help='Smallest share of customers a segment may have, such as "2%".', metavar="SHARE")
    ] = None,
    weight: Annotated[
        list[str] | None, typer.Option(help="How much a feature counts; may be repeated.", metavar="COLUMN=NUMBER")
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            help="An earlier run. Its definitions of segments are kept, and customers move between them.", metavar="RUN"
        ),
    ] = None,
    redraw: Annotated[
        bool,
        typer.Option(
            "--redraw", help="With --like: make new segments, and keep the names of those that are still the same."
        ),
    ] = False,
    settings: Annotated[Path | None, typer.Option(help="TOML file with options.", metavar="FILE")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any other option of docs/settings.md; may be repeated.", metavar="OPTION=VALUE"),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop when the check finds a warning or an error.")] = False,
    check_only: Annotated[
        bool, typer.Option("--check-only", help="Check the table as `clustera check` does, and make no segments.")
    ] = False,
    contract: Annotated[
        Path | None,
        typer.Option(help="Data contract that the table must meet; where it does not, the run stops.", metavar="FILE"),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Random seed.")] = None,
    runs: Runs = Path("runs"),
    name: Annotated[str, typer.Option(help="Name of the run. Default: the time and the file's name.")] = "",
    excel: Annotated[bool, typer.Option("--excel", help="Also write segments.xlsx.")] = False,
    pdf: Pdf = None,
    diagnostics: Annotated[
        bool,
        typer.Option(
            "--diagnostics",
            help="Sensitivity analysis for the report: other seeds, fewer features, other methods, outliers included.",
        ),
    ] = False,
    keep_orders: Annotated[
        bool, typer.Option("--keep-orders", help="Keep the order lines in the run, for the pages of customers.")
    ] = False,
    title: Annotated[
        str | None, typer.Option(help="Title of the report. Default: the month of the snapshot date.")
    ] = None,
    company: Annotated[str | None, typer.Option(help="Company or brand, before the title of the report.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    log_json: LogJson = False,
) -> None:
    """Group the customers of a table into segments; prints them and writes a run with its report."""
    with errors_as_sentences(as_json=as_json, log_json=log_json):
        from clustera.report import needed_browser
        from clustera.segmentation import load
        from clustera.segmentation import segment as make
        from clustera.segmentation.summary import segmentation_summary
        from clustera.store import Store, refuse_missing_parent

        options: dict[str, Any] = {
            "id": id_,
            "features": features,
            "descriptors": descriptors,
            "exclude": exclude,
            "dates": dates,
            "keep_currency": currency,
            "table": table,
            "query": query,
            "k": k,
            "choose_by": choose_by,
            "min_size": min_size,
            "weights": dict(option_pairs(weight, "--weight")) or None,
            "seed": seed,
            "contract": contract,
            "as_of": as_of,
            "title": title,
            "company": company,
            **_flags(redraw=redraw, strict=strict, diagnostics=diagnostics, keep_orders=keep_orders),
            **dict(option_pairs(set_, "--set")),
        }
        source, log = standard_input() if customers == "-" else customers, together(orders)
        earlier = load(like, runs=runs) if like else None
        if check_only:
            _check_sources((source, log, products), settings, options, earlier, as_json=as_json)
            return
        store = Store(runs)
        refuse_missing_parent(runs, option="--runs")
        if name:
            store.check_free(name)
        if pdf:
            needed_browser()  # said before the work, not after it
        seg = make(
            source,
            orders=log,
            products=products,
            like=earlier,
            settings=settings,
            progress=progress(quiet=quiet or as_json, log_json=log_json),
            **options,
        )
        place = seg.publish(runs, name=name, excel=excel, pdf=pdf or False)
        with stops_held_off():
            if as_json:
                print_json(segmentation_summary(seg) | {"run": str(place)})
            elif not quiet:
                print_segmentation(seg, place)
                if redraw and like:
                    typer.echo(
                        f"'latest' is now this redraw, {place.name}; for the earlier definitions, say --like {like}."
                    )


def _flags(**given: bool) -> dict[str, bool]:
    """The flags that were given; what was not is left to settings and defaults."""
    return {name: True for name, on in given.items() if on}


def _check_sources(
    sources: tuple[object, object, str | None],
    settings: Path | None,
    options: Mapping[str, Any],
    earlier: Segmentation | None,
    *,
    as_json: bool,
) -> None:
    """The first half of a run by itself."""
    from clustera.pipeline import Sources
    from clustera.segmentation.segmentation import earlier_run
    from clustera.settings import gather_settings

    kept = earlier_run(earlier) if earlier else None
    dry_run(Sources(*sources), gather_settings(file=settings, **options), as_json=as_json, earlier=kept)


@app.command()
def predict(
    run: RunName,
    customers: Annotated[
        str | None,
        typer.Argument(
            help="File with the same feature columns; - is standard input.", metavar="FILE", show_default=False
        ),
    ] = None,
    orders: OrderFiles = None,
    products: ProductTable = None,
    as_of: SnapshotDate = None,
    output: Annotated[Path, typer.Option("--output", help="Where to write: .csv or .parquet.", metavar="FILE")] = Path(
        "scored.csv"
    ),
    runs: Runs = Path("runs"),
    id_: IdColumn = None,
    dates: Dates = None,
    table: Table = None,
    query: Query = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Write nothing and exit with 4 on a warning, such as drift."),
    ] = False,
    settings: Annotated[Path | None, typer.Option(help="TOML file with options.", metavar="FILE")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any other option of docs/settings.md; may be repeated.", metavar="OPTION=VALUE"),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    log_json: LogJson = False,
) -> None:
    """Assign customers to the segments of a run: by a table of the same features, or by their orders up to a day."""
    with errors_as_sentences(as_json=as_json, log_json=log_json):
        from clustera.check.contract import stop_on_findings
        from clustera.segmentation import load
        from clustera.store import check_table_path, write_assigned
        from clustera.texts import speaking

        check_table_path(output)  # said before the work, not after it
        log = together(orders)
        seg = load(run, runs=runs)
        asked = {
            "id": id_,
            "as_of": as_of,
            "dates": dates,
            "table": table,
            "query": query,
            **dict(option_pairs(set_, "--set")),
        }
        scored = seg.assign(
            standard_input() if customers == "-" else customers,
            orders=log,
            products=products,
            settings=settings,
            progress=progress(quiet=quiet or as_json, log_json=log_json),
            **asked,
        )
        if strict:
            stop_on_findings(scored.findings)
        lines = scored.orders.quarantine if scored.orders is not None else None
        aside = write_assigned(
            scored.customers, output, names=seg.names, quarantine=scored.quarantine, orders_quarantine=lines
        )
        with stops_held_off():
            if as_json:
                print_json(scored_summary(scored, output, aside))
            elif not quiet:
                with speaking(seg.outcome.locale):
                    print_scored(scored, output, aside)
