"""Segments from a log of orders, from end to end."""

from __future__ import annotations

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera import pipeline
from clustera.cli import app
from clustera.settings import gather_settings


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """Two years of 240 customers: weekly big spenders, monthly small ones, and some who have left; three returns."""
    random = np.random.default_rng(4)
    lines = []
    for customer in range(240):
        gap, mean, last = [(7, 60, 730), (30, 20, 730), (20, 35, 450)][customer % 3]
        day = random.integers(0, 60)
        while day < last:
            lines.append((f"C{customer:03d}", day, round(float(random.gamma(4, mean / 4)) + 0.01, 2)))
            day += 1 + random.poisson(gap)
    frame = pd.DataFrame(lines, columns=["customer_id", "day", "amount"])
    frame.loc[[3, 30, 300], "amount"] *= -1
    frame["date"] = pd.Timestamp("2016-01-01") + pd.to_timedelta(frame.pop("day"), unit="D")
    return frame.sample(frac=1, random_state=1).reset_index(drop=True)


@pytest.fixture(scope="module")
def seg(orders):
    return clustera.segment(orders=orders, keep_orders=True, progress=False)


def test_every_cent_is_accounted_for(seg, orders):
    money = seg.outcome.behavior.money
    assert money.closes
    assert money.amount(money.read) == pytest.approx(orders.amount.sum(), abs=0.005)
    assert sum(amount for _, amount in seg.outcome.behavior.revenue) == pytest.approx(orders.amount.sum(), abs=0.005)


def test_every_customer_who_ordered_is_segmented(seg, orders):
    assert set(seg.customers.id) == set(orders.customer_id)


def test_spend_of_a_segment_is_that_of_its_members(seg, orders):
    counted = orders[(orders.date.max() - orders.date).dt.days < seg.outcome.model.window]
    members = seg.customers.set_index("id").segment
    spend = counted.groupby("customer_id").amount.sum().reindex(members.index, fill_value=0)
    means = spend.groupby(members).mean()
    assert np.allclose(seg.segments.set_index("segment")["spend: mean"], means, rtol=1e-6)


def test_segments_are_numbered_by_revenue_per_customer(seg, orders):
    members = seg.customers.set_index("id").segment
    revenue = orders.groupby("customer_id").amount.sum().reindex(members.index)
    assert list(revenue.groupby(members).mean().sort_values(ascending=False).index) == list(range(1, seg.k + 1))


def test_monthly_revenue_adds_up_to_the_whole(seg, orders):
    assert sum(month.revenue for month in seg.outcome.behavior.months) == pytest.approx(orders.amount.sum(), abs=0.01)


def test_everybody_is_in_one_rfm_group_of_one_segment(seg):
    behavior = seg.outcome.behavior
    assert (
        sum(n for _, _, n in behavior.rfm_by_segment) == sum(n for _, n, _ in behavior.rfm.groups) == len(seg.customers)
    )


def test_customers_who_left_are_worth_less_than_those_who_order_weekly(seg):
    value = seg.customers.assign(kind=seg.customers.id.str[1:].astype(int) % 3).groupby("kind").value.mean()
    assert value[0] > value[1] > value[2]
    assert seg.outcome.value.total.value == pytest.approx(seg.customers.value.sum(), rel=1e-6)


def test_value_by_segment_adds_up_to_the_total(seg):
    value = seg.outcome.value
    assert sum(entry.value for entry in value.segments) == pytest.approx(value.total.value, rel=1e-6)


def test_orders_after_the_day_of_judgment_change_nothing(orders):
    as_of = "2017-06-30"
    known = orders[orders.date <= as_of]
    one = clustera.segment(orders=orders, as_of=as_of, value=False, progress=False)
    two = clustera.segment(orders=known, as_of=as_of, value=False, progress=False)
    pd.testing.assert_frame_equal(one.customers, two.customers)


def test_a_customer_table_describes_those_who_order(orders):
    people = pd.DataFrame(
        {"customer_id": [f"C{i:03d}" for i in range(240)], "age": range(20, 260), "region": ["north", "south"] * 120}
    )
    seg = clustera.segment(people, orders=orders, value=False, progress=False)
    assert {d.descriptor for p in seg.outcome.segments for d in p.descriptors} >= {"region"}
    assert "age" not in [f.name for f in seg.outcome.preparation.features]


def test_named_features_are_taken_from_both_tables(orders):
    people = pd.DataFrame(
        {"customer_id": [f"C{i:03d}" for i in range(240)], "age": np.random.default_rng(0).integers(18, 80, 240)}
    )
    seg = clustera.segment(people, orders=orders, features=["spend", "age"], value=False, progress=False)
    assert sorted(f.name for f in seg.outcome.preparation.features) == ["age", "spend"]


