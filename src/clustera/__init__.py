"""Clustera: customer segments that can be trusted, explained and acted on."""

from __future__ import annotations

__version__ = "0.1.0"
