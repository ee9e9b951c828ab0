"""What the caller says about how values become coordinates."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class PrepareOptions(BaseModel):
    """How values become coordinates.

    >>> PrepareOptions().unskew, PrepareOptions(weights={"spend": 2.0}).weights
    (True, {'spend': 2.0})
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    unskew: bool = Field(default=True, description="Straighten strongly skewed features (Yeo-Johnson).")
    outliers: bool = Field(
        default=True, description="Set isolated customers aside while segments are drawn; they are assigned afterwards."
    )
    weights: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="How much a feature counts, by column name; 1 where not named."
    )
