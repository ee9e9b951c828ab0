"""What campaigns brought: `clustera campaign results`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clustera.cli.campaigns import Days, Measure, Set, campaign_app
from clustera.cli.doors import AsJson, OrderFiles, Runs, errors_as_sentences, option_pairs, together
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json, print_paragraph

if TYPE_CHECKING:
    from clustera.records import CampaignResults
    from clustera.segmentation import MeasuredCampaign


@campaign_app.command("results")
def print_campaign_results(
    name: Annotated[
        str,
        typer.Argument(
            help="Name of the campaign; with --assignments what to call it.", metavar="NAME", show_default=False
        ),
    ] = "",
    orders: OrderFiles = None,
    outcomes: Annotated[
        str | None,
        typer.Option(
            help="Instead of the log: one row per customer with the id and 1, 0 or an amount.", metavar="FILE"
        ),
    ] = None,
    contacted: Annotated[
        str | None,
        typer.Option(help="Table with the ids of the customers who were actually contacted.", metavar="FILE"),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(help="Last day to count. Default: the last complete day of the log.", metavar="YYYY-MM-DD"),
    ] = None,
    discounts: Annotated[
        float, typer.Option(help="Cost of discounts that the amounts of the log do not include.", metavar="AMOUNT")
    ] = 0.0,
    not_randomized: Annotated[
        bool, typer.Option("--not-randomized", help="The groups were chosen or changed by hand: no effect is computed.")
    ] = False,
    assignments: Annotated[
        str | None,
        typer.Option(
            help="Groups made elsewhere: id, group (contact or control), segment; or the assignments of an exported audience. Needs --days.",
            metavar="FILE",
        ),
    ] = None,
    randomized: Annotated[
        bool, typer.Option("--randomized", help="With --assignments: the control group was chosen at random.")
    ] = False,
    control: Annotated[
        str | None,
        typer.Option(help="With --assignments: the planned share of the control group.", metavar="SHARE"),
    ] = None,
    day: Annotated[
        str | None,
        typer.Option(
            "--day",
            help="With --assignments: first day. Default: the day of the audience's export.",
            metavar="YYYY-MM-DD",
        ),
    ] = None,
    days: Days = None,
    measure: Measure = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Also write the table of results as CSV.", metavar="FILE")
    ] = None,
    set_: Set = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Show the results of a campaign: buyers, sales and profit with 95% intervals, overall and by segment."""
    with errors_as_sentences(as_json=as_json):
        from clustera.errors import InputError
        from clustera.segmentation import load_campaign, measure_campaign
        from clustera.segmentation.terms import control_share

        options: dict[str, Any] = dict(option_pairs(set_, "--set"))
        if assignments is not None:
            if days is None:
                raise InputError("--assignments needs the number of days to measure.", hint="For example: --days 30")
            found = measure_campaign(
                assignments,
                together(orders),
                day=day,
                days=days,
                outcomes=outcomes,
                contacted=contacted,
                randomized=False if not_randomized else randomized or None,
                share=None if control is None else control_share(control),
                measure=measure or "buyers",  # type: ignore[arg-type]
                until=until,
                discounts=discounts,
                name=name,
                **options,
            )
        elif not name:
            raise InputError(
                "Which campaign?", hint="clustera campaign results NAME; `clustera campaign list` lists them."
            )
        else:
            found = load_campaign(name, runs=runs).results(
                together(orders),
                outcomes=outcomes,
                contacted=contacted,
                until=until,
                discounts=discounts,
                randomized=not not_randomized,
                **options,
            )
        files = _write_results(found, output) if output else ()
        if as_json:
            from clustera.segmentation.summary import campaign_values

            print_json(campaign_values(found.record) | {"sentences": found.sentences()})
            return
        _print_results(found)
        for file in files:
            typer.echo(f"Written to {file}")


def _print_results(found: MeasuredCampaign) -> None:
    from clustera import texts

    record = found.record
    print_paragraph(texts.results_head(record))
    typer.echo("")
    print_paragraph(f"{texts.decision_title(record)} {texts.decision_sentence(record)}")
    for sentence in texts.results_money(record):
        print_paragraph(sentence)
    _print_parts(record)
    for sentence in texts.results_notes(record):
        print_paragraph(sentence)


def _print_parts(record: CampaignResults) -> None:
    from clustera import texts

    measure = record.campaign.measure
    names = dict(record.campaign.segments)
    rows = []
    for part in record.parts:
        one, other = part.contact, part.control
        called = "All customers" if part.segment is None else f"{part.segment} {names.get(part.segment, '')}".rstrip()
        rows.append(
            [
                called,
                f"{one.customers:,} / {other.customers:,}",
                f"{_rate(one.buyers, one.customers)} / {_rate(other.buyers, other.customers)}",
                texts.effect_interval_text(part, "buyers"),
                texts.effect_verdict(part.buyers, part.holds("buyers", measure)),
                f"{_each(one.revenue, one.customers)} / {_each(other.revenue, other.customers)}",
                texts.effect_interval_text(part, "revenue"),
                texts.effect_verdict(part.revenue, part.holds("revenue", measure)),
            ]
        )
    heads = ["contact / control", "customers", "bought", "points more", "buyers", "sales each", "more sales each", "sales"]  # fmt: skip
    kept = [i for i in range(len(heads)) if i not in (3, 4, 6, 7) or any(row[i] for row in rows)]
    if not any(part.contact.revenue or part.control.revenue for part in record.parts):
        kept = [i for i in kept if i not in (5, 6, 7)]
    print_table(
        [heads[i] for i in kept],
        [[row[i] for i in kept] for row in rows],
        numbers=[place for place, i in enumerate(kept) if i in (1, 2, 3, 5, 6)],
        optional=[place for place, i in enumerate(kept) if i in (5, 1)],
    )


def _rate(buyers: int, customers: int) -> str:
    from clustera import texts

    return texts.format_share(buyers / customers) if customers else ""


def _each(revenue: float, customers: int) -> str:
    from clustera import texts

    return texts.format_amount(revenue / customers) if customers else ""


def _write_results(found: MeasuredCampaign, output: Path) -> tuple[Path, ...]:
    from clustera import frames
    from clustera.store import write_table

    write_table(output, frames.campaign_rows(found.record))
    return (output,)
