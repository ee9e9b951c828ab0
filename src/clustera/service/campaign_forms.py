"""What the form of a campaign asks for, and the campaign that is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import FormData

from clustera import texts
from clustera.days import as_day
from clustera.errors import Gathered
from clustera.segmentation import LaunchedCampaign
from clustera.segmentation.launching import PreparedCampaign
from clustera.segmentation.terms import check_amounts
from clustera.service.counted_lists import asked_reach
from clustera.service.library import Library, Opened
from clustera.service.lists import BroughtFile
from clustera.service.typed_numbers import form_number, form_share
from clustera.store import Campaigns


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
        "control": text("control") or None,
        "day": text("day") or None,
        "days": days,
        "margin": margin,
        "contact_cost": cost,
        **asked_reach(form),
    }


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
