"""Headings that stand in more than one place, so that one thing has one name."""

from __future__ import annotations

from clustera.records import Outcome
from clustera.texts.dates import format_months, format_whole_month
from clustera.texts.numbers import format_amount
from clustera.texts.translation import translate


def expected_title(months: int, margin: float = 1.0, currency: str = "") -> str:
    """What customers are expected to bring within the horizon: sales, or margin where a share of the sales counts.

    >>> expected_title(12, currency="USD"), expected_title(6, 0.3), expected_title(1)
    ('Expected sales, 12 months (USD)', 'Expected margin, 6 months', 'Expected sales, 1 month')
    """
    if margin == 1:
        title = translate("Expected sales, {span}", span=format_months(months))
    else:
        title = translate("Expected margin, {span}", span=format_months(months))
    return f"{title} ({currency})" if currency else title


def likely_range(expected: float, low: float, high: float) -> str:
    """The 80 % range of an amount to come, in words; where the expected amount lies outside, only what is true of it.

    A few customers who buy a lot can raise the expected amount above what nine of ten bring.

    Args:
        expected: The mean of what may come.
        low: Nine of ten bring more.
        high: Nine of ten bring less.

    >>> likely_range(100, 80, 130), likely_range(13.41, 0, 0), likely_range(140, 0, 130)
    ('80.00 to 130', 'most likely nothing: at most 1 in 10 buys', 'at most 130 in 9 of 10 cases')
    """
    if low <= expected <= high:
        return translate("{low} to {high}", low=format_amount(low), high=format_amount(high))
    if high <= 0:
        return translate("most likely nothing: at most 1 in 10 buys")
    if expected > high:
        return translate("at most {high} in 9 of 10 cases", high=format_amount(high))
    return translate("at least {low} in 9 of 10 cases", low=format_amount(low))


def describing_title(title: str) -> str:
    """The title of a number that was left out of the segmentation, where it stands among the features.

    >>> describing_title("Height")
    'Height (describes only)'
    """
    return translate("{title} (describes only)", title=title)


def report_title(outcome: Outcome, title: str = "") -> str:
    """The title of a report: as asked for, else what it is and the month of the snapshot date; the company before it.

    >>> report_title(seg.outcome), report_title(seg.outcome, "Spring report")
    ('Customer segments, March 2025', 'Spring report')
    """
    said = title or outcome.title
    if not said and outcome.behavior:
        said = translate("Customer segments, {month}", month=format_whole_month(outcome.behavior.as_of))
    said = said or translate("Customer segments")
    return translate("{company}: {title}", company=outcome.company, title=said) if outcome.company else said
