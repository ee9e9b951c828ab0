"""Whether a column's cells look like those of an id: codes, numbers that count up, numbers that hardly repeat."""

from __future__ import annotations

import re

from clustera.check.identifiers import may_name_an_id
from clustera.check.kinds import Reading
from clustera.check.look import Look

_CODE_SHAPE = re.compile(r"^[A-Za-z]{0,6}[-_ /#.]?9[9A-Za-z-]*$|^[9a-fA-F]{8}-")


def is_numbered(reading: Reading) -> bool:
    """Whole numbers under a name that may be an id's, though it does not say of whom: "cc_num", "reference"."""
    found = reading.look
    whole = reading.kind == "number" and found.whole == found.numbers >= max(3, found.filled - _below(found))
    return whole and reading.measures in {"", "code", "count"} and may_name_an_id(reading.name)


def is_sequence(found: Look) -> bool:
    """Whole numbers that count up by one, in whatever order; below them may stand the word of a line of sums."""
    return (
        found.low is not None
        and found.high is not None
        and found.filled == found.rows
        and found.whole == found.numbers >= max(3, found.filled - _below(found))
        and found.high - found.low + 1 == found.numbers
    )


def _below(found: Look) -> int:
    """How many cells may hold no number where the others are ids: lines of sums and notes below a table."""
    return min(3, found.rows // 10)


def is_long_code(found: Look) -> bool:
    """Whole numbers of the same seven or more figures, of which hardly one stands twice: account or card numbers."""
    if found.low is None or found.high is None or found.whole != found.numbers or found.low < 1e6:
        return False
    same_length = len(f"{found.low:.0f}") == len(f"{found.high:.0f}")
    return same_length and found.numbers >= 20 and found.distinct >= 0.97 * found.numbers


def is_code(reading: Reading) -> bool:
    """Text made like "C-00417": few shapes, each with figures and without blanks inside."""
    shapes = reading.look.shapes
    coded = sum(count for shape, count in shapes.items() if _CODE_SHAPE.match(shape))
    return reading.kind in {"text", "category"} and coded >= 0.95 * reading.look.filled > 0
