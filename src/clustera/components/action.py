"""The suggested actions of one segment: the first in full, the others in a line."""

from __future__ import annotations

from collections.abc import Sequence

from clustera import texts
from clustera.components.markup import Markup, fill
from clustera.records import Action, Outcome


def action_card(action: Action, outcome: Outcome) -> Markup:
    """For whom, what to do and why, the money at stake, what the last campaign with it brought, and how to test it."""
    currency = outcome.behavior.money.currency if outcome.behavior else ""
    months = outcome.value.horizon_months if outcome.value else 0
    return fill(
        "action.html.j2",
        action=action,
        text=texts.action_text(action),
        content=texts.action_content(action),
        reasons=texts.action_reasons(action, outcome),
        stake=texts.action_stake(action, currency=currency, months=months, span=texts.sales_span(outcome.behavior)),
        test=texts.action_test(action, currency=currency),
        measured=texts.measured_sentence(action.measured, currency) if action.measured else "",
    )


def action_figures(action: Action, outcome: Outcome) -> str:
    """What a further action's customers spent and are expected to spend."""
    currency = outcome.behavior.money.currency if outcome.behavior else ""
    months = outcome.value.horizon_months if outcome.value else 0
    return texts.action_stake(action, currency=currency, months=months, span=texts.sales_span(outcome.behavior))


def other_actions(actions: Sequence[Action], outcome: Outcome) -> str:
    """The further actions of a segment in one line: for how many, and what those spent where it is much."""
    currency = outcome.behavior.money.currency if outcome.behavior else ""
    return texts.also_for(actions, currency=currency)
