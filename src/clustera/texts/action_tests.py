"""How to find out whether an action works, in words: whom to leave out, what to compare, which rise that can show."""

from __future__ import annotations

from clustera.power import (
    A_LOT,
    FEWEST_TESTED,
    Success,
    lift_in_points,
    quarter_success,
    shown_measure,
    smallest_success,
)
from clustera.records import SENDS_NOTHING, Action, ControlGroup
from clustera.texts.counts import count_days, translate_count
from clustera.texts.numbers import format_amount, format_count, format_number, format_percent, format_share
from clustera.texts.translation import translate

# The rate without an action, by what was counted and whether only in this segment.
RATES = {
    ("bought", True): (
        "{days} ago {n} customer was in this group; {share} bought in the next {days}.",
        "{days} ago {n} customers were in this group; {share} bought in the next {days}.",
    ),
    ("bought", False): (
        "{days} ago {n} customer of all segments was in this group; {share} bought in the next {days}.",
        "{days} ago {n} customers of all segments were in this group; {share} bought in the next {days}.",
    ),
    ("responded", True): (
        "Of {n} customer in this segment, {share} responded ({column}).",
        "Of {n} customers in this segment, {share} responded ({column}).",
    ),
    ("responded", False): (
        "Of {n} customer in all segments, {share} responded ({column}).",
        "Of {n} customers in all segments, {share} responded ({column}).",
    ),
    ("stayed", True): (
        "Of {n} customer in this segment, {share} stayed ({column}).",
        "Of {n} customers in this segment, {share} stayed ({column}).",
    ),
    ("stayed", False): (
        "Of {n} customer in all segments, {share} stayed ({column}).",
        "Of {n} customers in all segments, {share} stayed ({column}).",
    ),
}
# The rate where no one group was counted: each part counts by its customers today.
MEAN_RATES = {
    "bought": "Of similar customers, {share} bought within {days} (weighted mean of groups).",
    "responded": "Of customers like these, {share} responded ({column}; weighted mean of several groups).",
    "stayed": "Of customers like these, {share} stayed ({column}; weighted mean of several groups).",
}
WORKED = {
    "bought": "Success after {days}: at least {points} more of those contacted buy than of those left out (for example {better} against {base}).",
    "responded": "Success: at least {points} more of those contacted respond than of those left out (for example {better} against {base}).",
    "stayed": "Success: at least {points} more of those contacted stay than of those left out (for example {better} against {base}).",
}
SUCCESS = {
    "bought": "{better} buy ({base})",
    "responded": "{better} respond ({base})",
    "stayed": "{better} stay ({base})",
}


def action_test(action: Action, *, currency: str = "", files: bool = True) -> str:
    """Whom to leave out, what to compare and which rise that can show; "" where there is nothing to test.

    Args:
        action: Of a segment.
        currency: Of its money.
        files: Whether whoever reads it has the run's files, so that the column of the control group is named.

    >>> action_test(seg.outcome.actions[0])
    '23 customers are too few for a test: contact all of them.'
    """
    control = action.control
    if control is None:
        return _untested(action)
    leave_out = _leave_out(action, control, files=files)
    if control.base_rate is None:
        return f"{leave_out} {_unknown_rate(control, files=files)}"
    if control.counts != "bought":
        return f"{leave_out} {_table_baseline(control)} {_table_detectable(control)}"
    said = (leave_out, _baseline_sentence(action), _detectable(action, currency), _in_a_quarter(action, currency))
    return " ".join(filter(None, said))


def quarter_words(action: Action) -> str:
    """The smallest rise that the same control group shows in 3 months: "spend 14% more"; "" where it shows none."""
    return _success_words(action.quarter, quarter_success(action))


def success_words(action: Action) -> str:
    """When an action has worked, in a few words: "96% buy (89%)", those left out in parentheses; "" where nothing shows it."""
    return _success_words(action.control, smallest_success(action))


