"""Who responds to a campaign: `clustera campaign uplift`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clustera.cli.campaigns import Set, campaign_app
from clustera.cli.doors import AsJson, Runs, errors_as_sentences, option_pairs, stops_held_off, together
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json, print_paragraph
from clustera.cli.reaching import AllConsented, Column, Country, Suppress, reach_options

if TYPE_CHECKING:
    from clustera.segmentation import MeasuredUplift


@campaign_app.command("uplift")
def print_uplift(
    name: Annotated[str, typer.Argument(help="Name of the campaign.", metavar="NAME")],
    orders: Annotated[
        list[str],
        typer.Option(
            "--orders",
            help="Log of orders with the days of the campaign and those before; may be repeated.",
            metavar="FILE",
        ),
    ],
    until: Annotated[
        str | None,
        typer.Option(help="Last day of the log to use. Default: its last complete day.", metavar="YYYY-MM-DD"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="Write the customers to contact first next time as CSV.", metavar="FILE"),
    ] = None,
    top: Annotated[
        str, typer.Option("--top", help="With --output or --audience: share of the customers.", metavar="SHARE")
    ] = "33%",
    contacts: Annotated[
        str | None,
        typer.Option(
            help="With --output: table of contacts. Only customers whom a campaign with it would write to are written.",
            metavar="FILE",
        ),
    ] = None,
    suppress: Suppress = None,
    column: Column = None,
    country: Country = "",
    all_consented: AllConsented = False,
    audience: Annotated[
        str,
        typer.Option(
            "--audience",
            help="Save the customers to contact first next time as an audience of this name, which never changes.",
            metavar="NAME",
        ),
    ] = "",
    run: Annotated[
        str, typer.Option("--run", help="With --audience: the run on which it is counted.", metavar="RUN")
    ] = "latest",
    set_: Set = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Show who responded to a campaign, and whether choosing them by model or by segment is better than contacting everybody."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation import load, load_campaign

        reaching = reach_options(suppress, column, country, all_consented=all_consented)
        found = load_campaign(name, runs=runs).uplift(
            together(orders), until=until, **dict(option_pairs(set_, "--set"))
        )
        if contacts:
            found = found.reachable(contacts, **reaching)
        written_rows = found.write(output, top=top) if output else 0
        saved = None
        if audience and found.record.best:
            with load(run, runs=runs) as seg:
                saved = seg.uplift_audience(name, audience, top=top).count().customers
        with stops_held_off():
            if as_json:
                from clustera.segmentation.summary import campaign_values

                print_json(campaign_values(found.record) | {"sentences": found.sentences()})
                return
            _print_uplift_figures(found)
            if output and written_rows:
                typer.echo(f"{written_rows:,} {'customer' if written_rows == 1 else 'customers'} written to {output}")
                _print_left_out(found)
            elif output:
                typer.echo("No file is written: no rule ranks customers better than a choice at random.")
            if saved is not None:
                typer.echo(
                    f"{saved:,} {'customer' if saved == 1 else 'customers'} of run {run} are now audience {audience!r}."
                )
            elif audience:
                typer.echo("No audience is saved: no rule ranks customers better than a choice at random.")


def _print_left_out(found: MeasuredUplift) -> None:
    for n, why in (
        (found.left_out, "held out by an audience, or in the control group of another running campaign."),
        (found.unreachable, "by the contacts they may not or can't be written to."),
    ):
        if n:
            typer.echo(f"{n:,} {'customer is' if n == 1 else 'customers are'} left out of the list: {why}")


def _print_uplift_figures(found: MeasuredUplift) -> None:
    from clustera import texts

    record = found.record
    for sentence in found.sentences():
        print_paragraph(sentence)
    print_table(
        texts.uplift_heads(record),
        [texts.uplift_cells(rule, record) for rule in record.rules],
        numbers=(1, 2, 3),
        optional=(3, 2),
    )
    if record.groups:
        print_table(
            texts.uplift_group_heads(record),
            [texts.uplift_group(group, record) for group in record.groups],
            numbers=(1, 2, 3),
        )
