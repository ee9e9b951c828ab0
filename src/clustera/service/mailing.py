"""Which mailing lists a segment has, and how many customers are in each."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from clustera import texts
from clustera.records import SENDS_NOTHING, Action
from clustera.service.library import Opened
from clustera.store import CustomerQuery


@dataclass(frozen=True, slots=True)
class MailingList:
    """One list to download: an action's customers, or its control group."""

    action: str
    control: bool
    customers: int
    query: str  # of its address
    segment: int = 0
    left_out: str = ""  # how many of the action's customers are not in it, and why


def mailing_lists(opened: Opened, segment: int, *, first: bool = False) -> tuple[MailingList, ...]:
    """The lists of a segment: for each of its actions whom to write to, and its control group where it has one.

    They stand in the order of the record. Nobody whom nothing may be sent to is in a mailing list.

    Args:
        opened: The run.
        segment: Its number.
        first: Only those of the first of them, which is the action that a card shows in full.
    """
    actions = [a for a in opened.outcome.actions if a.segment == segment and a.kind not in SENDS_NOTHING]
    groups = (False, True) if "control" in opened.customers.columns else (None,)
    lists = [_list(opened, action, control) for action in actions[: 1 if first else None] for control in groups]
    return tuple(found for found in lists if found.customers)


def _list(opened: Opened, action: Action, control: bool | None) -> MailingList:
    query = CustomerQuery(segment=action.segment, action=action.rule, control=control, rows=1)
    asked = {"segment": action.segment, "action": action.rule}
    page = opened.page(query)
    return MailingList(
        texts.action_label(action),
        bool(control),
        page.matching,
        urlencode(asked if control is None else asked | {"control": str(control).lower()}),
        action.segment,
        texts.kept_from_list_sentence(page.left_out, control=control),
    )
