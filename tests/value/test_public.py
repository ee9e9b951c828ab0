import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.exceptions import NotFittedError

from clustera import value
from clustera.errors import InputError


def test_importing_the_room_loads_nothing_heavy():
    code = "import sys, clustera.value; print([m for m in ('scipy', 'sklearn', 'pandas', 'numpy') if m in sys.modules])"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    ).stdout
    assert said.strip() == "[]"


@pytest.mark.parametrize("name", value.__all__)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(value, name).__doc__


def test_an_unknown_name_is_missing_as_usual():
    assert not hasattr(value, "BTYD")


@pytest.mark.parametrize("name", ["BGNBD", "MBGNBD", "ParetoNBD", "GammaGamma"])
def test_models_are_cloned_and_printed_as_estimators_are(name):
    from sklearn.base import clone

    model = getattr(value, name)(bootstrap=5, seed=3)
    assert clone(model).get_params() == {"bootstrap": 5, "seed": 3}
    assert repr(model) == f"{name}(bootstrap=5, seed=3)"


@pytest.mark.parametrize("name", ["BGNBD", "ParetoNBD"])
def test_predicting_before_fitting_says_so(name):
    with pytest.raises(NotFittedError):
        getattr(value, name)().expected_purchases(1.0, [1], [1], [2])


@pytest.mark.parametrize("weeks", [3.0, 30.0])
@pytest.mark.parametrize("made", [pd.Series, lambda found: found.to_numpy(), pa.array, pl.Series])
def test_durations_are_refused_since_they_would_count_as_nanoseconds(weeks, made):
    model = value.BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    ages = pd.Series(pd.to_timedelta([weeks * 7, 273], unit="D"))
    with pytest.raises(InputError, match="not durations") as refused:
        model.probability_alive([2, 2], [weeks, 30], made(ages))
    assert "T / pandas.Timedelta(days=7)" in str(refused.value)
    assert model.probability_alive([2], [weeks], (ages / pd.Timedelta(days=7))[1:]) > 0


@pytest.mark.parametrize(
    "wrong", [np.array([1 + 1j]), np.array(["2024-03-01"], "M8[D]"), np.ma.masked_array([9.0], [True])]
)
def test_what_numpy_would_make_other_numbers_of_is_refused(wrong):
    model = value.GammaGamma().with_params(p=6.25, q=3.74, v=15.44)
    with pytest.raises(InputError, match="complex|dates|masked"):
        model.expected_spend([1], wrong)
    with pytest.raises(InputError, match="complex|dates|masked|numbers"):
        value.relative_value(wrong, margin=0.5, yearly_retention=0.8, years=2)


def test_given_parameters_leave_nothing_of_an_earlier_fit():
    histories = [0, 1, 4, 0, 2, 9] * 50, [0, 2, 20, 0, 11, 30] * 50, [30, 30, 30, 25, 25, 31] * 50
    model = value.BGNBD(seed=3).fit(*histories)
    given = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    assert model.with_params(**given) is model
    assert vars(model) == vars(value.BGNBD(seed=3).with_params(**given))
    with pytest.raises(NotFittedError):
        model.param_draws(5, np.random.default_rng(0))
