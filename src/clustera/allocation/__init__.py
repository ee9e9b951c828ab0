"""Offers under a budget: who gets which offer, or none, so that the expected incremental profit is largest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clustera.allocation.offers_file import offers_toml, read_offers
from clustera.allocation.problem import OfferProblem
from clustera.late import late_names

if TYPE_CHECKING:
    from clustera.allocation.rounding import Allocation, allocate

__all__ = ["Allocation", "OfferProblem", "allocate", "offers_toml", "read_offers"]

__getattr__ = late_names(__name__, dict.fromkeys(("Allocation", "allocate"), "clustera.allocation.rounding"))
