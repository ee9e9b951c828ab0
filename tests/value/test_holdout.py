import numpy as np
import pandas as pd
import pytest

from clustera.errors import InputError
from clustera.value import GammaGamma, ParetoNBD, back_test, repeat_purchases
from clustera.value.boosting import boosted_purchases
from clustera.value.forecast import PurchaseHistories, simulated_totals, value_quantiles
from clustera.value.history import purchase_days

from . import shops
from .conftest import day

END = day("1998-06-30")


@pytest.fixture(scope="module")
def cdnow_test(cdnow):
    # Calibration to 1997-09-30, hold-out of 39 weeks: the split of the published studies
    return back_test(cdnow, as_of=END, holdout_days=273)


def score(test, name):
    return next(score for score in test.scores if score.name == name)


def test_the_hold_out_of_cdnow_has_its_published_size(cdnow_test):
    assert (cdnow_test.customers, cdnow_test.purchases) == (2357, 1882)


def test_bgnbd_foresees_cdnow_as_well_as_measured_elsewhere(cdnow_test):
    assert score(cdnow_test, "BG/NBD").mae <= 0.787


def test_the_choice_foresees_cdnow_better_and_no_rule_beats_it(cdnow_test):
    assert score(cdnow_test, cdnow_test.chosen).mae <= 0.756
    assert cdnow_test.beaten_by == ()
    assert cdnow_test.scores[0].name == cdnow_test.chosen


def test_recalibrated_ranges_cover_cdnow_as_they_say(cdnow_test):
    assert 0.75 <= cdnow_test.spend_coverage.recalibrated <= 0.88
    assert 0.75 <= cdnow_test.purchase_coverage.recalibrated <= 0.88
    assert cdnow_test.spend_coverage.raw != cdnow_test.spend_coverage.recalibrated


def test_the_default_hold_out_is_half_of_the_history(cdnow, cdnow_test):
    assert back_test(cdnow, as_of=END).split_day == cdnow_test.split_day


def test_errors_are_those_of_a_plain_computation(cdnow, cdnow_test):
    known = repeat_purchases(cdnow, as_of=cdnow_test.split_day)
    later = cdnow[(cdnow["day"] > cdnow_test.split_day) & (cdnow["day"] <= END)]
    actual = later.groupby("customer_id")["day"].nunique().reindex(known["customer_id"], fill_value=0).to_numpy()
    columns = known["frequency"], known["recency"], known["T"]
    forecast = ParetoNBD().fit(*columns).expected_purchases(39.0, *columns)
    rate = (known["frequency"] / known["T"] * 39).to_numpy()
    assert score(cdnow_test, "Pareto/NBD").mae == pytest.approx(np.abs(forecast - actual).mean())
    assert score(cdnow_test, "Pareto/NBD").rmse == pytest.approx(np.sqrt(np.square(forecast - actual).mean()))
    assert score(cdnow_test, "own rate").bias == pytest.approx(rate.sum() / actual.sum() - 1)
    assert cdnow_test.spend == pytest.approx(later["amount"].sum())
    groups = np.array([decile[1] * decile[2] for decile in cdnow_test.deciles])
    assert groups.sum() == pytest.approx(1882)


def test_the_future_does_not_leak_into_forecasts(cdnow, cdnow_test):
    changed = cdnow.copy()
    changed.loc[changed["day"] > cdnow_test.split_day, "amount"] *= 3
    doubled = changed[(changed["day"] <= cdnow_test.split_day) | (changed["customer_id"] % 2 == 0)]
    again = back_test(doubled, as_of=END, holdout_days=273)
    for name in ("Pareto/NBD", "own rate", "last period"):
        assert score(again, name).predicted == pytest.approx(score(cdnow_test, name).predicted, rel=1e-9)


def test_boosting_sees_nothing_after_the_split():
    orders = shops.orders(0, n=300, alpha=15.0, leave=0.0)
    some = purchase_days(orders)
    cut = some.until(500)
    np.testing.assert_array_equal(boosted_purchases(some, 500, 100), boosted_purchases(cut, 500, 100))


def test_boosting_competes_where_customers_buy_often():
    dense = back_test(shops.orders(0, n=400, r=3.0, alpha=30.0, leave=0.01), as_of=719)
    assert "gradient boosting" in {score.name for score in dense.scores}
    assert score(dense, "gradient boosting").bias == pytest.approx(0.0, abs=0.3)


