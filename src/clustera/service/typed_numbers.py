"""Numbers and shares that somebody typed into a form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from clustera.errors import InputError
from clustera.shares import read_share

_THOUSANDS = re.compile(r"[1-9]\d{0,2}([,' \u00a0\u202f]\d{3})+(\.\d+)?")  # 1,500 or 12 000.50; not 0,050


def form_number(text: str, label: str, kind: Callable[[str], Any], *, field: str = "") -> Any:  # noqa: ANN401 - as `kind` makes it
    """A number that somebody typed; None where the field is empty.

    Args:
        text: As it was typed.
        label: What the form calls it.
        kind: int or float. "1,500" is 1500, "0,05" is 0.05.
        field: Its name in the form.

    Raises:
        InputError: it is none.

    >>> form_number("1,500", "Budget", float), form_number("12 000", "Contacts", int), form_number("0,05", "Cost", float)
    (1500.0, 12000, 0.05)
    """
    written = (
        re.sub(r"[,' \u00a0\u202f](?=\d{3}(\D|$))", "", text) if _THOUSANDS.fullmatch(text) else text.replace(",", ".")
    )
    try:
        return kind(written) if text else None
    except ValueError:
        raise InputError(
            f"{label}: {text[:40]!r} is not a number.", hint="Leave it empty if you do not know it.", field=field
        ) from None


def form_share(text: str, label: str, *, field: str = "") -> float | None:
    """A share that somebody typed: 30%, 30 or 0.3; None where the field is empty.

    Args:
        text: As it was typed.
        label: What it is the share of: "The margin".
        field: Its name in the form.

    Raises:
        InputError: it is none.
    """
    share = read_share(text) if text else None
    if text and share is None:
        raise InputError(f"{label} is {text[:40]!r}; it must be a share.", hint="For example 30%.", field=field)
    return share / 100 if share is not None and share > 1 and not text.endswith("%") else share
