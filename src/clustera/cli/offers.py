"""Who gets which offer under a budget: `clustera offers`; the list of one of them as an audience: `clustera audience from-offer`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clustera.cli.audiences import OfRun, opened
from clustera.cli.doors import AsJson, RunName, Runs, app, audience_app, errors_as_sentences, stops_held_off
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json, print_paragraph

if TYPE_CHECKING:
    from clustera.segmentation import OffersPlan


@app.command("offers")
def choose_offers(
    file: Annotated[Path, typer.Argument(help="TOML file of offers: see docs/offers.md.", metavar="FILE")],
    run: RunName = "latest",
    budget: Annotated[
        float | None,
        typer.Option(help="Largest expected total cost. Default: no limit.", metavar="AMOUNT"),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            help="Share of sales that is profit, such as 0.3. Default: that of the file, else of the run.",
            metavar="SHARE",
        ),
    ] = None,
    no_tests: Annotated[
        bool, typer.Option("--no-tests", help="Spend nothing on tests of offers with an unknown effect.")
    ] = False,
    output: Annotated[Path, typer.Option("--output", help="Where to write: .csv or .parquet.", metavar="FILE")] = Path(
        "offers.csv"
    ),
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Choose which customers get which offer, so that the budget brings the most profit."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation import load
        from clustera.store import check_table_path

        check_table_path(output)  # said before the work, not after it
        with load(run, runs=runs) as seg:
            plan = seg.plan_offers(file, budget=budget, margin=margin, test=not no_tests)
            kept = plan.keep()
            place = plan.write(output)
        with stops_held_off():
            if as_json:
                print_json(asdict(plan.record) | {"sentences": plan.sentences(), "file": str(place)})
                return
            print_offers(plan)
            typer.echo(f"Written to {place}")
            typer.echo(f"Kept for the dashboard and for new reports of the run: {kept}")


def print_offers(plan: OffersPlan) -> None:
    """What the plan brings, each offer in a line, and the tests."""
    from clustera import texts

    record = plan.record
    for sentence in plan.sentences()[: -len(record.tests) or None]:
        print_paragraph(sentence)
    rows = [
        [
            offer.name,
            texts.offer_effect_text(offer, record.currency),
            texts.offer_source_text(offer),
            f"{offer.customers:,}",
            texts.format_amount(offer.cost, record.currency),
            texts.format_amount(offer.profit, record.currency),
        ]
        for offer in record.offers
    ]
    heads = ["offer", "effect", "known from", "customers", "expected cost", "expected profit"]
    print_table(heads, rows, numbers=(1, 3, 4, 5))
    for test in record.tests:
        print_paragraph(texts.offer_test_sentence(test, record.currency))


@audience_app.command("from-offer")
def save_offered_audience(
    offer: Annotated[str, typer.Argument(help="Name of an offer of the plan that is kept with the run.")],
    name: Annotated[str, typer.Argument(help="Name of the audience.")],
    test: Annotated[
        bool, typer.Option("--test", help="Who is drawn to test the offer, instead of whom the plan chose.")
    ] = False,
    run: OfRun = "",
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Save who gets an offer by the kept plan as a new audience that never changes, without the control group of a test."""
    with errors_as_sentences(as_json=as_json):
        from clustera import texts
        from clustera.segmentation.audiences import made_audience_summary

        with opened(runs, run) as seg, stops_held_off():
            assert seg is not None
            made = made_audience_summary(seg.offer_audience(offer, name, part="test" if test else "plan"))
            if as_json:
                print_json(made)
            else:
                members = texts.translate_count(
                    made["customers"],
                    "{n} customer who gets {offer} is now audience {name}.",
                    "{n} customers who get {offer} are now audience {name}.",
                    offer=repr(offer),
                    name=repr(name),
                )
                print_paragraph(members)
