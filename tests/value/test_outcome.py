import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from clustera.days import to_date
from clustera.errors import InputError
from clustera.texts import finding_cure, finding_message, finding_rule
from clustera.value import GammaGamma, alive_history, assess, relative_value, repeat_purchases

from .conftest import day

END = day("1998-06-30")


@pytest.fixture(scope="module")
def segments(cdnow):
    frequency = repeat_purchases(cdnow, as_of=END).set_index("customer_id")["frequency"]
    return pd.cut(frequency, [-1, 0, 2, 1000], labels=[1, 2, 3]).astype(int)


@pytest.fixture(scope="module")
def outcome(cdnow, segments):
    return assess(cdnow, as_of=END, segments=segments, margin=0.3)


def test_every_customer_has_a_value(outcome):
    table = outcome.customers
    assert table["customer_id"].tolist() == list(range(1, 2358))
    assert np.isfinite(table[["probability_alive", "value", "value_low", "value_high", "churn_risk"]].to_numpy()).all()
    assert (table["value_low"] <= table["value_high"]).all()
    assert table["probability_alive"].between(0, 1).all()
    assert table["churn_risk"].between(0, 1).all()


def test_segments_add_up_to_the_total(outcome):
    total, parts = outcome.record.total, outcome.record.segments
    for name in ("customers", "active", "purchases", "value", "churn_loss"):
        assert sum(getattr(part, name) for part in parts) == pytest.approx(getattr(total, name))
    assert outcome.customers["value"].sum() == pytest.approx(total.value)


def test_values_lie_within_their_ranges(outcome):
    for value in (outcome.record.total, *outcome.record.segments):
        assert value.low < value.value < value.high


def test_value_is_discounted_margin_month_by_month(cdnow):
    outcome = assess(cdnow, as_of=END, margin=0.3, monthly_discount=0.01)
    table, month = outcome.customers.iloc[[4, 5, 77]], 365.25 / 84
    known = table["frequency"], table["T"]
    bought = [outcome.purchase_model.expected_if_alive(i * month, *known) if i else np.zeros(3) for i in range(13)]
    whole = sum((bought[i] - bought[i - 1]) / 1.01**i for i in range(1, 13)) / bought[12]
    expected = table["expected_purchases"] * whole * 0.3 * table["expected_spend"].to_numpy()
    np.testing.assert_allclose(table["value"], expected, rtol=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_value_equals_that_of_lifetimes(cdnow, cdnow_calibration):
    import lifetimes

    from clustera.value import BGNBD
    from clustera.value.forecast import discounted_purchases
    from clustera.value.holdout import as_customers

    known = cdnow_calibration[cdnow_calibration["monetary_value"] > 0]
    params = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    theirs = lifetimes.BetaGeoFitter()
    theirs.params_ = pd.Series(params)
    theirs.predict = theirs.conditional_expected_number_of_purchases_up_to_time
    spend = GammaGamma().with_params(p=6.25, q=3.74, v=15.44)
    gamma = lifetimes.GammaGammaFitter()
    gamma.params_ = pd.Series(spend.params_)
    columns = known["frequency"], known["recency"], known["T"]
    expected = gamma.customer_lifetime_value(
        theirs, *columns, known["monetary_value"], time=12, discount_rate=0.01, freq="W"
    )
    ours = BGNBD().with_params(**params)
    # lifetimes holds a month for 4.345 weeks
    purchases = ours.probability_alive(*columns) * discounted_purchases(ours, as_customers(known), 12, 0.01, 4.345)
    np.testing.assert_allclose(
        purchases * spend.expected_spend(known["frequency"], known["monetary_value"]), expected, rtol=1e-6
    )


def test_expected_loss_from_churn_is_what_the_gone_would_have_brought(outcome):
    table = outcome.customers
    expected = (table["value_if_active"] * (1 - table["probability_alive"])).sum()
    assert outcome.record.total.churn_loss == pytest.approx(expected)


def test_a_next_order_is_foreseen_for_those_more_likely_than_not_to_order(outcome):
    table = outcome.customers
    assert (table["next_order_day"].notna() == (table["churn_risk"] < 0.5)).all()
    assert (table["next_order_day"].dropna() > END).all()


def test_half_the_margin_is_half_the_value_and_no_more_doubt(cdnow, outcome):
    half = assess(cdnow, as_of=END, margin=0.15)
    assert half.record.total.value == pytest.approx(outcome.record.total.value / 2)
    assert half.record.segments == ()


def test_the_same_seed_gives_the_same_outcome_whatever_the_order_of_the_rows(cdnow, segments, outcome):
    again = assess(cdnow.sample(frac=1, random_state=0), as_of=END, segments=segments.sample(frac=1), margin=0.3)
    assert again.customers.equals(outcome.customers)
    assert again.record == outcome.record


def test_orders_after_as_of_change_nothing(cdnow, outcome, segments):
    later = pd.concat(
        [cdnow, pd.DataFrame({"customer_id": [1, 99999], "day": [END + 1, END + 2], "amount": [1e6, 1e6]})]
    )
    assert assess(later, as_of=END, segments=segments, margin=0.3).record == outcome.record


def test_the_record_can_be_written_as_json(outcome):
    text = json.dumps(dataclasses.asdict(outcome.record), allow_nan=False)
    assert json.loads(text)["back_test"]["chosen"] == outcome.record.back_test.chosen


def test_every_doubt_says_its_rule_and_cure(outcome):
    assert outcome.record.doubts
    assert all(
        finding_message(doubt) and finding_rule(doubt) and finding_cure(doubt) for doubt in outcome.record.doubts
    )


def test_tracking_counts_every_repeat_purchase_of_the_customers_known_at_the_split(cdnow, outcome):
    record = outcome.record.tracking
    once_a_day = cdnow[cdnow["day"] <= record.days[-1]].drop_duplicates(["customer_id", "day"])
    assert sum(record.actual) == len(once_a_day) - once_a_day["customer_id"].nunique()
    assert sum(record.expected) == pytest.approx(sum(record.actual), rel=0.05)


def test_frequencies_count_every_customer(outcome):
    assert sum(outcome.record.frequencies.actual) == 2357
    assert sum(outcome.record.frequencies.expected) == pytest.approx(2357)


def test_impossible_histories_are_blank_in_the_matrices(outcome):
    alive = outcome.record.matrices[0]
    assert alive.values[3][0] is None  # no repeat purchase, but a later last one
    assert alive.values[0][1] is None
    assert alive.values[-1][-1] > 0.95


def test_a_customer_is_surely_one_on_the_day_of_a_purchase(cdnow, outcome):
    history = alive_history(cdnow, outcome.purchase_model, 1, as_of=END)
    assert alive_history(cdnow, outcome.purchase_model, 1, as_of=to_date(END)) == history
    on_day = dict(zip(history.days, history.probability, strict=True))
    assert all(on_day[bought] > 0.98 for bought in history.purchases)
    stayed, returning = history.probability[-1], outcome.record.back_test.returning
    assert stayed + returning * (1 - stayed) == pytest.approx(outcome.customers.loc[0, "probability_alive"])
    history = alive_history(cdnow, outcome.purchase_model, 1, as_of=END, returning=returning)
    assert history.probability[-1] == pytest.approx(outcome.customers.loc[0, "probability_alive"])
    with pytest.raises(InputError, match="returning is 30"):
        alive_history(cdnow, outcome.purchase_model, 1, as_of=END, returning=30)


# Refusals


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"margin": 30}, "margin is 30"),
        ({"monthly_discount": 12}, "monthly_discount is 12"),
        ({"horizon_months": 0}, "horizon_months is 0"),
    ],
)
def test_options_out_of_range_are_refused(cdnow, options, message):
    with pytest.raises(InputError, match=message):
        assess(cdnow, as_of=END, **options)


