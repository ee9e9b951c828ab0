"""Campaigns with a control group: `clustera campaign plan`, `launch`, `results` and `list`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clustera.cli.doors import AsJson, RunName, Runs, app, doors, pairs, written
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json, print_paragraph

if TYPE_CHECKING:
    from clustera.records import CampaignResults, Effect
    from clustera.segmentation import MeasuredCampaign, PlannedCampaign

campaign_app = typer.Typer(
    help="Test a campaign with a control group: plan it, launch it, and see what it brought.",
    no_args_is_help=True,
)
app.add_typer(campaign_app, name="campaign")

Action = Annotated[
    str, typer.Option("--action", help="Code of a suggested action: column action_code of actions.csv.", metavar="CODE")
]
Segments = Annotated[
    str, typer.Option("--segments", help="Only these segments, by number, separated by commas.", metavar="1,2,...")
]
Days = Annotated[
    int | None,
    typer.Option("--days", help="How long it is measured; 30 when left out.", metavar="NUMBER", min=1, max=3650),
]
Looks = Annotated[
    str,
    typer.Option(
        "--looks",
        help="daily: look on any day. end: look once, when it is over. open: look on any day, no end is planned.",
        metavar="WHEN",
    ),
]
Measure = Annotated[
    str | None,
    typer.Option(
        "--measure",
        help="What decides: buyers (share who buy) or revenue (per customer). Chosen by how many buy anyway when left out.",
        metavar="WHAT",
    ),
]
Orders = Annotated[str | None, typer.Option("--orders", help="Log of orders, one row per order line.", metavar="FILE")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="Any option of docs/settings.md on how tables are read.", metavar="OPTION=VALUE"),
]


@campaign_app.command()
def plan(
    run: RunName = "latest",
    action: Action = "",
    segments: Segments = "",
    days: Days = None,
    orders: Orders = None,
    looks: Looks = "daily",
    measure: Measure = None,
    set_: Set = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """How large the control group must be, and which rise a test can show; for each action, or for one."""
    with doors(as_json=as_json):
        from clustera.segmentation import load

        with load(run, runs=runs) as seg:
            planned = seg.plan_campaign(
                action,
                segments=_segments(segments),
                days=days,
                orders=orders,
                looks=looks,  # type: ignore[arg-type]
                measure=measure,  # type: ignore[arg-type]
                **dict(pairs(set_, "--set")),
            )
        if as_json:
            print_json(asdict(planned.record))
            return
        _print_plan(planned)


@campaign_app.command()
def launch(
    name: Annotated[
        str, typer.Argument(help="Name of the campaign; the same name draws the same customers.", metavar="NAME")
    ],
    run: RunName = "latest",
    action: Action = "",
    segments: Segments = "",
    audience: Annotated[
        str | None, typer.Option(help="Table with a column of ids: only these customers take part.", metavar="FILE")
    ] = None,
    control: Annotated[
        str, typer.Option(help='Share of the customers who are left out at random, such as "10%".', metavar="SHARE")
    ] = "10%",
    day: Annotated[
        str | None, typer.Option("--day", help="First day; today when left out.", metavar="YYYY-MM-DD")
    ] = None,
    days: Days = None,
    looks: Looks = "daily",
    measure: Measure = None,
    margin: Annotated[
        float | None, typer.Option(help="Share of revenue that is profit, such as 0.3.", metavar="SHARE")
    ] = None,
    contact_cost: Annotated[
        float, typer.Option("--contact-cost", help="What it costs to contact one customer.", metavar="AMOUNT")
    ] = 0.0,
    exclude_running: Annotated[
        bool,
        typer.Option("--exclude-running", help="Leave out who is in another campaign at the same time."),
    ] = False,
    set_: Set = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Draw the control group, and write whom to contact and who is in which group."""
    with doors(as_json=as_json):
        from clustera import texts
        from clustera.segmentation import load

        with load(run, runs=runs) as seg, written():
            launched = seg.launch_campaign(
                name,
                action,
                segments=_segments(segments),
                audience=audience,
                control=_share(control),
                day=day,
                days=days,
                looks=looks,  # type: ignore[arg-type]
                measure=measure,  # type: ignore[arg-type]
                contact_cost=contact_cost,
                exclude_running=exclude_running,
                **dict(pairs(set_, "--set")) | ({"margin": margin} if margin is not None else {}),
            )
            record = launched.record
            if as_json:
                print_json(asdict(record) | {"folder": str(launched.folder)})
                return
            typer.echo(
                f"Campaign {record.name}: {record.contact:,} customers to contact, {record.control:,} in the control group "
                f"({record.control / record.customers:.1%})."
            )
            for sentence in (*texts.overlap_sentences(record), _next_step(record.name, record.last_day)):
                print_paragraph(sentence)
            typer.echo(f"Contact these, and nobody of the control group: {launched.folder / 'contact.csv'}")
            typer.echo(f"Who is in which group: {launched.folder / 'assignments.csv'}")


