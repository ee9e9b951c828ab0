"""From a log of orders to what customers do: typed lines, features in SQL, RFM, trends, usefulness."""

from __future__ import annotations

from clustera.features.behaviour import available, behaviour, catalogue, columns, default_weights, query, select
from clustera.features.options import OrderOptions
from clustera.features.orders import read_orders

__all__ = [
    "OrderOptions",
    "available",
    "behaviour",
    "catalogue",
    "columns",
    "default_weights",
    "query",
    "read_orders",
    "select",
]
