"""The list of whom to call or write to one by one, in words: why, what it is about, and where the list is."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.records import (
    Action,
    Call,
)
from clustera.texts.actions import action_label
from clustera.texts.counts import translate_count
from clustera.texts.numbers import (
    format_amount,
)
from clustera.texts.translation import translate


def call_reason(rule: str, actions: Sequence[Action]) -> str:
    """Why a customer is called: "overdue" or "buys less", else what the action is called."""
    action = next(action for action in actions if action.rule == rule)
    subsets = {subset for _, subset in action.groups}
    if subsets == {"valuable"}:
        return translate("overdue: {action}", action=action_label(action))
    if subsets == {"falling"}:
        return translate("buys less: {action}", action=action_label(action))
    return action_label(action)


def call_sales(call: Call) -> str:
    """What a called customer spent in the last 3 months, and in the 3 months before.

    >>> call_sales(Call("C1", 900.0, 1, "call_overdue", 0.0, 310.0, 40, None))
    '0, before that 310'
    """
    recent = format_amount(call.recent)
    return (
        recent
        if call.earlier is None
        else translate("{recent}, before that {earlier}", recent=recent, earlier=format_amount(call.earlier))
    )


def call_pace(call: Call) -> str:
    """How long ago a called customer has last ordered, beside the usual.

    >>> call_pace(Call("C1", 900.0, 1, "call_overdue", 0.0, 310.0, 40, 12.0))
    '40 days ago, usually every 12 days'
    """
    ago = translate_count(call.silence, "{n} day ago", "{n} days ago")
    if call.gap is None:
        return ago
    usual = max(round(call.gap), 1)
    return translate_count(usual, "{ago}, usually every day", "{ago}, usually every {n} days", ago=ago)


def unnamed_calls(customers: int) -> str:
    """Where the list of calls is when a page does not name them.

    Args:
        customers: How many are called.

    >>> unnamed_calls(40)
    '40 customers are called or written to one by one: sort customers.csv by the column contact_order. This copy of the report names no customers.'
    """
    return translate_count(
        customers,
        "{n} customer is called or written to: see the column contact_order in customers.csv. This copy of the report names no customers.",
        "{n} customers are called or written to one by one: sort customers.csv by the column contact_order. This copy of the report names no customers.",
    )
