"""What a record may hold beside its code: numbers and names, and no sentence."""

from __future__ import annotations

MOST_WORDS = 6  # of a value; more would be a sentence


def sentences(finding):
    """Values of a finding that have more words than a name has."""
    for value in finding.values.values():
        items = value if isinstance(value, tuple) else (value,)
        for item in items:
            cells = item.values() if isinstance(item, dict) else (item,)
            yield from (cell for cell in cells if isinstance(cell, str) and len(cell.split()) > MOST_WORDS)
