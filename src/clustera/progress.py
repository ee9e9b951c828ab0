"""How far a piece of work is, told to whoever waits."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float], None]  # what is being done, share of the whole that is done


def progress_within(say: Progress, step: str, low: float, high: float) -> Progress:
    """What tells a step's own share, 0 to 1, as the share `low` to `high` of the whole.

    >>> progress_within(print, "Reading", 0.0, 0.5)("reading customers.csv", 0.5)
    Reading 0.25
    """
    return lambda _, share: say(step, low + (high - low) * share)


def first_part(say: Progress, high: float) -> Progress:
    """What tells the steps of a first part, whose share is 0 to 1, as the share 0 to `high` of the whole.

    >>> first_part(print, 0.5)("Reading", 0.5)
    Reading 0.25
    """
    return lambda step, share: say(step, high * share)
