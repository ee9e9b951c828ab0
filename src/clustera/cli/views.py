"""What was found: `clustera compare`, `show`, `report`, `rename` and `runs`."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from clustera.cli.doors import AsJson, Out, RunName, app, doors, runs_app, written
from clustera.cli.printing import print_comparison, print_json, print_segmentation, print_table, summary


@app.command()
def compare(before: RunName, after: RunName, out: Out = Path("runs"), as_json: AsJson = False) -> None:
    """Who moved from which segment of one run to which of another."""
    with doors(as_json=as_json):
        from dataclasses import asdict

        from clustera.segmentation import load

        old, new = load(before, out=out), load(after, out=out)
        comparison = old.compare(new, before=before, after=after)
        if as_json:
            print_json(asdict(comparison) | {"stayed": comparison.stayed})
        else:
            print_comparison(comparison)


@app.command()
def show(run: RunName = "latest", out: Out = Path("runs"), as_json: AsJson = False) -> None:
    """Print the segments of a run."""
    with doors(as_json=as_json):
        from clustera import runs
        from clustera.segmentation import load

        seg = load(run, out=out)
        if as_json:
            print_json(summary(seg))
        else:
            print_segmentation(seg, runs.find(run, out).path)


@app.command()
def report(
    run: RunName = "latest",
    out: Out = Path("runs"),
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            help="Write the report, with renamed segments, to a file of its own: .html or .pdf.",
            metavar="FILE",
        ),
    ] = None,
    pdf: Annotated[
        bool,
        typer.Option("--pdf", help="Print it to a PDF, RUN.pdf here or --to; needs chromium, Chrome or Edge."),
    ] = False,
) -> None:
    """Say where the report of a run is, open it, or print it to a PDF."""
    with doors():
        from clustera import runs
        from clustera.segmentation import load

        found = runs.find(run, out)
        if pdf:
            to = (to or Path(f"{found.name}.pdf")).with_suffix(".pdf")
        page = load(run, out=out).report(to) if to else found.path / "report.html"
        with written():
            typer.echo(page)
        if open_:
            webbrowser.open(page.resolve().as_uri())


@app.command()
def rename(
    run: RunName,
    segment_: Annotated[int, typer.Argument(help="Number of the segment.", metavar="SEGMENT")],
    name: Annotated[str, typer.Argument(help="Its new name.")],
    out: Out = Path("runs"),
) -> None:
    """Give a segment a name of your own; later runs made with --like keep it."""
    with doors():
        from clustera import runs

        found = runs.find(run, out)
        with written():
            runs.rename(found, segment_, name)
            typer.echo(f"Segment {segment_} of {found.name} is now called {name.strip()!r}.")


@runs_app.callback()
def list_runs(context: typer.Context, out: Out = Path("runs"), as_json: AsJson = False) -> None:
    """List the runs of a folder, oldest first."""
    if context.invoked_subcommand:
        return
    with doors(as_json=as_json):
        from clustera import runs

        found = runs.listing(out)
        if as_json:
            print_json(
                [
                    {"run": r.name, **{key: r.manifest[key] for key in ("source", "k", "verdict", "balance")}}
                    for r in found
                ]
            )
        elif not found:
            typer.echo(f"No runs in {out} yet. Make one: clustera segment customers.csv")
        else:
            print_table(
                ["run", "source", "customers", "segments", "verdict"],
                [
                    [
                        r.name,
                        r.manifest["source"]["name"],
                        f"{r.manifest['balance']['segmented']:,}",
                        str(r.manifest["k"]),
                        r.manifest["verdict"],
                    ]
                    for r in found
                ],
                numbers=(2, 3),
            )


@runs_app.command()
def prune(
    keep: Annotated[int, typer.Option(help="How many of the newest runs stay.")] = 10,
    out: Out = Path("runs"),
) -> None:
    """Remove all but the newest runs."""
    with doors():
        from clustera import runs

        with written():
            removed = runs.prune(out, keep=keep)
            typer.echo(f"{len(removed)} runs removed from {out}." if removed else f"Nothing to remove from {out}.")
