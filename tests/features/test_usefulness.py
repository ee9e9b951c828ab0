import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import OneHotEncoder

from clustera import features
from clustera.errors import InputError
from clustera.features.usefulness import HALVINGS, explained_variance, spend_quantiles

from .conftest import orders_of, random_log

CUT = 17_300


def keys(n, seed=0):
    return np.random.default_rng(seed).permutation(n).astype(np.uint64)


def test_groups_that_tell_all_explain_all():
    label = np.arange(400) % 4
    assert explained_variance(label, label[:, None] * 2.0, keys=keys(400)) == pytest.approx(1)


def test_groups_by_chance_explain_nothing_and_get_no_praise_for_their_number():
    random = np.random.default_rng(1)
    values = random.normal(size=(2000, 1))
    few = explained_variance(random.integers(0, 3, 2000), values, keys=keys(2000))
    many = explained_variance(random.integers(0, 200, 2000), values, keys=keys(2000))
    assert abs(few) < 0.01
    assert many < few


def test_the_share_is_that_of_a_regression_on_the_groups():
    random = np.random.default_rng(2)
    label = random.integers(0, 5, 600)
    values = (label + random.normal(size=600))[:, None]
    error = total = 0.0
    for halving in range(HALVINGS):
        learns = np.random.default_rng(halving).permutation(600) % 2 == 0
        for half in (learns, ~learns):
            coded = OneHotEncoder(sparse_output=False).fit_transform(label[:, None])
            fitted = LinearRegression(fit_intercept=False).fit(coded[half], values[half])
            error += np.square(values[~half] - fitted.predict(coded[~half])).sum()
            total += np.square(values[~half] - values[~half].mean()).sum()
    # Keys that ascend leave the customers where they are.
    assert explained_variance(label, values, keys=np.arange(600, dtype=np.uint64)) == pytest.approx(1 - error / total)


def test_the_order_of_the_customers_changes_nothing():
    random = np.random.default_rng(3)
    label, values, key = random.integers(0, 4, 300), random.normal(size=(300, 2)), keys(300)
    order = random.permutation(300)
    assert explained_variance(label, values, keys=key) == explained_variance(
        label[order], values[order], keys=key[order]
    )


def test_the_future_is_what_pandas_says(engine):
    log = random_log(seed=5, lines=600, customers=60)
    orders = orders_of(engine, log, duplicates="keep")
    future = features.later_outcomes(orders, after=CUT).to_pandas().set_index("customer_id")
    day = pd.Series([(pd.Timestamp(d) - pd.Timestamp(1970, 1, 1)).days for d in log.order_date])
    bought = log[(day > CUT) & (log.amount > 0)]
    spend = bought.groupby(bought.customer_id.astype(str)).amount.sum()
    known = sorted(set(log.customer_id[day <= CUT].astype(str)))
    assert future.index.tolist() == known
    assert np.allclose(future.spend, spend.reindex(known).fillna(0))
    assert future.active.tolist() == spend.reindex(known).notna().astype(int).tolist()
    shares = bought.pivot_table(
        index=bought.customer_id.astype(str), columns="category", values="amount", aggfunc="sum"
    ).fillna(0)
    shares = shares.div(shares.sum(axis=1), axis=0).reindex(known)
    for category in shares.columns:
        assert np.allclose(future[category], shares[category], equal_nan=True)


def test_orders_before_the_day_do_not_leak_into_the_future(engine):
    log = random_log(seed=5, lines=300)
    richer = log.assign(
        amount=[
            a * (5 if pd.Timestamp(d) <= pd.Timestamp("2017-05-13") else 1)
            for a, d in zip(log.amount, log.order_date, strict=True)
        ]
    )
    one = features.later_outcomes(orders_of(engine, log), after=CUT)
    two = features.later_outcomes(orders_of(engine, richer), after=CUT)
    assert one.equals(two)


def test_customers_alike_in_spend_stay_in_one_quantile():
    assert spend_quantiles(np.array([1.0, 2, 2, 2, 3, 4]), 3).tolist() == [0, 0, 0, 0, 1, 1]


