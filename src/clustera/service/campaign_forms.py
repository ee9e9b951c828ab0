"""What the form of a campaign asks for, and the campaign that is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from starlette.datastructures import FormData

from clustera import texts
from clustera.days import as_day
from clustera.errors import Gathered, InputError
from clustera.records import Action
from clustera.segmentation import LaunchedCampaign, PlannedCampaign
from clustera.segmentation.launching import PreparedCampaign
from clustera.segmentation.terms import check_amounts
from clustera.service.counted_lists import asked_reach
from clustera.service.library import Library, Opened
from clustera.service.lists import BroughtFile
from clustera.service.typed_numbers import form_number, form_share
from clustera.store import Campaigns


@dataclass(frozen=True, slots=True)
class CampaignAsk:
    """What the address of a plan asks for."""

    action: str = ""
    audience: str = ""  # name of a saved one
    days: str = ""  # as it was typed
    segment: Annotated[tuple[str, ...], Query(max_length=100)] = ()  # numbers; "" of the page that has boxes for them

    def planned(self, library: Library, opened: Opened) -> PlannedCampaign:
        """The plan.

        Raises:
            InputError: nothing can be planned so.
            RunError: there is no such audience.
        """
        if self.audience:
            library.store.audiences.open(self.audience)  # a definition of one's own, or a file, is none here
        chosen = opened.seg.audience(self.audience) if self.audience else None
        segments = ticked_segments(self.segment)
        return opened.seg.plan_campaign(self.action, segments=segments, audience=chosen, days=self.number_of_days())

    def number_of_days(self) -> int | None:
        """The days asked for; None where nobody asked."""
        found: int | None = form_number(self.days, texts.translate("Days to measure"), int)
        return found

    def given(self) -> dict[str, Any]:
        """What is asked for, by name, as Python takes it."""
        asked = {"action": self.action, "segments": ticked_segments(self.segment), "audience": self.audience}
        return {key: value for key, value in (asked | {"days": self.number_of_days()}).items() if value}


def plan_query(terms: Mapping[str, Any]) -> str:
    """The query of the page that plans a campaign on some terms."""
    asked = {"action": "action", "segments": "segment", "audience": "audience", "days": "days"}
    return urlencode({name: terms[key] for key, name in asked.items() if terms.get(key)}, doseq=True)


def segments_to_choose(opened: Opened, asked: CampaignAsk) -> list[dict[str, Any]]:
    """The segments that have the action, each with its customers and whether it is chosen; none where there is one only."""
    found: list[Action] = []
    if asked.action:
        with suppress(InputError):
            code = texts.find_action(texts.action_labels(opened.outcome.actions), asked.action)
            found = [action for action in opened.outcome.actions if action.rule == code]
    chosen = {one for one in asked.segment if one}
    names = opened.seg.names
    return [
        {
            "number": action.segment,
            "name": names[action.segment],
            "customers": action.customers,
            "chosen": not chosen or str(action.segment) in chosen,
        }
        for action in found
        if len(found) > 1
    ]


def asked_campaign(form: FormData, kept: Campaigns) -> dict[str, Any]:
    """What the form asks for, as Python takes it.

    Raises:
        ClusteraError: fields can't be read, with what is wrong in each.
    """

    def text(field: str) -> str:
        return str(form.get(field) or "").strip()

    wrong = Gathered()
    days = margin = cost = None
    with wrong.field("name"):
        kept.check_free(text("name"))
    with wrong.field("day"):
        as_day(text("day") or 0)
    with wrong.field("days"):
        days = form_number(text("days"), texts.translate("Days to measure"), int)
    segments: tuple[int, ...] = ()
    with wrong.field("segment"):
        segments = ticked_segments([str(one) for one in form.getlist("segment")])
    with wrong.field("margin"):
        margin = form_share(text("margin"), texts.translate("The margin"))
        check_amounts(margin=margin)
    with wrong.field("contact_cost"):
        cost = form_number(text("contact_cost"), texts.translate("Cost of a contact"), float) or 0.0
        check_amounts(contact_cost=cost)
    wrong.refuse()
    return {
        "name": text("name"),
        "exported": text("exported"),
        "action": text("action"),
        "audience": text("audience"),
        "segments": segments,
        "control": text("control") or None,
        "day": text("day") or None,
        "days": days,
        "margin": margin,
        "contact_cost": cost,
        **asked_reach(form),
    }


def ticked_segments(given: Sequence[str]) -> tuple[int, ...]:
    """The segments whose boxes are ticked; none where a page has no boxes.

    Args:
        given: Their numbers, and "" of the page that has the boxes.

    Raises:
        InputError: no box is ticked, or one is no number.

    >>> ticked_segments(["", "1", "3"]), ticked_segments([])
    ((1, 3), ())
    """
    found = [one for one in given if one]
    if given and not found:
        raise InputError("No segment is chosen.", hint="Tick at least one.", field="segment")
    wrong = next((one for one in found if not (one.isascii() and one.isdecimal() and len(one) < 10)), None)
    if wrong is not None:
        raise InputError(f"{wrong[:40]!r} is not the number of a segment.", field="segment")
    return tuple(map(int, found))


def prepared_campaign(
    library: Library,
    opened: Opened,
    terms: Mapping[str, Any],
    contacts: BroughtFile | None = None,
    suppress: Sequence[BroughtFile] = (),
) -> PreparedCampaign:
    """A campaign that is ready to be launched; nothing is written yet.

    Args:
        library: Has the audiences.
        opened: The run.
        terms: As the form asks for it.
        contacts: Makes the list one with addresses.
        suppress: Whom nothing may be sent to.

    Raises:
        InputError: it can't be launched so, or a file can't be used.
        RunError: the name is taken, or there is no such audience.
    """
    asked: dict[str, Any] = {key: terms[key] for key in ("control", "day", "days", "margin", "contact_cost")}
    asked["segments"] = tuple(terms["segments"])
    if terms["audience"]:
        library.store.audiences.open(terms["audience"])
        asked["audience"] = opened.seg.audience(terms["audience"])
    if contacts is not None:
        reaching = {key: terms[key] for key in ("columns", "all_consented", "country")}
        reaching["suppress"] = tuple(one.path for one in suppress)
        asked |= {"contacts": contacts.path, "network": terms["network"], "reaching": reaching}
    return opened.seg.prepare_campaign(terms["name"], terms["action"], **asked)


def launch_or_record(library: Library, opened: Opened, terms: Mapping[str, Any]) -> LaunchedCampaign:
    """The campaign of the form, written beside the runs; one of a list that was sent already is recorded."""
    if terms["exported"]:
        kept = {key: terms[key] for key in ("day", "days", "margin", "contact_cost")}
        return opened.seg.record_campaign(terms["name"], terms["exported"], terms["action"], **kept)
    return prepared_campaign(library, opened, terms).launch()
