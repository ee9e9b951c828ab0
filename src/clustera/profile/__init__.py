"""What each segment is: sizes, centres, names, sentences, suggested actions."""

from __future__ import annotations

from clustera.profile.patterns import patterns
from clustera.profile.segments import describe

__all__ = ["describe", "patterns"]
