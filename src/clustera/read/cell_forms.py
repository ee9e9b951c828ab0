"""The form that all cells of a column share, such as two decimals, by which a last cell that is cut off can be told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ENOUGH = 50  # cells of one form; fewer may share it by chance
_ENOUGH_DATES = 20  # where a sign comes twice, as in dates and times
_DIGITS = re.compile(r"\A(\d*)(.*)", re.DOTALL)
_END = re.compile(r"(\D)(\d+)(\D*)\Z")


@dataclass(frozen=True, slots=True)
class CellForm:
    """How all cells of a column end: a sign that comes as often in each, then as many digits, then the same text."""

    sign: str
    times: int
    digits: int
    ending: str
    letters: frozenset[str]  # all characters but digits

    def is_cut(self, cell: str) -> bool:
        """Whether a cell is shorter than the form, and was of that form before its end was lost.

        >>> form = shared_form(["2026-05-01"] * 20)
        >>> [form.is_cut(cell) for cell in ("2026-05-1", "2026-05", "2026-05-30", "unknown", "")]
        [True, True, False, False, False]
        """
        text = cell.strip()
        if not re.search("[1-9]", text) or not set(_without_digits(text)) <= self.letters:
            return False
        times = text.count(self.sign)
        if times != self.times:
            return times < self.times
        digits, after = _DIGITS.findall(text.rpartition(self.sign)[2])[0]
        if len(digits) < self.digits:
            return not after
        return len(digits) == self.digits and after != self.ending and self.ending.startswith(after)


def shared_form(cells: Sequence[str]) -> CellForm | None:
    """The form that all cells with text share; None where they share none, or are too few to tell.

    >>> shared_form([f"{euros}.50" for euros in range(60)]).is_cut("7.5")
    True
    >>> shared_form(["7.50", "12", "9.5"] * 20) is None
    True
    """
    texts = [cell.strip() for cell in cells if cell.strip()]
    found = {_form_of(text) for text in texts}
    form = found.pop() if len(found) == 1 else None
    if form is None:
        return None
    sign, times, digits, ending = form
    if len(texts) < (_ENOUGH_DATES if times > 1 else _ENOUGH):
        return None
    return CellForm(sign, times, digits, ending, frozenset(_without_digits("".join(texts))))


def _form_of(text: str) -> tuple[str, int, int, str] | None:
    end = _END.search(text)
    if end is None or end[1] in end[3]:
        return None
    return end[1], text.count(end[1]), len(end[2]), end[3]


def _without_digits(text: str) -> str:
    return re.sub(r"\d", "", text)
