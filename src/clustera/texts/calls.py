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


def call_parts(calls: Sequence[Call]) -> list[tuple[str, list[Call]]]:
    """The calls under the titles of their lists: who is later than usual, and who still orders, but less."""
    parts = (
        (translate("Later than usual: call"), [call for call in calls if call.silent]),
        (translate("Still ordering, but less: write"), [call for call in calls if not call.silent]),
    )
    return [(title, own) for title, own in parts if own]


def call_order(calls: Sequence[Call], span: str) -> str:
    """By what the lists of calls are ordered.

    Args:
        calls: The first of the lists.
        span: Over which time sales are added up: "12 months".
    """
    if all(call.at_risk is None for call in calls):
        return translate("Whoever bought most in the last {span} comes first.", span=span)
    return translate(
        "In order of the sales that may be lost: those of the last {span}, less those expected in as much time. Not shown here: whoever is expected to spend as much or more, last in the list.",
        span=span,
    )


def call_loss(call: Call) -> str:
    """What may be lost with a called customer, and of which sales; without a forecast the sales alone.

    >>> call_loss(Call("C1", 900.0, 1, "call_overdue", 0.0, 310.0, 40, None, at_risk=700.0))
    '700 of 900'
    >>> call_loss(Call("C1", 900.0, 1, "call_overdue", 0.0, 310.0, 40, None))
    '900'
    """
    sales = format_amount(call.sales)
    if call.at_risk is None:
        return sales
    return translate("{lost} of {sales}", lost=format_amount(call.at_risk), sales=sales)


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


def no_loss_expected(customers: int) -> str:
    """Why a page shows nobody of those who are called: all are expected to spend as much as before, or more.

    Args:
        customers: How many are called.

    >>> no_loss_expected(40)
    '40 customers are called or written to one by one: sort customers.csv by the column contact_order. None is expected to spend less than before.'
    """
    return translate_count(
        customers,
        "{n} customer is called or written to: see the column contact_order in customers.csv. No less is expected of this customer than before.",
        "{n} customers are called or written to one by one: sort customers.csv by the column contact_order. None is expected to spend less than before.",
    )
