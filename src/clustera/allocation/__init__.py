"""Offers under a budget: who gets which offer, or none, so that the expected incremental profit is largest."""

from clustera.allocation.offers_file import read_offers
from clustera.allocation.problem import OfferProblem
from clustera.allocation.rounding import Allocation, allocate

__all__ = ["Allocation", "OfferProblem", "allocate", "read_offers"]
