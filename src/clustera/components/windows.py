"""Over how many days spend and purchase days are counted, and why so many."""

from __future__ import annotations

from clustera import texts
from clustera.days import YEAR
from clustera.records import Behavior

CENTURY = 36_525  # a window that is never shorter than the log


def looked_back(behavior: Behavior, window: int) -> str:
    """How many days the features look back, how many "overdue", stages and actions do, and the reason of either.

    Args:
        behavior: The orders, with their first day and the snapshot date.
        window: Days that the features look back; 0 where the run does not know (an older version), which says nothing.
    """
    covered = behavior.as_of - behavior.first_day + 1
    late = f"What customers spent before they were overdue, and what the customers of an action spent, is of the last {YEAR} days"
    late += (
        ": 52 whole weeks, so that every weekday counts alike."
        if covered >= YEAR
        else f", and so of the whole log ({texts.format_count(covered)} days)."
    )
    return " ".join(filter(None, (_feature_windows(window, covered), late)))


def _feature_windows(window: int, covered: int) -> str:
    if not window:
        return ""
    if window >= CENTURY or window == covered:
        return "Spend and purchase days of the segments are of the whole log."
    said = f"Spend and purchase days of the segments are of the last {texts.format_count(window)} days"
    if window == YEAR:
        return f"{said}, so that every season counts once."
    if 0 < covered - window <= YEAR // 4 + 1:
        spared = texts.format_count(covered - window)
        return f"{said}: the log's {texts.format_count(covered)} days less {spared}, so that the same segments can be looked at on earlier days."
    return f"{said}, as when these segments were defined: so that customers of all months are compared alike."
