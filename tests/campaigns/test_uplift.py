"""Who responds: on simulated campaigns whose truth is known, on one of the shape of Hillstrom's; and the way from a log."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
import uplift as benchmark
from clustera.campaigns import UpliftData, expected_uplift, judge_uplift, learn_uplift
from clustera.campaigns.uplift import ranking_figures
from clustera.cli import app
from clustera.errors import InputError
from clustera.store import Campaigns, Store
from clustera.texts import uplift_cells, uplift_sentences
from tests.campaigning import FIRST, LAUNCH, campaign_log, quiet_log
from uplift import Mailing, simulated_mailing


@pytest.mark.parametrize("name", ["no effect", "equal effect"])
def test_where_all_respond_alike_no_rule_is_called(name):
    found = judge_uplift(learn_uplift(simulated_mailing(Mailing(name, customers=4_000), 1)[0]))
    assert found.best == ""
    assert found.groups == ()


def test_where_segments_differ_the_simple_rule_is_called_and_names_the_segments_in_their_order():
    found = judge_uplift(learn_uplift(simulated_mailing(Mailing("by segment"), 1)[0]))
    assert found.best == "segment"
    assert [group.place for group in found.groups] == [3, 2, 1, 0]


@pytest.fixture(scope="module")
def within_segments():
    return simulated_mailing(Mailing("within segments"), 1)


def test_where_customers_differ_within_segments_the_learner_is_called_and_its_first_third_responds_most(
    within_segments,
):
    data, rise = within_segments
    learned = learn_uplift(data)
    found = judge_uplift(learned)
    assert found.best == "DR"
    first, _, last = found.groups
    assert first.low > last.high
    assert first.low < np.sort(rise)[-len(rise) // 3 :].mean()
    simple, learner, _ = found.rules
    assert learner.half_low > simple.half_high


def test_what_is_expected_of_customers_goes_with_their_true_rise(within_segments):
    data, rise = within_segments
    expected = expected_uplift(learn_uplift(data), "DR", data.columns)
    assert np.corrcoef(expected, rise)[0, 1] > 0.8
    assert expected.mean() == pytest.approx(rise.mean(), abs=0.02)


def test_the_figures_of_a_ranking_are_those_of_a_slow_count():
    random = np.random.default_rng(3)
    differences, places = random.normal(size=200), random.permutation(200)
    drawn = random.integers(0, 200, 200)
    found = ranking_figures(differences, places, np.bincount(drawn, minlength=200).astype(float))
    # Everybody as often as drawn, one after the other; those who were drawn more often share the middle of their places.
    rows = sorted(drawn, key=lambda customer: places[customer])
    values = differences[rows]
    gain = [sum(values[:n]) / 200 - n / 200 * values.mean() for n in range(201)]
    area = sum((one + other) / 2 for one, other in pairwise(gain)) / 200
    assert found.qini == pytest.approx(area, abs=1e-3)
    assert found.half == pytest.approx(values[:100].mean() - values.mean(), abs=0.05)


def test_customers_who_are_ranked_equal_are_worth_a_choice_at_random():
    found = ranking_figures(np.arange(10.0), np.zeros(10, dtype=int), np.ones(10))
    assert found.qini == pytest.approx(0)
    assert found.half == pytest.approx(0)


def test_a_segment_of_which_more_were_contacted_does_not_pass_for_one_that_responds():
    random = np.random.default_rng(0)
    segment = np.repeat([1, 2], 2_000)
    contact = random.random(4_000) < np.where(segment == 1, 0.8, 0.4)
    bought = (random.random(4_000) < np.where(segment == 1, 0.6, 0.1)).astype(float)
    found = judge_uplift(learn_uplift(UpliftData(segment[:, None] * 1.0, segment, contact, bought)))
    assert found.best == ""


@pytest.mark.parametrize("kind", ["nobody bought", "everybody bought", "missing", "one customer in a group"])
def test_campaigns_from_which_nothing_can_be_learned_call_no_rule(kind):
    random = np.random.default_rng(2)
    columns = np.full((600, 1), np.nan if kind == "missing" else 1.0)
    contact = np.arange(600) < 1 if kind == "one customer in a group" else random.random(600) < 0.5
    bought = {"nobody bought": np.zeros(600), "everybody bought": np.ones(600)}.get(
        kind, (random.random(600) < 0.3) * 1.0
    )
    found = judge_uplift(learn_uplift(UpliftData(columns, np.zeros(600, dtype=int), contact, bought)))
    assert found.best == ""
    assert all(np.isfinite([rule.qini, rule.low, rule.high, rule.half]).all() for rule in found.rules)


def test_the_same_campaign_gives_the_same_answer():
    data = simulated_mailing(Mailing("equal effect", customers=1_000), 1)[0]
    assert judge_uplift(learn_uplift(data)) == judge_uplift(learn_uplift(data))


@pytest.mark.soak
def test_a_rule_is_called_in_at_most_one_of_twenty_campaigns_where_all_respond_alike():
    assert benchmark.called_rules(Mailing("equal effect", customers=2_000), 400)[""] >= 380


@pytest.fixture(scope="module")
def hillstrom():
    """64,000 customers in three groups of the published visit rates; the women's mail works on those who bought for women."""
    random = np.random.default_rng(8)
    n = 64_000
    arm = random.permutation(np.repeat(["Mens E-Mail", "Womens E-Mail", "No E-Mail"], [21_307, 21_387, 21_306]))
    womens = random.random(n) < 0.55
    rate = np.select(
        [arm == "Mens E-Mail", arm == "Womens E-Mail"],
        [0.1828, 0.1062 + 0.0452 * womens / 0.55],
        0.1062,
    )
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "recency": random.integers(1, 13, n),
            "history": np.round(random.lognormal(4.9, 1.1, n), 2),
            "womens": womens.astype(int),
            "zip_code": random.choice(["Urban", "Surburban", "Rural"], n),
            "channel": np.where(random.random(n) < 0.02, None, random.choice(["Web", "Phone", "Multichannel"], n)),
            "segment": arm,
            "outcome": (random.random(n) < rate).astype(int),
        }
    )