def _success_words(control: ControlGroup | None, success: Success | None) -> str:
    if control is None or success is None:
        return ""
    if success.spend:
        return translate("spend {share} more", share=format_percent(success.rise))
    _, _, base, better = _rounded_points(control.base_rate or 0.0, control.detectable_lift or 0.0)
    return translate(SUCCESS[control.counts], better=better, base=base)


def unmeasured_words(action: Action) -> str:
    """Why nothing shows whether an action has worked; "" where nothing is sent."""
    if action.control is None:
        return "" if action.kind in SENDS_NOTHING else translate("Not measurable")
    return translate("Rate not known") if action.control.base_rate is None else translate("Too few for one month")


def _untested(action: Action) -> str:
    if action.kind == "no special campaign":
        return ""
    if action.kind == "sunset":
        return translate("No control group: no extra mailing goes to them.")
    if action.customers == 1:
        return translate("One customer is too few for a test: contact them.")
    n = format_count(action.customers)
    if action.customers < FEWEST_TESTED:
        return translate("{n} customers are too few for a test: contact all of them.", n=n)
    return translate("A test with these {n} customers could show no rise: contact all of them.", n=n)


def _leave_out(action: Action, control: ControlGroup, *, files: bool) -> str:
    """Who is marked already, and what to do with them."""
    if control.pool:
        counts = {
            "all": format_count(control.pool),
            "n": format_count(control.pool_control),
            "own": format_count(control.customers),
            "rest": format_count(control.pool - control.pool_control),
        }
        if files:
            return translate(
                "Tested together with the other segments: leave out {n} of {all} customers ({own} here; control = true). Send to {rest}.",
                **counts,
            )
        return translate(
            "Tested together with the other segments: leave out {n} of {all} customers ({own} here). Send to {rest}.",
            **counts,
        )
    counts = {"n": format_count(control.customers), "rest": format_count(action.contacted)}
    if files:
        return translate(
            "Leave out {n} (control = true in customers.csv). Send to {rest}.",
            **counts,
        )
    return translate("Leave out {n} (the control group). Send to {rest}.", **counts)


def _unknown_rate(control: ControlGroup, *, files: bool) -> str:
    """Which figure is missing, and how many customers a test needs at usual rates."""
    unknown = translate(
        "How many respond without the action is not known, so the smallest rise that a test can show is not known either."
    )
    if not control.needed:
        return unknown
    enter = (
        translate("Enter your usual response rate: --set response_rate=0.05, or --set response=COLUMN.")
        if files
        else translate("Enter your usual response rate under Settings when you make a segmentation.")
    )
    needs = translate("To show a rise of two percentage points, a test needs {sizes}.", sizes=_sizes(control.needed))
    return f"{unknown} {enter} {needs}"


def _sizes(needed: tuple[tuple[float, int], ...]) -> str:
    said = [
        translate("{n} customers where {rate} respond", n=format_count(n), rate=format_percent(100 * rate))
        for rate, n in needed
    ]
    return ", ".join(said)


def _table_baseline(control: ControlGroup) -> str:
    """What a customer table, or the user, says of such customers."""
    rate = format_share(control.base_rate or 0.0)
    if not control.column:
        return translate("Your usual response rate is {share}.", share=rate)
    return _rate_sentence(control, share=rate, column=control.column)


def _rate_sentence(control: ControlGroup, *, share: str, **values: object) -> str:
    """The rate beside the customers it was counted on; where it is a mean of several groups' rates, that it is one."""
    buyers, customers = control.base_buyers, control.base_customers
    if buyers is None or not customers or format_share(buyers / customers) != share:
        return translate(MEAN_RATES[control.counts], share=share, **values)
    whom = RATES[control.counts, control.base_in_segment and not control.pool]
    return translate_count(customers, *whom, share=share, **values)


