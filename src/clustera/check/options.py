"""What the caller says about the columns and rows of a table."""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class CheckOptions(BaseModel):
    """Roles and rules that the caller sets; everything left out is decided from the table, with a reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None = Field(default=None, description="Column that tells customers apart.")
    features: tuple[str, ...] = Field(default=(), description="Columns that form the segments; all others don't.")
    descriptors: tuple[str, ...] = Field(default=(), description="Columns that describe segments without forming them.")
    exclude: tuple[str, ...] = Field(default=(), description="Columns to leave out altogether.")
    dates: Literal["dmy", "mdy"] | None = Field(
        default=None, description="Order of day and month where the file leaves it open: dmy or mdy."
    )
    decimal: Literal[".", ","] | None = Field(
        default=None, description="Decimal mark where the file leaves it open, as in '1,234'."
    )
    as_of: datetime.date | None = Field(
        default=None, description="Day on which ages are counted from birth dates; the table's last date when left out."
    )
    sentinels: bool = Field(default=True, description="Read 999, -1 and the like as missing where they stand apart.")
