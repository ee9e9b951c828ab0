"""What could tell who a person is must not stand in a report: e-mail addresses, phone numbers, cells of personal columns."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, overload

from clustera.check.findings import shortened_example
from clustera.errors import with_own_names
from clustera.records import RESERVED, Column, Finding, Reason

# No longer than an address may be (RFC 5321), so that a giant cell is looked through in time that grows with its length.
_EMAIL = re.compile(r"[^\s@,;:<>\"'(){}\[\]]{1,64}@[^\s@,;:<>\"'(){}\[\]]{1,255}\.[a-z]{2,}", re.IGNORECASE)
# An international number, or one whose area code begins with 0; never a date, be it 0000-00-00, or an amount.
_PHONE = re.compile(
    r"(?<![\w.,])(?:\+|00)(?!00-00)\d[\d ()/.-]{6,}\d(?!\w)|(?<![\w.,])\(?0(?!000-00)\d{2,4}\)?[ /-]{1,3}\d[\d -]{3,}\d(?!\w)"
)


def mask_personal(text: str) -> str:
    """A text in which e-mail addresses and phone numbers are hidden.

    >>> mask_personal("ring ann.example@shop.example or +49 170 1234567"), mask_personal("2024-01-05 costs 1,234,567.89")
    ('ring (e-mail) or (phone)', '2024-01-05 costs 1,234,567.89')
    """
    return _PHONE.sub("(phone)", _EMAIL.sub("(e-mail)", text))


def mask_finding(finding: Finding) -> Finding:
    """Findings are shown to people who need no addresses; the quarantine keeps the rows as they stood."""
    shown = tuple((row, mask_personal(text)) for row, text in finding.examples)
    return replace(finding, values=_with_each_text(finding.values, mask_personal), examples=shown)


@overload
def with_told_names(said: Finding, names: Mapping[str, str]) -> Finding: ...
@overload
def with_told_names(said: Reason, names: Mapping[str, str]) -> Reason: ...
def with_told_names(said: Finding | Reason, names: Mapping[str, str]) -> Finding | Reason:
    """A finding, or a reason, that calls columns as their own table does.

    Args:
        said: What is to be told.
        names: Column -> what people are told it is called.
    """
    if not names or (isinstance(said, Finding) and said.code == "renamed-columns"):  # it tells both names
        return said
    told = partial(_with_each_text, change=partial(with_own_names, names=names))
    if isinstance(said, Reason):
        return replace(said, values=told(said.values))
    return replace(said, column=told(said.column), values=told(said.values), examples=told(said.examples))


def _with_each_text(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - whatever a finding holds
    """What a finding holds, with each text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_with_each_text(item, change) for item in value)
    return {key: _with_each_text(item, change) for key, item in value.items()} if isinstance(value, Mapping) else value


def masked_row(text: str, columns: Iterable[Column]) -> str:
    """A row of the quarantine for a report: what it says about the customer, but for what tells who it is.

    Args:
        text: The row as it stood, as JSON.
        columns: Of the table; cells of personal ones are left out.
    """
    hidden = {column.name for column in columns if column.role == "personal"}
    try:
        cells = json.loads(text)
    except ValueError:
        return shortened_example(mask_personal(text))
    # Cells beyond the last column have no name, so nobody knows what they hold.
    shown = {name: cell for name, cell in cells.items() if name not in RESERVED and name not in hidden}
    return shortened_example(
        mask_personal(", ".join(f"{name} {cell}" for name, cell in shown.items() if cell not in (None, "")))
    )