def test_on_data_of_hillstroms_shape_the_lifts_are_the_published_ones(hillstrom):
    for mail, lift in (("Mens E-Mail", 0.0766), ("Womens E-Mail", 0.0452)):
        own = hillstrom[hillstrom["segment"].isin([mail, "No E-Mail"])]
        groups = own.assign(group=np.where(own["segment"] == mail, "contact", "control"))
        found = clustera.measure_campaign(
            groups[["customer_id", "group"]], outcomes=own[["customer_id", "outcome"]], day="2008-03-01", days=14,
            randomized=True, share=0.5, looks="end",
        )  # fmt: skip
        effect = found.record.parts[0].buyers
        assert effect.low < lift < effect.high
        assert effect.high - effect.low < 0.015


def test_on_data_of_hillstroms_shape_the_mail_for_women_goes_to_those_who_bought_for_women(hillstrom):
    own = hillstrom[hillstrom["segment"].isin(["Womens E-Mail", "No E-Mail"])].iloc[:16_000]
    table = own.assign(group=np.where(own["segment"] == "No E-Mail", "control", "contact")).drop(columns="segment")
    found = clustera.measure_uplift(table, randomized=True, share=0.5)
    assert found.record.best == "DR"
    assert found.record.columns == ("recency", "history", "womens", "zip_code", "channel")
    first = table.set_index("customer_id").loc[found.ranking["customer"].astype(int)[:4_000], "womens"]
    assert first.mean() > 0.95


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


def test_the_command_says_whom_to_contact_next_time_and_writes_them(runs):
    words = ["campaign", "uplift", "may", "--orders", str(runs / "may.csv"), "--runs", str(runs / "runs")]
    result = CliRunner().invoke(app, [*words, "--output", str(runs / "next.csv"), "--top", "20%"])
    assert result.exit_code == 0, result.output
    assert "by segment (simple rule)" in result.output
    assert "600 customers written to" in result.output
    assert len(pd.read_csv(runs / "next.csv")) == 600
    kept = clustera.load_campaign("may", runs=runs / "runs").last_uplift
    assert kept.write(runs / "again.csv", top="20%") == 600
    assert (runs / "again.csv").read_bytes() == (runs / "next.csv").read_bytes()
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert told["customers"] == 3_000
    assert told["best"]
    assert told["groups"][0]["effect"] > told["groups"][-1]["effect"]
    assert " ".join(told["sentences"][1].split()) in " ".join(result.output.split())


