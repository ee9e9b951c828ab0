"""What a mail tool gets for each customer: items to suggest, days overdue, and one day of the next order everywhere."""

import numpy as np
import pandas as pd
import pytest

import clustera
from tests.test_control_groups import orders

CATEGORIES = np.array(["tea", "wine", "bread", "gifts", "herbs"])


def with_categories(seed):
    log = orders(seed).assign(customer_id=lambda d: d["customer_id"] + 1)
    rng = np.random.default_rng(seed)
    taste = rng.dirichlet(np.full(5, 0.5), log["customer_id"].max() + 1)
    return log.assign(category=[CATEGORIES[rng.choice(5, p=taste[c])] for c in log["customer_id"]])


@pytest.fixture(scope="module")
def log():
    return with_categories(1)


@pytest.fixture(scope="module")
def seg(log):
    with clustera.segment(orders=log, k=4, progress=False) as made:
        yield made


def test_nobody_is_offered_what_they_have_bought(seg, log):
    bought = log.assign(id=log["customer_id"].astype(str)).groupby("id")["category"].agg(set)
    offered = seg.customers.set_index("id")["suggested_category"].dropna()
    assert len(offered) > 50
    assert not any(category in bought[customer] for customer, category in offered.items())
    everything = seg.customers[seg.customers["id"].map(bought).str.len() == len(CATEGORIES)]
    assert everything["suggested_category"].isna().all()


def test_an_action_names_what_most_of_its_customers_are_offered(seg):
    for action in seg.outcome.actions:
        mine = seg.customers[(seg.customers.segment == action.segment) & (seg.customers.action_code == action.rule)]
        counted = mine["suggested_category"].value_counts()
        assert action.offered_customers == counted.sum()
        if len(counted):
            most = counted.index[counted == counted.max()]
            assert action.suggested == (most[0] if len(most) == 1 else "")  # none where several are offered as often
            assert action.suggested_customers == (counted.max() if len(most) == 1 else 0)


def test_the_category_of_an_action_goes_to_whoever_has_not_bought_it(seg, log):
    bought = log.assign(id=log["customer_id"].astype(str)).groupby("id")["category"].agg(set)
    for action in seg.outcome.actions:
        if action.category:
            mine = seg.customers[(seg.customers.segment == action.segment) & (seg.customers.action_code == action.rule)]
            without = mine[[action.category not in bought[customer] for customer in mine["id"]]]
            assert set(without["suggested_category"]) <= {action.category}


def test_days_overdue_are_the_silence_beyond_the_longest_gap(seg, log):
    days = log.assign(id=log["customer_id"].astype(str)).groupby("id")["order_date"].unique()
    as_of = pd.Timestamp("1970-01-01") + pd.Timedelta(days=seg.outcome.behavior.as_of)
    late = seg.customers[seg.customers["overdue"]]
    assert len(late) > 5
    for row in late.itertuples():
        own = np.sort(days[row.id][days[row.id] <= as_of])
        longest = max(np.diff(own)).astype("timedelta64[D]").astype(int)
        assert row.days_overdue == (as_of - own[-1]).days - longest > 0
    assert seg.customers.loc[~seg.customers["overdue"], "days_overdue"].isna().all()


def test_predict_gives_the_next_order_of_the_run(seg, log):
    columns = ["id", "next_order", "overdue", "days_overdue"]
    as_of = str(pd.Timestamp("1970-01-01") + pd.Timedelta(days=seg.outcome.behavior.as_of))[:10]
    again = seg.predict(orders=log, as_of=as_of)[columns].set_index("id")
    # The run has a forecast beside it, and gives no day where no order is more likely.
    unlikely = seg.customers.set_index("id")["churn_risk"] >= 0.5
    first = seg.customers[columns].set_index("id")
    assert unlikely.any()
    assert first.loc[unlikely, "next_order"].isna().all()
    first["next_order"] = first["next_order"].where(~unlikely, again["next_order"])
    pd.testing.assert_frame_equal(again, first)
    # Who else is in the log changes nothing for them.
    others = with_categories(2).assign(customer_id=lambda d: d["customer_id"] + 10_000)
    more = seg.predict(orders=pd.concat([log, others]), as_of=as_of)[columns].set_index("id")
    pd.testing.assert_frame_equal(more.loc[first.index], first)


def test_a_log_without_items_gets_no_column_for_them(log):
    with clustera.segment(orders=log.drop(columns="category"), k=3, value=False, progress=False) as plain:
        assert not [
            name for name in plain.customers.columns if name.startswith(("last_c", "last_p", "favorite_", "suggested_"))
        ]
        assert all(not action.suggested for action in plain.outcome.actions)


@pytest.mark.parametrize("column", ["category", "product"])
def test_items_of_any_type_are_read_as_text(log, column):
    few = log[log["customer_id"] <= 60].drop(columns="category")
    code = pd.factorize(log.loc[few.index, "category"])[0]
    missing = pd.array([None if c == 0 else c + 100 for c in code], dtype="Int64")
    for values in (code + 100, missing, code > 1, pd.Timestamp("2020-01-01") + pd.to_timedelta(code, unit="D")):
        with clustera.segment(orders=few.assign(**{column: values}), k=2, progress=False) as made:
            found = made.customers.get(f"favorite_{column}")
            if values.dtype.kind in "iu":
                assert set(found.dropna()) <= {str(c + 100) for c in code}
                assert found.notna().sum() > 40
