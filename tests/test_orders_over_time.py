"""Segments from orders over time: chosen by later spending, followed back to earlier days, given to new customers."""

from __future__ import annotations

import json
import re
from functools import cached_property
from keyword import iskeyword

import duckdb
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera import features
from clustera.cli import app
from clustera.days import day_number

FIRST, DAYS = pd.Timestamp("2016-01-01"), 730


def shop(customers: int = 240, seed: int = 4) -> pd.DataFrame:
    """Two years of weekly big spenders, monthly small ones, some who have left and some who come late; three returns."""
    random = np.random.default_rng(seed)
    lines = []
    for customer in range(customers):
        gap, mean, first, last = [(7, 60, 0, 730), (30, 20, 0, 730), (20, 35, 0, 450), (14, 40, 500, 730)][customer % 4]
        day = first + random.integers(0, 60)
        while day < last:
            lines.append((f"C{customer:03d}", day, round(float(random.gamma(4, mean / 4)) + 0.01, 2)))
            day += 1 + random.poisson(gap)
    frame = pd.DataFrame(lines, columns=["customer_id", "day", "amount"])
    frame.loc[[3, 30, 300], "amount"] *= -1
    frame["date"] = FIRST + pd.to_timedelta(frame.pop("day"), unit="D")
    return frame.sample(frac=1, random_state=1).reset_index(drop=True)


@pytest.fixture(scope="module")
def orders():
    return shop()


@pytest.fixture(scope="module")
def seg(orders):
    return clustera.segment(orders=orders, as_of="2017-12-31", value=False, progress=False)


@pytest.fixture(scope="module")
def chosen(orders):
    return clustera.segment(orders=orders, choose_by="future-spend", value=False, progress=False)


# ---- chosen by later spending


def test_later_spending_chooses_the_fewest_useful_segments_within_two_standard_errors_of_the_best(chosen):
    table = chosen.outcome.selection.evidence
    useful = {e.k: e for e in table if 3 <= e.k <= 8 and e.least_share >= 0.05}
    best = max(e.explains_future_spend for e in useful.values())
    near = [k for k, e in useful.items() if best - e.explains_future_spend <= 2 * e.explains_future_spend_se]
    assert chosen.k == min(near)
    assert chosen.reason.startswith(f"{chosen.k} segments: the fewest that predict later spending")


def test_those_who_chose_do_not_judge(chosen):
    behavior = chosen.outcome.behavior
    own = behavior.usefulness[0]
    cut = FIRST + pd.Timedelta(days=behavior.judged_from - behavior.first_day)
    known = shop()[shop().date <= cut].customer_id.nunique()
    assert behavior.judged_on_half
    assert 0.3 * known < own.customers < 0.7 * known
    assert f"{own.log_spend:.0%} among customers held out of this choice" in chosen.reason


def test_without_being_asked_everybody_judges_and_the_figures_agree(seg):
    behavior = seg.outcome.behavior
    assert not behavior.judged_on_half
    assert seg.k_selection.explains_future_spend[seg.k] == pytest.approx(behavior.usefulness[0].log_spend, abs=1e-12)


def test_what_was_asked_is_kept_with_the_run(chosen, tmp_path):
    place = chosen.save(tmp_path / "run")
    assert json.loads((place / "manifest.json").read_text())["options"]["choose_by"] == "future-spend"
    assert "explains_future_spend" in pd.read_csv(place / "k_selection.csv").columns
    assert clustera.load(place).outcome == chosen.outcome


def test_the_trade_off_shows_later_spending_only_where_there_are_orders(chosen, blobs):
    assert "Predicts later spending" in chosen.report_html()
    plain = clustera.segment(blobs, progress=False)
    assert "explains_future_spend" not in plain.k_selection
    assert "Predicts later spending" not in plain.report_html()


def test_later_spending_needs_orders(blobs):
    with pytest.raises(clustera.InputError, match="needs a log of orders"):
        clustera.segment(blobs, choose_by="future-spend", progress=False)


def test_later_spending_needs_two_quarters(orders):
    short = orders[orders.date >= "2017-08-01"]
    with pytest.raises(clustera.InputError, match="needs 180"):
        clustera.segment(orders=short, choose_by="future-spend", value=False, progress=False)


def test_features_of_a_customer_table_are_not_taken_for_those_of_an_earlier_day(orders):
    people = pd.DataFrame({"customer_id": [f"C{i:03d}" for i in range(240)], "age": np.arange(240) % 60 + 18})
    asked = {"features": ["spend", "age"], "value": False, "progress": False}
    with pytest.raises(clustera.InputError, match="columns of the customer table"):
        clustera.segment(people, orders=orders, choose_by="future-spend", **asked)
    seg = clustera.segment(people, orders=orders, **asked)
    assert seg.outcome.behavior.usefulness == ()
    with pytest.raises(clustera.InputError, match="columns of the customer table"):
        seg.migration  # noqa: B018 - it is a property


