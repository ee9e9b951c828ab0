"""What the caller says about suggested actions."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ActionOptions(BaseModel):
    """Which actions may be suggested."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    playbook: Path | None = Field(
        default=None,
        description="Playbook (TOML) with rules of your own, tried before the built-in ones; `clustera playbook` prints "
        "those to start from.",
    )
    exclude_categories: tuple[str, ...] = Field(
        default=(),
        description="Categories that no action names, nobody is offered and nothing is recommended of, such as FUEL for customers "
        "without a pump nearby.",
    )
    response: str | None = Field(
        default=None,
        description="Column of a customer table that says with yes or no (1 or 0) who responded, bought or left: the base "
        "rate of the actions. Default: recognized by its name.",
    )
    response_rate: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Your usual response rate, such as 0.05: the base rate of the actions where no column and no orders say it.",
    )
