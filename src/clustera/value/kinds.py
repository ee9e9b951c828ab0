"""What the functions of lifetime value take: tables of orders, a series, and numbers of each customer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustera.arguments import ArgumentKind, instance_of
from clustera.value.purchase_model import PurchaseModel

SERIES = instance_of(pd.Series, title="a pandas series, the segment by customer id")
MODEL = instance_of(
    PurchaseModel,
    title="a purchase model",
    cure="Fit one: clustera.value.MBGNBD().fit(histories), or take assess(...).",
)


def _are_numbers(value: object) -> bool:
    try:
        found = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return False
    return found.ndim == 1


NUMBERS = ArgumentKind("a list of numbers", _are_numbers)
