"""How the value of customers is counted."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ValueOptions(BaseModel):
    """Horizon, margin and discount of lifetime value; only where segments are drawn from orders."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: bool = Field(default=True, description="Forecast what customers are worth, where the orders allow it.")
    margin: float = Field(
        default=1.0, gt=0, le=1, description="Share of the spend that is earned; 1 counts spend itself."
    )
    monthly_discount: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Discount a month of later money: 0.01 for 1 %; 0 counts expected sales as they are.",
    )
    horizon_months: int = Field(default=12, ge=1, le=120, description="How many months ahead value is counted.")
