"""Where one page of customers ends and the next one begins, as a text that an address can hold."""

from __future__ import annotations

import base64
import json
from typing import Any

from clustera.engines import literal
from clustera.errors import InputError


def place_test(key: str, after: str, *, descending: bool) -> str:
    """The SQL test of who comes after the end of a page.

    Args:
        key: What the customers are sorted by, in SQL.
        after: Where the page ended, as `write_place` says it.
        descending: The largest first.

    Raises:
        InputError: `after` is none of ours.
    """
    value, customer = _place_after(after)
    later = f"c.id > {quote_text(customer)}"
    if value is None:
        return f"({key} is null and {later})"
    written = (
        quote_text(value)
        if isinstance(value, str)
        else f"'{value!r}'::double"
        if isinstance(value, float)
        else str(value)
    )
    sign = "<" if descending else ">"
    return f"({key} is null or {key} {sign} {written} or ({key} = {written} and {later}))"


def write_place(value: object, customer: str) -> str:
    """Where a page ends: the value that it is sorted by, and the id of its last customer."""
    plain = value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
    return base64.urlsafe_b64encode(json.dumps([plain, customer]).encode()).decode().rstrip("=")


def _place_after(after: str) -> tuple[Any, str]:
    try:
        value, customer = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except (ValueError, TypeError):
        value, customer = None, None
    if not isinstance(customer, str) or not (value is None or isinstance(value, (bool, int, float, str))):
        raise InputError("The place where the page should begin is damaged.", hint="Begin at the first page.")
    return value, customer


def quote_text(text: str) -> str:
    """A text from outside as SQL.

    Raises:
        InputError: it holds a character that no text has.
    """
    if "\0" in text:
        raise InputError("A text to look for has a character that is not text.", hint="Type it again.")
    return literal(text)
