"""Short sentences beside figures say what was counted, with the direction that the figures have."""

from types import SimpleNamespace

import pytest

from clustera.records import Finding
from clustera.texts import falling_sentence, forecast_doubts


def value_with(forecast, actual, customers=246):
    test = SimpleNamespace(deciles=((3.6, 5.6, 246), (forecast, actual, customers)))
    doubt = Finding(code="spend-follows-frequency", severity="warning", values={"case": "more", "correlation": 0.3})
    return SimpleNamespace(back_test=test, doubts=(doubt,))


@pytest.mark.parametrize(
    ("forecast", "actual", "told"),
    [
        (77.52, 71.13, "bought 8.2% less often than forecast"),
        (10.0, 12.5, "bought 25% more often than forecast"),
        (10.0, 10.4, ""),
        (0.0, 3.0, ""),
    ],
)
def test_a_forecast_is_doubted_in_the_direction_of_its_own_test(forecast, actual, told):
    assert told in forecast_doubts(value_with(forecast, actual))
    assert bool(told) == bool(forecast_doubts(value_with(forecast, actual)))
    assert not forecast_doubts(value_with(forecast, actual, customers=29))


def test_a_fall_that_is_counted_beyond_that_of_all_customers_says_so():
    plain = falling_sentence(180, 1.0, 10.0, span="12 months")
    told = falling_sentence(180, 1.0, 10.0, span="12 months", all_fell=1 - 0.887)
    assert "a third less." in plain
    assert "a third less, after allowing for the 11% by which all customers' sales fell." in told
