"""Shares and amounts of a campaign, as people write them: what no campaign can have is refused."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

from clustera.arguments import NUMBER, shown_value
from clustera.errors import InputError, closest
from clustera.segmentation.options import Options
from clustera.shares import read_share


def control_share(text: float | str, name: str = "control") -> float:
    """The share of a control group as people write it.

    Args:
        text: 0.2, "20%" or "0.2".
        name: Of the argument.

    >>> control_share("10%"), control_share(0.2)
    (0.1, 0.2)

    Raises:
        InputError: it is none, or everybody or nobody would be left out.
    """
    written = str(text).strip()
    share = read_share(written)
    example = "--control 10%" if name == "control" else f"{name}=0.1"
    if share is None:
        raise InputError(f"{written!r} is not a share.", hint=f"For example: {example}")
    if not 0 < share < 1:
        raise InputError(
            f"The control group is {written} of the customers; it must be more than none and less than all.",
            hint=f"10% is usual: {example}",
        )
    return share


def refuse_misspelled(function: Callable[..., Any], options: Mapping[str, Any]) -> None:
    """Refuse an option whose name is nearly that of an argument of the function.

    Args:
        function: What was called with the options.
        options: What it took as options on reading.

    Raises:
        InputError: an option is none, and an argument has nearly its name.
    """
    names = [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "self" and parameter.kind is not parameter.VAR_KEYWORD
    ]
    for option in options:
        known = Options.__annotations__
        if option not in known and (meant := closest(option, [*names, *known])) in names:
            raise InputError(f"There is no argument {option!r}.", hint=f"Did you mean {meant!r}?")


def check_amounts(*, margin: float | None = None, contact_cost: float = 0.0, discounts: float = 0.0) -> None:
    """Refuse a margin and costs that no campaign can have.

    Args:
        margin: Share of sales that is profit.
        contact_cost: Per customer contacted.
        discounts: Cost of all discounts.

    Raises:
        InputError: one is out of range.

    >>> check_amounts(margin=0.4, contact_cost=0.1)
    >>> check_amounts(margin=40)
    Traceback (most recent call last):
    clustera.errors.InputError: The margin is 40; it is the share of sales that is profit, such as 0.3.
    """
    for name, value in (("margin", margin), ("contact_cost", contact_cost), ("discounts", discounts)):
        if value is not None and not NUMBER.fits(value):
            raise InputError(f"{name} must be a number, not {shown_value(value)}.")
    if margin is not None and not 0 < margin <= 1:
        raise InputError(f"The margin is {margin:g}; it is the share of sales that is profit, such as 0.3.")
    if not 0 <= contact_cost < math.inf:
        raise InputError(f"A contact costs {contact_cost:g}; it must be 0 or more.")
    if not 0 <= discounts < math.inf:
        raise InputError(f"The discounts cost {discounts:g}; it must be 0 or more.")
