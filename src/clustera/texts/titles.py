"""Headings that stand in more than one place, so that one thing has one name."""

from __future__ import annotations

from clustera.records import Outcome
from clustera.texts.dates import format_whole_month
from clustera.texts.translation import translate


def expected_title(months: int, margin: float = 1.0, currency: str = "") -> str:
    """What customers are expected to bring within the horizon: sales, or margin where a share of the sales counts.

    >>> expected_title(12, currency="USD"), expected_title(6, 0.3)
    ('Expected sales, 12 months (USD)', 'Expected margin, 6 months')
    """
    if margin == 1:
        title = translate("Expected sales, {n} months", n=months)
    else:
        title = translate("Expected margin, {n} months", n=months)
    return f"{title} ({currency})" if currency else title


def describing_title(title: str) -> str:
    """The title of a number that was left out of the segmentation, where it stands among the features.

    >>> describing_title("Height")
    'Height (describes only)'
    """
    return translate("{title} (describes only)", title=title)


def report_title(outcome: Outcome, title: str = "") -> str:
    """The title of a report: as asked for, else what it is and the month of the snapshot date; the company before it."""
    said = title or outcome.title
    if not said and outcome.behavior:
        said = translate("Customer segments, {month}", month=format_whole_month(outcome.behavior.as_of))
    said = said or translate("Customer segments")
    return translate("{company}: {title}", company=outcome.company, title=said) if outcome.company else said