def test_orders_after_the_day_of_judgment_do_not_choose(orders):
    as_of = "2017-06-30"
    one, two = (
        clustera.segment(orders=log, as_of=as_of, choose_by="future-spend", value=False, progress=False)
        for log in (orders, orders[orders.date <= as_of])
    )
    assert one.outcome.selection == two.outcome.selection
    assert one.outcome.behavior.usefulness == two.outcome.behavior.usefulness


# ---- followed back to earlier days


def by_hand(orders: pd.DataFrame, as_of: pd.Timestamp, window: int) -> pd.DataFrame:
    """The default features, with pandas."""
    seen = orders[orders.date <= as_of]
    bought = seen[seen.amount > 0]
    counted = seen[(as_of - seen.date).dt.days < window]
    recent = seen[(as_of - seen.date).dt.days < 91]
    return pd.DataFrame(
        {
            "days_since_last_order": (as_of - bought.groupby("customer_id").date.max()).dt.days,
            "order_days": counted[counted.amount > 0].groupby("customer_id").date.nunique(),
            "spend": counted.groupby("customer_id").amount.sum(),
            "recent_spend": recent.groupby("customer_id").amount.sum(),
        }
    ).fillna({"recent_spend": 0, "order_days": 0, "spend": 0})


def test_sizes_of_the_last_day_are_those_of_the_run(seg):
    found = seg.outcome.behavior.migration
    assert dict(zip(found.segments, found.sizes[-1], strict=True)) == {p.segment: p.size for p in seg.outcome.segments}


def test_every_customer_known_on_a_day_is_in_one_segment(seg, orders):
    frame = seg.sizes_over_time
    counted = frame[~frame.expected].drop(columns="expected").sum(axis=1)
    assert [orders[orders.date <= day].customer_id.nunique() for day in counted.index] == counted.tolist()


def test_segments_of_an_earlier_day_are_those_of_the_model_over_the_same_window(seg, orders):
    then = by_hand(orders, pd.Timestamp("2017-09-30"), seg.outcome.model.window)
    names = [feature.name for feature in seg.outcome.preparation.features]
    place = seg.model.predict(then[names])
    segments = np.array(seg.outcome.model.segments)[place]
    found = seg.outcome.behavior.migration
    day = found.days.index(day_number(pd.Timestamp("2017-09-30").date()))
    assert [int((segments == s).sum()) for s in found.segments] == list(found.sizes[day])


def test_moves_lead_from_the_sizes_before_to_those_after(seg):
    moves, sizes = seg.migration, seg.sizes_over_time
    for (start, end), part in moves.groupby(["from_day", "to_day"]):
        for name, column in (("name_before", start), ("name_after", end)):
            counted = part.groupby(name).customers.sum()
            expected = sizes.loc[column].drop("expected")
            assert counted.to_dict() == expected[expected > 0].to_dict()


def test_no_column_of_a_table_is_a_word_of_python(seg):
    cached = [
        name for name in dir(clustera.Segmentation) if isinstance(getattr(clustera.Segmentation, name), cached_property)
    ]
    held = {name: getattr(seg, name) for name in cached if not name.startswith("_")}
    tables = {name: table for name, table in held.items() if isinstance(table, pd.DataFrame)}
    assert {"actions", "customers", "migration"} <= tables.keys()
    assert [f"{name}.{column}" for name, table in tables.items() for column in table if iskeyword(str(column))] == []
    assert seg.actions.who[0].endswith("customers")


def test_shares_of_the_moves_out_of_a_segment_add_up(seg):
    known = seg.migration.dropna(subset=["before"])
    assert known.groupby(["from_day", "before"]).share.sum().to_numpy() == pytest.approx(1)


def test_the_forecast_is_marked_and_stands_one_period_later(seg):
    last = seg.sizes_over_time.iloc[-1]
    assert last.expected
    months = seg.outcome.behavior.migration.months
    assert last.name == pd.Timestamp("2017-12-31") + pd.offsets.MonthEnd(months)
    assert last.drop("expected").sum() == pytest.approx(240, rel=0.1)


def test_the_report_tells_who_moved_and_what_the_forecast_was_worth(seg):
    page = seg.report_html()
    assert "Who moves between segments" in page
    forecast = seg.outcome.behavior.migration.forecast
    assert (re.search(r"Expected (a month|\d+ months) later", page) is not None) is forecast.better


@pytest.mark.parametrize("picture", ["migration", "forecast"])
def test_moves_are_drawn(seg, picture):
    from matplotlib import pyplot as plt

    ax = getattr(seg.plot, picture)()
    assert ax.patches
    plt.close("all")