def test_ranges_cover_as_they_say_where_the_model_is_true():
    # Nobody leaves and nearly everybody buys: no heap of zeros that a range covers whole or not at all
    test = back_test(shops.orders(1, n=900, r=3.0, alpha=45.0, leave=0.0), as_of=719)
    assert test.spend_coverage.raw == pytest.approx(0.8, abs=0.05)
    assert test.purchase_coverage.recalibrated == pytest.approx(0.8, abs=0.06)
    assert abs(test.spend_bias) < 0.1


def test_the_order_of_the_rows_changes_nothing(cdnow, cdnow_test):
    assert back_test(cdnow.sample(frac=1, random_state=1), as_of=END, holdout_days=273) == cdnow_test


# Ranges


@pytest.fixture(scope="module")
def models(cdnow_calibration):
    known = cdnow_calibration
    purchases = ParetoNBD().fit(known["frequency"], known["recency"], known["T"])
    return purchases, GammaGamma().fit(known["frequency"], known["monetary_value"])


def test_quantiles_are_those_of_customers_drawn_one_by_one(models):
    purchases, spend = models
    one = PurchaseHistories(*(np.array([value]) for value in (6.0, 25.0, 30.0, 40.0)))
    ranges = value_quantiles(purchases, spend, one, 40.0, draws=20_000)
    rng = np.random.default_rng(5)
    many = PurchaseHistories(
        *(np.repeat(column, 20_000) for column in (one.frequency, one.recency, one.T, one.monetary_value))
    )
    p, q, v = (spend.params_[name] for name in "pqv")
    alive = rng.random(len(many)) < purchases.probability_alive(one.frequency, one.recency, one.T)[0]
    bought = np.where(alive, purchases.simulate_future(40.0, many.frequency, many.T, rng), 0)
    rate = rng.gamma(q + p * 6, 1 / (v + 6 * 40.0), len(many))
    spent = np.where(bought > 0, rng.gamma(np.maximum(p * bought, 1e-9)) / rate, 0.0)
    for probability in (0.5, 0.7, 0.9):
        assert ranges.spend_at(probability)[0] == pytest.approx(np.quantile(spent, probability), rel=0.05, abs=1e-9)
        assert ranges.purchases_at(probability)[0] == pytest.approx(np.quantile(bought, probability), abs=1)


def test_totals_spread_around_what_is_expected(models, cdnow_calibration):
    purchases, spend = models
    columns = (
        cdnow_calibration[name].to_numpy(dtype=float) for name in ("frequency", "recency", "T", "monetary_value")
    )
    known = PurchaseHistories(*columns)
    group = (known.frequency > 1).astype(int)
    totals = simulated_totals(purchases, spend, known, 39.0, group, rounds=150)
    bought = purchases.expected_purchases(39.0, known.frequency, known.recency, known.T)
    expected = np.bincount(group, bought * spend.expected_spend(known.frequency, known.monetary_value))
    error = totals.std(axis=0) / np.sqrt(150)
    assert (np.abs(totals.mean(axis=0) - expected) < 4 * error + 0.02 * expected).all()


def test_large_groups_drawn_in_part_keep_their_total(models, cdnow_calibration):
    purchases, spend = models
    columns = (
        cdnow_calibration[name].to_numpy(dtype=float) for name in ("frequency", "recency", "T", "monetary_value")
    )
    known = PurchaseHistories(*columns)
    group = np.zeros(len(known), dtype=int)
    whole = simulated_totals(purchases, spend, known, 39.0, group, rounds=100)
    part = simulated_totals(purchases, spend, known, 39.0, group, rounds=100, most=600)
    assert part.mean() == pytest.approx(whole.mean(), rel=0.1)
    assert part.std() > whole.std() * 0.8


# Refusals


def test_a_short_history_is_refused_with_the_minimum(cdnow):
    first = int(cdnow["day"].min())
    with pytest.raises(InputError, match=r"back 60 days; a test on the past needs 90"):
        back_test(cdnow, as_of=first + 59)


def test_few_repeat_buyers_are_refused_with_the_minimum(cdnow):
    with pytest.raises(InputError, match="need 100 such customers"):
        back_test(cdnow[cdnow["customer_id"] < 100], as_of=END)


def test_a_shop_that_has_closed_is_refused(cdnow):
    with pytest.raises(InputError, match=r"bought 0 times in the last 100 days"):
        back_test(cdnow, as_of=END + 100, holdout_days=100)


def test_orders_of_nobody_are_refused():
    with pytest.raises(InputError, match="reach back 0 days"):
        back_test(pd.DataFrame({"customer_id": [1], "day": [500], "amount": [1.0]}), as_of=100)