def test_no_list_of_uplift_or_of_an_action_has_a_customer_who_is_held_out_or_in_another_control_group(runs, tmp_path):
    place = shutil.copytree(runs / "runs", tmp_path / "runs")

    def say(*words):
        result = CliRunner().invoke(app, [*map(str, words), "--runs", str(place)])
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    with clustera.load("april", runs=place) as seg:
        ids, codes = seg.customers["id"].astype(str), seg.customers["action_code"]
    pd.DataFrame({"id": ids, "email": ids + "@shop.example", "consent": "yes"}).to_csv(
        tmp_path / "crm.csv", index=False
    )
    say("audience", "save", "All", "everyone")
    mailed = ["--for", "generic", "--contacts", tmp_path / "crm.csv"]
    say("audience", "export", "All", *mailed, "--holdout", "10%", "--output", tmp_path / "all.csv")
    say("campaign", "launch", "other", "--segments", "1", "--control", "30%", "--days", "3")
    other = clustera.load_campaign("other", runs=place).assignments
    held = frozenset().union(*Store(place).exports.held_out().values())
    apart = held | set(other["customer"][other["group"] == "control"])
    assert len(apart) > len(held) > 0
    words = [
        "campaign",
        "uplift",
        "may",
        "--orders",
        runs / "may.csv",
        "--output",
        tmp_path / "next.csv",
        "--top",
        "100%",
    ]
    told = say(*words)
    listed = set(pd.read_csv(tmp_path / "next.csv", dtype=str)["customer"])
    taking_part = set(clustera.load_campaign("may", runs=place).assignments["customer"])
    assert listed == taking_part - apart
    assert f"{len(taking_part & apart):,} customers are left out of the list" in told
    blocked = sorted(listed)[::7]
    pd.DataFrame({"email": [f"{one}@shop.example" for one in blocked]}).to_csv(tmp_path / "no.csv", index=False)
    told = say(*words, *mailed[2:], "--suppress", tmp_path / "no.csv", "--audience", "Again")
    assert set(pd.read_csv(tmp_path / "next.csv", dtype=str)["customer"]) == listed - set(blocked)
    assert f"{len(blocked):,} customers are left out of the list: by the contacts they may not" in told
    with clustera.load("april", runs=place) as seg:  # whoever is launched to is sorted out anew
        assert set(seg.audience("Again").customers()["id"]) == listed
        again = seg.prepare_campaign(
            "again", audience="Again", contacts=tmp_path / "crm.csv", reaching={"suppress": tmp_path / "no.csv"}
        )
        assert again.record.customers == len(listed - set(blocked))
    refused = CliRunner().invoke(app, [*map(str, words), "--suppress", str(tmp_path / "no.csv"), "--runs", str(place)])
    assert (refused.exit_code, "does nothing without --contacts" in refused.output) == (3, True)
    action = codes.value_counts().index[0]
    say("campaign", "launch", "act", "--action", action, "--control", "20%", *mailed)
    mine = clustera.load_campaign("act", runs=place).assignments
    controls = set(mine["customer"][mine["group"] == "control"])
    made = place / "campaigns" / "act"
    for file in ("contact.csv", "generic.csv"):
        sent = {
            cell.removesuffix("@shop.example")
            for row in pd.read_csv(made / file, dtype=str).to_numpy().tolist()
            for cell in row
            if isinstance(cell, str)
        }
        assert sent & set(ids[codes == action])
        assert not sent & (apart | controls)
    assert not set(mine["customer"]) & apart


