"""The form of a campaign: numbers, shares and days as people type them, and what they ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.datastructures import FormData

from clustera import texts
from clustera.days import as_day
from clustera.errors import Gathered, InputError
from clustera.segmentation.terms import check_amounts
from clustera.service.counted_lists import asked_reach
from clustera.shares import read_share
from clustera.store import Campaigns


def _asked_campaign(form: FormData, kept: Campaigns) -> dict[str, Any]:
    """What the form asks for, as Python takes it.

    Raises:
        ClusteraError: fields can't be read, with what is wrong in each.
    """

    def text(field: str) -> str:
        return str(form.get(field) or "").strip()

    wrong = Gathered()
    days = margin = cost = None
    with wrong.field("days"):
        days = form_number(text("days"), texts.translate("Days to measure"), int)
    with wrong.field("margin"):
        margin = form_share(text("margin"), texts.translate("The margin"))
        check_amounts(margin=margin)
    with wrong.field("contact_cost"):
        cost = form_number(text("contact_cost"), texts.translate("Cost of a contact"), float) or 0.0
        check_amounts(contact_cost=cost)
    with wrong.field("day"):
        as_day(text("day") or 0)
    with wrong.field("name"):
        kept.check_free(text("name"))
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


def form_number(text: str, label: str, kind: Callable[[str], Any], *, field: str = "") -> Any:  # noqa: ANN401 - as `kind` makes it
    """A number that somebody typed; None where the field is empty.

    Args:
        text: As it was typed.
        label: What the form calls it.
        kind: int or float.
        field: Its name in the form.

    Raises:
        InputError: it is none.
    """
    try:
        return kind(text.replace(",", ".")) if text else None
    except ValueError:
        raise InputError(
            f"{label}: {text[:40]!r} is not a number.", hint="Leave it empty if you do not know it.", field=field
        ) from None


def form_share(text: str, label: str, *, field: str = "") -> float | None:
    """A share that somebody typed: 30%, 30 or 0.3; None where the field is empty.

    Args:
        text: As it was typed.
        label: What it is the share of: "The margin".
        field: Its name in the form.

    Raises:
        InputError: it is none.
    """
    share = read_share(text) if text else None
    if text and share is None:
        raise InputError(f"{label} is {text[:40]!r}; it must be a share.", hint="For example 30%.", field=field)
    return share / 100 if share is not None and share > 1 and not text.endswith("%") else share
