"""Segmentations that are made again and again: `clustera schedule add`, `list`, `run`, `remove`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from clustera.cli.doors import App, AsJson, Runs, app, errors_as_sentences, stops_held_off
from clustera.cli.printing import print_json

schedule_app = App(
    help="Make a segmentation every day, week or month, and be notified of the result.", no_args_is_help=True
)
app.add_typer(schedule_app, name="schedule")
ScheduleName = Annotated[str, typer.Argument(help="Name of the schedule.", metavar="NAME")]
_FILE = "path; of a folder, or a pattern with * and ?, the newest file; or the address of a database"
_LOG = "path; of a folder, or a pattern with * and ?, all files; or the address of a database"


@schedule_app.command("add")
def add_schedule(
    name: ScheduleName,
    customers: Annotated[str, typer.Option(help=f"Customers: {_FILE}.", metavar="PATTERN")] = "",
    orders: Annotated[str, typer.Option(help=f"Orders: {_LOG}.", metavar="PATTERN")] = "",
    products: Annotated[str, typer.Option(help=f"Products: {_FILE}.", metavar="PATTERN")] = "",
    every: Annotated[str, typer.Option(help="day, week or month.", metavar="UNIT")] = "day",
    on: Annotated[str, typer.Option(help="Day of the week (monday) or of the month (1 to 28).", metavar="DAY")] = "",
    at: Annotated[str, typer.Option(help="Time of the day.", metavar="HH:MM")] = "03:00",
    zone: Annotated[str, typer.Option(help="Time zone, such as Europe/Berlin.", metavar="ZONE")] = "UTC",
    like: Annotated[
        str, typer.Option(help='Run whose definitions are kept, "latest" for the newest.', metavar="RUN")
    ] = "latest",
    new: Annotated[bool, typer.Option("--new", help="Draw new segments each time instead.")] = False,
    option: Annotated[
        list[str] | None,
        typer.Option("--set", help="Option of the segmentation; may be repeated.", metavar="NAME=VALUE"),
    ] = None,
    mail: Annotated[
        list[str] | None,
        typer.Option(help="Address that gets the report and the alerts; may be repeated.", metavar="ADDRESS"),
    ] = None,
    webhook: Annotated[
        str, typer.Option(help="Address to which a signed message is sent after each run.", metavar="URL")
    ] = "",
    alert: Annotated[
        list[str] | None,
        typer.Option(
            help="Say in the message when a change is at least so large: share=5% of a segment, drift=20% of the customers, "
            "size=10% of their number; may be repeated.",
            metavar="KIND=SHARE",
        ),
    ] = None,
    runs: Runs = Path("runs"),
) -> None:
    """Make a segmentation every day, week or month: `clustera serve` does it, or `clustera schedule run --due`."""
    with errors_as_sentences(), stops_held_off():
        from clustera.segmentation.schedule_terms import read_alerts, read_options, refuse_idle_day
        from clustera.segmentation.scheduling import keep_schedule, make_schedule
        from clustera.store import Store
        from clustera.texts import schedule_time

        refuse_idle_day(every, on)
        store = Store(runs)
        earlier = store.schedules.known(name)
        made = make_schedule(
            name,
            {"customers": customers, "orders": orders, "products": products},
            every=every,
            on=on,
            at=at,
            zone=zone,
            like="" if new else like,
            options=read_options(tuple(option or ())),
            mail=tuple(mail or ()),
            webhook=webhook,
            alerts=read_alerts(alert or ()),
            earlier=earlier,
        )
        keep_schedule(store, made)
        typer.echo(f"{made.name} runs {schedule_time(made)}.")
        if made.paused:
            typer.echo(f"It is paused. Resume it: clustera schedule resume {name}")
        if made.secret not in ("", earlier.secret if earlier else ""):
            typer.echo(f"Messages to the webhook are signed with {made.secret}; it is shown only now.")


@schedule_app.command("list")
def list_schedules(runs: Runs = Path("runs"), as_json: AsJson = False) -> None:
    """List the schedules with their next run and their latest result."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation.scheduling import schedule_summary
        from clustera.store import Store

        store, now = Store(runs), time.time()
        found = [schedule_summary(store, schedule, now) for schedule in store.schedules.list()]
        if as_json:
            print_json(found)
            return
        for entry in found:
            last = entry["last"]
            said = "not run yet" if last is None else f"last {last['state']} {last['ended'] or last['began']}"
            result = "" if last is None else last["run"] or last["message"]
            due = "paused" if entry["paused"] else f"next {entry['next']}"
            typer.echo(f"{entry['name']}  {due}  {said}{f': {result}' if result else ''}")
            for line in (*last["alerts"], *last["unsent"]) if last else ():
                typer.echo(f"    {line}")
        if not found:
            typer.echo(f"No schedules in {runs} yet.")


@schedule_app.command("run")
def run_schedules(
    name: Annotated[
        str, typer.Argument(help="Name of the schedule that is run now.", metavar="NAME", show_default=False)
    ] = "",
    due: Annotated[bool, typer.Option("--due", help="Run all that are due; for cron, every few minutes.")] = False,
    runs: Runs = Path("runs"),
) -> None:
    """Run a schedule now, or all that are due. Exits with 1 if one fails."""
    failed = False
    with errors_as_sentences():
        from clustera.errors import InputError
        from clustera.segmentation.scheduling import due_since, run_schedule
        from clustera.store import Store

        if bool(name) == due:
            raise InputError("What to run is not said.", hint="Name a schedule, or say --due.")
        store, now = Store(runs), time.time()
        names = [name] if name else [s.name for s in store.schedules.list() if due_since(store, s, now) is not None]
        for one in names:
            entry = run_schedule(store, one, still_due=due)
            if entry is None:
                typer.echo(f"{one}: another process is at it.")
                continue
            failed = failed or entry.failed
            with stops_held_off():
                typer.echo(f"{one}: {entry.run or f'failed. {entry.message} {entry.hint}'.strip()}")
                for line in (*entry.alerts, *entry.unsent):
                    typer.echo(f"    {line}")
    if failed:
        raise typer.Exit(1)


@schedule_app.command("pause")
def pause_schedule(name: ScheduleName, runs: Runs = Path("runs")) -> None:
    """Pause a schedule until it is resumed."""
    with errors_as_sentences(), stops_held_off():
        from clustera.store import Store

        Store(runs).schedules.pause(name, paused=True, now=time.time())
        typer.echo(f"{name} is paused. Resume it: clustera schedule resume {name}")


@schedule_app.command("resume")
def resume_schedule(name: ScheduleName, runs: Runs = Path("runs")) -> None:
    """Resume a schedule from now on; what was missed meanwhile is not made up for."""
    with errors_as_sentences(), stops_held_off():
        from clustera.segmentation.scheduling import schedule_summary
        from clustera.store import Store

        store = Store(runs)
        store.schedules.pause(name, paused=False, now=time.time())
        typer.echo(f"{name} runs next {schedule_summary(store, store.schedules.open(name), time.time())['next']}.")


@schedule_app.command("remove")
def remove_schedule(name: ScheduleName, runs: Runs = Path("runs")) -> None:
    """Remove a schedule; the runs that it made stay."""
    with errors_as_sentences(), stops_held_off():
        from clustera.store import Store

        Store(runs).schedules.remove(name)
        typer.echo(f"Removed {name}.")
