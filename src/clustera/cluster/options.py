"""What the caller says about the number of segments."""

from __future__ import annotations

import re
from numbers import Integral, Real
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from clustera.arguments import NUMBER, shown_value
from clustera.shares import read_share


class ClusterOptions(BaseModel):
    """How many segments may be drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    k: tuple[int, int] | None = Field(
        default=None,
        description='Number of segments: "5", or "3..8" for the best of these. Default: chosen from the data.',
    )
    min_size: float = Field(
        default=0.0, description='Smallest share of customers a segment may have: "2%" or 0.02.', ge=0, lt=0.5
    )
    k_max: int | None = Field(
        default=None,
        description="Largest number of segments that is looked at, up to 100. Default: 20, and further while there are "
        "gaps between all segments at the largest numbers.",
        ge=2,
        le=100,
    )
    choose_by: Literal["auto", "evidence", "future-spend"] = Field(
        default="auto",
        description="What chooses the number of segments: evidence (that they are there), future-spend (only with orders: "
        "the fewest that predict the spending of the following quarter as well as any number), or auto: clear groups "
        "where there are any, else future-spend where the orders reach back far enough, else evidence.",
    )

    redraw: bool = Field(
        default=False,
        description="With like: draw new segments from these customers, and keep names and identities where most "
        "customers of a segment are still together. When false, the earlier definitions are kept and customers move.",
    )

    @field_validator("k", mode="before")
    @classmethod
    def _read_k(cls, value: object) -> object:
        if value is None:
            return value
        if isinstance(value, Integral) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, range) and value and value.step == 1:
            value = value[0], value[-1]
        if isinstance(value, tuple | list) and len(value) == 2 and all(isinstance(n, Integral) for n in value):
            value = f"{value[0]}..{value[1]}"
        if not isinstance(value, str):
            raise ValueError(f'{shown_value(value)} is no number of segments; say 5, (3, 8) or "3..8"')
        found = re.fullmatch(r"\s*(\d+)\s*(?:(?:\.\.|-)\s*(\d+)\s*)?", value)
        if not found:
            raise ValueError(f'{value!r} is no number of segments; say 5 or "3..8"')
        low, high = int(found[1]), int(found[2] or found[1])
        if not 2 <= low <= high:
            raise ValueError(
                f'{value!r} is no number of segments; say 2 or more, or "3..8" with the smaller number first'
            )
        return low, high

    @field_validator("min_size", mode="before")
    @classmethod
    def _read_share(cls, value: object) -> object:
        if isinstance(value, str) and value.strip().endswith("%"):
            share = read_share(value)
            value = value if share is None else share
        if isinstance(value, Real) and not (NUMBER.fits(value) and 0 <= float(value) < 0.5):
            raise ValueError('it is a share of the customers below one half; say 0.02 or "2%"')
        return value