def test_orders_without_amounts_have_no_value(cdnow):
    with pytest.raises(InputError, match="no column 'amount'"):
        assess(cdnow[["customer_id", "day"]], as_of=END)


def test_segments_of_other_customers_are_refused(cdnow):
    with pytest.raises(InputError, match="don't match"):
        assess(cdnow, as_of=END, segments=pd.Series([1, 2], index=["a", "b"]))


def test_customers_without_segment_count_in_the_total_only(cdnow, segments, outcome):
    some = assess(cdnow, as_of=END, segments=segments[segments > 1], margin=0.3)
    assert some.record.total.value == pytest.approx(outcome.record.total.value)
    assert [part.segment for part in some.record.segments] == [2, 3]


# Without orders


def test_without_orders_the_score_is_what_was_put_in():
    made = relative_value([10.0, 20.0], margin=0.4, yearly_retention=0.5, years=3, yearly_discount=0.25)
    assert made.value[0] == pytest.approx(10 * 0.4 * (1 + 0.4 + 0.16))
    assert made.score.mean() == pytest.approx(100)
    assert "not a lifetime value" in made.assumptions[-1]


@pytest.mark.parametrize("wrong", [{"margin": 0.0}, {"yearly_retention": 1.2}, {"years": 0}, {"years": 2.5}])
def test_assumptions_out_of_range_are_refused(wrong):
    with pytest.raises(InputError):
        relative_value([1.0], **({"margin": 0.4, "yearly_retention": 0.5, "years": 3} | wrong))


def test_without_a_discount_value_is_the_expected_spend(cdnow):
    found = assess(cdnow, as_of=END)
    table = found.customers
    np.testing.assert_allclose(table["value"], table["expected_purchases"] * table["expected_spend"], rtol=1e-9)
    assert found.record.monthly_discount == 0
