"""The suggested actions of one segment: the first in full, the others in a line."""

from __future__ import annotations

from collections.abc import Sequence

from clustera import texts
from clustera.components.markup import Markup, fill, is_served
from clustera.records import Action, Outcome


def action_card(action: Action, outcome: Outcome) -> Markup:
    """For whom, what to do, and what the last campaign with it brought."""
    currency = outcome.behavior.money.currency if outcome.behavior else ""
    size = next(segment.size for segment in outcome.segments if segment.segment == action.segment)
    return fill(
        "action.html.j2",
        action=action,
        whose=texts.action_audience_within(action, size),
        text=texts.action_advice(action),
        measured=texts.measured_sentence(action.measured, currency) if action.measured else "",
    )


def action_details(action: Action, outcome: Outcome) -> Markup:
    """Why, what to suggest, the money at stake, and how to test it."""
    return fill(
        "action_details.html.j2",
        reasons=texts.action_reasons(action, outcome),
        content=texts.action_content(action),
        stake=action_figures(action, outcome),
        test=test_sentences(action, outcome),
    )


def test_sentences(action: Action, outcome: Outcome) -> str:
    """How to test it: whom to leave out, what such customers do without it, and which rise can be detected.

    Of an action that is tested over several segments it is said once on a report, at the first of them.
    """
    control = action.control
    if control and control.pool and not is_served():
        together = (a for a in outcome.actions if a.customers > 1 and a.rule == action.rule and _same_test(a, action))
        first = next(together, action)
        if first.segment != action.segment:
            return texts.tested_elsewhere(action, first.segment)
    currency = outcome.behavior.money.currency if outcome.behavior else ""
    return texts.action_test(action, currency=currency, files=not is_served())


def _same_test(one: Action, other: Action) -> bool:
    """Whether two actions are tested together."""
    tests = [(a.control.pool, a.control.pool_control, a.control.counts) if a.control else None for a in (one, other)]
    return tests[0] == tests[1]


def action_figures(action: Action, outcome: Outcome) -> str:
    """What an action's customers spent and are expected to spend."""
    currency = outcome.behavior.money.currency if outcome.behavior else ""
    months, margin = (outcome.value.horizon_months, outcome.value.margin) if outcome.value else (0, 1.0)
    stages = outcome.behavior.stages if outcome.behavior else ()
    theirs = [s.recent_spend for s in stages if s.segment == action.segment and action.is_for(s.stage, s.subset)]
    return texts.action_stake(
        action,
        currency=currency,
        months=months,
        margin=margin,
        discount=outcome.value.monthly_discount if outcome.value else 0.0,
        span=texts.sales_span(outcome.behavior),
        recent=sum(theirs) if theirs else None,
    )


def other_actions(actions: Sequence[Action], outcome: Outcome) -> str:
    """The further actions of a segment in one line: for how many, and what those spent where it is much."""
    currency = outcome.behavior.money.currency if outcome.behavior else ""
    return texts.also_for(actions, currency=currency)