def test_without_an_earlier_day_no_moves_are_drawn(blobs):
    plain = clustera.segment(blobs, progress=False)
    with pytest.raises(clustera.InputError, match="no earlier day"):
        plain.plot.migration()
    with pytest.raises(clustera.InputError, match="orders"):
        plain.plot.forecast()


def test_a_short_log_says_why_there_is_no_migration(orders):
    short = clustera.segment(orders=orders[orders.date >= "2017-11-01"], value=False, progress=False)
    assert short.outcome.behavior.migration is None
    assert "do not reach back so far before any earlier" in short.report_html()
    with pytest.raises(clustera.InputError, match="do not reach back so far"):
        short.sizes_over_time  # noqa: B018 - it is a property


def test_segments_of_a_customer_table_have_no_earlier_days(blobs):
    with pytest.raises(clustera.InputError, match="no earlier days"):
        clustera.segment(blobs, progress=False).migration  # noqa: B018 - it is a property


# ---- next orders and overdue customers


def test_next_order_and_risk_stand_beside_each_customer_without_a_value_model(seg, orders):
    rhythm = seg.customers.set_index("id")
    assert "value" not in rhythm
    known = rhythm.next_order.notna()
    assert (known != rhythm.overdue).all()
    assert (pd.to_datetime(rhythm.next_order[known]) > pd.Timestamp("2017-12-31")).all()
    bought = orders[orders.amount > 0].drop_duplicates(["customer_id", "date"]).sort_values("date")
    gaps = bought.groupby("customer_id").date.diff().dt.days
    longest = gaps.groupby(bought.customer_id).max()
    many = gaps.groupby(bought.customer_id).count() >= 3
    silent = (pd.Timestamp("2017-12-31") - bought.groupby("customer_id").date.max()).dt.days
    assert rhythm.overdue.to_dict() == (many & (silent > 1.5 * longest) & (silent >= longest + 7)).to_dict()


def test_risk_is_told_by_segment_and_agrees_with_the_customers(seg):
    risk = seg.outcome.behavior.risk
    counted = seg.customers.groupby("segment").overdue.sum()
    assert {part.segment: part.overdue for part in risk.segments} == counted.to_dict()
    assert sum(part.overdue for part in risk.segments) == risk.overdue > 0
    assert round(sum(part.money for part in risk.segments), 2) == round(risk.money, 2)
    assert "Overdue customers by segment" in seg.report_html()


# ---- new customers


def test_the_same_orders_on_the_same_day_give_the_same_segments(seg, orders, tmp_path):
    loaded = clustera.load(seg.save(tmp_path / "run"))
    for one in (seg, loaded):
        again = one.predict(orders=orders, as_of="2017-12-31")
        pd.testing.assert_frame_equal(again, seg.customers[again.columns])


def test_on_an_earlier_day_as_many_are_in_each_segment_as_the_migration_says(seg, orders, tmp_path):
    loaded = clustera.load(seg.save(tmp_path / "run"))
    migration = seg.outcome.behavior.migration
    assert len(migration.days) > 2
    for day, sizes in list(zip(migration.days, migration.sizes, strict=True))[-3:]:
        as_of = str(pd.Timestamp("1970-01-01") + pd.Timedelta(days=day))[:10]
        scored = loaded.assign(orders=orders, as_of=as_of)
        placed = scored.customers.arrow().to_pandas().segment.value_counts()
        assert [placed.get(segment, 0) for segment in migration.segments] == list(sizes)


def test_later_orders_do_not_change_who_is_where_on_a_day(seg, orders):
    as_of = "2017-06-30"
    pd.testing.assert_frame_equal(
        seg.predict(orders=orders, as_of=as_of), seg.predict(orders=orders[orders.date <= as_of], as_of=as_of)
    )


def test_orders_that_arrive_late_count_on_their_own_day(seg, orders):
    late = orders.sample(frac=0.2, random_state=0)
    backfilled = pd.concat([orders.drop(late.index), late])
    pd.testing.assert_frame_equal(
        seg.predict(orders=backfilled, as_of="2017-09-30"), seg.predict(orders=orders, as_of="2017-09-30")
    )


def test_a_new_customer_is_where_the_model_puts_his_behavior(seg, orders):
    new = shop(customers=12, seed=9).assign(customer_id=lambda d: "N" + d.customer_id)
    frame = by_hand(new, pd.Timestamp("2017-12-31"), seg.outcome.model.window)
    names = [feature.name for feature in seg.outcome.preparation.features]
    expected = np.array(seg.outcome.model.segments)[seg.model.predict(frame[names])]
    got = seg.predict(orders=new, as_of="2017-12-31").set_index("id").segment
    assert got.loc[frame.index].tolist() == expected.tolist()


