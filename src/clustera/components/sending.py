"""The plan for the coming weeks: every suggested action, whom to send it, whom to leave out, and when it has worked."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from clustera import texts
from clustera.components.markup import Markup, fill, is_listing, is_served, listed
from clustera.records import CALLED, SENDS_NOTHING, Action, Behavior, Call, Outcome, SegmentProfile
from clustera.texts import calls as calling
from clustera.texts import measuring
from clustera.texts.behavior import only_returned_sentence

WORTH_PROTECTING = 0.01  # of the sales of all, from which an action that protects comes first


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One action for the segments that are tested together; where a segment is tested alone, for that one."""

    actions: tuple[Action, ...]

    @property
    def first(self) -> Action:
        """The action as its first segment has it."""
        return self.actions[0]

    @property
    def customers(self) -> int:
        """Whom it is for."""
        return sum(action.customers for action in self.actions)

    @property
    def contacted(self) -> int:
        """Who gets it."""
        return 0 if self.first.kind in SENDS_NOTHING else sum(action.contacted for action in self.actions)

    @property
    def left_out(self) -> int:
        """Who is in the control group."""
        return sum(action.control.customers for action in self.actions if action.control)

    @property
    def spent(self) -> float:
        """What they spent in the last 12 months."""
        return sum(action.money or 0.0 for action in self.actions)

    @property
    def at_risk(self) -> float:
        """What they spent in the last 12 months less what they are expected to spend in the next: it may be lost."""
        return self.spent - sum(action.forecast or 0.0 for action in self.actions)

    @property
    def point(self) -> float | None:
        """What one more buyer in a hundred of those who get it spends within the window; None where unknown."""
        known = [action.point_value for action in self.actions if action.point_value is not None]
        return sum(known) if self.contacted and len(known) == len(self.actions) else None


def plan_rows(outcome: Outcome) -> list[PlanRow]:
    """The rows of the plan: first what goes to those who spent most in all; what sends nothing last."""
    rows = list(_gathered(outcome.actions))
    return sorted(rows, key=lambda row: (not row.contacted, -row.spent, -row.customers))


def _gathered(actions: tuple[Action, ...]) -> Iterator[PlanRow]:
    together: dict[tuple[object, ...], list[Action]] = {}
    for action in actions:
        alone = action.control is not None and not action.control.pool
        key = (action.rule, action.segment) if alone else (action.rule, action.control is None)
        together.setdefault(key, []).append(action)
    for gathered in together.values():
        yield PlanRow(tuple(gathered))


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """The last line of the plan."""

    contacted: int
    left_out: int
    spent: float
    added: bool  # whether some test says which added sales it can detect; their sum would be taken for a forecast

    @classmethod
    def of_rows(cls, rows: Sequence[PlanRow]) -> PlanTotals:
        """The sums of the rows."""
        return cls(
            contacted=sum(row.contacted for row in rows),
            left_out=sum(row.left_out for row in rows),
            spent=sum(row.spent for row in rows),
            added=any(row.point is not None for row in rows),
        )


def _rate_unknown(row: PlanRow) -> bool:
    return row.first.control is not None and row.first.control.base_rate is None


def _unnamed_calls(called: int, calls: Sequence[Call] | None) -> str:
    """Why a report names none of those to call; "" where it names them, and in the dashboard."""
    if not called or calls or is_served():
        return ""
    return calling.unnamed_calls(called) if calls is None else calling.no_loss_expected(called)


