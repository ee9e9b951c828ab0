import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clustera.value import repeat_purchases


def day(iso: str) -> int:
    return int(np.datetime64(iso, "D").astype(int))


@pytest.fixture(scope="session")
def cdnow() -> pd.DataFrame:
    """Orders of 2,357 CDNOW customers, 1997-01-01 to 1998-06-30; the file of the `lifetimes` package."""
    folder = importlib.util.find_spec("lifetimes").submodule_search_locations[0]
    file = Path(folder) / "datasets" / "CDNOW_sample.txt"
    orders = pd.read_csv(file, sep=r"\s+", header=None, names=["master", "customer_id", "date", "cds", "amount"])
    orders["day"] = pd.to_datetime(orders["date"].astype(str)).to_numpy().astype("datetime64[D]").astype(np.int64)
    return orders[["customer_id", "day", "amount"]]


@pytest.fixture(scope="session")
def cdnow_calibration(cdnow: pd.DataFrame) -> pd.DataFrame:
    """The 39 weeks that the published models were fitted to."""
    return repeat_purchases(cdnow, as_of=day("1997-09-30"))