def test_too_short_a_history_gives_segments_but_no_forecast(orders):
    short = orders[orders.date >= "2017-12-20"]
    seg = clustera.segment(orders=short, progress=False)
    assert seg.outcome.value is None
    assert seg.outcome.value_refused
    assert "value" not in seg.customers


def test_a_run_from_orders_is_stored_and_opened(seg, tmp_path):
    loaded = clustera.load(seg.save(tmp_path / "run"))
    assert loaded.outcome == seg.outcome
    pd.testing.assert_frame_equal(loaded.customers, seg.customers)


def test_the_query_over_order_lines_gives_the_values_and_segments_of_the_run(seg, orders):
    window = seg.outcome.model.window
    assert window < (orders.date.max() - orders.date.min()).days
    values = {row.pop("id"): row for row in seg._listed.tables[1].arrow().to_pylist()}
    with duckdb.connect() as connection:
        connection.register("my_orders", orders.rename(columns={"date": "order_date"}))
        connection.execute(f"create table customers as {seg.features_sql().split(chr(10), 4)[4]}")
        found = connection.sql("select * from customers").to_arrow_table().to_pylist()
        segmented = connection.execute(seg.sql()).fetchall()
    labels = {row[0]: row[1] for row in segmented}
    assert {row.pop("customer_id"): row for row in found} == values
    assert labels == dict(zip(seg.customers.id, seg.customers.segment, strict=True))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--like", "first"], "--like does nothing without --sql"),
        (["--as-of", "2017-01-01"], "--as-of does nothing without --sql"),
        (["--sql", "--like", "nope"], "nope"),
    ],
)
def test_a_run_for_the_query_is_refused_where_there_is_no_query(asked, told, tmp_path):
    result = CliRunner().invoke(app, ["features", *asked, "--runs", str(tmp_path)])
    assert result.exit_code != 0
    assert told in result.output


def test_the_command_prints_the_query_of_a_run(seg, tmp_path):
    seg.publish(tmp_path, name="first")
    asked = ["features", "--sql", "--like", "first", "--runs", str(tmp_path), "--dialect", "postgres"]
    result = CliRunner().invoke(app, asked)
    assert result.output.strip() == seg.features_sql(dialect="postgres")
    assert f"look back {seg.outcome.model.window:,} days" in result.output


@pytest.fixture(scope="module")
def spoilt(orders) -> pd.DataFrame:
    """Some lines name nobody, one has no amount, one is a formula."""
    lines = orders.astype({"amount": object, "customer_id": object, "date": object}).copy()
    lines.loc[[10, 20, 40], "customer_id"] = None
    lines.loc[50, "amount"] = "a lot"
    lines.loc[60, ["customer_id", "amount"]] = ["=HYPERLINK(1)", "much"]
    return lines


def test_every_order_line_that_is_set_aside_is_shown_with_its_reason_and_money(spoilt):
    seg = clustera.segment(orders=spoilt, value=False, progress=False)
    money = seg.outcome.behavior.money
    aside = seg.orders_quarantine
    assert len(aside) == money.lines_set_aside == 5
    assert float(aside.amount.dropna().astype(float).sum()) == pytest.approx(money.amount(money.set_aside))
    assert aside.groupby("code").size().to_dict() == {s.code: s.lines for s in seg.outcome.behavior.set_aside}
    assert {json.loads(text)["amount"] for text in aside.text} >= {"a lot", "much"}


def test_the_run_keeps_order_lines_set_aside_and_no_spreadsheet_takes_them_for_formulas(spoilt, tmp_path):
    seg = clustera.segment(orders=spoilt, value=False, progress=False)
    place = seg.save(tmp_path / "run")
    pd.testing.assert_frame_equal(clustera.load(place).orders_quarantine, seg.orders_quarantine)
    written = pd.read_csv(place / "orders_quarantine.csv")
    assert list(written.columns) == ["row", "customer", "code", "reason", "amount", "text"]
    assert set(written.row) == set(seg.orders_quarantine.row)
    assert "'=HYPERLINK(1)" in set(written.customer)


def test_segments_of_a_table_have_no_order_lines_set_aside(blobs, tmp_path):
    seg = clustera.segment(blobs, progress=False)
    assert not list(seg.save(tmp_path / "run").glob("orders_quarantine*"))
    with pytest.raises(clustera.InputError, match="not drawn from orders"):
        _ = seg.orders_quarantine