@campaign_app.command()
def results(
    name: Annotated[
        str,
        typer.Argument(
            help="Name of the campaign; with --assignments what to call it.", metavar="[NAME]", show_default=False
        ),
    ] = "",
    orders: Orders = None,
    outcomes: Annotated[
        str | None,
        typer.Option(help="Instead of the log: one row per customer, id and 1 or 0 or an amount.", metavar="FILE"),
    ] = None,
    contacted: Annotated[
        str | None, typer.Option(help="Table with the ids of who was really reached.", metavar="FILE")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(help="Last day to count; the last complete day of the log when left out.", metavar="YYYY-MM-DD"),
    ] = None,
    discounts: Annotated[
        float, typer.Option(help="What discounts cost beside the amounts of the log.", metavar="AMOUNT")
    ] = 0.0,
    not_randomized: Annotated[
        bool, typer.Option("--not-randomized", help="Somebody chose or changed the groups: no effect is computed.")
    ] = False,
    assignments: Annotated[
        str | None,
        typer.Option(
            help="Groups made elsewhere: id, group (contact or control), segment; or the assignments of an exported audience. Needs --days.",
            metavar="FILE",
        ),
    ] = None,
    randomized: Annotated[
        bool, typer.Option("--randomized", help="With --assignments: the control group was drawn at random.")
    ] = False,
    control: Annotated[
        str | None,
        typer.Option(help="With --assignments: share of the control group as it was drawn.", metavar="SHARE"),
    ] = None,
    day: Annotated[
        str | None,
        typer.Option(
            "--day",
            help="With --assignments: first day; that of the export of an audience when left out.",
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
    """What a campaign brought: buyers, revenue and profit with 95% intervals, over all and by segment."""
    with doors(as_json=as_json):
        from clustera.errors import InputError
        from clustera.segmentation import load_campaign, measure_campaign

        options: dict[str, Any] = dict(pairs(set_, "--set"))
        if assignments is not None:
            if days is None:
                raise InputError("With --assignments say how long it is measured.", hint="--days 30")
            found = measure_campaign(
                assignments,
                orders,
                day=day,
                days=days,
                outcomes=outcomes,
                contacted=contacted,
                randomized=False if not_randomized else randomized or None,
                share=None if control is None else _share(control),
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
                orders,
                outcomes=outcomes,
                contacted=contacted,
                until=until,
                discounts=discounts,
                randomized=not not_randomized,
                **options,
            )
        files = _write(found, output) if output else ()
        if as_json:
            print_json(asdict(found.record) | {"sentences": found.sentences()})
            return
        _print_results(found)
        for file in files:
            typer.echo(f"Written to {file}")


@campaign_app.command(name="list")
def list_(runs: Runs = Path("runs"), as_json: AsJson = False) -> None:
    """The campaigns of a folder of runs, by their first day, with what each brought when it was last looked at."""
    with doors(as_json=as_json):
        from clustera import texts
        from clustera.segmentation import list_campaigns
        from clustera.store import Campaigns

        store = Campaigns(runs)
        damaged = store.damaged()
        found = [campaign for campaign in list_campaigns(runs) if campaign.name not in damaged]
        if as_json:
            print_json(
                [
                    asdict(c.record) | {"results": asdict(last.record) if (last := c.last_results) else None}
                    for c in found
                ]
            )
        elif not found:
            typer.echo(f"No campaigns in {runs} yet. Launch one: clustera campaign launch NAME --action CODE")
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
                        record.action_code,
                        f"{record.contact:,}",
                        f"{record.control:,}",
                        texts.decision_title(last.record) if last else "not looked at yet",
                        texts.effect_text(effect.value, record.measure, record.currency) if effect else "",
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


def _next_step(name: str, last: int | None) -> str:
    from clustera import texts

    until = "no end planned" if last is None else f"measured until {texts.format_day(last)}"
    return f"{until[:1].upper()}{until[1:]}. Look with: clustera campaign results {name} --orders FILE"


def _segments(text: str) -> tuple[int, ...]:
    from clustera.errors import InputError

    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise InputError(f"{text!r} are no numbers of segments.", hint="Say --segments 1,3.") from None


def _share(text: str) -> float:
    from clustera.errors import InputError

    try:
        number = float(text.strip().removesuffix("%"))
    except ValueError:
        raise InputError(f"{text!r} is no share.", hint="Say --control 10%.") from None
    return number / 100 if text.strip().endswith("%") else number


def _print_plan(planned: PlannedCampaign) -> None:
    from clustera import frames, texts

    plan = planned.record
    audiences = (*([plan.together] if plan.together else []), *plan.audiences)
    shares = [size.share for size in audiences[0].sizes]
    rows = [
        [
            frames.audience_name(audience, planned.names),
            f"{audience.customers:,}",
            texts.format_share(audience.base_rate) if audience.base_rate is not None else "",
            texts.format_amount(audience.base_spend, plan.currency) if audience.base_spend is not None else "",
            *[_lift(size.buyers_lift, size.spend_lift, audience.measure) for size in audience.sizes],
        ]
        for audience in audiences
    ]
    typer.echo(f"What such customers did in {plan.days} days without it, and the smallest rise that shows:")
    print_table(
        ["customers of", "customers", "bought", "revenue each", *(f"control {share:.0%}" for share in shares)],
        rows,
        numbers=range(1, 4 + len(shares)),
    )
    for sentence in planned.sentences():
        print_paragraph(sentence)
    known = [audience.measured for audience in audiences if audience.measured is not None]
    for effect in dict.fromkeys(known):
        print_paragraph(texts.measured_sentence(effect, plan.currency))
    code = next((audience.action_code for audience in audiences if audience.action_code and not audience.advice), "")
    typer.echo(f"Launch it: clustera campaign launch NAME {plan.run}" + (f" --action {code}" if code else ""))


def _lift(buyers: float | None, spend: float | None, measure: str) -> str:
    from clustera import texts

    if measure == "buyers":
        return texts.format_points(buyers) if buyers is not None else "none"
    return f"+{texts.format_share(spend)}" if spend is not None else "none"


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
                _interval(part.buyers, points=True),
                f"{_each(one.revenue, one.customers)} / {_each(other.revenue, other.customers)}",
                _interval(part.revenue, points=False),
                {True: "yes", False: "no", None: ""}[part.shown],
            ]
        )
    heads = ["contact / control", "customers", "bought", "points more", "revenue each", "more revenue each", "shown"]
    kept = [i for i in range(len(heads)) if i not in (3, 5, 6) or any(row[i] for row in rows)]
    if not any(part.contact.revenue or part.control.revenue for part in record.parts):
        kept = [i for i in kept if i not in (4, 5)]
    print_table(
        [heads[i] for i in kept],
        [[row[i] for i in kept] for row in rows],
        numbers=[place for place, i in enumerate(kept) if 0 < i < 6],
        optional=[place for place, i in enumerate(kept) if i in (4, 1)],
    )


def _rate(buyers: int, customers: int) -> str:
    from clustera import texts

    return texts.format_share(buyers / customers) if customers else ""


def _each(revenue: float, customers: int) -> str:
    from clustera import texts

    return texts.format_amount(revenue / customers) if customers else ""


def _interval(effect: Effect | None, *, points: bool) -> str:
    from clustera import texts

    if effect is None:
        return ""
    values = (effect.value, effect.low, effect.high)
    value, low, high = (
        (texts.format_signed(100 * v, 1) if points else texts.format_signed(v, 2 if abs(v) < 100 else 0))
        for v in values
    )
    return f"{value} ({low} to {high})"


def _write(found: MeasuredCampaign, output: Path) -> tuple[Path, ...]:
    from clustera import frames
    from clustera.store import write_table

    write_table(output, frames.campaign_rows(found.record))
    return (output,)