def sending_plan(outcome: Outcome, *, prefix: str = "", calls: Sequence[Call] | None = None, run: str = "") -> Markup:
    """The plan as a table, with what it would bring; empty where nothing is suggested.

    Args:
        outcome: The run.
        prefix: Put before the ids of the cards that the segments' numbers lead to.
        calls: The first customers of the list of calls, in its order; None where the page names nobody.
        run: What the run is called in commands; "" where it has no name yet.
    """
    rows = plan_rows(outcome)
    if not rows:
        return Markup("")
    segments: dict[int, SegmentProfile] = {segment.segment: segment for segment in outcome.segments}
    behavior = outcome.behavior
    called = sum(row.contacted for row in rows if _calls_each(row))
    return fill(
        "sending.html.j2",
        rows=[(row, [segments[action.segment] for action in row.actions], _worked(row)) for row in rows],
        audience=lambda row: texts.action_audience(replace(row.first, customers=row.customers)),
        later=_has_later(rows),
        month=measuring.MONTH,
        dashes=_has_dashes(rows),
        whose=_customers_link,
        listing=is_listing(),
        served=is_served(),
        prefix=prefix,
        currency=behavior.money.currency if behavior else "",
        days=_common_days(rows),
        total=PlanTotals.of_rows(rows),
        span=texts.sales_span(behavior),
        called=called > 0,
        added=_added,
        elsewhere=partial(_fallen_elsewhere, rows=rows, behavior=behavior),
        measured=_measured,
        tests=(tests := _test_days(rows, behavior)),
        commands=_launch_commands(rows, str(tests["day"]), run or "RUN") if tests and not is_served() else (),
        run=run,
        unknown=any(map(_rate_unknown, rows)),
        called_customers=called,
        unnamed=_unnamed_calls(called, calls),
        fallen="" if is_served() else texts.fallen_sentences(outcome.movers, _best_name(outcome), outcome.actions),
        only_returned=only_returned_sentence(behavior),
        without=sum(segment.size for segment in outcome.segments) - sum(row.customers for row in rows),
        offers=texts.offer_plan_line(outcome.offers) if outcome.offers else "",
        **_call_list(calls or (), outcome, segments),
    )


def _call_list(calls: Sequence[Call], outcome: Outcome, segments: Mapping[int, SegmentProfile]) -> dict[str, object]:
    """What the page says of those who are called or written to first."""
    return {
        "calls": [
            (title, [(call, segments[call.segment], calling.call_reason(call.rule, outcome.actions)) for call in own])
            for title, own in calling.call_parts(calls)
        ],
        "call_order": calling.call_order(calls, texts.sales_span(outcome.behavior)),
        "call_loss": calling.call_loss,
        "at_risk": any(call.at_risk is not None for call in calls),
        "call_sales": calling.call_sales,
        "call_pace": calling.call_pace,
        "shortened": any("@" in call.customer for call in calls),
    }


def _test_days(rows: Sequence[PlanRow], behavior: Behavior | None) -> dict[str, object] | None:
    """When to look at the tests; None where nobody is left out, or they end after other days than a month."""
    if behavior is None or _common_days(rows) != measuring.MONTH or not any(row.left_out for row in rows):
        return None
    return measuring.measuring_days(behavior.as_of)


def _launch_commands(rows: Sequence[PlanRow], day: str, run: str) -> list[str]:
    """The command that launches each action of which somebody is left out, called as on the page, with a name for its campaign."""
    labels = texts.action_labels([action for row in rows for action in row.actions])
    counted = Counter(labels.values())
    found = []
    for rule in dict.fromkeys(row.first.rule for row in rows if row.left_out):
        label = labels[rule] if counted[labels[rule]] == 1 else rule
        campaign = "-".join(re.findall(r"\w+", label.casefold()))[:100] or rule
        found.append(f"clustera campaign launch {campaign}-{day[:7]} {run} --action {shlex.quote(label)} --day {day}")
    return found


def _fallen_elsewhere(row: PlanRow, rows: Sequence[PlanRow], behavior: Behavior | None) -> str:
    """Of an action for top customers who buy less: how many of them get others, and which; "" for every other action."""
    if behavior is None or not row.first.groups or any(subset != "falling" for _, subset in row.first.groups):
        return ""
    counted = Counter[str]()
    for stage in behavior.stages:
        theirs = (
            a.rule
            for r in rows
            for a in r.actions
            if a.segment == stage.segment and a.is_for(stage.stage, stage.subset)
        )
        counted[next(theirs, "")] += stage.fallen
    own = counted.pop(row.first.rule, 0)
    labels = texts.action_labels([action for other in rows for action in other.actions])
    others = [(labels[rule], n) for rule, n in counted.most_common() if n and rule]
    return measuring.fallen_elsewhere(own, own + counted.total(), others)