def test_predict_writes_the_order_lines_it_sets_aside(seg, spoilt, tmp_path):
    from typer.testing import CliRunner

    from clustera.cli import app

    seg.publish(tmp_path / "runs", name="a")
    log, scored = tmp_path / "log.csv", tmp_path / "scored.csv"
    spoilt.to_csv(log, index=False)
    asked = ["predict", "a", "--orders", str(log), "--output", str(scored), "--runs", str(tmp_path / "runs")]
    said = CliRunner().invoke(app, asked).output
    beside = tmp_path / "scored.orders_quarantine.csv"
    assert beside.name in said.replace("\n", "")
    assert len(pd.read_csv(beside)) == 5
    pd.DataFrame(spoilt.dropna().drop(index=[50, 60])).to_csv(log, index=False)
    CliRunner().invoke(app, asked)
    assert not beside.exists()  # nothing of an earlier time is read as today's


def test_an_unknown_feature_is_named_with_the_nearest(orders):
    with pytest.raises(clustera.InputError, match="Did you mean 'spend'"):
        clustera.segment(orders=orders, features=["spendd"], progress=False)


def test_nothing_to_segment_is_said():
    with pytest.raises(clustera.InputError, match="nothing to segment"):
        clustera.segment()


def test_a_snapshot_date_after_today_is_refused_by_every_door_unless_today_is_said_to_be_later(seg, orders, tmp_path):
    orders.to_csv(tmp_path / "log.csv", index=False)
    said = CliRunner().invoke(
        app, ["segment", "--orders", str(tmp_path / "log.csv"), "--as-of", "2999-12-31", "--runs", str(tmp_path)]
    )
    assert said.exit_code != 0
    assert "--set today=YYYY-MM-DD" in said.output
    for call in (clustera.segment, seg.predict):
        with pytest.raises(clustera.InputError, match="2999-12-31, which is after today, ") as refused:
            call(orders=orders, as_of="2999-12-31")
        assert refused.value.field == "as_of"
        with pytest.raises(clustera.InputError, match="after today, 2017-01-01"):
            call(orders=orders, as_of="2017-01-02", today="2017-01-01")
    pipeline.refuse_future_snapshot(gather_settings(as_of="2999-12-31", today="2999-12-31"))


@pytest.mark.parametrize("picture", ["segments", "tracking", "frequencies", "calibration"])
def test_value_is_drawn(seg, picture):
    from matplotlib import pyplot as plt

    assert seg.plot.value(picture).has_data()
    plt.close("all")


def test_a_value_that_was_not_forecast_is_not_drawn(orders):
    seg = clustera.segment(orders=orders, value=False, progress=False)
    with pytest.raises(clustera.InputError, match="no forecast of value"):
        seg.plot.value()


def test_time_alone_moves_a_customer_on_the_day_on_which_a_later_assignment_does(seg, orders):
    moved = [(id_, found) for id_ in seg.customers.id[::40] if (found := seg.explain(id_).waiting).days is not None]
    assert moved
    for id_, found in moved[:1]:
        for day, segment in ((found.day - 1, seg.explain(id_).segment), (found.day, found.segment)):
            lines = orders[orders.customer_id.isin([id_, "C000", "C001"])]
            later = seg.predict(orders=lines, as_of=pd.Timestamp(day, unit="D").date().isoformat())
            assert later.set_index("id").segment[id_] == segment


def test_the_orders_of_a_customer_are_those_of_the_log(seg, orders):
    theirs = (
        orders[orders.customer_id == "C003"].groupby("date").amount.agg(["size", "sum"]).sort_index(ascending=False)
    )
    found = seg.orders_of("C003")
    assert found.day.tolist() == theirs.index.tolist()
    assert found.lines.tolist() == theirs["size"].tolist()
    assert np.allclose(found.amount, theirs["sum"])


@pytest.mark.parametrize("amount", [-9e15, 9.9e13, 1.1e15, 9e15, 2e16])
def test_one_amount_of_any_size_stops_no_run(amount):
    draw = np.random.default_rng(4)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.integers(0, 400, 900), "D")
    lines = pd.DataFrame(
        {"customer_id": draw.integers(0, 60, 900), "order_date": days, "amount": draw.lognormal(3, 1, 900).round(2)}
    )
    lines.loc[lines.order_date.idxmax(), "amount"] = amount
    with clustera.segment(orders=lines, k=3, progress=False, threads=1) as seg:
        money = seg.outcome.behavior.money
        assert money.read == money.used + money.set_aside + money.later


def test_a_log_comes_in_on_standard_input_alone_or_beside_files(orders, tmp_path):
    half = len(orders) // 2
    orders[half:].to_csv(tmp_path / "later.csv", index=False)
    for lines, further in ((orders, []), (orders[:half], ["--orders", str(tmp_path / "later.csv")])):
        command = ["segment", "--orders", "-", *further, "--k", "3", "--runs", str(tmp_path / "runs"), "--json"]
        done = CliRunner().invoke(app, command, input=lines.to_csv(index=False))
        assert json.loads(done.stdout)["money"]["lines_used"] == len(orders)
