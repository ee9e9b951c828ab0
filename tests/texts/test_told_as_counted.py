"""Short sentences beside figures say what was counted, with the direction that the figures have."""

from types import SimpleNamespace

import pytest

from clustera.records import Finding, TopFalls
from clustera.texts import action_stake, counted_since, falling_sentence, lately_sentence
from clustera.texts.behavior import only_returned_sentence
from clustera.texts.forecasts import forecast_doubts
from clustera.texts.outliers import outliers_bring


def value_with(forecast, actual, customers=246):
    test = SimpleNamespace(deciles=((3.6, 5.6, 246), (forecast, actual, customers)))
    doubt = Finding(code="spend-follows-frequency", severity="warning", values={"case": "more", "correlation": 0.3})
    return SimpleNamespace(back_test=test, doubts=(doubt,))


@pytest.mark.parametrize(
    ("forecast", "actual", "told"),
    [
        (77.52, 71.13, "ordered 8.2% less than forecast"),
        (10.0, 12.5, "ordered 25% more than forecast"),
        (10.0, 10.4, ""),
        (0.0, 3.0, ""),
    ],
)
def test_a_forecast_is_doubted_in_the_direction_of_its_own_test(forecast, actual, told):
    assert told in forecast_doubts(value_with(forecast, actual))
    assert bool(told) == bool(forecast_doubts(value_with(forecast, actual)))
    assert not forecast_doubts(value_with(forecast, actual, customers=29))


def test_a_fall_is_told_with_its_least_share_and_what_is_usual():
    alone = falling_sentence(TopFalls(1 / 3, 294, 180), 1.0, 10.0, span="12 months")
    told = falling_sentence(TopFalls(0.41, 294, 180, (0.62, 0.553)), 1.0, 10.0, span="12 months")
    assert "months ago (61%) now spend at least a third less." in alone
    assert "months ago (61%; usual: 55% to 62%) now spend at least 41% less." in told


@pytest.mark.parametrize(("days", "told"), [(366, ""), (367, "Last 12 months: 800"), (458, "Last 12 months: 800")])
def test_a_log_longer_than_a_year_tells_the_sales_of_its_last_12_months(days, told):
    stages = (SimpleNamespace(year_spend=500.0), SimpleNamespace(year_spend=300.0))
    assert lately_sentence(SimpleNamespace(first_day=1, as_of=days, stages=stages)) == told


@pytest.mark.parametrize(("days", "told"), [(366, " of sales."), (367, " of sales since January 2, 1970.")])
def test_a_share_of_sales_says_since_when_where_that_is_not_the_last_12_months(days, told):
    since = counted_since(SimpleNamespace(first_day=1, as_of=days))
    assert outliers_bring(4, 0.2, since=since).endswith(told)


@pytest.mark.parametrize(("margin", "months", "told"), [
    (1.0, 12, "we expect them to spend 600 in the next 12 months."), (0.3, 12, "we expect them to spend 2,000 in the next 12 months; at the pace of their last 3 months, 800."),
    (1.0, 1, "we expect them to spend 600 in the next 1 month; at the pace of their last 3 months, 66.67."),
])  # fmt: skip
def test_a_forecast_of_margin_is_told_as_the_spending_that_it_is_the_margin_of(margin, months, told):
    action = SimpleNamespace(money=None, money_share=None, forecast=600.0, kind="grow")
    assert told in action_stake(action, months=months, margin=margin, recent=200.0)


def test_a_forecast_of_discounted_money_says_so_beside_the_spending_it_tells():
    action = SimpleNamespace(money=None, money_share=None, forecast=600.0, kind="grow")
    plain, discounted = (action_stake(action, months=12, discount=discount) for discount in (0.0, 0.01))
    assert discounted == f"{plain} Money that comes later counts for less (1.0% a month)."


@pytest.mark.parametrize(("customers", "told"), [((), ""), ((1,), "1 customer only"), ((2, 5), "7 customers only")])
def test_who_only_gave_goods_back_is_counted_over_all_segments(customers, told):
    parts = [
        SimpleNamespace(stage="active", customers=40),
        *(SimpleNamespace(stage=None, customers=n) for n in customers),
    ]
    said = only_returned_sentence(SimpleNamespace(stages=parts))
    assert said.startswith(told)
    assert bool(said) == bool(told)