def test_the_page_on_campaigns_shows_what_the_command_prints(runs, monkeypatch):
    monkeypatch.chdir(runs)
    monkeypatch.setenv("COLUMNS", "110")
    page = (Path(__file__).parents[2] / "docs" / "campaigns.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"^    clustera (campaign uplift [^\n]*)\n\n```\n(.*?)\n```$", page, re.DOTALL | re.MULTILINE)
    printed = CliRunner().invoke(app, shlex.split(found[0])).output
    assert [line.rstrip() for line in printed.strip().splitlines()] == found[1].splitlines()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"randomized": False}, "not drawn at random"),
        ({"share": 0.4}, "not as they were drawn"),
        ({"days": 60}, "judged once, after the last day of the campaign"),
    ],
)
def test_what_nothing_can_be_said_about_is_refused(runs, change, said):
    campaign = clustera.load_campaign("may", runs=runs / "runs")
    campaign.record = replace(campaign.record, **change)
    with pytest.raises(InputError, match=said):
        campaign.uplift(runs / "may.csv")


def test_the_page_and_the_report_say_who_responded_until_the_groups_turn_out_to_be_changed(runs, tmp_path):
    pytest.importorskip("fastapi")
    from fastapi.testclient import TestClient

    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    place = shutil.copytree(runs / "runs", tmp_path / "runs")
    sessions = Sessions()
    app_ = create_app(place, sessions=sessions, hosts=frozenset({"there:1"}))
    here = "/runs/april/campaigns/may"

    def measured(**fields):
        files = {"bought": ("may.csv", (runs / "may.csv").read_bytes())} | {n: (None, v) for n, v in fields.items()}
        answer = browser.post(here, files=files, headers={"sec-fetch-site": "same-origin"}, follow_redirects=False)
        assert answer.status_code == 303
        whole = clustera.load("april", runs=place).report_html()
        return [browser.get(here).text, browser.get("/runs/april/method").text, whole]

    with TestClient(app_, base_url="http://there:1", headers={"accept": "text/html"}) as browser:
        browser.get(f"/enter?token={sessions.new_link()}")
        assert "also find out who responded most" in browser.get(here).text
        assert "does not keep its order lines" in browser.get("/runs/april/campaign").text
        shown = measured(responded="1")
        found = Campaigns(place).uplift("may")
        assert found is not None
        assert found.best
        for page in shown:
            assert uplift_sentences(found)[1] in page
            assert uplift_cells(found.rules[0], found)[1] in page
        assert "Download whom to contact next time" in shown[0]
        for top in ("10%", "100%"):
            clustera.load_campaign("may", runs=place).last_uplift.write(tmp_path / "next.csv", top=top)
            assert browser.get(f"{here}/next.csv", params={"top": top}).content == (tmp_path / "next.csv").read_bytes()
        assert browser.get(f"{here}/next.csv?top=all").status_code == 422
        best = set(clustera.load_campaign("may", runs=place).last_uplift.first("20%"))
        ours = {"data": {"name": "may first to contact", "top": "20%"}, "headers": {"sec-fetch-site": "same-origin"}}
        assert 'value="may first to contact"' in browser.get(here).text
        planned = browser.post(f"{here}/audience", **ours)  # to the plan of the next campaign
        assert planned.status_code == 200
        assert "A campaign for may first to contact" in planned.text
        with clustera.load("april", runs=place) as seg:
            assert set(seg.audience("may first to contact").customers()["id"]) == best
        assert browser.post(f"{here}/audience", **ours).status_code == 409
        assert 'value="may first to contact 2"' in browser.get(here).text
        for page in measured(changed="1"):
            assert uplift_sentences(found)[1] not in page
            assert "Qini" not in page
        assert browser.get(f"{here}/next.csv").status_code == 404


def test_a_table_of_few_customers_or_few_buyers_is_refused():
    who = pd.DataFrame({"customer": range(800), "group": ["contact", "control"] * 400, "age": range(800), "bought": 0})
    with pytest.raises(InputError, match="0 customers bought; 100 are needed"):
        clustera.measure_uplift(who, randomized=True)
    with pytest.raises(InputError, match="The smaller group has 50 customers; 300 are needed"):
        clustera.measure_uplift(who.iloc[:100], randomized=True)
    with pytest.raises(InputError, match="not drawn at random"):
        clustera.measure_uplift(who)
