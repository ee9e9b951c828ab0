"""What the functions of lifetime value take: tables of orders, a series, and numbers of each customer."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from clustera.arguments import ArgumentKind, instance_of
from clustera.value.purchase_model import PurchaseModel
from clustera.value.rows import NO_NUMBERS, array_kind

SERIES = instance_of(pd.Series, title="a pandas series, the segment by customer id")
MODEL = instance_of(
    PurchaseModel,
    title="a purchase model",
    cure="Fit one: clustera.value.MBGNBD().fit(histories), or take assess(...).",
)


def _are_numbers(value: ArrayLike) -> bool:
    try:
        # Durations and the like are refused by name, where they are read.
        return array_kind(value) in NO_NUMBERS or np.asarray(value, dtype=np.float64).ndim == 1
    except (TypeError, ValueError, OverflowError):
        return False


NUMBERS = ArgumentKind("a list of numbers", _are_numbers)
