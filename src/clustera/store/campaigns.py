"""The campaigns of a folder of runs, each by its name, never by a path.

    runs/
      campaigns/
        spring/
          campaign.json      what was launched: customers, day, share of the control group, what decides
          assignments.csv    customer, segment, group (contact or control); also as Parquet
          contact.csv        the customers to contact, with what a mail may say to each
          klaviyo.csv        the same with addresses, for a mail tool; where contacts were given
          left_out.csv       who of the audience is not to be contacted, and why
        spring.results.json  what it brought, as it was last looked at
        spring.uplift.json   who responded to it, where somebody asked
        spring.ranking.parquet  whom to contact first next time, where a rule is better than chance
        .lock                held while somebody writes here

The folder of a campaign is written beside its place and appears by one rename; its files never change.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from dataclasses import replace as changed
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from clustera.engines import DAMAGED_PARQUET, Rows
from clustera.errors import MissingError, RunError, closest, read_error
from clustera.heard import note_placing
from clustera.records import (
    Action,
    AudienceExport,
    Campaign,
    CampaignDecision,
    CampaignPart,
    CampaignResults,
    Effect,
    LeftOut,
    MeasuredEffect,
    UpliftResults,
)
from clustera.store.csv_files import safe_rows, write_csv, write_csv_cells
from clustera.store.files import PARTIAL, folder_of_runs, locked_folder, replacing_file, sync_folder, writing_folder
from clustera.store.naming import CAMPAIGNS, check_name, is_name

RECORD = "campaign.json"
RESULTS = ".results.json"
UPLIFT = ".uplift.json"
RANKING = ".ranking.parquet"
MEASURED = ("works", "harms", "no difference shown")  # what is left open is no measurement


@cache
def _campaign_adapter() -> TypeAdapter[Campaign]:
    return TypeAdapter(Campaign)


@cache
def _results_adapter() -> TypeAdapter[CampaignResults]:
    return TypeAdapter(CampaignResults)


@cache
def _uplift_adapter() -> TypeAdapter[UpliftResults]:
    return TypeAdapter(UpliftResults)


class Campaigns:
    """The campaigns of one folder of runs.

    Args:
        runs: The folder of runs; `campaigns` in it is made by the first `launch`.

    Example:
        >>> Campaigns("no_such_folder").list()
        ()
    """

    def __init__(self, runs: str | Path) -> None:
        self.folder = folder_of_runs(runs) / CAMPAIGNS

    def list(self) -> tuple[Campaign, ...]:
        """All campaigns that can be read, by their first day and name."""
        found = []
        for name in self._names():
            with suppress(RunError):
                found.append(self._read(name))
        return tuple(sorted(found, key=lambda campaign: (campaign.day, campaign.name)))

    def damaged(self) -> dict[str, RunError]:
        """Campaigns that can't be read, by name, with what is wrong with each."""
        problems = {}
        for name in self._names():
            try:
                self._read(name)
                self.results(name)
            except RunError as error:
                problems[name] = error
        return problems

    def open(self, name: str) -> Campaign:
        """A campaign.

        Raises:
            RunError: there is none of this name, or it is damaged.
        """
        if is_name(name) and (self.folder / name / RECORD).is_file():
            return self._read(name)
        near = closest(name, self._names())
        hint = f"Did you mean {near}?" if near else "`clustera campaign list` lists them; --runs names another folder."
        raise MissingError(f"There is no campaign {name!r} in {self.folder}.", hint=hint)

    def groups_file(self, name: str) -> Path:
        """The file of `assignments`."""
        return self.folder / self.open(name).name / "assignments.parquet"

    def assignments(self, name: str) -> pa.Table:
        """customer, segment and group of everybody in a campaign."""
        path = self.groups_file(name)
        try:
            return pq.ParquetFile(path).read()
        except DAMAGED_PARQUET as error:
            raise _damaged(path) from error

    def results(self, name: str) -> CampaignResults | None:
        """What a campaign brought when it was last looked at; None where nobody did."""
        path = self.folder / f"{name}{RESULTS}"
        try:
            return _results_adapter().validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            hint = f"Remove it, then look again: clustera campaign results {name}"
            raise read_error(error, RunError(f"{path} is damaged.", hint=hint)) from error

    def uplift(self, name: str) -> UpliftResults | None:
        """Who responded to a campaign; None where nobody asked, or where the groups turned out not to be as they were drawn."""
        results = self._kept(name)
        path = self.folder / f"{name}{UPLIFT}"
        try:
            found = _uplift_adapter().validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            hint = f"Remove it, then ask again: clustera campaign uplift {name} --orders FILE"
            raise read_error(error, RunError(f"{path} is damaged.", hint=hint)) from error
        return None if results is not None and not results.causal else found

    def uplifts(self, run: str) -> tuple[UpliftResults, ...]:
        """Who responded to the campaigns among the customers of a run, the latest campaign first; damaged files are left out."""
        found = []
        for campaign in reversed(self.list()):
            if campaign.run == run:
                with suppress(RunError):
                    found.append(self.uplift(campaign.name))
        return tuple(filter(None, found))

    def check_free(self, name: str) -> None:
        """Refuse the name of a campaign that can't be used, before any work is done.

        Raises:
            RunError: it is no name, or that of another campaign.
        """
        check_name(name, what="campaign")
        if (self.folder / name).exists():
            raise RunError(
                f"There is already a campaign {name!r} in {self.folder}; its groups never change.",
                hint="Choose another name. With the same name the same customers would be left out again.",
            )
        if (self.folder / "manifest.json").exists():
            raise RunError(
                f"{self.folder} is a run; campaigns are kept in a folder of this name.", hint="Rename the run's folder."
            )

    def launch(
        self,
        campaign: Campaign,
        *,
        assignments: Rows,
        contact: Rows,
        listed: AudienceExport | None = None,
        left_out: Sequence[LeftOut] = (),
    ) -> Path:
        """Write a campaign and its lists, which appear by one rename; returns the folder.

        Args:
            campaign: What is launched.
            assignments: customer, segment, group.
            contact: The customers to contact, with what a mail may say to each.
            listed: The list for a mail tool.
            left_out: Everybody else whom the campaign is for, with the reason.

        Raises:
            RunError: the name is taken, or the folder is locked for more than a minute.
            SetupError: the folder can't be written.
        """
        self.check_free(campaign.name)
        with self._alone():
            self.check_free(campaign.name)
            place = self.folder / campaign.name
            partial = self.folder / f"{PARTIAL}{campaign.name}"
            partial.mkdir()
            try:
                assignments.write_parquet(partial / "assignments.parquet")
                safe_rows(assignments).write_csv(partial / "assignments.csv")
                safe_rows(contact).write_csv(partial / "contact.csv")
                if listed is not None:
                    write_csv_cells(listed.header, listed.rows, partial / f"{listed.network}.csv")
                if listed is not None or left_out:
                    gone = [asdict(one) for one in left_out]
                    write_csv(gone, partial / "left_out.csv", columns=("customer", "segment", "code"))
                (partial / RECORD).write_bytes(to_json(campaign, indent=1) + b"\n")
                sync_folder(partial)
                # A campaign of this name may have been removed by hand; what it brought is not this one's.
                for kept in (RESULTS, UPLIFT, RANKING):
                    (self.folder / f"{campaign.name}{kept}").unlink(missing_ok=True)
                note_placing(partial, place)
                partial.rename(place)
            except BaseException:
                shutil.rmtree(partial, ignore_errors=True)
                raise
        return place

    def keep_results(self, results: CampaignResults) -> Path:
        """Keep what a campaign brought, in place of what was kept of an earlier day; returns the file."""
        name = self.open(results.campaign.name).name
        path = self.folder / f"{name}{RESULTS}"
        with self._alone():
            before = self._kept(name)
            if before is not None and before.day > results.day:
                return path
            _write_record(path, results)
        return path

    def ranking(self, name: str) -> pa.Table | None:
        """The customers of a campaign, the first to contact first next time: customer, segment, expected; None where none is kept.

        Raises:
            RunError: it is damaged.
        """
        path = self.folder / f"{self.open(name).name}{RANKING}"
        try:
            return pq.ParquetFile(path).read()
        except FileNotFoundError:
            return None
        except DAMAGED_PARQUET as error:
            hint = f"Remove it, then ask again: clustera campaign uplift {name} --orders FILE"
            raise RunError(f"{path} is damaged.", hint=hint) from error

    def keep_uplift(self, results: UpliftResults, ranking: pa.Table | None = None) -> Path:
        """Keep who responded to a campaign, and whom to contact first next time, in place of what was kept before.

        Returns:
            The file of who responded.
        """
        name = self.open(results.campaign).name
        path, ranked = self.folder / f"{name}{UPLIFT}", self.folder / f"{name}{RANKING}"
        with self._alone():
            ranked.unlink(missing_ok=True)  # an answer never stands beside the ranking of another
            _write_record(path, results)
            if ranking is not None:
                with replacing_file(ranked) as temporary:
                    pq.write_table(ranking, temporary)
        return path

    def measured(self, actions: Sequence[Action], run: str) -> tuple[Action, ...]:
        """Actions, each with what the last campaign with it brought, where there was one.

        A campaign among customers of the same run says what it brought in each segment; of another run the segments may
        be others, so what it brought to all of its customers together is taken.

        Args:
            actions: Those of a run.
            run: The run's name.
        """
        known = [found for campaign in self.list() if campaign.action_code and (found := self._kept(campaign.name))]
        if not known:
            return tuple(actions)
        return tuple(
            changed(action, measured=_last_measured(action, known, run) or action.measured) for action in actions
        )

    def _kept(self, name: str) -> CampaignResults | None:
        with suppress(RunError):
            return self.results(name)
        return None

    def _read(self, name: str) -> Campaign:
        path = self.folder / name / RECORD
        try:
            return _campaign_adapter().validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise read_error(error, _damaged(path)) from error

    def _names(self) -> tuple[str, ...]:
        try:
            return tuple(sorted(p.name for p in self.folder.iterdir() if is_name(p.name) and _is_campaign(p)))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:  # who is in a control group, and who may not be written to, stands there
            raise read_error(error, _damaged(self.folder)) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Alone in the folder; what a killed process left behind is removed."""
        with writing_folder(self.folder, asked=self.folder.parent), locked_folder(self.folder):
            for left in self.folder.glob(f"{PARTIAL}*"):
                if left.is_dir() and not left.is_symlink():
                    shutil.rmtree(left)
                else:
                    left.unlink(missing_ok=True)
            yield


def _is_campaign(place: Path) -> bool:
    """Whether a folder holds a campaign; one that this user may not look into is told, not passed over."""
    try:
        return (place / RECORD).is_file()
    except PermissionError:
        return True


def _write_record(path: Path, record: CampaignResults | UpliftResults) -> None:
    with replacing_file(path) as temporary:
        temporary.write_bytes(to_json(record, indent=1, inf_nan_mode="strings") + b"\n")


def _last_measured(action: Action, known: Sequence[CampaignResults], run: str) -> MeasuredEffect | None:
    """What the last campaign with an action brought; None where none was measured."""
    for results in reversed(known):
        campaign = results.campaign
        if campaign.action_code != action.rule or results.decision not in MEASURED:
            continue
        same = campaign.run == run
        part = next((part for part in results.parts[1:] if same and part.segment == action.segment), None)
        if same and part is None and action.segment not in {number for number, _ in campaign.segments}:
            continue
        if (found := _of_part(results, part or results.parts[0])) is not None:
            return found
    return None


def _of_part(results: CampaignResults, part: CampaignPart) -> MeasuredEffect | None:
    campaign = results.campaign
    effect = part.buyers if campaign.measure == "buyers" else part.revenue
    if effect is None:
        return None
    return MeasuredEffect(
        campaign=campaign.name,
        segment=part.segment,
        day=campaign.day,
        days=results.days,
        measure=campaign.measure,
        value=effect.value,
        low=effect.low,
        high=effect.high,
        decision=_decision_of(effect, part),
        customers=part.contact.customers + part.control.customers,
        adjusted=effect.adjusted,
        planned=campaign.days or 0,
    )


def _decision_of(effect: Effect, part: CampaignPart) -> CampaignDecision:
    """Of a segment: whether its own difference holds, not that of all customers together."""
    if part.shown is False or effect.low <= 0 <= effect.high:
        return "no difference shown"
    return "works" if effect.low > 0 else "harms"


def _damaged(path: Path) -> RunError:
    return RunError(
        f"{path} is missing or damaged.", hint="Restore it from a copy. The files of a campaign never change."
    )
