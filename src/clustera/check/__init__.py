"""From cells to values: what every column is, what is wrong with the table, and which rows can be used."""

from __future__ import annotations

from clustera.check.checking import check, check_descriptions, check_like
from clustera.check.options import CheckOptions

__all__ = ["CheckOptions", "check", "check_descriptions", "check_like"]