def test_money_that_can_not_be_used_is_accounted_for(seg, orders):
    dirty = pd.concat([orders, orders.head(2).assign(customer_id=None)])
    money = seg.assign(orders=dirty).orders.money
    assert money.closes
    assert (money.lines_set_aside, money.set_aside) == (2, round(100 * orders.head(2).amount.sum()))


def test_another_currency_is_not_taken_for_the_same(orders):
    seg = clustera.segment(orders=orders.assign(currency="EUR"), value=False, progress=False)
    with pytest.raises(clustera.InputError, match="No line is in 'EUR'; the log has: USD"):
        seg.predict(orders=orders.assign(currency="USD"))


def test_how_the_orders_were_read_is_kept(orders, tmp_path):
    spelled = orders.rename(columns={"customer_id": "who", "amount": "paid", "date": "when"}).assign(paid2=1.0)
    names = {"customer": "who", "amount": "paid", "date": "when"}
    made = clustera.segment(orders=spelled, value=False, progress=False, **names)
    got = clustera.load(made.save(tmp_path / "run")).predict(orders=spelled)
    pd.testing.assert_frame_equal(got, made.customers[got.columns])


def test_orders_can_not_be_assigned_to_segments_of_a_customer_table(blobs, orders):
    with pytest.raises(clustera.InputError, match="made from a customer table"):
        clustera.segment(blobs, progress=False).predict(orders=orders)


def test_nobody_to_assign_is_said(seg):
    with pytest.raises(clustera.InputError, match="nobody to assign"):
        seg.predict()


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_command_draws_by_later_spending_and_assigns_a_new_log(orders, tmp_path):
    log, runs = tmp_path / "orders.csv", tmp_path / "runs"
    orders.to_csv(log, index=False)
    made = run(
        "segment", "--orders", log, "--choose-by", "future-spend", "--set", "value=false", "--runs", runs, "--name", "a"
    )
    assert "chosen by later spending" in made.output.replace("\n", " ")
    stayed = clustera.load(runs / "a").outcome.behavior.migration.periods[-1].stayed
    assert f"; {stayed:.0%} of" in made.output.replace("\n", " ")
    assert "overdue: away more than 1.5 times" in made.output.replace("\n", " ")
    scored = tmp_path / "scored.csv"
    said = run("predict", "a", "--orders", log, "--as-of", "2017-09-30", "--output", scored, "--runs", runs)
    assert said.exit_code == 0, said.output
    seen = orders[orders.date <= "2017-09-30"]
    later = orders[orders.date > "2017-09-30"]
    assert f"{seen.customer_id.nunique()} rows read = {seen.customer_id.nunique()} assigned + 0 left out" in said.output
    assert f"{len(orders):,} order lines: {len(seen):,} used, {len(later):,} after September 30, 2017." in said.output
    assert f"Not used: {later.amount.sum():,.0f} (after September 30, 2017)." in " ".join(said.output.split())
    assert {"next_order", "overdue"} <= set(pd.read_csv(scored).columns)
    answer = json.loads(run("predict", "a", "--orders", log, "--output", scored, "--runs", runs, "--json").stdout)
    assert answer["money"]["read"] == round(100 * orders.amount.sum())


def test_an_unknown_rule_is_refused(orders, tmp_path):
    orders.to_csv(tmp_path / "orders.csv", index=False)
    said = run("segment", "--orders", tmp_path / "orders.csv", "--choose-by", "profit", "--runs", tmp_path)
    assert said.exit_code == 3
    assert "choose_by" in said.output


def test_features_are_explained_or_listed():
    explained = run("features", "--explain").output
    assert "sum(ordered)" in explained
    assert explained == run("features").output
    listed = run("features", "--list").output
    assert all(feature.name in listed for feature in features.feature_catalog())
    assert "sum(ordered)" not in listed


def test_the_printed_query_runs_as_it_stands_on_a_table_of_ones_own(tmp_path):
    text = run("features", "spend", "order_days", "recent_spend", "--sql", "--as-of", "2024-06-30").output
    with duckdb.connect() as connection:
        connection.execute("create table my_orders (customer_id text, order_date timestamp, amount double)")
        connection.execute(
            "insert into my_orders values ('a', '2024-06-30 23:59:00', 10.05), ('a', '2024-06-30', 1), "
            "('a', '2024-03-31', 2), ('a', '2024-07-01', 99), ('b', '2024-04-02', 7), ('b', '2024-04-03', -3), "
            # These are no orders in a run either.
            "('a', '2024-06-29', 0), ('a', '2024-06-28', 0.004), ('a', '2024-06-27', null), (null, '2024-06-27', 5)"
        )
        found = connection.sql(text).fetchall()
    # The last quarter is 91 days: from 2024-04-01 on.
    assert sorted(found) == [("a", 13.05, 2.0, 11.05), ("b", 4.0, 1.0, 4.0)]