def _table_detectable(control: ControlGroup) -> str:
    if control.detectable_lift is None or not shown_measure(
        control.base_rate, control.detectable_lift, None, counts=control.counts
    ):
        return translate("This group is too small to tell a rise from chance.") + f" {_repeat()}"
    _, points, base, better = _rounded_points(control.base_rate or 0.0, control.detectable_lift)
    worked = WORKED[control.counts]
    return _with_repeat(translate(worked, points=points, better=better, base=base), control.detectable_lift)


def _baseline_sentence(action: Action) -> str:
    """What such customers did lately: of those in the same segment and stage a window earlier."""
    control = action.control
    if control is None or control.base_rate is None:
        return ""
    said = _rate_sentence(control, share=format_share(control.base_rate), days=count_days(control.window_days))
    if action.expected_buyers is None or control.pool:
        return said
    low, high = map(format_count, action.expected_buyers)
    n = format_count(action.customers)
    if low == high:
        return f"{said} {translate('Without the action, expect {low} of the {n} to buy now.', low=low, n=n)}"
    return f"{said} {translate('Without the action, expect {low} to {high} of the {n} to buy now.', low=low, high=high, n=n)}"


def _detectable(action: Action, currency: str) -> str:
    """Which rise the test can show: of the share who buy, else of what they spend."""
    control = action.control
    if control is None or control.base_rate is None:
        return ""
    days = count_days(control.window_days)
    success = smallest_success(action)
    if success is None:
        return " ".join(
            filter(
                None,
                (
                    translate("{days} are too short to tell a rise from chance in this group.", days=days),
                    "" if action.quarter else _repeat(),
                ),
            )
        )
    if success.spend:
        said = translate(
            "Without it, they spend about {money} each in {days}. Success: those contacted spend at least {share} more than those left out.",
            days=days,
            money=format_amount(control.base_spend or 0.0, currency),
            share=format_percent(success.rise),
        )
    else:
        _, points, base, better = _rounded_points(control.base_rate, control.detectable_lift or 0.0)
        said = translate(WORKED["bought"], days=days, points=points, better=better, base=base)
    if success.each is not None:
        money = format_amount(success.each * success.rise, currency)
        brings = translate(
            "That adds about {money} from the {n} contacted.", money=money, n=format_count(action.contacted)
        )
        said = f"{said} {brings}"
    return _with_repeat(said, success.rise / 100, repeat=action.quarter is None)


def _rounded_points(base: float, lift: float) -> tuple[float, str, str, str]:
    """The rise in points, rounded up so that it can be shown, also in words; the base rate; and both together.

    >>> _rounded_points(0.889, 0.0662)
    (7.0, '7 percentage points', '89%', '96%')
    """
    points, decimals = lift_in_points(lift)
    rate = round(100 * base, decimals)
    better = min(rate + points, 100.0)
    said = translate(
        "{n} percentage point" if points == 1 else "{n} percentage points", n=format_number(points, decimals)
    )
    return points, said, format_percent(rate, decimals), format_percent(better, decimals)


def _with_repeat(said: str, rise: float, *, repeat: bool = True) -> str:
    if rise <= A_LOT:
        return said
    return " ".join(
        filter(None, (said, translate("One mailing seldom brings such a rise."), _repeat() if repeat else ""))
    )


def _repeat() -> str:
    """What to do where one mailing can hardly show anything: the control group is nearly the same month after month."""
    return translate(
        "Repeat it for three months, leave out the control group each time, and compare the three months together."
    )


def _in_a_quarter(action: Action, currency: str) -> str:
    """What the same test shows in 91 days, where the log says what such customers do in them."""
    longer, success = action.quarter, quarter_success(action)
    if longer is None or success is None:
        return ""
    if success.spend:
        return translate(
            "In 3 months ({money} each without the action) a rise of {share} or more can be detected.",
            money=format_amount(longer.base_spend or 0.0, currency),
            share=format_percent(success.rise),
        )
    _, points, base, _ = _rounded_points(longer.base_rate or 0.0, longer.detectable_lift or 0.0)
    return translate(
        "In 3 months ({base} buy without the action) a rise of {points} or more can be detected.",
        base=base,
        points=points,
    )
