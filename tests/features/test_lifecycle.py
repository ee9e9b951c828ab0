"""Lifecycle stages: found again by hand and by a plain loop over random logs; no customer and no cent lost."""

from __future__ import annotations

import datetime
import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clustera import features
from clustera.engines import Engine
from clustera.features.lifecycle import usual_silence
from clustera.features.options import OrderOptions
from clustera.read import read

START, AS_OF = 16_000, 1000  # 1970-01-01 + 16,000 days is day 0 of these logs
MONTHS_12 = (pd.Timestamp("2016-07-18") - pd.Timestamp("2015-07-18")).days  # the snapshot date is July 18, 2016


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def log(engine, lines):
    """Orders from (customer, day, amount)."""
    frame = pd.DataFrame(lines, columns=["customer_id", "date", "amount"])
    frame["date"] = [datetime.date(1970, 1, 1) + datetime.timedelta(days=START + int(day)) for day in frame["date"]]
    raw = read(frame, engine=engine)
    return features.read_orders(raw, options=OrderOptions())


def by_hand(lines, usual):
    """The rules of the module's head, one customer after another."""
    bought = {}
    for customer, day, amount in lines:
        if amount > 0 and day <= AS_OF:
            bought.setdefault(customer, set()).add(day)
    begins, stages = min(map(min, bought.values())), {}
    for customer, days in bought.items():
        ordered = sorted(days)
        gaps = [(b - a, b) for a, b in itertools.pairwise(ordered)]
        silence, longest = AS_OF - ordered[-1], max((gap for gap, _ in gaps), default=0)
        if silence > 364:
            stage = "lapsed"
        elif len(gaps) >= 3 and silence > max(1.5 * longest, longest + 6):
            stage = "overdue"
        elif ordered[0] > AS_OF - 91 and ordered[0] >= begins + 91:
            stage = "new"
        elif any(gap >= 182 and day > AS_OF - 91 for gap, day in gaps):
            stage = "returned"
        else:
            stage = "lapsed" if silence > usual else "active"
        stages[customer] = stage
    return stages


def stages_of(orders):
    frame = features.lifecycle_stages(orders, as_of=START + AS_OF).arrow().to_pandas()
    return frame.set_index("customer_id")


EXAMPLES = {
    "new": [990],
    "overdue": [700, 730, 760, 790],
    "overdue-but-new": [920, 925, 930, 935],
    "returned": [500, 960],
    "lapsed": [400, 600],
    "lapsed-regular": [400, 430, 460, 490],
    "active": [800, 860, 950],
    "regular": [700, 800, 860, 950],
}


def test_each_stage_by_hand(engine):
    lines = [(name, day, 10.0) for name, days in EXAMPLES.items() for day in days]
    found = stages_of(log(engine, lines)).stage.to_dict()
    assert found == {name: name.split("-")[0] for name in EXAMPLES} | {"regular": "active"}


def test_nobody_is_new_where_the_log_may_begin_after_their_first_purchase(engine):
    lines = [("first", AS_OF - 120, 10.0), ("early", AS_OF - 30, 10.0), ("late", AS_OF - 29, 10.0)]
    assert stages_of(log(engine, lines)).stage.to_dict() == {"first": "lapsed", "early": "active", "late": "new"}


@pytest.mark.parametrize("seed", range(4))
def test_random_logs_agree_with_a_plain_loop(engine, seed):
    rng = np.random.default_rng(seed)
    lines = [
        (f"c{c}", int(day), round(float(rng.uniform(1, 50)), 2))
        for c in range(300)
        for day in rng.integers(rng.integers(1, AS_OF), AS_OF + 30, int(rng.integers(1, 9)))
    ]
    orders = log(engine, lines)
    found = stages_of(orders)
    assert found.stage.to_dict() == by_hand(lines, usual_silence(orders, as_of=START + AS_OF))
    assert set(found.stage) == {"new", "active", "overdue", "lapsed", "returned"}
    year = sum(amount for _, day, amount in lines if AS_OF - MONTHS_12 < day <= AS_OF)
    assert found.year_spend.sum() == pytest.approx(year)


