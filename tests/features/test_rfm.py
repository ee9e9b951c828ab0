import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustera import features
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.features.rfm import group_names

from .conftest import orders_of, random_log

AS_OF = 17_500


def scores_of(orders, bins=5):
    return features.rfm_scores(orders, as_of=AS_OF, bins=bins).arrow().to_pandas().set_index("customer_id").sort_index()


def score_by_hand(values, bins=5):
    """1 + floor(bins x (mean rank - 1/2) / n), with pandas' mean ranks."""
    ranks = pd.Series(values).rank(method="average")
    return (1 + np.floor(bins * (ranks - 0.5) / len(ranks))).astype(int).tolist()


def test_without_ties_each_score_holds_a_fifth(engine):
    frame = pd.DataFrame({"customer": range(10), "date": "2017-10-01", "amount": [float(x) for x in range(1, 11)]})
    assert scores_of(orders_of(engine, frame)).m.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_equal_values_have_the_score_of_the_middle_of_their_ranks(engine):
    frame = pd.DataFrame({"customer": range(10), "date": "2017-10-01", "amount": [1.0] * 7 + [2.0, 2.0, 9.0]})
    scores = scores_of(orders_of(engine, frame))
    assert scores.m.tolist() == [2] * 7 + [5, 5, 5]
    assert set(scores.f) == {3}


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), bins=st.integers(2, 7), customers=st.integers(1, 60))
def test_scores_are_those_of_mean_ranks(seed, bins, customers):
    with Engine(threads=1) as engine:
        orders = orders_of(engine, random_log(seed=seed, lines=120, customers=customers))
        frame = features.rfm_scores(orders, as_of=AS_OF, bins=bins).arrow().to_pandas()
    assert frame.r.tolist() == score_by_hand(-frame.days_since_last_order, bins)
    assert frame.f.tolist() == score_by_hand(frame.order_days, bins)
    assert frame.m.tolist() == score_by_hand(frame.spend, bins)


def test_ties_of_whole_days_leave_no_score_nearly_empty(engine):
    random = np.random.default_rng(1)
    days = pd.Timestamp("2017-12-01") - pd.to_timedelta(random.geometric(0.1, 1000) - 1, unit="D")
    frame = pd.DataFrame({"customer": range(1000), "date": days, "amount": 5.0})
    scores = scores_of(orders_of(engine, frame))
    assert scores.r.value_counts(normalize=True).between(0.1, 0.3).all()


def test_the_thresholds_are_the_values_of_each_score(engine):
    scored = features.rfm_scores(orders_of(engine, random_log(seed=9)), as_of=AS_OF)
    frame = scored.arrow().to_pandas()
    for threshold in features.rfm_grid(scored).thresholds:
        column = {"r": "days_since_last_order", "f": "order_days", "m": "spend"}[threshold.letter]
        values = frame.loc[frame[threshold.letter] == threshold.score, column]
        assert (threshold.customers, threshold.low, threshold.high) == (len(values), values.min(), values.max())


@settings(max_examples=8)
@given(seed=st.integers(0, 1000))
def test_champions_are_recent_and_frequent_and_the_new_have_bought_once(seed):
    with Engine(threads=1) as engine:
        frame = features.rfm_scores(
            orders_of(engine, random_log(seed=seed, lines=90, customers=50)), as_of=AS_OF
        ).arrow()
    frame = frame.to_pandas()
    again = frame.order_days > 1
    assert ((frame.group_name == "Champions") == ((frame.r >= 4) & (frame.f >= 4) & again)).all()
    assert ((frame.group_name == "New") == ((frame.r == 5) & ~again)).all()
    assert not again[frame.group_name.isin(["New", "Promising"])].any()
    assert again[frame.group_name.isin(["Loyal", "Can't lose", "At risk", "Need attention"])].all()


def test_each_group_has_a_rule_for_people():
    assert set(features.group_rules()) == set(group_names())


@settings(max_examples=8)
@given(seed=st.integers(0, 1000), bins=st.integers(2, 6))
def test_every_customer_is_in_one_group_and_one_cell(seed, bins):
    with Engine(threads=1) as engine:
        orders = orders_of(engine, random_log(seed=seed, lines=150, customers=40))
        scored = features.rfm_scores(orders, as_of=AS_OF, bins=bins)
        frame, grid = scored.arrow().to_pandas(), features.rfm_grid(scored, bins=bins)
    assert frame.customer_id.is_unique
    assert set(frame.group_name) <= set(group_names())
    assert sum(cell.customers for cell in grid.cells) == sum(n for _, n, _ in grid.groups) == len(frame)
    assert sum(money for _, _, money in grid.groups) == pytest.approx(frame.spend.sum(), abs=1e-6)
    assert frame[["r", "f", "m"]].stack().between(1, bins).all()


def test_the_order_of_the_lines_moves_nobody(engine):
    log = random_log(seed=3, lines=300, customers=60)
    one, two = scores_of(orders_of(engine, log)), scores_of(orders_of(engine, log.sample(frac=1, random_state=1)))
    assert one.equals(two)


def test_the_best_customer_is_a_champion_and_the_oldest_one_timer_is_lost(engine):
    often = [("best", f"2017-11-{d:02d}", 50.0) for d in range(1, 21)]
    rest = [(f"c{i}", f"2017-0{1 + i}-01", 5.0) for i in range(9)]
    frame = pd.DataFrame(often + rest, columns=["customer", "date", "amount"])
    groups = scores_of(orders_of(engine, frame)).group_name
    assert groups["best"] == "Champions"
    assert groups["c0"] == "Lost"


def test_the_cross_table_is_that_of_pandas(engine):
    orders = orders_of(engine, random_log(seed=5, lines=400, customers=80))
    scored = features.rfm_scores(orders, as_of=AS_OF)
    segments = scored.select("select customer_id as id, cast(customer_id as integer) % 3 as segment from {rows}")
    frame = scored.arrow().to_pandas()
    expected = pd.crosstab(frame.group_name, frame.customer_id.astype(int) % 3).stack()
    found = {(group, segment): n for group, segment, n in features.rfm_cross_table(scored, segments)}
    assert found == {key: n for key, n in expected.items() if n}


def test_a_grid_of_one_bin_is_refused(engine):
    with pytest.raises(InputError, match="at least 2"):
        features.rfm_scores(orders_of(engine, random_log()), as_of=AS_OF, bins=1)


def test_scores_follow_the_quantiles_where_nothing_is_tied(engine):
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"customer": range(100), "date": "2017-10-01", "amount": random.permutation(100) + 1.0})
    scores = scores_of(orders_of(engine, frame))
    assert (scores.m == pd.qcut(scores.spend, 5, labels=False) + 1).all()
