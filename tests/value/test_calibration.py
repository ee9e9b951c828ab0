"""The chance of no order against what simulated customers then do."""

import numpy as np
import pandas as pd
import pytest

from clustera.texts import NotPossibleError
from clustera.value import assess
from clustera.value.bgnbd import MBGNBD
from clustera.value.calibration import Holdout, churn_risk, days_to_next_order, returning_share
from clustera.value.forecast import PurchaseHistories, purchase_prospects
from clustera.value.gammagamma import GammaGamma
from clustera.value.history import purchase_days

from .shops import orders as shop_orders

AS_OF = 480
LATER = 240


def pausing(seed: int, n: int = 900, days: int = 720) -> pd.DataFrame:
    """Customers who buy at random, and after one order in 25 pause for 60 to 200 days; nobody leaves."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(n):
        rate, day = rng.gamma(1.5, 1 / 25), float(rng.integers(0, 120))
        while day < days:
            rows.append((customer, int(day), 10.0 + float(rng.integers(0, 20))))
            day += rng.exponential(1 / rate) + (rng.uniform(60, 200) if rng.random() < 0.04 else 0.0)
    return pd.DataFrame(rows, columns=["customer_id", "day", "amount"])


def regular(seed: int, n: int = 900, days: int = 720) -> pd.DataFrame:
    """Customers whose gaps vary by half (Gamma of shape 4), who leave after one order in 20."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(n):
        gap, day = rng.gamma(4.0, 8.0), float(rng.integers(0, 240))
        while day < days:
            rows.append((customer, int(day), 10.0 + float(rng.integers(0, 20))))
            if rng.random() < 0.05:
                break
            day += 1 + rng.gamma(4.0, gap / 4.0)
    return pd.DataFrame(rows, columns=["customer_id", "day", "amount"])


