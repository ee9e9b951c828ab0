"""Who responds: on simulated campaigns of the shape of Hillstrom's, whose truth is known; and the way from a log."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.campaigns import UpliftData, measure_uplift
from clustera.campaigns.uplift import SHARES, _qini
from clustera.cli import app
from clustera.errors import InputError
from tests.campaigning import FIRST, LAUNCH, campaign_log, quiet_log


def mailing(kind, customers=8_000, seed=1):
    """Recency, history, what was bought and the channel, as in Hillstrom's file; half get a mail. With the true rise of each."""
    random = np.random.default_rng(seed)
    recency = random.integers(1, 13, customers).astype(float)
    history = random.lognormal(4.9, 1.1, customers)
    mens = (random.random(customers) < 0.55) * 1.0
    womens = np.where(mens > 0, random.random(customers) < 0.2, True) * 1.0
    columns = np.column_stack([recency, history, mens, womens, random.integers(0, 3, customers)])
    segment = np.digitize(history, [100, 200, 500])
    rise = {
        "none": np.zeros(customers),
        "alike": np.full(customers, 0.045),
        "by segment": 0.03 * segment,
        "within segments": 0.09 * womens * np.where(recency <= 6, 1.4, 0.6),
    }[kind]
    contact = random.random(customers) < 0.5
    base = np.clip(0.05 + 0.01 * np.log(history) - 0.004 * recency, 0.01, 0.5)
    bought = (random.random(customers) < base + rise * contact).astype(float)
    return UpliftData(columns, segment, contact, bought, 0.5), rise


@pytest.mark.parametrize("kind", ["none", "alike"])
def test_where_all_respond_alike_no_rule_is_said_to_rank_them(kind):
    found = measure_uplift(mailing(kind)[0])
    assert found.best == ""
    assert found.thirds == ()


def test_where_segments_differ_the_simple_rule_is_taken():
    assert measure_uplift(mailing("by segment")[0]).best == "segment"


def test_where_customers_differ_within_segments_a_learner_is_taken_and_its_first_third_responds_most():
    data, rise = mailing("within segments")
    found = measure_uplift(data)
    assert found.best in ("T", "DR")
    first, _, last = found.thirds
    assert first.low > last.high
    # The truth of a perfect ranking: the third with the largest rises.
    assert first.effect < np.sort(rise)[-len(rise) // 3 :].mean() + 0.03
    assert first.effect > rise.mean()


def test_intervals_cover_a_ranking_that_is_worth_nothing():
    misses = 0
    for seed in range(8):
        simple = measure_uplift(mailing("alike", 2_000, seed)[0]).rules[0]
        misses += not simple.low <= 0 <= simple.high
    assert misses <= 2


def test_the_qini_figure_is_that_of_a_slow_count():
    data, _ = mailing("within segments", 400)
    order = np.random.default_rng(3).permutation(400)
    gains = []
    for share in SHARES:
        first = order[: int(np.searchsorted(np.arange(1, 401), share * 400)) + 1]
        contact, outcome = data.contact[first], data.outcome[first]
        gains.append(share * (outcome[contact].mean() - outcome[~contact].mean()))
    wanted = np.mean(np.array(gains) - SHARES * gains[-1])
    assert _qini(data, order, np.ones(400)) == pytest.approx(wanted)


def test_the_same_campaign_gives_the_same_answer():
    data, _ = mailing("alike", 1_000)
    assert measure_uplift(data) == measure_uplift(data)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run, a campaign of which only those respond who buy often, and the log with its days."""
    place = tmp_path_factory.mktemp("uplift")
    before = quiet_log(3_000)
    with clustera.segment(orders=before, k=2, value=False, progress=False) as seg:
        seg.publish(place / "runs", name="april")
    with clustera.load("april", runs=place / "runs") as seg:
        made = seg.launch_campaign("may", segments=[1, 2], control=0.5, day=LAUNCH.date(), measure="buyers")
    often = before["customer_id"].value_counts()
    often = set(often[often > often.median()].index.astype(str))
    responding = made.assignments[made.assignments["customer"].isin(often)]
    log = campaign_log(responding, before, lift=0.0)
    contacted = responding.loc[responding["group"] == "contact", "customer"]
    more = pd.DataFrame({"order_id": range(10**9, 10**9 + len(contacted)), "customer_id": contacted, "amount": 30.0})
    more["order_date"] = (FIRST + (LAUNCH - FIRST) + pd.Timedelta(days=3)).strftime("%Y-%m-%d")
    pd.concat([log, more]).to_csv(place / "may.csv", index=False)
    return place


def test_the_command_says_by_which_rule_to_choose(runs):
    words = ["campaign", "uplift", "may", "--orders", str(runs / "may.csv"), "--runs", str(runs / "runs")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "by segment (simple rule)" in result.output
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert told["customers"] == 3_000
    assert told["best"]
    assert told["thirds"][0]["effect"] > told["thirds"][2]["effect"]
    assert " ".join(told["sentences"][1].split()) in " ".join(result.output.split())


def test_groups_that_nobody_drew_are_refused(runs):
    from dataclasses import replace

    campaign = clustera.load_campaign("may", runs=runs / "runs")
    with pytest.raises(InputError, match="not drawn at random"):
        replace(campaign, record=replace(campaign.record, randomized=False)).uplift(runs / "may.csv")
