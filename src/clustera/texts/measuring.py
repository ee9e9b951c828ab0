"""What an action may bring and how it is measured, in words: beside the plan of what to send."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.days import to_date
from clustera.texts.counts import translate_count
from clustera.texts.dates import format_day
from clustera.texts.numbers import format_amount, format_count
from clustera.texts.translation import translate

MONTH, QUARTER = 30, 91  # days after which the plan says what a test can show


def first_step_sentence(
    action: str, contacted: int, left_out: int, *, spent: float = 0.0, expected: float | None = None, span: str = ""
) -> str:
    """With what to begin, and why: what these customers spent within the `span`, and are expected to; 0 where not known.

    >>> first_step_sentence("Overdue call", 77, 0, spent=81_551.3, expected=22_088.0, span="12 months")
    'Start with Overdue call: 77 customers (sales, last 12 months: 81,551; expected: 22,088).'
    >>> first_step_sentence("Reward loyalty", 190, 48)
    'Start with Reward loyalty: send to 190, leave out 48.'
    """
    if left_out:
        n, left = format_count(contacted), format_count(left_out)
        said = translate("Start with {action}: send to {n}, leave out {left}", action=action, n=n, left=left)
    else:
        said = translate_count(
            contacted, "Start with {action}: {n} customer", "Start with {action}: {n} customers", action=action
        )
    if spent <= 0:
        return f"{said}."
    why = translate("sales, last {span}: {money}", span=span, money=format_amount(spent))
    if expected is not None:
        why += f"; {translate('expected: {money}', money=format_amount(expected))}"
    return f"{said} ({why})."


def fallen_elsewhere(own: int, all_: int, others: Sequence[tuple[str, int]]) -> str:
    """How many of the top customers who buy less an action is for, and what the others get; "" where it is for all of them.

    >>> fallen_elsewhere(96, 180, [("Overdue call", 55), ("Win-back message", 29)])
    '96 of 180 top customers who buy less. Others: Overdue call (55), Win-back message (29).'
    """
    if own >= all_:
        return ""
    said = translate("{n} of {all} top customers who buy less.", n=format_count(own), all=format_count(all_))
    told = ", ".join(f"{action} ({format_count(n)})" for action, n in others)
    return f"{said} {translate('Others: {actions}.', actions=told)}" if told else said


def measured_gain(value: float, low: float, high: float) -> str:
    """The sales that an action adds if it brings again what was measured.

    >>> measured_gain(5_200.0, -800.0, 11_200.0)
    'as measured: 5,200 (−800 to 11,200)'
    """
    return translate(
        "as measured: {money} ({low} to {high})",
        money=format_amount(value),
        low=format_amount(low),
        high=format_amount(high),
    )


def measuring_days(as_of: int) -> dict[str, object]:
    """The days of a test that begins on the day after the snapshot: its start, and when to look.

    >>> [measuring_days(20_818)[name] for name in ("day", "month", "quarter")]
    ['2027-01-01', 'January 31, 2027', 'April 2, 2027']
    """
    start = as_of + 1
    return {
        "day": str(to_date(start)),
        "start": format_day(start),
        "month": format_day(start + MONTH),
        "quarter": format_day(start + QUARTER),
        "quarter_days": QUARTER,
    }
