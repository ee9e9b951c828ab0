"""What the caller says about the columns and rows of a table."""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from clustera.errors import closest

# What is mended without being asked, by the finding that says so; and what `keep` does instead.
FIXES = {
    "brackets": "brackets stay words and describe segments",
    "category-spelling": "each spelling stays a category of its own",
    "code-or-quantity": "numbers from 0 on that are called like codes may form segments",
    "double-encoding": "text that was encoded twice stays as it is",
    "footer": "lines such as Total are customers",
    "impossible-values": "values out of their bounds are used",
    "leaked-label": "results of earlier analyses may form segments",
    "missing-values": "no value is filled; rows that lack one are left out",
    "near-duplicate": "columns that say the same all count",
    "noise-feature": "features that do not tell clear groups apart form segments too",
    "sentinel": "999, -1 and the like are numbers",
}


class CheckOptions(BaseModel):
    """Roles and rules that the caller sets; everything left out is decided from the table, with a reason.

    >>> CheckOptions(features=("spend",)).features
    ('spend',)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None = Field(default=None, description="Column that tells customers apart.")
    features: tuple[str, ...] = Field(default=(), description="Columns that form the segments; all others don't.")
    descriptors: tuple[str, ...] = Field(default=(), description="Columns that describe segments without forming them.")
    exclude: tuple[str, ...] = Field(default=(), description="Columns to leave out altogether.")
    dates: Literal["dmy", "mdy"] | None = Field(
        default=None, description="Order of day and month if the file does not show it: dmy or mdy."
    )
    decimal: Literal[".", ","] | None = Field(
        default=None, description="Decimal mark if the file does not show it, as in '1,234'."
    )
    as_of: datetime.date | None = Field(
        default=None, description="Day on which ages are counted from birth dates. Default: the table's last date."
    )
    keep: tuple[str, ...] = Field(
        default=(),
        description=f"Findings whose automatic fix is switched off: {'; '.join(f'{code} ({what})' for code, what in FIXES.items())}.",
    )

    @field_validator("keep")
    @classmethod
    def _only_fixes(cls, keep: tuple[str, ...]) -> tuple[str, ...]:
        for code in keep:
            if code not in FIXES:
                near = closest(code, FIXES)
                meant = f" (did you mean {near}?)" if near else ""
                raise ValueError(
                    f"{code} is no automatic fix{meant}; those that can be switched off: {', '.join(FIXES)}"
                )
        return keep