def test_overdue_customers_are_those_whose_rhythm_says_so(engine):
    lines = [(name, day, 10.0) for name, days in EXAMPLES.items() for day in days]
    orders = log(engine, lines)
    late = features.order_rhythm(orders, as_of=START + AS_OF).arrow().to_pandas().set_index("customer_id").overdue
    assert set(late[late == 1].index) == {"overdue", "overdue-but-new"}


def test_the_last_12_months_of_the_calendar_are_those_of_stages_and_overdue_money(engine):
    rng = np.random.default_rng(8)
    lines = [(f"c{c}", int(d), 1.0 + int(d) % 7) for c in range(40) for d in rng.integers(1, AS_OF, 60)]
    lines += [("c0", AS_OF - MONTHS_12 + 1, 1000.0), ("c0", AS_OF - MONTHS_12, 5000.0)]
    orders, day = log(engine, lines), START + AS_OF
    late = features.order_rhythm(orders, as_of=day).arrow().to_pandas().set_index("customer_id").year_spend
    stages = stages_of(orders).year_spend
    wanted = (
        pd.DataFrame(lines, columns=["id", "day", "amount"])
        .query("@AS_OF - @MONTHS_12 < day <= @AS_OF")
        .groupby("id")
        .amount.sum()
    )
    for found in (late, stages):
        pd.testing.assert_series_equal(found.sort_index(), wanted.sort_index(), check_names=False)


@pytest.mark.parametrize(("days", "first_counts"), [(90, True), (364, True), (365, True), (366, True), (367, False)])
def test_the_sales_of_12_months_are_all_of_a_log_of_a_year_or_less(engine, days, first_counts):
    orders = log(engine, [("first", AS_OF - days + 1, 7.0), ("last", AS_OF, 5.0), ("last", AS_OF - 1, 2.0)])
    wanted = {"first": 7.0 if first_counts else 0.0, "last": 7.0}
    late = features.order_rhythm(orders, as_of=START + AS_OF).arrow().to_pandas().set_index("customer_id").year_spend
    assert late.to_dict() == stages_of(orders).year_spend.to_dict() == wanted


def test_valuable_are_the_overdue_with_sales_above_the_average_of_all_customers(engine):
    lines = [(f"late{amount}", day, amount) for amount in (5.0, 30.0) for day in (700, 730, 760, 790)]
    lines += [(f"active{amount}", day, amount) for amount in (1.0, 30.0) for day in (700, 800, 860, 950)]
    found = stages_of(log(engine, lines))
    assert found.year_spend.to_dict() == {"late5.0": 20, "late30.0": 120, "active1.0": 4, "active30.0": 120}
    assert found.stage.to_dict() == {"late5.0": "overdue", "late30.0": "overdue", "active1.0": "active", "active30.0": "active"}  # fmt: skip
    assert set(found[found.valuable].index) == {"late30.0"}


def test_who_is_likely_lost_stands_apart_from_the_active_and_from_no_other_stage(engine):
    lines = [(f"{name}{n}", day, 10.0) for name, days in EXAMPLES.items() for day in days for n in range(3)]
    orders = log(engine, lines)
    staged = features.lifecycle_stages(orders, as_of=START + AS_OF)
    ids = sorted({name for name, _, _ in lines})
    members = engine.arrow(
        pa.table({"id": ids, "segment": pa.array([1] * len(ids), pa.int32()), "churn_risk": [0.95 if i.endswith("0") else 0.89 for i in ids]})
    )  # fmt: skip
    parts = features.summarize_stages(orders, staged, members)
    lost = {part.stage: part.customers for part in parts if part.subset == "likely lost"}
    assert lost == {"new": 1, "active": 2, "returned": 1}
    assert sum(part.customers for part in parts) == len(ids)
    assert {part.earlier_customers for part in parts if part.subset == "likely lost"} == {0}


