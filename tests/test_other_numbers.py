"""The segments of a run with another number of them are those that a run with that number has."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.errors import InputError, RunError
from tests.campaigning import quiet_log
from tests.service.conftest import orders_of


@pytest.fixture(scope="module")
def runs(tmp_path_factory, blobs):
    """A run of customers and two runs of orders, one that keeps the order lines."""
    place = tmp_path_factory.mktemp("numbers") / "runs"
    for name, of in (
        ("table", {"customers": blobs}),
        ("kept", {"orders": orders_of(120, 400), "keep_orders": True}),
        ("bare", {"orders": orders_of(120, 400)}),
    ):
        with clustera.segment(**of, progress=False, threads=1) as seg:
            seg.publish(place, name=name)
    return place


def sizes_of(seg):
    return sorted(seg.segments["customers"].tolist())


@pytest.mark.parametrize("k", [2, 3, 4, 5])
def test_another_number_gives_the_segments_of_a_run_with_that_number(runs, blobs, k):
    with clustera.segment(blobs, k=k, progress=False, threads=1) as asked:
        found = clustera.load("table", runs=runs).segments_with(k)
        assert sorted(found["customers"].tolist()) == sizes_of(asked)
        assert sorted(found["name"]) == sorted(asked.names.values())


def test_the_run_s_own_number_gives_its_own_segments(runs):
    seg = clustera.load("kept", runs=runs)
    found = seg.segments_with(seg.k)
    assert sorted(found["customers"].tolist()) == sizes_of(seg)
    assert (found["mostly_share"] == 1).all()
    assert found["sales_share"].sum() == pytest.approx(1)
    assert found["sales"].sum() == pytest.approx(seg.customers["sales_12_months"].sum())


def test_the_smallest_segment_is_that_of_the_segments_themselves(runs):
    seg = clustera.load("kept", runs=runs)
    for k in (seg.k, seg.k + 1):
        found = seg.other_number(k)
        assert found.evidence.smallest == min(one.customers for one in found.segments) / len(seg.customers)


def test_segments_are_numbered_and_named_as_in_a_run_with_that_number(runs):
    seg = clustera.load("kept", runs=runs)
    own = seg.segments_with(seg.k)
    assert own["name"].tolist() == seg.segments["name"].tolist()
    assert own["customers"].tolist() == seg.segments["customers"].tolist()
    assert own["mostly"].tolist() == own["segment"].tolist()
    with seg.remake(4) as again:
        other = clustera.load("kept", runs=runs).segments_with(4)
        assert other["name"].tolist() == again.segments["name"].tolist()
        assert other["customers"].tolist() == again.segments["customers"].tolist()


def test_everybody_goes_from_one_segment_to_one_segment(runs):
    seg = clustera.load("table", runs=runs)
    moves = seg.other_number(4).moves
    assert moves.common == len(seg.customers)
    assert (moves.only_before, moves.only_after) == (0, 0)


@pytest.mark.parametrize(("name", "of"), [("table", "customers"), ("kept", "orders")])
def test_a_run_made_again_of_what_it_keeps_is_the_run_made_of_its_files(runs, blobs, name, of):
    source = blobs if of == "customers" else orders_of(120, 400)
    with (
        clustera.segment(**{of: source}, k=4, progress=False, threads=1) as asked,
        clustera.load(name, runs=runs).remake(4) as again,
    ):
        assert again.segments["customers"].tolist() == asked.segments["customers"].tolist()
        assert again.names == asked.names
        one, two = (seg.customers.set_index("id")["segment"].sort_index() for seg in (asked, again))
        assert one.equals(two)
        assert again.outcome.source == clustera.load(name, runs=runs).outcome.source
        if of == "orders":
            assert again.outcome.behavior.revenue == asked.outcome.behavior.revenue
            assert again.outcome.behavior.as_of == asked.outcome.behavior.as_of


def test_the_command_says_which_run_latest_means_once_a_run_was_made_again(blobs, tmp_path):
    with clustera.segment(blobs, progress=False, threads=1) as seg:
        seg.publish(tmp_path / "runs", name="first")

    def said(*words):
        result = CliRunner().invoke(app, [*words, "--runs", str(tmp_path / "runs")])
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    told = said("remake", "first", "4", "--name", "four")
    assert "'latest' is still first, for schedules too." in told
    assert clustera.load("latest", runs=tmp_path / "runs").run_name == "first"
    said(*told.rpartition("clustera ")[2].split())
    assert clustera.load("latest", runs=tmp_path / "runs").run_name == "four"
    assert "'latest' is now two" in said("remake", "first", "2", "--name", "two", "--use")


def test_a_run_without_its_order_lines_is_not_made_again(runs):
    seg = clustera.load("bare", runs=runs)
    assert not seg.keeps_all
    assert seg.segments_with(3)["customers"].sum() == len(seg.customers)
    with pytest.raises(RunError, match="does not keep the order lines"):
        seg.remake(3)


def test_more_segments_than_customers_are_refused(runs):
    with pytest.raises(InputError, match="only"):
        clustera.load("kept", runs=runs).segments_with(240)
    with pytest.raises(InputError, match="at least 2"):
        clustera.load("kept", runs=runs).segments_with(1)


@pytest.mark.parametrize("amount", ["${:.2f}", "{:.2f} kr", "{:.2f}"])
def test_a_run_made_again_keeps_the_currency_that_stands_in_the_amounts(amount):
    random = np.random.default_rng(4)
    days = pd.Timestamp("2024-06-30") - pd.to_timedelta(random.integers(0, 200, 240), "D")
    orders = pd.DataFrame({"customer": random.integers(1, 40, 240), "date": days})
    orders["amount"] = [amount.format(paid) for paid in random.lognormal(3, 1, 240)]
    seg = clustera.segment(orders=orders, keep_orders=True, value=False, progress=False)
    assert seg.remake(3).outcome.behavior.money == seg.outcome.behavior.money


def test_a_run_made_again_counts_all_money_of_the_file_and_reads_a_later_log_alike(tmp_path):
    log = quiet_log(300).rename(columns={"amount": "paid"})
    log["list_total"], log["status"] = 1.5 * log["paid"], np.where(np.arange(len(log)) % 17, "paid", "canceled")
    log.loc[log.index[::23], "customer_id"] = np.nan
    asked = {"k": 2, "amount": "list_total", "as_of": "2024-03-15", "value": False, "keep_orders": True}
    with clustera.segment(orders=log, progress=False, **asked) as seg:
        seg.publish(tmp_path / "runs", name="march")
        money = seg.outcome.behavior.money
        assert min(money.set_aside, money.later) > 0  # canceled, or of nobody; after the snapshot date
    with clustera.load("march", runs=tmp_path / "runs") as march, march.remake(3) as again:
        assert again.outcome.behavior.money == money
        assert {finding.code for finding in again.outcome.findings} >= {"unpaid", "no-customer", "after-snapshot"}
        assert again.orders_quarantine.equals(march.orders_quarantine)
        again.publish(tmp_path / "runs", name="again")
    found = []
    for run in ("march", "again"):
        made = clustera.load(run, runs=tmp_path / "runs").launch_campaign(
            run, control=0.5, day="2024-03-16", include_controls=True
        )
        whole = made.results(log).record
        gone = log["customer_id"].isna() | (log["status"] == "canceled")
        assert whole.left_out_lines == gone.sum()
        assert whole.left_out_money == pytest.approx(log.loc[gone, "list_total"].sum())
        found.append(whole.parts[0].contact.revenue + whole.parts[0].control.revenue + whole.others_revenue)
    used = log[(log["order_date"] > "2024-03-15") & (log["order_date"] < "2024-04-15") & (log["status"] == "paid")]
    assert found == pytest.approx(2 * [used.dropna()["list_total"].sum()])
