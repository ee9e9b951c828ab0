"""What an earlier run was asked for about the meaning of its files holds in the run that keeps its definitions."""

import sqlite3

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.settings import gather_settings, with_earlier_options

LAST = pd.Timestamp("2025-05-31")


def log(seed=0):
    """Six months of 80 customers, with columns that mean something only to who says so."""
    random = np.random.default_rng(seed)
    n = 1200
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.sort(random.integers(0, 181, n)), "D")
    customer = random.integers(0, 80, n)
    amount = (10 + customer) * random.lognormal(0, 0.3, n)
    return pd.DataFrame(
        {
            "order": np.arange(n),
            "customer": [f"c{i:03d}" for i in customer],
            "date": days,
            "amount": amount.round(2),
            "net": (amount / 1.2).round(2),
            "status": random.choice(["paid", "pending"], n, p=[0.8, 0.2]),
            "back": np.where(random.random(n) < 0.1, amount.round(2), 0.0),
            "product": random.choice(["Shoe", "Hat", "Postage"], n),
        }
    )


def told_before(seg):
    """What a run says it took from the earlier one, by option."""
    found = next((one for one in seg.outcome.findings if one.code == "options-as-before"), None)
    return {} if found is None else {one["option"]: one["value"] for one in found.values["options"]}


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ({"amount": "net"}, {"amount": "net"}),
        ({"paid": ["pending"]}, {"paid": "pending"}),
        ({"refund": "back", "services": True}, {"refund": "back", "services": "True"}),
    ],
)
def test_a_later_run_reads_orders_as_the_earlier_one_was_asked_to(asked, written):
    orders, plain = log(), {"value": False, "progress": False}
    before = clustera.segment(orders=orders[orders.date <= LAST], k=3, **plain, **asked)
    after = clustera.segment(orders=orders, like=before, **plain)
    named = clustera.segment(orders=orders, like=before, **plain, **asked)
    pd.testing.assert_frame_equal(after.customers, named.customers)
    assert after.outcome.behavior.money == named.outcome.behavior.money
    assert told_before(after) == written
    third = clustera.segment(orders=orders, like=after, progress=False)
    assert told_before(third) == written | {"value": "False"}
    pd.testing.assert_series_equal(third.customers.segment, after.customers.segment)


def test_what_the_later_run_names_itself_holds(tmp_path):
    orders = log(1)
    with clustera.segment(orders=orders[orders.date <= LAST], k=3, margin=0.3, paid=["pending"], progress=False) as seg:
        seg.publish(tmp_path, name="may")
    may = clustera.load("may", runs=tmp_path)
    asked = {"paid": ["paid"], "unpaid": ["pending"], "value": False}
    with clustera.segment(orders=orders, like=may, progress=False, **asked) as after:
        paid = orders[(orders.status == "paid") & (orders["product"] != "Postage")]
        assert after.outcome.behavior.money.lines_used == len(paid)
        assert told_before(after) == {"margin": "0.3"}


def test_a_file_that_is_not_written_as_the_earlier_one_is_an_error_that_names_what_is_kept(tmp_path):
    table = pd.DataFrame({"id": [f"c{i}" for i in range(60)], "spend": [i % 2 * 90 + i % 7 for i in range(60)]})
    table.to_csv(tmp_path / "may.csv", sep=";", index=False)
    table.to_csv(tmp_path / "june.csv", index=False)
    june, kept = tmp_path / "june.csv", r"Kept from may\.csv: separator=.;.; where these files differ"
    with clustera.segment(tmp_path / "may.csv", k=2, separator=";", progress=False) as seg:
        with pytest.raises(clustera.InputError, match=kept):
            clustera.segment(june, like=seg, progress=False)
        with pytest.raises(clustera.InputError, match=kept):
            seg.assign(june, progress=False)
        assert seg.assign(june, separator=",", progress=False).customers.count() == 60


def test_a_column_that_is_gone_is_an_error_that_names_the_run_that_asked_for_it(tmp_path):
    orders = log(2)
    with clustera.segment(orders=orders[orders.date <= LAST], k=3, amount="net", value=False, progress=False) as seg:
        seg.publish(tmp_path, name="may")
    orders.rename(columns={"net": "netto"}).to_csv(tmp_path / "june.csv", index=False)
    words = ["segment", "--orders", str(tmp_path / "june.csv"), "--like", "may", "--runs", str(tmp_path)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 3
    assert "'net'" in result.output
    assert "Kept from may: --set amount=net" in " ".join(result.output.split())
    told = CliRunner().invoke(app, [*words, "--set", "amount=netto"])
    assert told.exit_code == 0, told.output


def test_a_query_holds_until_another_table_is_named(tmp_path):
    orders = log(3).assign(date=lambda rows: rows.date.astype(str))
    place = tmp_path / "shop.sqlite"
    with sqlite3.connect(place) as base:
        orders.to_sql("orders", base, index=False)
    paid = {"query": "select * from orders where status = 'paid'"}
    with clustera.segment(orders=place, k=3, value=False, progress=False, **paid) as before:
        with clustera.segment(orders=place, like=before, value=False, progress=False) as after:
            assert after.outcome.behavior.money == before.outcome.behavior.money
        with clustera.segment(orders=place, like=before, table="orders", value=False, progress=False) as whole:
            assert whole.outcome.behavior.money.lines == len(orders)
            assert "query" not in told_before(whole)


def test_what_is_said_outweighs_an_earlier_run_and_nothing_else_does():
    said = gather_settings(environment={"CLUSTERA_ZONE": "Asia/Tokyo"}, margin=1.0, table="orders")
    earlier = {"zone": "Europe/Berlin", "margin": 0.3, "query": "select 1", "horizon_months": 6, "paid": ["pending"]}
    found, taken = with_earlier_options(said, earlier)
    assert (found.orders.zone, found.value.margin, found.read.query) == ("Asia/Tokyo", 1.0, None)
    assert (found.value.horizon_months, found.orders.paid) == (6, ("pending",))
    assert taken == {"horizon_months": 6, "paid": ["pending"]}
