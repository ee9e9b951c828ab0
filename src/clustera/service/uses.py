"""Where a segment is used, how far its action is (an idea, being tested, measured), and how its size went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from clustera.audiences import DefinitionError, parse_definition
from clustera.days import as_day
from clustera.records import Campaign, ColumnTest, Condition, Either, Every, Not
from clustera.segmentation.saved_audiences import SavedAudiences
from clustera.service.library import Library, Opened
from clustera.store import Campaigns

Stage = Literal["idea", "tested", "over", "measured"]
_SEGMENT = ("segment", "name", "segment_before", "name_before", "second_segment")
_RUNS = 12  # earlier runs that a history goes back


@dataclass(frozen=True, slots=True)
class Trial:
    """A test of what was done with a segment: a campaign, or an export with a control group."""

    name: str  # of the campaign or the audience
    campaign: bool
    day: int  # first day, since 1970-01-01
    held_out: int
    stage: Stage
    of_first: bool = True  # a test of the segment's first action, which its card shows, or of no action in particular


@dataclass(frozen=True, slots=True)
class Uses:
    """Who asks for a segment, the latest first."""

    audiences: tuple[str, ...]
    trials: tuple[Trial, ...]
    measured: bool = False  # its first action has a measured effect

    @property
    def stage(self) -> Stage:
        """How far the segment's first action is; a test of another action says nothing of it."""
        stages = [trial.stage for trial in self.trials if trial.of_first]
        if self.measured or "measured" in stages:
            return "measured"
        return next((stage for stage in ("tested", "over") if stage in stages), "idea")

    @property
    def running(self) -> Trial | None:
        """The latest test of the first action that goes on or waits to be measured."""
        return next((trial for trial in self.trials if trial.of_first and trial.stage in ("tested", "over")), None)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a segment was."""

    day: int | None  # since 1970-01-01; None where a table has no day
    run: str  # "" for an earlier day of the same run
    customers: int
    share: float


def segment_uses(library: Library, opened: Opened, number: int) -> Uses:
    """The audiences that ask for a segment, and the campaigns and exports with a control group that it is part of.

    Args:
        library: The runs.
        opened: The run.
        number: Of the segment.
    """
    meant = {str(number), opened.seg.names[number].casefold()}
    saved = SavedAudiences(library.store.audiences).definitions()
    audiences = tuple(name for name, definition in saved.items() if _asks_for(definition, meant))
    today = as_day(datetime.now().astimezone().date())
    first = next((action for action in opened.outcome.actions if action.segment == number), None)
    code = first.rule if first else ""
    trials = [*_campaigns(library, opened, number, today, code), *_exports(library, opened, audiences)]
    return Uses(
        audiences,
        tuple(sorted(trials, key=lambda trial: -trial.day)),
        first is not None and first.measured is not None and not first.measured.early,
    )


def segment_sizes(library: Library, opened: Opened, number: int) -> tuple[Size, ...]:
    """How large a segment was in the runs that this one was made like, else on the earlier days of its orders; the latest first."""
    found = [_size_in(opened, number)]
    then = opened
    while len(found) < _RUNS and (before := library.before(then)) is not None:
        if all(segment.segment != number for segment in before.outcome.segments):
            break
        found.append(_size_in(before, number))
        then = before
    migration = opened.outcome.behavior.migration if opened.outcome.behavior else None
    if len(found) > 1 or migration is None or number not in migration.segments:
        return tuple(found)
    at = migration.segments.index(number)
    days = zip(migration.days[:-1], migration.sizes[:-1], strict=True)
    earlier = [Size(day, "", sizes[at], sizes[at] / sum(sizes)) for day, sizes in days if sum(sizes)]
    return (found[0], *reversed(earlier))


def _size_in(opened: Opened, number: int) -> Size:
    outcome = opened.outcome
    segment = next(segment for segment in outcome.segments if segment.segment == number)
    return Size(outcome.behavior.as_of if outcome.behavior else None, opened.name, segment.size, segment.share)


def _campaigns(library: Library, opened: Opened, number: int, today: int, first: str) -> Iterator[Trial]:
    campaigns = Campaigns(library.store.folder)
    for campaign in campaigns.list():
        if campaign.run == opened.name and number in dict(campaign.segments):
            of_first = campaign.action_code in ("", first)
            stage = _stage(campaigns, campaign, today)
            yield Trial(campaign.name, True, campaign.day, campaign.control, stage, of_first)


def _stage(campaigns: Campaigns, campaign: Campaign, today: int) -> Stage:
    results = campaigns.results(campaign.name)
    if results is not None and not results.early and results.decision in ("works", "harms", "no difference shown"):
        return "measured"
    return "tested" if campaign.last_day is None or campaign.last_day >= today else "over"


def _exports(library: Library, opened: Opened, audiences: tuple[str, ...]) -> Iterator[Trial]:
    newest = {}
    for line in library.store.exports.log():
        if (
            line["run"] == opened.name
            and line["audience"] in audiences
            and line["held_out"]
            and not line.get("campaign")
        ):
            newest[line["audience"]] = line
    for audience, line in newest.items():
        yield Trial(audience, False, as_day(line["time"][:10]), line["held_out"], "tested")


def _asks_for(definition: str, meant: set[str]) -> bool:
    try:
        return _names(parse_definition(definition), meant)
    except DefinitionError:
        return False


def _names(condition: Condition, meant: set[str]) -> bool:
    match condition:
        case Every(parts) | Either(parts):
            return any(_names(part, meant) for part in parts)
        case Not(inner):
            return _names(inner, meant)
        case ColumnTest(column=column, values=values):
            return column in _SEGMENT and any(str(value).casefold() in meant for value in values)
        case _:
            return False
