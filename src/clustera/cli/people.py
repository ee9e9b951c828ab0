"""Customers of a run: `clustera customers` and `explain`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clustera.cli.doors import AsJson, RunName, Runs, app, errors_as_sentences, option_pairs
from clustera.cli.grid import print_sentence, print_table
from clustera.cli.printing import print_json
from clustera.cli.rules import print_run_rules
from clustera.errors import InputError

if TYPE_CHECKING:
    from clustera import Segmentation
    from clustera.records import Explanation


@app.command("customers")
def list_customers(
    run: RunName = "latest",
    search: Annotated[str, typer.Option(help="Part of the id.", metavar="TEXT")] = "",
    segment: Annotated[int | None, typer.Option(help="Only customers of this segment.", metavar="NUMBER")] = None,
    action: Annotated[
        str,
        typer.Option(help="Only customers with this suggested action; give its name or its rule.", metavar="ACTION"),
    ] = "",
    before: Annotated[
        int | None, typer.Option(help="Only customers who were in this segment before.", metavar="NUMBER")
    ] = None,
    since: Annotated[str, typer.Option(help="With --before: in which other run.", metavar="RUN")] = "",
    rfm: Annotated[str, typer.Option(help="Only customers of this RFM group.", metavar="GROUP")] = "",
    control: Annotated[
        bool | None,
        typer.Option("--control/--no-control", help="Only control groups, or only everybody else.", show_default=False),
    ] = None,
    who: Annotated[
        str, typer.Option(help="Only these: borderline, outliers, overdue, control or moved.", metavar="WHO")
    ] = "",
    sort: Annotated[
        str,
        typer.Option(
            help='A column of customers.parquet, or "feature." and a feature. Default: by value, or by id.',
            metavar="COLUMN",
        ),
    ] = "",
    descending: Annotated[bool, typer.Option("--descending", help="Largest first.")] = False,
    after: Annotated[
        str, typer.Option(help="Where the previous page ended, as --json prints it.", metavar="PLACE")
    ] = "",
    rows: Annotated[int, typer.Option(help="Customers of one page.", min=1, max=1_000)] = 50,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """List the customers of a run, page by page; search, filter and sort them."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation import load
        from clustera.segmentation.summary import customers_summary
        from clustera.texts import format_number, kept_from_list_sentence

        with load(run, runs=runs) as seg:
            page = seg.find_customers(
                search=search,
                segment=segment,
                action=action,
                before=before,
                since=since,
                rfm=rfm,
                control=control,
                who=who,
                sort=sort,
                descending=descending,
                after=after,
                rows=rows,
            )
        if as_json:
            print_json(customers_summary(page))
            return
        table = [
            [
                c["id"],
                str(c["segment"]),
                c["name"],
                *([format_number(c["value"]) if c["value"] is not None else ""] if "value" in c else []),
            ]
            for c in page.customers
        ]
        worth = ["value"] if page.customers and "value" in page.customers[0] else []
        print_table(["customer", "", "segment", *worth], table, numbers=(1, 3) if worth else (1,))
        typer.echo(f"{len(page.customers):,} of {page.matching:,} customers.")
        if page.left_out:
            print_sentence(kept_from_list_sentence(page.left_out, control=control))
        if page.after:
            typer.echo(f"The next page: --after {page.after}")


@app.command("explain")
def explain_customer(
    run: RunName,
    customer: Annotated[
        str | None,
        typer.Argument(
            help="The customer's id. Without it and without --value, the rules of all segments are printed.",
            metavar="ID",
            show_default=False,
        ),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(
            "--value",
            help="Instead of an id: somebody with this value of a feature; may be repeated.",
            metavar="FEATURE=NUMBER",
        ),
    ] = None,
    other: Annotated[
        int | None, typer.Option(help="Segment to compare with. Default: the second nearest.", metavar="NUMBER")
    ] = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Say why a customer is in one segment and not in another, and what would change that; without a customer, who is in which segment."""
    with errors_as_sentences(as_json=as_json):
        if customer is None and not value:
            print_run_rules(run, runs, as_json=as_json)
            return
        if customer is not None and value:
            raise InputError(
                "A customer's id and --value are both given.",
                hint="Leave one of them out: an id explains a customer of the run, --value somebody with these values.",
            )
        from clustera.segmentation import load

        with load(run, runs=runs) as seg:
            found = seg.explain(customer, values=dict(option_pairs(value, "--value")) if value else None, other=other)
            path = seg.path(customer) if customer is not None else ()
            if as_json:
                kept = {"path": [asdict(step) for step in path]} if customer is not None else {}
                print_json(asdict(found) | kept)
                return
            _print_explanation(found, seg, who=f"Customer {customer}" if customer else "This customer")
            if len(path) > 1:
                typer.echo("Runs:")
                for step in path:
                    typer.echo(f"  {step.run}: {step.segment} {step.name}")


def _print_explanation(found: Explanation, seg: Segmentation, *, who: str) -> None:
    from clustera.texts import confidence_sentence, unseen_sentences, waiting_sentence, why_sentences

    sentences = [
        f"{who} is in segment {found.segment}, {seg.names[found.segment]}.",
        confidence_sentence(found, seg.named),
        *unseen_sentences(found, seg.named),
        *why_sentences(found, seg.named),
        waiting_sentence(found, seg.named),
    ]
    for sentence in filter(None, sentences):
        print_sentence(sentence)
    typer.echo("Distance to each segment, in standard deviations of the features:")
    for number, distance in found.distances:
        typer.echo(f"  {distance:6.2f}  {number} {seg.names[number]}")


@app.command("differences")
def print_differences(
    run: RunName,
    one: Annotated[
        str,
        typer.Argument(
            help="Number of a segment; an audience, by its name or as a definition; or all.", metavar="GROUP"
        ),
    ],
    other: Annotated[
        str | None,
        typer.Argument(help="Another one. Default: all other customers.", metavar="OTHER", show_default=False),
    ] = None,
    within: Annotated[str, typer.Option(help="Another run that the second group is of.", metavar="RUN")] = "",
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Compare two segments or audiences on all columns: what differs most first, with 95% intervals; corrected for many comparisons."""
    with errors_as_sentences(as_json=as_json):
        from clustera import texts
        from clustera.segmentation import load
        from clustera.segmentation.differing import asked_group
        from clustera.texts import difference_sentence

        with load(run, runs=runs) as seg:
            then = load(within, runs=runs) if within else None
            first, second = asked_group(one), None if other is None else asked_group(other)
            compared = seg.compare_groups(first, second, within=then)
            found = compared.differences
            if as_json:
                print_json([asdict(entry) for entry in found])
                return
            second = first if second is None and then else second
            names = texts.group_name(first, seg.names), texts.group_name(second, (then or seg).names)
            print_sentence(difference_sentence(found, one=names[0], other=names[1]))
            if compared.both:
                print_sentence(f"{compared.both:,} customers are in both, and left out of both.")
            rows = [
                [
                    entry.label if entry.value is None else f"{entry.label}: {entry.value}",
                    *texts.format_together(entry.one, entry.other, entry.difference, entry.low, entry.high),
                    texts.format_number(entry.effect, 2),
                    texts.format_small(entry.q),
                ]
                for entry in found
                if entry.differs
            ]
            heads = ["what", "first", "second", "difference", "low", "high", "effect", "q"]
            print_table(heads, rows, numbers=(1, 2, 3, 4, 5, 6, 7))
