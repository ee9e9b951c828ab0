"""Who responds to a campaign: `clustera campaign uplift`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clustera.cli.campaigns import Set, campaign_app
from clustera.cli.doors import AsJson, Runs, errors_as_sentences, option_pairs, together, written
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json, print_paragraph

if TYPE_CHECKING:
    from clustera.segmentation import MeasuredUplift


@campaign_app.command()
def uplift(
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
        str, typer.Option("--top", help="With --output: share of the customers to write.", metavar="SHARE")
    ] = "33%",
    set_: Set = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Show who responded to a campaign, and whether choosing them by model or by segment is better than contacting everybody."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation import load_campaign

        found = load_campaign(name, runs=runs).uplift(
            together(orders), until=until, **dict(option_pairs(set_, "--set"))
        )
        written_rows = found.write(output, top=top) if output else 0
        with written():
            if as_json:
                print_json(asdict(found.record) | {"sentences": found.sentences()})
                return
            _print_uplift(found)
            if output and written_rows:
                typer.echo(f"{written_rows:,} {'customer' if written_rows == 1 else 'customers'} written to {output}")
                if found.left_out:
                    who = "customer is" if found.left_out == 1 else "customers are"
                    typer.echo(
                        f"{found.left_out:,} {who} left out of the list: held out by an audience, or in the control group of "
                        "another running campaign."
                    )
            elif output:
                typer.echo("No file is written: no rule ranks customers better than a choice at random.")


def _print_uplift(found: MeasuredUplift) -> None:
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
