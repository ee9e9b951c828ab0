"""Customers of a run: `clustera customers` and `explain`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from clustera.cli.doors import AsJson, RunName, Runs, app, doors
from clustera.cli.grid import print_sentence, print_table
from clustera.cli.printing import print_json


@app.command()
def customers(
    run: RunName = "latest",
    search: Annotated[str, typer.Option(help="Part of the id.", metavar="TEXT")] = "",
    segment: Annotated[int | None, typer.Option(help="Only those of one segment.", metavar="NUMBER")] = None,
    action: Annotated[
        str, typer.Option(help="Only those whom one suggested action is for, by its name or rule.", metavar="ACTION")
    ] = "",
    who: Annotated[
        str, typer.Option(help="Only these: borderline, outliers, overdue, control or moved.", metavar="WHO")
    ] = "",
    sort: Annotated[
        str,
        typer.Option(
            help='A column of customers.parquet, or "feature." and a feature; by value, or by id, when left out.',
            metavar="COLUMN",
        ),
    ] = "",
    descending: Annotated[bool, typer.Option("--descending", help="The largest first.")] = False,
    after: Annotated[str, typer.Option(help="Where the page before ended, as --json says.", metavar="PLACE")] = "",
    rows: Annotated[int, typer.Option(help="Customers of one page.", min=1, max=1_000)] = 50,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """List customers of a run, one page at a time: searched, filtered, sorted."""
    with doors(as_json=as_json):
        from clustera.segmentation import load
        from clustera.segmentation.summary import customer_page

        with load(run, runs=runs) as seg:
            page = seg.find_customers(
                search=search,
                segment=segment,
                action=action,
                who=who,
                sort=sort,
                descending=descending,
                after=after,
                rows=rows,
            )
        if as_json:
            print_json(customer_page(page))
            return
        table = [
            [
                c["id"],
                str(c["segment"]),
                c["name"],
                *([f"{c['value']:,.0f}" if c["value"] is not None else ""] if "value" in c else []),
            ]
            for c in page.customers
        ]
        worth = ["value"] if page.customers and "value" in page.customers[0] else []
        print_table(["customer", "", "segment", *worth], table, numbers=(1, 3) if worth else (1,))
        typer.echo(f"{len(page.customers):,} of {page.matching:,} customers.")
        if page.after:
            typer.echo(f"The next page: --after {page.after}")


@app.command()
def explain(
    run: RunName,
    customer: Annotated[str, typer.Argument(help="The customer's id.", metavar="ID")],
    other: Annotated[
        int | None, typer.Option(help="Segment to compare with; the second nearest when left out.", metavar="NUMBER")
    ] = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Say why a customer is in one segment and not in another, and what would be enough to change that."""
    with doors(as_json=as_json):
        from clustera.components import why_sentences
        from clustera.segmentation import load

        with load(run, runs=runs) as seg:
            found = seg.explain(customer, other=other)
            if as_json:
                print_json(asdict(found))
                return
            print_sentence(f"{customer} is in segment {found.segment}, {seg.names[found.segment]}.")
            for sentence in why_sentences(found, seg.named):
                print_sentence(sentence)
            for number, distance in found.distances:
                typer.echo(f"  {distance:6.2f}  {number} {seg.names[number]}")