def test_a_quarter_is_looked_back_on_like_a_month(engine):
    rng = np.random.default_rng(4)
    lines = [(f"c{c}", int(d), 5.0 * c) for c in range(1, 90) for d in rng.integers(1, AS_OF, rng.integers(1, 12))]
    orders = log(engine, lines)
    staged = features.lifecycle_stages(orders, as_of=START + AS_OF)
    ids = sorted({c for c, _, _ in lines})
    members = engine.arrow(pa.table({"id": ids, "segment": pa.array(np.arange(len(ids)) % 2, pa.int32())}))
    quarter = features.EarlierMembers(START + AS_OF - 91, members, 91)
    told = features.summarize_stages(orders, staged, members, quarter=quarter)
    wanted = features.summarize_stages(orders, staged, members, earlier=quarter)
    assert any(stage.quarter_buyers for stage in told)
    for found, want in zip(told, wanted, strict=True):
        assert (found.quarter_customers, found.quarter_buyers, found.quarter_spend_sd, found.quarter_in_segment) == (
            want.earlier_customers, want.earlier_buyers, want.earlier_spend_sd, want.earlier_in_segment
        )  # fmt: skip


def test_nobody_and_no_money_is_lost_between_stages_and_segments(engine):
    rng = np.random.default_rng(3)
    lines = [(f"c{c}", int(d), 5.0 * c) for c in range(1, 80) for d in rng.integers(1, AS_OF, rng.integers(1, 12))]
    orders = log(engine, lines)
    staged = features.lifecycle_stages(orders, as_of=START + AS_OF)
    ids = sorted({c for c, _, _ in lines})
    segments = np.arange(len(ids)) % 3 + 1
    members = engine.arrow(pa.table({"id": ids, "segment": pa.array(segments, pa.int32())}))
    earlier = features.EarlierMembers(START + AS_OF - features.WINDOW, members)
    parts = features.summarize_stages(orders, staged, members, earlier=earlier)
    assert sum(part.customers for part in parts) == len(ids)
    assert sum(part.spend for part in parts) == pytest.approx(sum(amount for _, _, amount in lines))
    assert Counter(part.segment for part in parts).keys() == {1, 2, 3}


