"""Schedules in words: when they run, what became of them, and the messages about them."""

from __future__ import annotations

from clustera.records import Schedule, ScheduledRun
from clustera.texts.numbers import format_count, format_percent, format_share
from clustera.texts.translation import translate

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def schedule_time(schedule: Schedule) -> str:
    """When a schedule runs: "every Monday at 03:00 (Europe/Berlin)".

    >>> from clustera.records import Schedule
    >>> schedule_time(Schedule("nightly", {"orders": "orders.csv"}, every="week", on=2))
    'every Tuesday at 03:00 (UTC)'
    """
    said = {"time": schedule.at, "zone": schedule.zone}
    if schedule.every == "week":
        day = {
            "Monday": translate("every Monday"),
            "Tuesday": translate("every Tuesday"),
            "Wednesday": translate("every Wednesday"),
            "Thursday": translate("every Thursday"),
            "Friday": translate("every Friday"),
            "Saturday": translate("every Saturday"),
            "Sunday": translate("every Sunday"),
        }[_WEEKDAYS[schedule.on - 1]]
        return translate("{day} at {time} ({zone})", day=day, **said)
    if schedule.every == "month":
        return translate("on day {day} of every month at {time} ({zone})", day=schedule.on, **said)
    return translate("every day at {time} ({zone})", **said)


def share_alert(name: str, before: float, after: float) -> str:
    """A segment whose share changed.

    >>> share_alert("Loyal Regulars", 0.2, 0.31)
    'Segment "Loyal Regulars" has 31.0% of the customers; it had 20.0%.'
    """
    return translate(
        'Segment "{name}" has {after} of the customers; it had {before}.',
        name=name,
        after=format_percent(100 * after, 1),
        before=format_percent(100 * before, 1),
    )


def moved_alert(moved: float, before: str) -> str:
    """Customers who changed their segment.

    >>> moved_alert(0.24, "march")
    '24% of the customers changed their segment since march.'
    """
    return translate(
        "{share} of the customers changed their segment since {run}.", share=format_share(moved), run=before
    )


def size_alert(before: int, after: int) -> str:
    """The number of customers changed.

    >>> size_alert(1_000, 700)
    'There are 700 customers; there were 1,000.'
    """
    return translate(
        "There are {after} customers; there were {before}.", after=format_count(after), before=format_count(before)
    )


def missed_alert(times: int, since: str) -> str:
    """Several times at which a schedule was due came and went before this run.

    >>> missed_alert(3, "2026-10-01 03:00")
    'It was due 3 times since 2026-10-01 03:00, and nothing ran; this run is the only one for all of them.'
    """
    return translate(
        "It was due {times} times since {since}, and nothing ran; this run is the only one for all of them.",
        times=format_count(times),
        since=since,
    )


def unchanged_alert(name: str, run: str) -> str:
    """A file that nobody changed since the schedule ran before.

    >>> unchanged_alert("orders.csv", "march")
    'Nothing is new: orders.csv is the same, byte for byte, as in the run march.'
    """
    return translate("Nothing is new: {name} is the same, byte for byte, as in the run {run}.", name=name, run=run)


def schedule_subject(schedule: Schedule, entry: ScheduledRun) -> str:
    """The subject of a message."""
    if entry.failed:
        return translate("Clustera: {name} failed", name=schedule.name)
    if entry.alerts:
        return translate("Clustera: {name} needs a look", name=schedule.name)
    return translate("Clustera: {name} is done", name=schedule.name)


def schedule_message(schedule: Schedule, entry: ScheduledRun, headline: str) -> str:
    """The text of a message."""
    if entry.failed:
        lines = [translate("The scheduled segmentation {name} failed.", name=schedule.name), entry.message, entry.hint]
    else:
        lines = [translate("The scheduled segmentation {name} made the run {run}.", name=schedule.name, run=entry.run)]
        lines += [*entry.alerts, headline]
    lines += [translate("It runs {when}.", when=schedule_time(schedule))]
    return "\n\n".join(line for line in lines if line)
