"""Who responds to a campaign: `clustera campaign uplift`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from clustera.cli.campaigns import Set, campaign_app
from clustera.cli.doors import AsJson, Runs, doors, pairs, written
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json, print_paragraph


@campaign_app.command()
def uplift(
    name: Annotated[str, typer.Argument(help="Name of the campaign.", metavar="NAME")],
    orders: Annotated[
        str,
        typer.Option("--orders", help="Log of orders with the days of the campaign and those before.", metavar="FILE"),
    ],
    until: Annotated[
        str | None,
        typer.Option(help="Last day to count; the last complete day of the log when left out.", metavar="DAY"),
    ] = None,
    set_: Set = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Say who responds to a campaign with a control group: two learners beside the simple rule, judged on other customers."""
    with doors(as_json=as_json):
        from clustera import texts
        from clustera.segmentation import load_campaign

        found = load_campaign(name, runs=runs).uplift(orders, until=until, **dict(pairs(set_, "--set")))
        with written():
            if as_json:
                print_json(asdict(found) | {"sentences": texts.uplift_sentences(found)})
                return
            for sentence in texts.uplift_sentences(found):
                print_paragraph(sentence)
            print_table(
                ["rule", "Qini", "95% interval", "more than by segment"],
                [texts.uplift_cells(rule, found) for rule in found.rules],
                numbers=(1, 2, 3),
            )
            if found.thirds:
                print_table(
                    ["third of the customers", "customers", "what the contact changed", "95% interval"],
                    [texts.uplift_third(third, found) for third in found.thirds],
                    numbers=(1, 2, 3),
                )
