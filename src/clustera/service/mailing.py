"""Which mailing lists a segment has, and how many customers are in each."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from clustera import texts
from clustera.records import SENDS_NOTHING, Action
from clustera.service.library import Opened
from clustera.store import CustomerList, CustomerQuery


@dataclass(frozen=True, slots=True)
class MailingList:
    """One list to download: an action's customers, or its control group."""

    action: str
    control: bool
    customers: int
    query: str  # of its address
    left_out: str = ""  # how many of the action's customers are in no list, where an audience holds some out


def mailing_lists(opened: Opened, segment: int, *, first: bool = False) -> tuple[MailingList, ...]:
    """The lists of a segment: for each of its actions whom to write to, and its control group where it has one.

    They stand in the order of the record. Nobody whom an audience holds out is in any of them.

    Args:
        opened: The run.
        segment: Its number.
        first: Only those of the first of them, which is the action that a card shows in full.
    """
    actions = [a for a in opened.outcome.actions if a.segment == segment and a.kind not in SENDS_NOTHING]
    customers = opened.contactable()
    groups = (False, True) if "control" in customers.columns else (None,)
    lists = [
        _list(opened, customers, action, control) for action in actions[: 1 if first else None] for control in groups
    ]
    return tuple(found for found in lists if found.customers)


def _list(opened: Opened, customers: CustomerList, action: Action, control: bool | None) -> MailingList:
    query = CustomerQuery(segment=action.segment, action=action.rule, control=control, rows=1)
    asked = {"segment": action.segment, "action": action.rule}
    listed = customers.page(query).matching
    held = opened.customers.page(query).matching - listed if customers is not opened.customers else 0
    return MailingList(
        texts.action_label(action),
        bool(control),
        listed,
        urlencode(asked if control is None else asked | {"control": str(control).lower()}),
        _held_sentence(held) if held else "",
    )


def _held_sentence(held: int) -> str:
    return texts.translate_count(
        held,
        "{n} more customer is held out of every list by an audience.",
        "{n} more customers are held out of every list by audiences.",
    )
