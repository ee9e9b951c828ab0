"""Campaigns with a control group: `clustera campaign plan`, `launch` and `list`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clustera.cli.audience_exports import print_export, print_steps
from clustera.cli.doors import (
    App,
    AsJson,
    OrderFiles,
    RunName,
    Runs,
    app,
    errors_as_sentences,
    option_pairs,
    stops_held_off,
    together,
)
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json, print_paragraph
from clustera.cli.reaching import AllConsented, Column, Country, Network, Recommendations, Suppress, reach_options

if TYPE_CHECKING:
    from clustera.records import PlannedAudience
    from clustera.segmentation import LaunchedCampaign, PlannedCampaign
    from clustera.segmentation.launching import PreparedCampaign

campaign_app = App(
    help="Test a campaign with a control group: plan it, launch it, and see its results.",
    no_args_is_help=True,
)
app.add_typer(campaign_app, name="campaign")

Action = Annotated[
    str, typer.Option("--action", help="A suggested action, as the report calls it, or its code.", metavar="ACTION")
]
Segments = Annotated[
    str, typer.Option("--segments", help="Only these segments, by number, separated by commas.", metavar="1,2,...")
]
Audience = Annotated[
    str | None,
    typer.Option(
        help="Only these customers: the name of an audience, a definition in quotes, or a table with ids.",
        metavar="AUDIENCE",
    ),
]
Days = Annotated[
    int | None,
    typer.Option("--days", help="Days to measure. Default: 30.", metavar="NUMBER", min=1, max=3650),
]
Looks = Annotated[
    str,
    typer.Option(
        "--looks",
        help="daily: look on any day. end: look once, when it is over. open: look on any day, no end is planned.",
        metavar="WHEN",
    ),
]
Margin = Annotated[
    float | None, typer.Option("--margin", help="Share of sales that is profit, such as 0.3.", metavar="SHARE")
]
ContactCost = Annotated[
    float, typer.Option("--contact-cost", help="What it costs to contact one customer.", metavar="AMOUNT")
]
Measure = Annotated[
    str | None,
    typer.Option(
        "--measure",
        help="What decides: buyers (share who buy) or revenue (sales per customer). Default: chosen by how many buy anyway.",
        metavar="WHAT",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="Any option of docs/settings.md on how tables are read.", metavar="OPTION=VALUE"),
]


@campaign_app.command()
def plan(
    run: RunName = "latest",
    action: Action = "",
    segments: Segments = "",
    audience: Audience = None,
    days: Days = None,
    orders: OrderFiles = None,
    looks: Looks = "daily",
    measure: Measure = None,
    set_: Set = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Plan a test: the size of the control group, and the smallest effect that it can show."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation import load

        with load(run, runs=runs) as seg:
            planned = seg.plan_campaign(
                action,
                segments=_segments(segments),
                audience=audience,
                days=days,
                orders=together(orders),
                looks=looks,  # type: ignore[arg-type]
                measure=measure,  # type: ignore[arg-type]
                **dict(option_pairs(set_, "--set")),
            )
        if as_json:
            from clustera.segmentation.summary import campaign_values

            print_json(campaign_values(planned.record))
            return
        _print_plan(planned)


@campaign_app.command()
def launch(
    name: Annotated[str, typer.Argument(help="Name of the campaign.", metavar="NAME")],
    run: RunName = "latest",
    action: Action = "",
    segments: Segments = "",
    audience: Audience = None,
    control: Annotated[
        str | None,
        typer.Option(
            help="Share of the customers to leave out at random, such as 10%. Default: the control group that "
            "the run marked, as in the report.",
            metavar="SHARE",
        ),
    ] = None,
    contacts: Annotated[
        str | None,
        typer.Option(
            help="Table of contacts: customer ids as in the run, addresses, consent. Writes the list for the mail tool.",
            metavar="FILE",
        ),
    ] = None,
    network: Network = "generic",
    suppress: Suppress = None,
    column: Column = None,
    country: Country = "",
    all_consented: AllConsented = False,
    recommendations: Recommendations = None,
    day: Annotated[str | None, typer.Option("--day", help="First day. Default: today.", metavar="YYYY-MM-DD")] = None,
    days: Days = None,
    looks: Looks = "daily",
    measure: Measure = None,
    margin: Margin = None,
    contact_cost: ContactCost = 0.0,
    exclude_running: Annotated[
        bool,
        typer.Option("--exclude-running", help="Leave out customers who are in another campaign at the same time."),
    ] = False,
    include_controls: Annotated[
        bool,
        typer.Option("--include-controls", help="Include customers in the control groups of other campaigns."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only; write nothing.")] = False,
    set_: Set = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Launch a campaign: choose the control group, and write the list for the mail tool."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation import load

        with load(run, runs=runs) as seg:
            prepared = seg.prepare_campaign(
                name,
                action,
                segments=_segments(segments),
                audience=audience,
                control=control,
                contacts=contacts,
                network=network,
                reaching=reach_options(suppress, column, country, all_consented=all_consented)  # type: ignore[arg-type]
                | ({"recommendations": recommendations} if recommendations else {}),
                day=day,
                days=days,
                looks=looks,  # type: ignore[arg-type]
                measure=measure,  # type: ignore[arg-type]
                contact_cost=contact_cost,
                exclude_running=exclude_running,
                include_controls=include_controls,
                **dict(option_pairs(set_, "--set")) | ({"margin": margin} if margin is not None else {}),
            )
            if not as_json:
                _print_prepared(prepared, seg.names)
            if dry_run:
                if as_json:
                    from clustera.segmentation.summary import campaign_values

                    print_json(campaign_values(prepared.record))
                else:
                    typer.echo("Nothing was written (--dry-run).")
                return
            with stops_held_off():
                launched = prepared.launch()
                if as_json:
                    from clustera.segmentation.summary import campaign_values

                    print_json(campaign_values(launched.record) | {"folder": str(launched.folder)})
                    return
                _print_launched(launched)


@campaign_app.command()
def record(
    name: Annotated[str, typer.Argument(help="Name of the campaign.", metavar="NAME")],
    audience: Annotated[str, typer.Argument(help="Name of the audience whose list was sent.", metavar="AUDIENCE")],
    run: RunName = "latest",
    action: Action = "",
    day: Annotated[
        str | None, typer.Option("--day", help="First day. Default: the day of the export.", metavar="YYYY-MM-DD")
    ] = None,
    days: Days = None,
    looks: Looks = "daily",
    measure: Measure = None,
    margin: Margin = None,
    contact_cost: ContactCost = 0.0,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Record the last list of an audience that was exported with a control group as a campaign, to keep its results."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation import load

        with load(run, runs=runs) as seg:
            recorded = seg.record_campaign(
                name,
                audience,
                action,
                day=day,
                days=days,
                looks=looks,  # type: ignore[arg-type]
                measure=measure,  # type: ignore[arg-type]
                margin=margin,
                contact_cost=contact_cost,
            )
        with stops_held_off():
            if as_json:
                from clustera.segmentation.summary import campaign_values

                print_json(campaign_values(recorded.record) | {"folder": str(recorded.folder)})
                return
            _print_launched(recorded)


@campaign_app.command(name="list")
def list_campaigns(runs: Runs = Path("runs"), as_json: AsJson = False) -> None:
    """List the campaigns by first day, with their latest results."""
    with errors_as_sentences(as_json=as_json):
        from clustera import texts
        from clustera.segmentation import list_campaigns
        from clustera.store import Campaigns

        store = Campaigns(runs)
        damaged = store.damaged()
        found = [campaign for campaign in list_campaigns(runs) if campaign.name not in damaged]
        if as_json:
            from clustera.segmentation.summary import campaign_values

            print_json(
                [
                    campaign_values(c.record)
                    | {"results": campaign_values(last.record) if (last := c.last_results) else None}
                    for c in found
                ]
            )
        elif not found:
            typer.echo(f"No campaigns in {runs} yet. Launch one: clustera campaign launch NAME --action ACTION")
        else:
            rows = []
            for campaign in found:
                record, last = campaign.record, campaign.last_results
                effect = texts.primary_effect(last.record.parts[0], record.measure) if last else None
                rows.append(
                    [
                        record.name,
                        texts.format_day(record.day),
                        texts.format_day(record.last_day) if record.last_day is not None else "open",
                        record.action_label or record.action_code,
                        f"{record.contact:,}",
                        f"{record.control:,}",
                        texts.decision_title(last.record) if last else "not looked at yet",
                        texts.effect_text(effect.value, record.measure, record.currency, base=effect.control)
                        if effect
                        else "",
                    ]
                )
            print_table(
                ["campaign", "first day", "last day", "action", "contact", "control", "result", "difference"],
                rows,
                numbers=(4, 5, 7),
                optional=(3, 2),
            )
        for error in damaged.values():
            typer.echo(f"clustera: {error.message}", err=True)


def _print_prepared(prepared: PreparedCampaign, names: dict[int, str]) -> None:
    """Who takes part: told before anything is written."""
    from clustera import texts

    record = prepared.record
    if prepared.export is not None:
        print_export(prepared.export, names, held=False)
    elif len(prepared.steps) > len(("audience", "not-control")):
        print_steps(prepared.steps)
    print_paragraph(texts.launched_head(record))
    for sentence in (*texts.control_sentences(record), *texts.overlap_sentences(record)):
        print_paragraph(sentence)


def _print_launched(launched: LaunchedCampaign) -> None:
    """Which files there are, and what to do when."""
    from clustera import texts

    record = launched.record
    if record.network:
        typer.echo(f"Upload this list: {launched.folder / record.network}.csv")
    else:
        typer.echo(f"Contact only these customers: {launched.folder / 'contact.csv'}")
    if (launched.folder / "left_out.csv").exists():
        typer.echo(f"Who is not in it, and why: {launched.folder / 'left_out.csv'}")
    typer.echo(f"Who is in which group: {launched.folder / 'assignments.csv'}")
    until = "no end planned" if record.last_day is None else f"measured until {texts.format_day(record.last_day)}"
    print_paragraph(f"{until[:1].upper()}{until[1:]}. Look with: clustera campaign results {record.name} --orders FILE")


def _segments(text: str) -> tuple[int, ...]:
    from clustera.errors import InputError

    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise InputError(f"{text!r} is not a list of segment numbers.", hint="For example: --segments 1,3") from None


def _print_plan(planned: PlannedCampaign) -> None:
    from clustera import texts

    plan = planned.record
    audiences = (*([plan.together] if plan.together else []), *plan.audiences)
    shares = [size.share for size in audiences[0].sizes]
    typer.echo(
        f"What these customers did in {plan.days} {'day' if plan.days == 1 else 'days'} without the action, "
        "and the smallest increase that a test can show:"
    )
    print_table(
        ["customers of", "customers", "bought", "sales each", *(f"control {share:.0%}" for share in shares)],
        [_plan_row(planned, audience) for audience in audiences],
        numbers=range(1, 4 + len(shares)),
    )
    for sentence in filter(None, (*planned.sentences(), texts.base_rate_sentence(plan))):
        print_paragraph(sentence)
    known = [audience.measured for audience in audiences if audience.measured is not None]
    for effect in dict.fromkeys(known):
        print_paragraph(texts.measured_sentence(effect, plan.currency))
    action = next((audience.action_label for audience in audiences if audience.action_code and not audience.advice), "")
    asked = f" --action {shlex.quote(action)}" if action else ""
    if plan.audience:
        asked += f" --audience {shlex.quote(plan.audience)}"
    if audiences[0].advice == "larger control":
        asked += " --control 50%"
    typer.echo(f"Launch it: clustera campaign launch NAME {plan.run}{asked}")


def _plan_row(planned: PlannedCampaign, audience: PlannedAudience) -> list[str]:
    from clustera import frames, texts

    return [
        frames.audience_name(audience, planned.names),
        f"{audience.customers:,}",
        texts.format_share(audience.base_rate) if audience.base_rate is not None else "",
        texts.format_amount(audience.base_spend, planned.record.currency) if audience.base_spend is not None else "",
        *[texts.smallest_rise(size, audience, planned.record.currency) for size in audience.sizes],
    ]
