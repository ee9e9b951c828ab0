"""Which runs something beside them still needs: a campaign, a schedule, or the hold-out of an audience."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from clustera.days import as_day
from clustera.errors import RunError
from clustera.store.campaigns import Campaigns
from clustera.store.exports import ExportStore
from clustera.store.schedules import ScheduleStore


def runs_in_use(folder: Path, exports: ExportStore, schedules: ScheduleStore) -> dict[str, tuple[str, ...]]:
    """Runs that may not be removed, each with what needs it.

    A campaign needs its run until it was measured to its last day, a schedule the run whose definitions it keeps, and an
    audience the run of its last list while its hold-out goes on.

    Args:
        folder: Of the runs.
        exports: Of this folder.
        schedules: Of this folder.

    >>> runs_in_use(Path("no_such_folder"), ExportStore(Path("no_such_folder")), ScheduleStore(Path("no_such_folder")))
    {}
    """
    found: dict[str, dict[str, None]] = defaultdict(dict)  # in order, each once
    today = as_day(datetime.now().astimezone().date())
    campaigns = Campaigns(folder)
    for campaign in campaigns.list():
        last = campaign.last_day
        goes_on, measured = last is None or last >= today, None
        with suppress(RunError):
            measured = campaigns.results(campaign.name)
        if goes_on or measured is None or (last is not None and measured.day < last):
            found[campaign.run][f"campaign {campaign.name}"] = None
    for schedule in schedules.list():
        if schedule.like:
            found[schedule.like][f"schedule {schedule.name}"] = None
    held = exports.held_out()
    last_lists = {line["audience"]: line["run"] for line in exports.log() if line.get("run") and line.get("held_out")}
    for audience, run in last_lists.items():
        if audience in held:
            found[run][f"audience {audience}"] = None
    return {run: tuple(needs) for run, needs in found.items()}
