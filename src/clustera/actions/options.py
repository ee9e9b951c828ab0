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
