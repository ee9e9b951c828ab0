"""What the caller says about names and sentences."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ProfileOptions(BaseModel):
    """How segments are told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Path | None = Field(
        default=None,
        description="Language file (TOML) for names, sentences, actions and the report; what it leaves out is told in "
        "English. `clustera language` prints the English one to start from.",
    )