def test_quantiles_without_ties_are_of_one_size():
    assert np.bincount(spend_quantiles(np.random.default_rng(0).permutation(np.arange(100.0)), 5)).tolist() == [20] * 5


def test_the_rivals_are_named_groups_and_quantiles(engine):
    orders = orders_of(engine, random_log(seed=5, lines=900, customers=80))
    future = features.later_outcomes(orders, after=CUT)
    found = features.rival_groupings(orders, future, after=CUT, counts=(3, 5))
    assert [(u.groups, u.count) for u in found[1:]] == [("spend quantiles", 3), ("spend quantiles", 5)]
    assert found[0].groups == "named RFM groups"
    assert all(u.customers == future.num_rows for u in found)


def made_future(n=800, seed=0):
    random = np.random.default_rng(seed)
    level = random.integers(0, 3, n)
    spend = np.exp(level + 0.1 * random.normal(size=n))
    table = pa.table({"customer_id": [str(i) for i in range(n)], "_key": keys(n), "spend": spend, "active": np.ones(n)})
    return table, level


def by_level(future, level):
    ids = future["customer_id"]
    numbers = {2: level > 0, 3: level, 90: level + 3 * (np.arange(len(level)) % 30)}
    return {k: pa.table({"id": ids, "segment": labels}) for k, labels in numbers.items()}


def test_each_number_is_told_by_what_it_explains():
    future, level = made_future()
    assigned = by_level(future, level)
    told = features.usefulness_by_k(assigned, future)
    for k, table in assigned.items():
        assert told[k][0] == pytest.approx(features.grouping_usefulness("segments", table, future).log_spend, abs=1e-12)
    assert max(told, key=lambda k: told[k][0]) == 3


def test_the_distance_to_the_best_is_beyond_chance_only_where_it_is_real():
    future, level = made_future()
    assigned = by_level(future, level)
    assigned[4] = pa.table({"id": future["customer_id"], "segment": level + 3 * (np.arange(800) == 5)})
    told = features.usefulness_by_k(assigned, future)
    best = told[3][0]
    assert told[3][1] == 0
    assert best - told[2][0] > 5 * told[2][1]  # half of the differences are not seen by two segments
    assert best - told[4][0] < 2 * told[4][1]  # one customer by himself changes nothing


def test_the_standard_error_is_that_of_drawing_customers_again():
    # Paired bootstrap of the customers' own errors, against the formula.
    future, level = made_future(seed=3)
    told = features.usefulness_by_k(by_level(future, level), future)
    from clustera.features.usefulness import _errors, _labels_of_customers

    values = np.log1p(future["spend"].to_numpy())[:, None]
    own = {
        k: _errors(_labels_of_customers(t, future), values, future["_key"].to_numpy())
        for k, t in by_level(future, level).items()
    }
    random = np.random.default_rng(0)
    drawn = [(own[2][0] - own[3][0])[random.integers(0, 800, 800)].sum() / own[3][1] for _ in range(2000)]
    assert told[2][1] == pytest.approx(np.std(drawn), rel=0.1)


def test_the_best_is_looked_for_among_those_allowed():
    future, level = made_future()
    assert features.usefulness_by_k(by_level(future, level), future, among=(2, 90))[90][1] == 0


def test_choosing_and_judging_customers_share_nobody():
    future, _ = made_future()
    one, two = features.deciding_halves(future)
    assert sorted([*one["customer_id"].to_pylist(), *two["customer_id"].to_pylist()]) == sorted(
        future["customer_id"].to_pylist()
    )
    assert 300 < one.num_rows < 500


def test_spending_that_never_varies_can_not_choose():
    future, level = made_future()
    same = future.set_column(2, "spend", pa.array(np.ones(800)))
    with pytest.raises(InputError, match="800 customers spend the same"):
        features.usefulness_by_k(by_level(same, level), same)


def test_a_day_outside_the_log_is_refused(engine):
    orders = orders_of(engine, random_log())
    with pytest.raises(InputError, match="before and after the day"):
        features.later_outcomes(orders, after=orders.last_day)
