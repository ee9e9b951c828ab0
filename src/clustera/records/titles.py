"""How a column's title stands with its unit."""

from __future__ import annotations

import re


def title_with_unit(title: str, unit: str) -> str:
    """Title and unit; a unit that the title names is not said twice.

    >>> title_with_unit("Purchase days, last 8 months", "days"), title_with_unit("Spend, last 8 months", "USD")
    ('Purchase days, last 8 months', 'Spend, last 8 months (USD)')
    """
    return title if not unit or unit.lower() in re.findall(r"[^\s,()]+", title.lower()) else f"{title} ({unit})"
