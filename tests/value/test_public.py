import subprocess
import sys

import pytest

from clustera import value


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
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        getattr(value, name)().expected_purchases(1.0, [1], [1], [2])
