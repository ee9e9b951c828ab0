"""Lists that are being prepared: the contacts that somebody brought, what was asked for, and the files once written."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from clustera.errors import InputError, MissingError, RunError
from clustera.segmentation.exporting import PreparedExport
from clustera.service.drafts import Drafts
from clustera.service.library import Opened
from clustera.store import RECOMMENDATIONS, file_beside

_FILE, _CAMPAIGN = "list.json", "waiting.json"
_GONE = "This export is not here any more."
FILES = ("list", "left-out", "groups")  # what is written, as addresses call it


@dataclass(frozen=True, slots=True)
class BroughtFile:
    """A file as it was called where it came from, and where it lies."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class ListDraft:
    """What an export is asked for, and what was written."""

    id: str
    run: str
    audience: str
    network: str
    contacts: BroughtFile
    suppress: tuple[BroughtFile, ...] = ()
    holdout: str = "0%"
    country: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    all_consented: bool = False
    recommendations: bool = False  # the next best items that are kept beside the run, as columns
    written: Mapping[str, str] = field(default_factory=dict)  # path by `FILES`; empty before it is written


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    """A campaign that waits for its counts to be seen, with the contacts that somebody brought."""

    id: str
    run: str
    terms: Mapping[str, Any]  # as the form asks for it
    contacts: BroughtFile
    suppress: tuple[BroughtFile, ...] = ()


def keep_campaign(drafts: Drafts, draft: CampaignDraft) -> None:
    """Remember a campaign beside the files that were brought; both are removed after a day."""
    (drafts.place(draft.id) / _CAMPAIGN).write_text(json.dumps(asdict(draft), ensure_ascii=False), encoding="utf-8")


def open_campaign(drafts: Drafts, run: str, id_: str) -> CampaignDraft:
    """A campaign of a run that waits.

    Raises:
        RunError: the run has none of this id; files that were brought are kept for a day.
    """
    try:
        found = json.loads((drafts.place(id_) / _CAMPAIGN).read_text(encoding="utf-8"))
    except (RunError, OSError, ValueError):
        found = {"run": None}
    if found["run"] != run:
        raise MissingError(
            "This campaign does not wait any more.",
            hint="It was launched, or the contacts were brought more than a day ago: plan it again.",
        )
    contacts, suppress = (
        BroughtFile(**found.pop("contacts")),
        tuple(BroughtFile(**one) for one in found.pop("suppress")),
    )
    return CampaignDraft(contacts=contacts, suppress=suppress, **found)


def recommendations_file(opened: Opened) -> Path:
    """The recommendations that are kept beside a run.

    Raises:
        InputError: nothing is kept.
    """
    if opened.outcome.recommended is None:
        raise InputError(
            f"Nothing was recommended to the customers of {opened.name} yet.",
            hint=f"Do so: clustera recommend {opened.name}",
        )
    return file_beside(opened.run.path, RECOMMENDATIONS)


class ListDrafts:
    """The lists of one service, kept beside the files that were brought and removed with them after a day.

    Args:
        drafts: Where files are received.
    """

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts
        self._lock = threading.Lock()

    def keep(self, draft: ListDraft) -> ListDraft:
        """Remember what was asked for."""
        content = json.dumps(asdict(draft), ensure_ascii=False)
        (self._drafts.place(draft.id) / _FILE).write_text(content, encoding="utf-8")
        return draft

    def open(self, run: str, id_: str) -> ListDraft:
        """A list of a run.

        Raises:
            RunError: the run has none of this id; files that were brought are kept for a day.
        """
        hint = "Files are kept for a day. Bring the contacts again from the page of the audience."
        try:
            found = json.loads((self._drafts.place(id_) / _FILE).read_text(encoding="utf-8"))
        except (RunError, OSError, ValueError) as error:
            raise MissingError(_GONE, hint=hint) from error
        if found["run"] != run:
            raise MissingError(_GONE, hint=hint)
        contacts = BroughtFile(**found.pop("contacts"))
        return ListDraft(
            contacts=contacts, suppress=tuple(BroughtFile(**one) for one in found.pop("suppress")), **found
        )

    def prepare(self, draft: ListDraft, opened: Opened) -> PreparedExport:
        """Who would be written; nothing is written yet.

        Raises:
            InputError: the contacts can't be used.
            RunError: the audience is not there any more.
        """
        return opened.seg.audience(draft.audience).prepare_export(
            draft.network,
            draft.contacts.path,
            suppress=tuple(one.path for one in draft.suppress),
            holdout=draft.holdout,
            columns=draft.columns,
            all_consented=draft.all_consented,
            country=draft.country,
            recommendations=recommendations_file(opened) if draft.recommendations else None,
        )

    def write(self, draft: ListDraft, opened: Opened, *, rows: int) -> bool:
        """Write the list, once, and remove the contacts; False where it would have another number of rows by now.

        Args:
            draft: What is asked for.
            opened: The run.
            rows: Of the list, as they were counted before somebody chose to write it.

        Raises:
            InputError: the list is smaller or larger than it may be.
        """
        with self._lock:
            if self.open(draft.run, draft.id).written:
                return True
            prepared = self.prepare(draft, opened)
            if len(prepared.export.rows) != rows:
                return False
            place = self._drafts.place(draft.id)
            (place / "written").mkdir(exist_ok=True)
            files = prepared.write(place / "written" / "list.csv")
            paths = dict(zip(FILES, (files.file, files.left_out, files.assignments), strict=True))
            self.keep(replace(draft, written={name: str(path) for name, path in paths.items() if path}))
            for brought in (draft.contacts, *draft.suppress):
                if Path(brought.path).parent == place:  # a file that was named by its path stays
                    with suppress(OSError):
                        Path(brought.path).unlink()
        return True