def test_rates_of_a_month_ago_are_counted_by_hand(engine):
    # All were active 30 days before the end; the first half of each segment bought since.
    lines = [(f"c{c:03}", day, 10.0) for c in range(80) for day in (700, 760, 900 + c % 5)]
    lines += [(f"c{c:03}", 980, 30.0) for c in range(80) if c % 40 < 20]
    orders = log(engine, [*lines, ("other", AS_OF, 1.0)])
    members = engine.arrow(
        pa.table(
            {"id": [f"c{c:03}" for c in range(80)], "segment": pa.array([1 + c // 40 for c in range(80)], pa.int32())}
        )
    )
    staged = features.lifecycle_stages(orders, as_of=START + AS_OF)
    parts = features.summarize_stages(
        orders, staged, members, earlier=features.EarlierMembers(START + AS_OF - 30, members)
    )
    seen = {
        (
            p.segment,
            p.earlier_in_segment,
            p.earlier_customers,
            p.earlier_buyers,
            p.earlier_buyers_spend,
            p.earlier_spend_sd,
        )
        for p in parts
        if p.stage == "active"
    }
    assert seen == {(1, True, 40, 20, 600.0, 15.0), (2, True, 40, 20, 600.0, 15.0)}


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        ([700, 760, 820, 880], "overdue"),  # longest gap 60, silence 120
        ([730, 790, 850, 910], "active"),  # 90 is 1.5 times 60, and no more
        ([729, 789, 849, 909], "overdue"),
        ([700, 980, 984, 988, 992], "returned"),
        ([600, 985, 988, 991, 994], "returned"),
        ([860, 905, 950, 990], "active"),  # silence 10, shorter than the gaps
        ([500, 600, 988, 991], "returned"),
    ],
)
def test_overdue_is_more_than_half_as_long_again_as_the_longest_gap(engine, days, stage):
    orders = log(engine, [("x", day, 10.0) for day in days] + [("y", 1, 1.0), ("y", 1000, 1.0)])
    assert stages_of(orders).stage["x"] == stage


def test_overdue_is_at_least_a_week_longer_than_the_longest_gap(engine):
    lines = [(name, AS_OF - silence - 4 * n, 10.0) for name, silence in (("six", 10), ("seven", 11)) for n in range(60)]
    found = features.order_rhythm(log(engine, lines), as_of=START + AS_OF).arrow().to_pandas().set_index("customer_id")
    assert found.overdue.to_dict() == {"six": 0, "seven": 1}
    assert found.days_overdue["seven"] == 7


def fallen_by_hand(frame, as_of):
    """Of a date: who of the top fifth fell, that fifth, and by how much at least; None where the log is too short."""
    frame = frame[frame.day <= as_of]
    if frame.day.min() > as_of - 181:
        return None
    ids = frame.id.unique()
    recent = frame[frame.day > as_of - 91].groupby("id").amount.sum().reindex(ids, fill_value=0)
    before = frame[(frame.day <= as_of - 91) & (frame.day > as_of - 182)].groupby("id").amount.sum().reindex(ids, fill_value=0)  # fmt: skip
    if not before.sum():
        return None
    least, all_fell = Fraction(1, 3), 1 - Fraction(int(recent.sum()), int(before.sum()))
    if all_fell > 0:
        least = Fraction(math.ceil(100 * (1 - Fraction(2, 3) * (1 - all_fell))), 100)
    top = (before > 0) & ((before.rank(method="min") - 1) / max(len(ids) - 1, 1) >= 0.8)
    fell = [name for name in top[top].index if int(recent[name]) <= (1 - least) * int(before[name])]
    return set(fell), int(top.sum()), float(least)


@pytest.mark.parametrize("seed", range(8))
def test_top_customers_fell_by_the_share_that_is_told_on_every_date(engine, seed):
    """By pandas on random logs, in some of which all customers buy less lately."""
    rng = np.random.default_rng(seed)
    first, quieter = int(rng.integers(100, 850)), rng.choice([0.4, 0.8, 1.0, 1.5])
    lines = []
    for c in range(120):
        pace, size, begins = rng.integers(5, 40), rng.integers(2, 90), rng.integers(first, min(first + 400, 950))
        own = rng.choice([0.3, 0.6, 1.0, 1.6])
        for day in range(int(begins), AS_OF + 1, pace):
            lately = day > AS_OF - 91
            lines.append((f"c{c}", day, max(int(size * rng.uniform(0.5, 1.5) * (own * quieter if lately else 1)), 1)))
    frame = pd.DataFrame(lines, columns=["id", "day", "amount"])
    orders = log(engine, lines)
    told = features.count_top_falls(orders, as_of=START + AS_OF)
    now, *before = [fallen_by_hand(frame, AS_OF - 91 * back) for back in range(5)]
    found = stages_of(orders)
    if now is None:
        assert told is None
        assert not found.fallen.any()
        return
    fell, top, least = now
    assert (told.fallen, told.customers, told.least) == (len(fell), top, pytest.approx(least))
    assert told.usual == pytest.approx([len(names) / of for names, of, _ in filter(None, before)])
    assert set(found[found.fallen].index) == fell
    assert set(found[found.falling].index) == fell & set(found[found.stage == "active"].index)


def test_top_customers_who_buy_less_are_counted_in_every_stage(engine):
    """ "best" and "gone" spent most 3 to 6 months ago; one still buys a little, the other is overdue."""
    lines = [(f"c{c}", day, 10.0) for c in range(10) for day in range(700, AS_OF, 10)]
    lines += [("best", day, 90.0 if day < AS_OF - 91 else 9.0) for day in range(700, AS_OF, 10)]
    lines += [("gone", day, 80.0) for day in range(700, AS_OF - 91, 10)]
    orders = log(engine, lines)
    staged = features.lifecycle_stages(orders, as_of=START + AS_OF)
    ids = sorted({name for name, _, _ in lines})
    members = engine.arrow(pa.table({"id": ids, "segment": pa.array([1] * len(ids), pa.int32())}))
    parts = features.summarize_stages(orders, staged, members)
    frame = pd.DataFrame(lines, columns=["id", "day", "amount"])
    year = frame[frame.day > AS_OF - MONTHS_12].groupby("id").amount.sum()
    told = {part.subset: (part.fallen, part.fallen_spend) for part in parts}
    assert told == {"": (0, 0.0), "falling": (1, year["best"]), "valuable": (1, year["gone"])}


def test_nobody_is_falling_where_all_customers_spend_less_alike(engine):
    """After Christmas everybody buys half: that is the season, not a customer who leaves."""
    lines = [(f"c{c}", day, (10.0 + c) / (2 if day > AS_OF - 91 else 1)) for c in range(30) for day in range(700, AS_OF, 10)]  # fmt: skip
    assert not stages_of(log(engine, lines)).falling.any()
    quieter = [(f"c{c}", day, a / 2 if c == 29 and day > AS_OF - 91 else a) for c, (_, day, a) in
               ((int(line[0][1:]), line) for line in lines)]  # fmt: skip
    found = stages_of(log(engine, quieter))
    assert set(found[found.falling].index) == {"c29"}


def test_a_log_of_less_than_two_quarters_has_nobody_who_is_falling(engine):
    def of(first):
        rows = [(f"c{c}", day, 10.0) for c in range(20) for day in range(first, AS_OF, 8)]
        return stages_of(log(engine, [*rows, *[("best", d, 90.0 if d < AS_OF - 91 else 9.0) for d in range(first, AS_OF, 8)]]))  # fmt: skip

    assert not of(AS_OF - 170).falling.any()
    assert set(of(AS_OF - 190).falling[lambda f: f].index) == {"best"}


def test_what_only_was_given_back_is_in_every_sum_of_sales(engine):
    """One customer returns a gift, another returns more than a year ago, a third returns what an overdue customer is held against."""
    lines = [(f"c{c}", day, 10.0 + c) for c in range(12) for day in range(500, AS_OF, 7)]
    lines += [("late", day, 20.0) for day in range(700, 900, 7)]
    lines += [("gift", AS_OF - 20, -35.0), ("old", AS_OF - 500, -70.0), ("before", AS_OF - 120, -15.5)]
    orders, frame = log(engine, lines), pd.DataFrame(lines, columns=["id", "day", "amount"])
    year = frame[frame.day > AS_OF - MONTHS_12].groupby("id").amount.sum()
    found = stages_of(orders)
    assert found.year_spend.sum() == pytest.approx(year.sum())
    assert found.year_spend[year.index].to_dict() == pytest.approx(year.to_dict())
    assert found.recent_spend["gift"] == -35.0
    assert found.spend_before["before"] == -15.5
    assert set(found[found.stage.isna()].index) == {"gift", "old", "before"}
    ids = sorted(frame.id.unique())
    members = engine.arrow(pa.table({"id": ids, "segment": pa.array([1] * len(ids), pa.int32())}))
    parts = features.summarize_stages(orders, features.lifecycle_stages(orders, as_of=START + AS_OF), members)
    assert sum(part.year_spend for part in parts) == pytest.approx(year.sum())
    assert sum(part.customers for part in parts) == len(ids)
    risk = features.overdue_customers(orders, as_of=START + AS_OF, segments=members)
    assert (risk.money, risk.share) == pytest.approx((year["late"], year["late"] / year.sum()))
    assert risk.segments[0].share == pytest.approx(risk.share)
