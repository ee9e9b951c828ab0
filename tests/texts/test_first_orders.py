"""A month with unusually few or many first orders is told; as counted again with pandas."""

from __future__ import annotations

from statistics import median
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from clustera.days import day_number
from clustera.features import unusual_newcomers
from clustera.records import Cohort
from clustera.texts import first_orders_sentence


@pytest.mark.parametrize("seed", range(30))
def test_a_month_is_told_where_it_has_half_or_twice_the_usual_first_orders(seed):
    rng = np.random.default_rng(seed)
    months = pd.period_range("2024-11", periods=int(rng.integers(1, 24)), freq="M")
    sizes = pd.Series(rng.poisson(rng.choice([3, 30, 80]) * rng.choice([1, 1, 0.3, 3], len(months))), index=months)
    whole = bool(rng.integers(2))
    last = months[-1]
    as_of = day_number((last.end_time if whole else last.start_time).date())
    cohorts = tuple(Cohort(str(month), int(n), (int(n),), (0.0,)) for month, n in sizes.items() if n)
    told = first_orders_sentence(SimpleNamespace(newcomers=unusual_newcomers(cohorts, as_of=as_of)))
    known = sizes if whole else sizes[:-1]
    begins = sizes[sizes > 0].index.min() if (sizes > 0).any() else None
    if begins is None or len(known) < 7 or (known.index[-1] - begins).n < 12:
        assert told == ""
        return
    now, usual = known.iloc[-1], median(known.iloc[-7:-1])
    odd = max(now, usual) >= 20 and (now <= usual / 2 or now >= 2 * usual)
    assert bool(told) == odd
    if odd:
        assert told.startswith(f"{now} customer")
        assert f"; {round(usual)} in a usual month" in told
        others = known.iloc[-2:-8:-1]
        others = others[(others <= usual / 2) | (others >= 2 * usual)]
        named = ", ".join(f"{n} in {month:%b %Y}" for month, n in others.items())
        assert (f" ({named});" in told) if named else ("(" not in told)
        assert told.endswith("Check that the export is complete, then advertising.") == (now < usual)