def _calls_each(row: PlanRow) -> bool:
    """Whether its customers are called or written to one by one."""
    return bool(row.first.groups) and all(subset in CALLED for _, subset in row.first.groups)


def _best_name(outcome: Outcome) -> str:
    """What the segment with the highest sales per customer is called; "" where that is not known."""
    best = outcome.movers.best if outcome.movers else None
    return next((segment.name for segment in outcome.segments if segment.segment == best), "")


def _common_days(rows: Sequence[PlanRow]) -> int:
    """After how many days every test of the plan ends; 0 where they differ, or nothing is tested."""
    windows = {row.first.control.window_days for row in rows if row.first.control and row.first.control.window_days}
    return windows.pop() if len(windows) == 1 else 0


@dataclass(frozen=True, slots=True)
class WorkedIf:
    """From what on a test shows that an action has worked, in words; "" where it can't within that time."""

    soon: str  # within the usual days
    later: str  # in 3 months
    never: str | None  # why, where it can't in either ("" where nothing is sent); None where it can


def _worked(row: PlanRow) -> WorkedIf:
    soon, later = texts.success_words(row.first), texts.quarter_words(row.first)
    return WorkedIf(soon, later, None if soon or later else texts.unmeasured_words(row.first))


def _has_later(rows: Sequence[PlanRow]) -> bool:
    """Whether some test shows something in 3 months."""
    return any(texts.quarter_words(row.first) for row in rows)


def _has_dashes(rows: Sequence[PlanRow]) -> bool:
    """Whether a cell of the plan has a dash: what one of the two times shows is not known, or what an action adds."""
    worked = [_worked(row) for row in rows]
    halves = _has_later(rows) and any(bool(one.soon) != bool(one.later) for one in worked)
    return halves or (any(row.point is not None for row in rows) and any(_added(row) == "–" for row in rows))


def _added(row: PlanRow) -> str:
    """What one more buyer in a hundred of those who get it spends; a dash where that is not known."""
    if row.point is not None:
        return texts.format_amount(row.point)
    return "–" if row.contacted else ""


def _measured(row: PlanRow) -> str:
    """What it adds if it brings again what a campaign with it has brought within the same days; "" where nobody knows."""
    found = {action.measured for action in row.actions}
    effect = found.pop()
    control = row.first.control
    if found or effect is None or effect.early or control is None or effect.days != control.window_days:
        return ""
    if effect.segment is not None and len(row.actions) > 1:
        return ""
    each = row.contacted if effect.measure == "revenue" else 100 * row.point if row.point is not None else None
    if each is None:
        return ""
    return measuring.measured_gain(each * effect.value, each * effect.low, each * effect.high)


def first_step(outcome: Outcome) -> str:
    """With what to begin: the action that protects the most money; where none protects 1 % of it, the one for those who spent most."""
    rows = [row for row in plan_rows(outcome) if row.contacted]
    if not rows:
        return ""
    known = outcome.value is not None and outcome.value.year_ahead is not None
    at_risk = {row: row.at_risk if known else row.spent for row in rows if row.first.kind == "protect"}
    least = max(WORTH_PROTECTING * sum(row.spent for row in plan_rows(outcome)), 0.01)
    row = max((row for row in at_risk if at_risk[row] >= least), key=lambda row: at_risk[row], default=rows[0])
    label, span = texts.action_label(row.first), texts.sales_span(outcome.behavior)
    expected = row.spent - row.at_risk if known and row in at_risk else None
    return measuring.first_step_sentence(
        label, row.contacted, row.left_out, spent=row.spent, expected=expected, span=span
    )


def _customers_link(row: PlanRow, customers: int, control: str) -> Markup | str:
    """A number of a row's customers, which leads to them where there are lists."""
    said = texts.format_count(customers)
    if len(row.actions) == 1:
        return listed(said, action=row.first.rule, control=control, segment=row.first.segment)
    return listed(said, action=row.first.rule, control=control)