def seasonal(seed: int, n: int = 900, days: int = 720) -> pd.DataFrame:
    """Random buyers, twice as often in one half of each 120 days as in the other."""
    rng = np.random.default_rng(seed)
    made = shop_orders(seed, n=n, days=days, r=1.5, alpha=20.0, leave=0.02)
    slow = (made["day"] // 60) % 2 == 1
    first = ~made["customer_id"].duplicated()
    return made[first | ~slow | (rng.random(len(made)) < 0.5)]


SHOPS = {
    "random": lambda seed: shop_orders(seed, n=900),
    "pausing": pausing,
    "seasonal": seasonal,
}


@pytest.fixture(scope="module", params=SHOPS)
def told(request):
    """What was said on day 480, and who ordered nothing in the days after."""
    log = SHOPS[request.param](3)
    found = assess(log, as_of=AS_OF, horizon_months=8)
    days = found.record.churn_days
    later = log[(log["day"] > AS_OF) & (log["day"] <= AS_OF + days)]
    first = later.groupby("customer_id")["day"].min().reindex(found.customers["customer_id"])
    return found, first.to_numpy()


def test_regular_buyers_are_told_right_on_average_and_warned_of():
    # The models hold purchases for random in time; docs/methods/lifetime-value.md says what that costs.
    log = regular(3)
    found = assess(log, as_of=AS_OF, horizon_months=8)
    later = set(log.loc[(log["day"] > AS_OF) & (log["day"] <= AS_OF + 240), "customer_id"])
    away = ~found.customers["customer_id"].isin(later)
    assert found.customers["churn_risk"].mean() == pytest.approx(away.mean(), abs=0.05)
    assert "regular-purchases" in {doubt.code for doubt in found.record.doubts}


def test_what_is_said_is_what_is_seen_in_every_band(told):
    found, first = told
    risk, away = found.customers["churn_risk"].to_numpy(), np.isnan(first)
    assert found.record.churn_days == 240
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        band = (risk >= low) & (risk < high)
        n = band.sum()
        if n >= 20:
            said, seen = risk[band].mean(), away[band].mean()
            assert abs(said - seen) < 0.07 + 2 * np.sqrt(said * (1 - said) / n), (low, high, n, said, seen)


def test_half_of_the_expected_orders_come_by_their_day(told):
    found, first = told
    day = found.customers["next_order_day"].to_numpy(dtype=float, na_value=np.nan)
    expected = ~np.isnan(day)
    assert (expected == (found.customers["churn_risk"] < 0.5).to_numpy()).all()
    assert ((day[expected] > AS_OF) & (day[expected] <= AS_OF + found.record.churn_days)).all()
    # A high season that begins on the next day brings orders earlier: .66 of the seasonal shop's.
    assert np.mean(first[expected] <= day[expected]) == pytest.approx(0.5, abs=0.2)


def test_bands_of_the_back_test_count_every_customer_once(told):
    test = told[0].record.back_test
    assert sum(band.customers for band in test.risk_bands) == test.customers
    assert all(band.low <= band.said <= band.high and 0 <= band.seen <= 1 for band in test.risk_bands)


def test_the_total_stays_that_of_the_models(told):
    found, _ = told
    table, weeks = found.customers, found.record.horizon_months * 365.25 / 84
    columns = table["frequency"], table["recency"], table["T"]
    alone = found.purchase_model.expected_purchases(weeks, *columns) * table["expected_spend"]
    assert table["value"].sum() == pytest.approx(alone.sum())
    assert table[["probability_alive", "churn_risk"]].stack().between(0, 1).all()


def test_customers_who_pause_come_back_and_those_who_leave_do_not():
    back = assess(pausing(1), as_of=AS_OF).record.back_test.returning
    gone = assess(shop_orders(1, n=900, r=1.5, alpha=20.0, leave=0.15), as_of=AS_OF).record.back_test.returning
    assert gone < 0.15
    assert back > 0.9


# The share


def holdout(alive, silent, resumes, away):
    return Holdout(*(np.asarray(c, float) for c in (alive, silent, resumes)), np.asarray(away, bool))


@pytest.mark.parametrize("truth", [0.0, 0.35, 0.8])
def test_the_share_that_customers_were_drawn_from_is_found_again(truth):
    rng, n = np.random.default_rng(0), 20_000
    made = holdout(rng.beta(0.6, 0.4, n), rng.uniform(0, 0.8, n), rng.uniform(0.2, 1, n), np.zeros(n))
    drawn = holdout(made.alive, made.silent, made.resumes, rng.random(n) < made.risk(truth))
    grid = np.arange(0.0, 1.0, 0.001)
    likelihood = [np.log(np.where(drawn.stayed_away, risk, 1 - risk)).sum() for risk in map(drawn.risk, grid)]
    assert returning_share(drawn) == pytest.approx(grid[np.argmax(likelihood + np.log(1 - grid))], abs=0.001)
    assert returning_share(drawn) == pytest.approx(truth, abs=0.03)


@pytest.mark.parametrize(
    ("alive", "away"),
    [([], []), ([1.0, 1.0], [False, True]), ([0.0] * 9, [True] * 9)],
    ids=["nobody", "nobody seems to have left", "all who seem to have left stay away"],
)
def test_without_anybody_who_comes_back_nobody_is_said_to(alive, away):
    assert returning_share(holdout(alive, [0.2] * len(alive), [0.9] * len(alive), away)) == 0.0


def test_the_share_stays_below_one_where_everybody_comes_back():
    assert 0.7 < returning_share(holdout([0.0] * 9, [0.1] * 9, [0.9] * 9, [False] * 9)) < 1.0


def test_a_longer_silence_never_lowers_the_chance_of_no_order_and_a_longer_wait_never_raises_it():
    model = MBGNBD().with_params(r=0.5, alpha=6.0, a=0.9, b=1.6)
    T = np.linspace(20.0, 80.0, 40)
    silent = PurchaseHistories(np.full(40, 6.0), np.full(40, 20.0), T, np.full(40, 10.0))
    for share in (0.0, 0.4, 0.9):
        risk = churn_risk(model, silent, 13.0, share)
        assert (np.diff(risk) > -1e-12).all()
        assert (churn_risk(model, silent, 26.0, share) <= risk).all()


def test_the_day_of_the_next_order_is_the_first_by_which_it_is_as_likely_as_not():
    model = MBGNBD().with_params(r=2.0, alpha=10.0, a=0.1, b=9.0)
    known = PurchaseHistories(*(np.array(c, float) for c in ([0, 5, 30], [0, 18, 19], [20, 20, 20], [0, 9, 9])))
    alive = model.probability_alive(known.frequency, known.recency, known.T)

    def ordered(days, share=0.3):
        within = [1 - (1 + days / 7 * pace / (10.0 + known.T)) ** -(2.0 + known.frequency) for pace in (1, 0.5)]
        return alive * within[0] + share * (1 - alive) * within[1]

    found = days_to_next_order(model, known, 365, 0.3)
    assert (ordered(found) >= 0.5).all()
    assert (ordered(found - 1) < 0.5).all()


def test_prospects_without_a_share_are_those_of_the_model():
    model = MBGNBD().with_params(r=0.5, alpha=6.0, a=0.9, b=1.6)
    known = PurchaseHistories(*(np.array(c, float) for c in ([0, 6], [0, 20], [60, 60], [0, 9])))
    ahead = purchase_prospects(model, GammaGamma().with_params(p=6.25, q=3.74, v=15.44), known, 52.0, 0.0)
    assert ahead.active.tolist() == model.probability_alive(known.frequency, known.recency, known.T).tolist()
    assert ahead.pace.tolist() == [1.0, 1.0]


# Logs that tell nothing


@pytest.mark.parametrize(
    "log",
    [
        pd.DataFrame({"customer_id": ["a", "b"], "day": [0, 100], "amount": [1.0, 2.0]}),
        pd.DataFrame({"customer_id": range(400), "day": [day % 400 for day in range(400)], "amount": 5.0}),
        pd.DataFrame({"customer_id": [], "day": np.array([], int), "amount": np.array([], float)}),
    ],
    ids=["two customers", "one-time buyers only", "nobody"],
)
def test_logs_that_are_too_small_are_refused_with_the_reason(log):
    with pytest.raises(NotPossibleError):
        assess(log, as_of=400)


def test_equal_customers_get_equal_chances():
    made = shop_orders(5, n=200)
    twins = pd.concat([made, made.assign(customer_id=made["customer_id"] + 1000)])
    table = assess(twins, as_of=600).customers
    risk = table["churn_risk"].to_numpy()
    known = len(table) // 2
    assert risk[:known].tolist() == risk[known:].tolist()
    assert len(purchase_days(twins).customers) == 400
