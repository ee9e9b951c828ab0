"""What was found: `clustera compare`, `show`, `report`, `rename` and `runs`."""

from __future__ import annotations

import shlex
import webbrowser
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clustera.cli.doors import AsJson, RunName, Runs, app, errors_as_sentences, runs_app, stops_held_off
from clustera.cli.grid import print_table
from clustera.cli.ineffective import refuse_existing_files
from clustera.cli.offers import print_offers
from clustera.cli.printed import Pdf, PrintingCommand
from clustera.cli.printing import (
    print_comparison,
    print_json,
    print_other_number,
    print_paragraph,
    print_segmentation,
)
from clustera.errors import InputError

if TYPE_CHECKING:
    from clustera.segmentation import Segmentation


@app.command()
def compare(
    before: RunName,
    after: RunName,
    runs: Runs = Path("runs"),
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="Write who moved, and the matrix of moves: a .csv or .parquet file with the matrix beside it, or a folder.",
            metavar="FILE|FOLDER",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show who moved between segments from one run to another, the largest moves first."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation import load
        from clustera.store import check_table_path
        from clustera.texts import speaking

        if output and output.suffix and not output.is_dir():
            check_table_path(output)  # said before the work, not after it
        old, new = load(before, runs=runs), load(after, runs=runs)
        comparison = old.compare(new, before=before, after=after)
        files = old.write_moved(new, output) if output else ()
        if as_json:
            written_to = {"files": list(map(str, files))} if output else {}
            print_json(asdict(comparison) | {"stayed": comparison.stayed} | written_to)
            return
        with speaking(new.outcome.locale):
            print_comparison(comparison, new.feature_titles)
            _tell_order(old, new, before, after)
        if files:
            typer.echo(f"Written to {', '.join(map(str, files))}")


def _tell_order(old: Segmentation, new: Segmentation, before: str, after: str) -> None:
    """Say so where the first run is of a later day than the second."""
    from clustera.texts import format_day

    one, other = old.outcome.behavior, new.outcome.behavior
    if one is not None and other is not None and one.as_of > other.as_of:
        print_paragraph(
            f"{before} is of a later day ({format_day(one.as_of)}) than {after} ({format_day(other.as_of)}), so these moves go back in "
            f"time. The other way: clustera compare {shlex.quote(after)} {shlex.quote(before)}"
        )


@app.command()
def show(
    run: RunName = "latest",
    k: Annotated[
        int | None,
        typer.Option("--k", help="Show what the segments would be with another number of them.", metavar="K"),
    ] = None,
    offers: Annotated[
        bool, typer.Option("--offers", help="Show the kept plan of offers, and the file of offers that makes it.")
    ] = False,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Print the segments of a run, what they would be with another number of them, or its plan of offers."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation import find_run, load
        from clustera.segmentation.summary import other_number_summary, segmentation_summary

        seg = load(run, runs=runs)
        if offers and k is not None:
            raise InputError("A plan of offers belongs to the run as it is.", hint="Say --offers or --k, not both.")
        if offers:
            _show_offers(seg, as_json=as_json)
        elif k is not None:
            found = seg.other_number(k)
            if as_json:
                print_json(other_number_summary(found))
            else:
                print_other_number(found, find_run(run, runs).name, seg.outcome.selection)
        elif as_json:
            print_json(segmentation_summary(seg))
        else:
            print_segmentation(seg, find_run(run, runs).path)


def _show_offers(seg: Segmentation, *, as_json: bool) -> None:
    plan = seg.kept_offers()
    if as_json:
        print_json(asdict(plan.record) | {"sentences": plan.sentences()})
        return
    print_offers(plan)
    if plan.record.terms is not None:
        budget = "" if plan.record.budget is None else f" --budget {plan.record.budget:.12g}"
        typer.echo(
            f"\nMade by clustera offers offers.toml {seg.run_name}{budget}{'' if plan.record.test else ' --no-tests'}"
        )
        typer.echo(f"with this offers.toml:\n\n{plan.as_toml()}")


@app.command()
def remake(
    run: RunName,
    k: Annotated[int, typer.Argument(help="Number of segments.", metavar="K")],
    name: Annotated[str, typer.Option(help="Name of the new run. Default: time and file.", metavar="NAME")] = "",
    use: Annotated[bool, typer.Option("--use", help='Let "latest" mean the new run, for schedules too.')] = False,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Make a run again with another number of segments, of what it keeps; "latest" means the same run as before."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation import find_run, load
        from clustera.segmentation.summary import segmentation_summary

        with load(run, runs=runs) as earlier, earlier.remake(k, progress=not as_json) as seg:
            path = seg.publish(runs, name=name, latest=use)
            latest = find_run("latest", runs).name
            if as_json:
                print_json(segmentation_summary(seg) | {"run": path.name, "latest": latest})
                return
            print_segmentation(seg, path)
            if latest == path.name:
                print_paragraph(f"'latest' is now {path.name}, for schedules too.")
            else:
                print_paragraph(
                    f"'latest' is still {latest}, for schedules too. To use this one from now on: "
                    f"clustera runs alias latest {shlex.quote(path.name)}"
                )


@app.command("report", cls=PrintingCommand)
def show_report(
    run: RunName = "latest",
    runs: Runs = Path("runs"),
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="Write the report, with renamed segments, to a file of its own: .html, .pdf or .xlsx (a workbook).",
            metavar="FILE",
        ),
    ] = None,
    pdf: Pdf = None,
    excel: Annotated[bool, typer.Option("--excel", help="Make a workbook of it: RUN.xlsx.")] = False,
) -> None:
    """Show the path of a run's report, open it, or make a PDF or a workbook of it."""
    with errors_as_sentences():
        from clustera.segmentation import find_run, load

        found = find_run(run, runs)
        kinds = [kind for kind, asked in ((".pdf", pdf), (".xlsx", excel)) if asked]
        files = [output.with_suffix(kind) if output else Path(f"{found.name}{kind}") for kind in kinds]
        if not output:
            refuse_existing_files(files)
        elif not files:
            files = [output]
        seg = load(run, runs=runs) if files else None
        pages = [seg.report(file, pdf=pdf or "brief") for file in files] if seg else [found.path / "report.html"]
        with stops_held_off():
            for page in pages:
                typer.echo(page)
        if open_:
            webbrowser.open(pages[0].resolve().as_uri())


@app.command("rename")
def rename_segment(
    run: RunName,
    segment_: Annotated[int, typer.Argument(help="Number of the segment.", metavar="SEGMENT")],
    name: Annotated[str, typer.Argument(help="Its new name.")],
    runs: Runs = Path("runs"),
) -> None:
    """Give a segment a name of your own; later runs made with --like keep it."""
    with errors_as_sentences():
        from clustera.segmentation import find_run
        from clustera.store import rename_in_folder

        found = find_run(run, runs)
        with stops_held_off():
            rename_in_folder(found, segment_, name)
            typer.echo(f"Segment {segment_} of {found.name} is now called {name.strip()!r}.")


@runs_app.callback()
def list_runs(context: typer.Context, runs: Runs = Path("runs"), as_json: AsJson = False) -> None:
    """List the runs of a folder, oldest first."""
    if context.invoked_subcommand:
        return
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation.summary import run_summary
        from clustera.store import Store

        store = Store(runs)
        found, damaged, aliases = store.list(), store.damaged(), store.aliases()
        called = {run.name: [alias for alias, name in aliases.items() if name == run.name] for run in found}
        if as_json:
            print_json([run_summary(run) | {"aliases": called[run.name]} for run in found])
        elif not found:
            typer.echo(f"No runs in {runs} yet. Make one: clustera segment customers.csv")
        else:
            print_table(
                ["run", "source", "customers", "segments", "verdict", "alias"],
                [
                    [
                        run.name,
                        run.manifest.source.name,
                        f"{run.manifest.balance.segmented:,}",
                        str(run.manifest.k),
                        run.manifest.verdict,
                        ", ".join(called[run.name]),
                    ]
                    for run in found
                ],
                numbers=(2, 3),
            )
        for error in damaged.values():
            typer.echo(f"clustera: {error.message}", err=True)


@runs_app.command("prune")
def prune_runs(
    keep: Annotated[int, typer.Option(help="How many of the newest runs stay.")] = 10,
    runs: Runs = Path("runs"),
) -> None:
    """Remove old runs and keep the newest; a run that an alias, a campaign, a schedule or an audience needs stays."""
    with errors_as_sentences():
        from clustera.store import Store

        with stops_held_off():
            store = Store(runs)
            removed = store.prune(keep=keep)
            counted = "1 run" if len(removed) == 1 else f"{len(removed)} runs"
            told = (
                f"{counted} removed from {runs}: {', '.join(removed)}."
                if removed
                else f"Nothing to remove from {runs}."
            )
            print_paragraph(told)
            needed, old = store.needed(), [run.name for run in store.list()[:-keep]]
            for name in old:
                print_paragraph(f"{name} stays, used by {', '.join(needed.get(name, ()))}.")


@runs_app.command("alias")
def set_alias(
    name: Annotated[str, typer.Argument(help='The alias, such as "current" or "candidate".', metavar="ALIAS")],
    run: RunName = "latest",
    runs: Runs = Path("runs"),
) -> None:
    """Give a run a second name, such as "current", to use in other commands; "latest" too may mean another run."""
    with errors_as_sentences():
        from clustera.store import Store

        with stops_held_off():
            typer.echo(f"{name!r} is now {Store(runs).set_alias(name, run)}.")
