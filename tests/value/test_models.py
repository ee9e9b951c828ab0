"""The estimators against published values, `lifetimes`, brute force and themselves."""

import warnings
from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import logsumexp
from scipy.stats import beta as beta_distribution
from scipy.stats import gamma as gamma_distribution
from sklearn.exceptions import NotFittedError

from clustera.errors import InputError
from clustera.value import BGNBD, MBGNBD, GammaGamma, ParetoNBD, repeat_purchases
from clustera.value.paretonbd import _log_sum
from clustera.value.rows import distinct_histories, distinct_with_index

from .conftest import day

MODELS = [BGNBD, MBGNBD, ParetoNBD]
PARAMS = {
    BGNBD: {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    MBGNBD: {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    ParetoNBD: {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
}


def columns(purchases):
    return purchases["frequency"], purchases["recency"], purchases["T"]


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: model.__name__)
def fitted(request, cdnow_calibration):
    return request.param().fit(*columns(cdnow_calibration))


# Published values


def test_bgnbd_finds_the_published_parameters(cdnow_calibration):
    model = BGNBD().fit(*columns(cdnow_calibration))
    # Fader, Hardie & Lee (2005), table 2
    assert {name: round(value, 3) for name, value in model.params_.items()} == {
        "r": 0.243,
        "alpha": 4.414,
        "a": 0.793,
        "b": 2.426,
    }
    assert model.log_likelihood_ == pytest.approx(-9582.43, abs=0.01)


def test_paretonbd_finds_the_published_parameters(cdnow_calibration):
    model = ParetoNBD().fit(*columns(cdnow_calibration))
    # Fader, Hardie & Lee (2005), table 2
    assert {name: round(value, 3) for name, value in model.params_.items()} == {
        "r": 0.553,
        "alpha": 10.578,
        "s": 0.606,
        "beta": 11.669,
    }
    assert round(model.log_likelihood_, 1) == -9595.0


def test_gammagamma_finds_the_published_parameters(cdnow_calibration):
    model = GammaGamma().fit(cdnow_calibration["frequency"], cdnow_calibration["monetary_value"])
    # Fader & Hardie (2013), note 025, section 4
    assert {name: round(value, 2) for name, value in model.params_.items()} == {"p": 6.25, "q": 3.74, "v": 15.44}


def test_the_customer_of_the_paper_has_her_published_expectation():
    # Fader & Hardie, "Implementing the BG/NBD Model in Excel": x = 2, t_x = 30.43, T = 38.86, 39 weeks
    model = BGNBD().with_params(r=0.2426, alpha=4.4136, a=0.7929, b=2.4259)
    assert model.expected_purchases(39, [2], [30.43], [38.86])[0] == pytest.approx(1.226, abs=5e-4)


# Another implementation


PEERS = {BGNBD: "BetaGeoFitter", MBGNBD: "ModifiedBetaGeoFitter", ParetoNBD: "ParetoNBDFitter"}


def random_histories(seed):
    rng = np.random.default_rng(seed)
    T = rng.uniform(1, 100, 300)
    x = rng.poisson(rng.gamma(0.5, 4.0, 300)).astype(float)
    return x, np.where(x > 0, T * rng.beta(np.maximum(x, 1), 1.0), 0.0), T


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("model", MODELS)
def test_predictions_equal_those_of_lifetimes(model, seed):
    import lifetimes

    x, t_x, T = random_histories(seed)
    spread = np.exp(np.random.default_rng(seed).uniform(-0.7, 0.7, 4)) if seed else np.ones(4)
    params = {name: value * factor for (name, value), factor in zip(PARAMS[model].items(), spread, strict=True)}
    theirs = getattr(lifetimes, PEERS[model])()
    theirs.params_ = pd.Series(params)
    ours = model().with_params(**params)
    alive = np.asarray(theirs.conditional_probability_alive(x, t_x, T)).ravel()
    expected = np.asarray(theirs.conditional_expected_number_of_purchases_up_to_time(26.0, x, t_x, T)).ravel()
    np.testing.assert_allclose(ours.probability_alive(x, t_x, T), alive, rtol=1e-6)
    np.testing.assert_allclose(ours.expected_purchases(26.0, x, t_x, T), expected, rtol=1e-6)
    new = theirs.expected_number_of_purchases_up_to_time(26.0)
    assert float(ours.expected_purchases_new(26.0)) == pytest.approx(float(np.asarray(new)), rel=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("model", MODELS)
def test_the_fit_is_no_less_likely_than_that_of_lifetimes(model):
    import lifetimes

    rng = np.random.default_rng(9)
    T = rng.uniform(20, 60, 1500)
    x, t_x = model().with_params(**PARAMS[model]).simulate(T, rng)
    theirs = getattr(lifetimes, PEERS[model])().fit(x, t_x, T)
    found = model().with_params(**{name: float(value) for name, value in theirs.params_.items()})
    assert model().fit(x, t_x, T).log_likelihood_ >= found.log_likelihood(x, t_x, T).sum() - 1e-6


@pytest.mark.filterwarnings("ignore")
def test_spend_equals_that_of_lifetimes(cdnow_calibration):
    import lifetimes

    again = cdnow_calibration[cdnow_calibration["monetary_value"] > 0]
    theirs = lifetimes.GammaGammaFitter().fit(again["frequency"], again["monetary_value"])
    ours = GammaGamma().with_params(**dict(theirs.params_))
    expected = theirs.conditional_expected_average_profit(again["frequency"], again["monetary_value"])
    np.testing.assert_allclose(ours.expected_spend(again["frequency"], again["monetary_value"]), expected, rtol=1e-9)


# Brute force


def test_spend_without_a_mean_is_no_customers_loss_or_windfall():
    # Wholesalers among households: q is .49, and p + q below 1, where the posterior mean has no end.
    random = np.random.default_rng(22)
    frequency = random.poisson(random.gamma(0.7, 2, 2000))
    usual = np.exp(random.normal(3, 2, 2000))
    spend = np.array(
        [np.exp(random.normal(0, 2, x)).mean() * u if x else 0 for x, u in zip(frequency, usual, strict=True)]
    )
    model = GammaGamma().fit(frequency, spend)
    assert model.params_["p"] + model.params_["q"] < 1
    again = frequency > 0
    expected = model.expected_spend(frequency, spend)
    assert (expected > 0).all()
    assert (model.expected_spend(frequency, 2 * spend)[again] > expected[again]).all()
    assert expected[again].sum() == pytest.approx(spend[again].sum(), rel=0.1)


def test_spend_is_the_same_on_both_sides_of_having_a_mean():
    below, above = (GammaGamma().with_params(p=0.3, q=q, v=15.0) for q in (1 - 1e-12, 1 + 1e-12))
    bought = [1, 7], [60.0, 0.0]
    np.testing.assert_allclose(below.expected_spend(*bought), above.expected_spend(*bought), rtol=1e-9)
    assert np.isinf(below.expected_spend([0], [0]))


@pytest.mark.parametrize("k", [0.3, 2.3, 40.3])
@pytest.mark.parametrize("c", [0.05, 3.0])
@pytest.mark.parametrize("a", [0.05, 1.0, 60.0])
def test_purchases_before_leaving_are_the_mean_over_the_leaving_probability(k, c, a):
    from clustera.value.bgnbd import purchases_before_leaving

    b = 2.5 + k
    mean = quad(
        lambda p: -np.expm1(-k * np.log1p(p * c)) / p * beta_distribution.pdf(p, a, b),
        0,
        1,
        points=[1e-6, 1e-3],
        epsabs=0,
        limit=500,
    )[0]
    assert purchases_before_leaving(np.array([k]), np.array([c]), a, np.array([b]))[0] == pytest.approx(mean, rel=1e-6)


def test_paretonbd_likelihood_is_the_mean_over_both_rates():
    r, alpha, s, beta = 1.5, 3.0, 2.0, 5.0
    x, t_x, T = 3, 4.0, 6.0

    nodes, weights = np.polynomial.legendre.leggauss(300)
    rate, mu = np.meshgrid(7.5 * (nodes + 1), 7.5 * (nodes + 1))
    together = rate + mu
    # x purchases, the last at t_x; then alive and silent until T, or left before
    seen = rate**x * (mu / together * np.exp(-together * t_x) + rate / together * np.exp(-together * T))
    density = seen * gamma_distribution.pdf(rate, r, scale=1 / alpha) * gamma_distribution.pdf(mu, s, scale=1 / beta)
    likelihood = 7.5**2 * weights @ density @ weights
    model = ParetoNBD().with_params(r=r, alpha=alpha, s=s, beta=beta)
    assert model.log_likelihood([x], [t_x], [T])[0] == pytest.approx(np.log(likelihood), rel=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_the_slope_is_that_of_the_likelihood(model):
    rows = distinct_histories(np.array([0.0, 1, 4, 50]), np.array([0.0, 2, 9, 30]), np.array([20.0, 20, 10, 31]))
    params = np.array(list(PARAMS[model].values()))
    _, slope = model()._log_likelihood_rows(params, rows)
    for i, step in enumerate(1e-5 * params):
        shift = step * np.eye(4)[i]
        up, _ = model()._log_likelihood_rows(params + shift, rows)
        down, _ = model()._log_likelihood_rows(params - shift, rows)
        np.testing.assert_allclose(slope[i], (up - down) / (2 * step), rtol=1e-5, atol=1e-8)


def test_sums_of_exponentials_are_those_of_scipy_to_the_last_bit():
    rng = np.random.default_rng(0)
    logs = rng.normal(0, rng.choice([1e-3, 1.0, 300.0], (2000, 1)), (2000, 16)).round(2)
    np.testing.assert_array_equal(_log_sum(logs), logsumexp(logs, axis=1))


# Properties


def test_nobody_who_has_just_bought_is_less_alive_than_one_who_has_not(fitted):
    alive = fitted.probability_alive([5, 5, 5], [10, 20, 29], [30, 30, 30])
    assert (np.diff(alive) > 0).all()


def test_no_purchase_within_nearly_no_time_is_certain(fitted):
    assert fitted.probability_no_purchase(1e-9, [0, 3], [0, 12], [20, 20]) == pytest.approx([1.0, 1.0])


def test_no_purchase_forever_is_no_more_likely_than_having_left_or_leaving_first(fitted):
    x, t_x, T = [3], [12], [20]
    assert fitted.probability_no_purchase(1e9, x, t_x, T)[0] >= 1 - fitted.probability_alive(x, t_x, T)[0]


def test_expected_purchases_of_many_customers_add_up_to_what_the_model_draws(fitted, cdnow_calibration):
    x, t_x, T = (column.to_numpy(dtype=float) for column in columns(cdnow_calibration))
    rng = np.random.default_rng(0)
    alive = fitted.probability_alive(x, t_x, T)
    draws = [((rng.random(len(x)) < alive) * fitted.simulate_future(39.0, x, T, rng)).sum() for _ in range(200)]
    error = np.std(draws) / np.sqrt(len(draws))
    assert abs(np.mean(draws) - fitted.expected_purchases(39.0, x, t_x, T).sum()) < 4 * error


def test_new_customers_buy_as_often_as_the_model_draws(fitted):
    rng = np.random.default_rng(0)
    x, t_x = fitted.simulate(np.full(200_000, 60.0), rng)
    assert x.mean() == pytest.approx(float(fitted.expected_purchases_new(60.0)), abs=4 * x.std() / np.sqrt(len(x)))
    assert ((t_x <= 60.0) & ((t_x > 0) == (x > 0))).all()


def test_the_frequencies_of_the_model_add_up_to_all_customers(fitted, cdnow_calibration):
    assert fitted.frequency_distribution(cdnow_calibration["T"], 7).sum() == pytest.approx(2357)


def test_half_of_the_customers_alive_have_bought_at_the_median_waiting_time(fitted):
    wait = fitted.time_to_next_purchase([4], [30])[0]
    rng = np.random.default_rng(0)
    rate = rng.gamma(fitted.params_["r"] + 4, 1 / (fitted.params_["alpha"] + 30), 100_000)
    assert (rng.exponential(1 / rate) < wait).mean() == pytest.approx(0.5, abs=0.008)


def test_the_unit_of_time_changes_nothing_but_the_unit(cdnow):
    as_of = day("1997-09-30")
    weeks, days = (repeat_purchases(cdnow, as_of=as_of, unit=unit) for unit in ("week", "day"))
    by_week, by_day = BGNBD().fit(*columns(weeks)), BGNBD().fit(*columns(days))
    np.testing.assert_allclose(
        by_week.probability_alive(*columns(weeks)), by_day.probability_alive(*columns(days)), rtol=1e-6
    )
    assert by_day.params_["alpha"] == pytest.approx(7 * by_week.params_["alpha"], rel=1e-6)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("years", [1 / 365, 1, 60])
def test_nothing_overflows_from_no_purchase_to_ten_thousand(model, years):
    T = np.full(6, 52.0 * years)
    x = np.array([0, 1, 10, 100, 1000, 10_000])
    t_x = np.where(x > 0, 0.9 * T, 0.0)
    predictor = model().with_params(**PARAMS[model])
    for numbers in (
        predictor.probability_alive(x, t_x, T),
        predictor.expected_purchases(52.0, x, t_x, T),
        predictor.probability_no_purchase(52.0, x, t_x, T),
        predictor.log_likelihood(x, t_x, T),
    ):
        assert np.isfinite(numbers).all()


def test_a_leaving_parameter_of_one_is_no_exception():
    expected = [
        BGNBD().with_params(r=0.5, alpha=5.0, a=a, b=2.0).expected_purchases(20.0, [2], [9], [12])[0]
        for a in (0.9999, 1.0, 1.0001)
    ]
    assert expected[1] == pytest.approx((expected[0] + expected[2]) / 2, rel=1e-7)


# Errors of the parameters


@pytest.mark.parametrize("model", MODELS)
def test_known_parameters_are_found_again(model):
    truth = {BGNBD: (0.8, 5.0, 0.7, 2.5), MBGNBD: (0.8, 5.0, 0.7, 2.5), ParetoNBD: (0.8, 5.0, 0.9, 8.0)}[model]
    names = model.names
    source = model().with_params(**dict(zip(names, truth, strict=True)))
    rng = np.random.default_rng(3)
    T = rng.integers(20, 60, 8000).astype(float)
    found = model().fit(*source.simulate(T, rng), T)
    errors = np.sqrt(np.diag(found.covariance_))
    assert (np.abs(np.log(list(found.params_.values())) - np.log(truth)) < 3 * errors).all()


def test_bootstrap_and_curvature_tell_errors_of_one_size(cdnow_calibration):
    summary = BGNBD(bootstrap=30, seed=0).fit(*columns(cdnow_calibration)).summary_
    ratio = summary["bootstrap_error"] / summary["standard_error"]
    assert ratio.between(0.6, 1.7).all()


def test_the_bootstrap_is_the_same_for_the_same_seed(cdnow_calibration):
    model = GammaGamma().fit(cdnow_calibration["frequency"], cdnow_calibration["monetary_value"])
    assert model.bootstrap_params(3, seed=5).equals(model.bootstrap_params(3, seed=5))


# Rows


def test_distinct_rows_stand_for_all_customers():
    rng = np.random.default_rng(0)
    table = rng.integers(0, 4, (500, 3)).astype(float)
    rows = distinct_histories(*table.T)
    expected, counts = np.unique(table, axis=0, return_counts=True)
    np.testing.assert_array_equal(np.column_stack(rows.columns), expected)
    np.testing.assert_array_equal(rows.weights, counts)


def test_the_index_leads_back_to_every_row():
    table = np.random.default_rng(0).random((300, 5)).round(1)
    rows, index = distinct_with_index(*table.T)
    np.testing.assert_array_equal(np.column_stack(rows.columns)[index], table)


def test_combinations_beyond_whole_numbers_are_told_apart():
    table = np.random.default_rng(0).random((3000, 7))
    table = np.vstack([table, table[:10]])
    rows = distinct_histories(*table.T)
    assert len(rows.weights) == 3000
    assert (np.diff(rows.columns[0]) >= 0).all()


def test_a_table_that_says_next_to_nothing_is_fitted_without_errors_told():
    model = BGNBD().fit([0, 1, 0, 0], [0, 2, 0, 0], [5, 5, 5, 4])
    assert model.flat_
    assert model.summary_.loc[list(model.flat_), "standard_error"].isna().all()


def test_any_few_histories_are_fitted_without_a_warning():
    rng = np.random.default_rng(5)
    for _ in range(60):
        age = rng.integers(1, 12, rng.integers(2, 8)).astype(float)
        frequency = rng.integers(0, 4, len(age)) * (age > 1)
        frequency[0], age[0] = 1, 5
        recency = np.where(frequency > 0, np.ceil(age * rng.uniform(0.1, 1, len(age))), 0)
        summary = BGNBD().fit(frequency, recency, age).summary_
        assert (summary["estimate"] > 0).all()


def test_large_tables_are_fitted_as_well_through_a_sample():
    rng = np.random.default_rng(0)
    T = rng.uniform(5, 60, 60_000)
    x, t_x = BGNBD().with_params(r=0.8, alpha=5.0, a=0.7, b=2.5).simulate(T, rng)
    model = BGNBD().fit(x, t_x, T)
    rows = distinct_histories(x, t_x, T)
    assert len(rows.weights) > 40_000
    for i, name in enumerate(model.names):
        step = 1e-4 * np.eye(4)[i] * model.params_[name]
        params = np.array(list(model.params_.values()))
        up, down = (model._log_likelihood_rows(params + sign * step, rows)[0].sum() for sign in (1, -1))
        assert model.log_likelihood_ > max(up, down)


# Refusals


@pytest.mark.parametrize(
    ("x", "t_x", "T", "message"),
    [
        ([1], [5], [3], "can't exceed T"),
        ([0], [5], [30], "without repeat purchase"),
        ([1.5], [5], [30], "whole number"),
        ([2], [0], [30], "merge purchases"),
        ([2], [np.nan], [30], "not a finite number"),
        ([2, 3], [1], [30], "not equally long"),
    ],
)
def test_impossible_histories_are_refused(x, t_x, T, message):
    with pytest.raises(InputError, match=message):
        BGNBD().fit(x, t_x, T)


def test_columns_of_rfm_are_refused(cdnow_calibration):
    rfm = cdnow_calibration.rename(columns={"recency": "days_since_last_order"})
    with pytest.raises(InputError, match="RFM"):
        BGNBD().fit(rfm["frequency"], rfm["days_since_last_order"], rfm["T"])


def test_nobody_buying_again_is_refused():
    with pytest.raises(InputError, match="bought again"):
        ParetoNBD().fit([0, 0], [0, 0], [5, 6])


@pytest.mark.soak
@pytest.mark.parametrize("model", MODELS)
def test_parameters_that_the_data_hardly_bound_are_still_drawn_as_numbers(model):
    loose = model().with_params(**PARAMS[model])
    loose.log_params_ = np.log(list(PARAMS[model].values()))
    loose.covariance_ = 1e6 * np.eye(len(loose.log_params_))
    rng = np.random.default_rng(2)
    x, age = np.arange(50.0), np.full(50, 200.0)
    for drawn in loose.param_draws(20, rng):
        assert (drawn.simulate_future(90.0, x, age, rng) >= 0).all()


@pytest.mark.parametrize("runs", [25, pytest.param(200, marks=pytest.mark.soak)])
@pytest.mark.parametrize("model", MODELS)
def test_known_parameters_are_found_within_three_errors_in_nearly_every_run(model, runs):
    truth = {BGNBD: (0.8, 5.0, 0.7, 2.5), MBGNBD: (0.8, 5.0, 0.7, 2.5), ParetoNBD: (0.8, 5.0, 0.9, 8.0)}[model]
    source = model().with_params(**dict(zip(model.names, truth, strict=True)))
    distances = []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        T = rng.integers(20, 78, 2000).astype(float)
        found = model().fit(*source.simulate(T, rng), T)
        distances.append((found.log_params_ - np.log(truth)) / np.sqrt(np.diag(found.covariance_)))
    assert ((np.abs(distances) >= 3).sum(axis=0) <= max(1, runs // 100)).all()


@pytest.mark.parametrize("model", [BGNBD, ParetoNBD])
def test_lists_are_taken_like_arrays_and_a_model_that_is_not_fitted_says_so(model):
    rng = np.random.default_rng(1)
    with pytest.raises(NotFittedError):
        model().simulate_future(5, [1, 2], [9, 9], rng)
    with pytest.raises(NotFittedError):
        GammaGamma().spend_unit([1], [2])
    fitted = model().fit([0, 1, 4, 0, 2, 9] * 50, [0, 2, 20, 0, 11, 30] * 50, [30, 30, 30, 25, 25, 31] * 50)
    assert len(fitted.simulate_future(5, [1, 2], [9, 9], rng)) == len(fitted.expected_if_alive(5, [1, 2], [9, 9])) == 2
    for chance in (0, 1, 1.5, -0.1):
        with pytest.raises(InputError, match="probability"):
            fitted.time_to_next_purchase([1], [9], probability=chance)
    with pytest.raises(NotFittedError):
        model().with_params(**fitted.params_).bootstrap_params(2)
    money = GammaGamma().with_params(p=6.25, q=3.74, v=15.44)
    assert money.spend_unit([0, 7], [0, 60]).round(2).tolist() == [15.44, 435.44]
    assert money.simulate_spend_units([2, 0], [1, 1], rng).shape == (2,)


def test_money_is_a_number_without_a_warning_wherever_a_parameter_may_be_drawn():
    x, purchases = np.array([0.0, 1, 7, 4000] * 50), np.array([1, 2, 9, 5000] * 50)
    ends = (-32, -7, 0, 7, 16, 32)  # of the logs; beyond 32 none is drawn
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for p, q, v in product(ends, ends, ends):
            model = GammaGamma().with_params(p=np.exp(p), q=np.exp(q), v=np.exp(v))
            money = model.simulate_spend_units(purchases, x, np.random.default_rng(0)) * model.spend_unit(x, x)
            assert np.isfinite(money.sum())
            assert money.min() >= 0


def test_columns_that_do_not_fit_into_memory_are_refused():
    huge = range(2**50)  # no machine has this much memory
    money = GammaGamma().with_params(p=6.25, q=3.74, v=15.44)
    for ask in (
        lambda: GammaGamma().fit(huge, huge),
        lambda: BGNBD().fit(huge, huge, huge),
        lambda: money.simulate_spend_units(huge, huge, np.random.default_rng(0)),
    ):
        with pytest.raises(InputError, match="does not fit into memory"):
            ask()


@pytest.mark.parametrize("day", [20_000, date(2024, 10, 4), "2024-10-04", pd.Timestamp("2024-10-04 12:00")])
def test_a_snapshot_date_is_taken_in_any_form(day):
    orders = pd.DataFrame({"customer_id": [1, 1, 2], "day": [19_900, 19_950, 19_990], "amount": [5.0, 6.0, 7.0]})
    pd.testing.assert_frame_equal(repeat_purchases(orders, as_of=day), repeat_purchases(orders, as_of=20_000))
    with pytest.raises(InputError, match="is not a date"):
        repeat_purchases(orders, as_of="yesterday")


def test_a_fit_that_is_stopped_leaves_the_earlier_one_whole(monkeypatch):
    few = ([0, 1, 4, 0, 2, 9] * 9, [0, 2, 20, 0, 11, 30] * 9, [30, 30, 30, 25, 25, 31] * 9)
    model = BGNBD().fit(*few)
    before = dict(vars(model))

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(BGNBD, "bootstrap_params", stopped)
    with pytest.raises(KeyboardInterrupt):
        model.set_params(bootstrap=9).fit([3, 2], [4.0, 9.0], [9.0, 9.0])
    assert {name: value for name, value in vars(model).items() if name != "bootstrap"} == {
        name: value for name, value in before.items() if name != "bootstrap"
    }


def test_spend_of_fewer_than_no_purchases_is_refused():
    model = GammaGamma().with_params(p=6.25, q=3.74, v=15.44)
    for call in (model.fit, model.expected_spend, model.spend_unit):
        with pytest.raises(InputError, match="frequency is -1"):
            call([-1, 2, 3, 1], [10.0, 20, 30, 15])
