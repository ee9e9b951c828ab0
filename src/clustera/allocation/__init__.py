"""Offers under a budget: who gets which offer, or none, so that the expected incremental profit is largest."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from clustera.allocation.offers_file import read_offers
from clustera.allocation.problem import OfferProblem

if TYPE_CHECKING:
    from clustera.allocation.rounding import Allocation, allocate

__all__ = ["Allocation", "OfferProblem", "allocate", "read_offers"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever lives under that name
    # Loaded when used: SciPy takes a second that a run without offers must not.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.rounding"), name)
