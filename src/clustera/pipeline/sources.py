"""What customers are drawn from: tables (`Sources`), or a log that was read and its day (`Log`)."""

from __future__ import annotations

from dataclasses import dataclass

from clustera.features import WHOLE_HISTORY
from clustera.records import Orders


@dataclass(frozen=True, slots=True)
class Sources:
    """What customers are read from: a table, a log of orders, or both. Paths, or any tables that speak Arrow."""

    customers: object = None
    orders: object = None
    products: object = None


@dataclass(frozen=True, slots=True)
class Log:
    """A log of orders, read, and the day it is judged on."""

    orders: Orders
    as_of: int  # since 1970-01-01
    selection: tuple[str, ...] | None  # behavior features asked for
    others: tuple[str, ...] = ()  # features that the customer table brings
    window: int = WHOLE_HISTORY  # days that sums and counts look back
