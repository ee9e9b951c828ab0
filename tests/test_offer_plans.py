"""Offers under a budget: what each is expected to bring, who gets which, which effects are tested first."""

import csv
import dataclasses
import datetime
import io
import json
import math
import shutil

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera import texts
from clustera.allocation import read_offers
from clustera.cli import app
from clustera.errors import InputError, RunError
from clustera.power import detectable_lift
from clustera.segmentation.saved_audiences import SavedAudiences
from clustera.store import Store
from tests.campaigning import LAUNCH, campaign_log, quiet_log

MAIL = {"name": "mail", "cost": 0.1, "rise": 0.05}
VOUCHER = {"name": "voucher", "cost": 0.1, "discount": "10%", "rise": 0.15, "rises": {"1": 0.2}}
CALL = {"name": "call", "cost": 2.0}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder of runs with the run `april` of 2,000 customers, and a campaign of which results are known."""
    runs = tmp_path_factory.mktemp("shop") / "runs"
    log = quiet_log(2_000)
    with clustera.segment(orders=log, k=3, value=False, progress=False) as seg:
        seg.publish(runs, name="april")
    with clustera.load("april", runs=runs) as seg:
        for name, lift in (("spring", 0.3), ("nothing", 0.0)):
            made = seg.launch_campaign(name, segments=[1, 2, 3], control=0.5, day=LAUNCH.date(), measure="buyers")
            made.results(campaign_log(made.assignments, log, lift=lift))
    return runs


@pytest.fixture
def seg(shop):
    with clustera.load("april", runs=shop) as opened:
        yield opened


def test_the_budget_holds_everybody_gets_one_offer_and_the_sums_are_those_of_the_table(seg):
    plan = seg.plan_offers({"offers": [MAIL, VOUCHER], "margin": 0.4}, budget=150)
    record, table = plan.record, plan.table
    assert table["id"].is_unique
    assert set(table["id"]) <= set(seg.customers["id"])
    assert 100 < table["expected_cost"].sum() == pytest.approx(record.spent)
    assert record.spent <= 150
    assert table["expected_profit"].sum() == pytest.approx(record.profit)
    assert 0 <= record.gap < 1e-3
    assert record.next_unit > 0
    for offer in record.offers:
        own = table[table["offer"] == offer.name]
        assert (len(own), own["expected_cost"].sum()) == (offer.customers, pytest.approx(offer.cost))


def test_the_profit_of_an_offer_by_hand(seg):
    plan = seg.plan_offers({"offers": [VOUCHER], "margin": 0.4})
    row = plan.table.iloc[0]
    kept = seg.customer(row["id"])
    purchase = kept["values"]["spend"] / kept["values"]["order_days"]
    stage = next(s for s in seg.outcome.behavior.stages if (s.segment, s.stage) == (kept["segment"], kept["stage"]))
    rate = stage.earlier_buyers / stage.earlier_customers
    rise = min(0.2 if kept["segment"] == 1 else 0.15, 1 - rate)
    cost = 0.1 + 0.1 * purchase * (rate + rise)  # also those who would have bought anyway take the discount
    assert row["expected_cost"] == pytest.approx(cost)
    assert row["expected_profit"] == pytest.approx(0.4 * rise * purchase - cost)


def test_a_kept_plan_tells_what_it_was_made_with(shop, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sale = {"name": 'Emoji "\U0001f381"\x7f', "discount": 2.5, "campaign": "spring", "most": 9, "segments": [3, 1]}
    asked = {
        "offers": [MAIL, VOUCHER, sale, {"name": "x", "rise": 0.0, "rises": {"2": 0.0}}],
        "contacts": 0,
        "least": {"2": 0},
    }
    with clustera.load("april", runs=shop) as seg:
        made = seg.plan_offers(asked, budget=20, margin=0.35, test=False)
        made.keep()
        kept = seg.kept_offers()
    assert kept.record == made.record
    assert kept.arrow().equals(made.arrow())
    assert (kept.record.terms, kept.record.test) == (read_offers(asked | {"margin": 0.35}), False)
    (tmp_path / "offers.toml").write_text(kept.as_toml())
    assert read_offers(tmp_path / "offers.toml") == kept.record.terms
    shown = CliRunner().invoke(app, ["show", "april", "--offers", "--runs", str(shop)]).stdout
    assert kept.as_toml().strip() in shown
    assert "clustera offers offers.toml april --budget 20 --no-tests" in shown
    refused = CliRunner().invoke(app, ["show", "april", "--offers", "--k", "3", "--runs", str(shop)])
    assert (refused.exit_code, "not both" in refused.stderr) == (3, True)


def test_a_list_of_offers_is_an_audience_that_stays_with_its_reach_as_audiences_count_it(shop, tmp_path):
    runs = shutil.copytree(shop, tmp_path / "runs")
    with clustera.load("april", runs=runs) as seg:
        ids = seg.customers["id"]
        seg.keep_consent(pd.DataFrame({"id": ids, "email": ids + "@shop.example", "consent": ["yes", "no"] * 1_000}))
        seg.plan_offers({"offers": [MAIL, CALL], "margin": 0.4}, budget=6_000).keep()
        table = seg.kept_offers().table
        listed = {(one.offer, one.part): one for one in seg.offer_lists()}
        assert (
            listed.keys()
            == set(zip(table["offer"], table["part"], strict=True))
            == {("mail", "plan"), ("call", "test")}
        )
        for (offer, part), one in listed.items():
            own = table[(table["offer"] == offer) & (table["part"] == part)]
            counted = seg.offer_audience(offer, f"{offer} list", part=part).count()
            members = own.loc[own["group"] == "contact", "id"]
            assert set(seg.audience(f"{offer} list").arrow()["id"].to_pylist()) == set(members)
            assert (
                (one.customers, one.control)
                == (len(members), len(own) - len(members))
                == (counted.customers, one.control)
            )
            assert one.consented == counted.consented == ids.index[ids.isin(members)].to_series().mod(2).eq(0).sum()
        seg.plan_offers({"offers": [MAIL], "margin": 0.4}, budget=20).keep()
        assert seg.audience("mail list").count().customers == listed["mail", "plan"].customers
        with pytest.raises(RunError, match="already an audience"):
            seg.offer_audience("mail", "mail list")
        with pytest.raises(InputError, match="Nobody gets 'call'"):
            seg.offer_audience("call", "calls")


def test_nobody_gets_an_offer_that_is_not_expected_to_pay(seg):
    plan = seg.plan_offers({"offers": [{"name": "gift", "cost": 500.0, "rise": 0.1}], "margin": 0.3})
    assert len(plan.table) == 0
    assert "No offer with a known effect is expected to pay." in plan.sentences()


def test_limits_of_offers_contacts_and_segments_hold(seg):
    file = {
        "offers": [MAIL | {"segments": [1, 3]}, VOUCHER | {"most": 40}],
        "margin": 0.4,
        "contacts": 200,
        "least": {"2": 30},
    }
    table = seg.plan_offers(file).table
    assert len(table) <= 200
    assert (table["offer"] == "voucher").sum() <= 40
    assert set(table.loc[table["offer"] == "mail", "segment"]) <= {1, 3}
    assert (table["segment"] == 2).sum() >= 30


def test_a_limit_of_no_contacts_is_named(seg):
    plan = seg.plan_offers({"offers": [VOUCHER], "margin": 0.4, "contacts": 0})
    assert "The limit of 0 contacts leaves room for no offer." in plan.sentences()


def test_tests_keep_the_limits_of_contacts_and_of_their_offer(seg):
    # A test's customers came on top: a limit of 10 contacts gave a list of a hundred to contact.
    file = {"offers": [VOUCHER, CALL], "margin": 0.4}
    free = seg.plan_offers(file)
    size = free.record.tests[0].contact
    for limits in ({"contacts": size + 50}, {"contacts": size}, {"contacts": size + 49, "least": {"2": 50}}):
        plan = seg.plan_offers(file | limits, budget=100_000)
        contacted = plan.table[plan.table["group"] == "contact"]
        assert len(contacted) == limits["contacts"]
        assert plan.record.tests[0].paid == ("least" not in limits)
        assert any(said.startswith(f"All {len(contacted)} contacts are used up") for said in plan.sentences())
    few = seg.plan_offers(file | {"offers": [VOUCHER, CALL | {"most": size - 1}]})
    assert set(few.table["offer"]) == {"voucher"}
    assert any("the limit of contacts" in said for said in few.sentences())


def test_limits_that_cannot_be_met_together_are_refused(seg):
    with pytest.raises(InputError) as error:
        seg.plan_offers({"offers": [MAIL], "margin": 0.4, "least": {"2": 30}}, budget=1.0)
    assert "can't be met together" in str(error.value)


def test_an_effect_that_nobody_knows_is_tested_first_with_a_size_that_shows_what_pays(seg):
    plan = seg.plan_offers({"offers": [MAIL, CALL], "margin": 0.4}, budget=2_000)
    (test,) = plan.record.tests
    assert test.paid
    assert test.shows == detectable_lift(test.contact, test.control, test.base_rate)
    smaller = detectable_lift(test.contact - 1, test.control - 1, test.base_rate)
    assert test.shows <= max(test.break_even, 0.02) < smaller
    assert test.cost == pytest.approx(2.0 * test.contact)
    own = plan.table[plan.table["part"] == "test"]
    assert own["group"].value_counts().to_dict() == {"contact": test.contact, "control": test.control}
    assert own["expected_profit"].isna().all()
    assert plan.record.spent + test.cost <= 2_000
    again = seg.plan_offers({"offers": [MAIL, CALL], "margin": 0.4}, budget=2_000)
    pd.testing.assert_frame_equal(again.table, plan.table)


def test_without_the_money_or_the_wish_nothing_is_tested(seg):
    poor = seg.plan_offers({"offers": [MAIL, CALL], "margin": 0.4}, budget=20)
    unwilling = seg.plan_offers({"offers": [MAIL, CALL], "margin": 0.4}, budget=2_000, test=False)
    for plan in (poor, unwilling):
        assert not plan.record.tests[0].paid
        assert set(plan.table["part"]) == {"plan"}
    assert "It is not in the list" in poor.sentences()[-1]


def test_a_discount_larger_than_what_a_purchase_brings_cannot_pay(seg):
    plan = seg.plan_offers({"offers": [{"name": "half", "discount": "50%"}], "margin": 0.3}, budget=2_000)
    assert plan.record.tests[0].break_even is None
    assert "costs more than it can bring" in plan.sentences()[-1]


def test_a_measured_campaign_gives_the_effect(seg, shop):
    plan = seg.plan_offers({"offers": [{"name": "again", "cost": 0.1, "campaign": "spring"}], "margin": 0.4})
    measured = clustera.load_campaign("spring", runs=shop).last_results.record
    (offer,) = plan.record.offers
    assert offer.source == "campaign"
    effects = [part.buyers.value for part in measured.parts if part.buyers is not None]
    assert min(effects) <= offer.effect <= max(effects)


def test_an_effect_is_used_only_in_the_segments_where_it_was_measured(seg, shop, tmp_path):
    runs = shutil.copytree(shop, tmp_path / "runs")
    file = runs / "campaigns" / "spring.results.json"
    found = json.loads(file.read_text())
    found["campaign"]["segments"] = [one for one in found["campaign"]["segments"] if one[0] != 2]
    found["parts"] = [part for part in found["parts"] if part["segment"] != 2]
    file.write_text(json.dumps(found))
    plan = seg.plan_offers({"offers": [{"name": "again", "cost": 0.1, "campaign": "spring"}], "margin": 0.4}, runs=runs)
    parts = plan.table.groupby("part")["segment"].agg(set)
    assert parts["plan"] <= {1, 3}
    assert (parts["test"], plan.record.tests[0].segments) == ({2}, (2,))
    assert "again in segment 2, where it was not measured: nobody knows what it changes." in plan.sentences()[-1]


def test_a_campaign_that_showed_nothing_is_tested_again(seg, shop):
    measured = clustera.load_campaign("nothing", runs=shop).last_results
    assert measured.decision == "no difference shown"
    plan = seg.plan_offers({"offers": [{"name": "again", "cost": 0.1, "campaign": "nothing"}], "margin": 0.4})
    assert plan.record.offers[0].source == "not shown"
    assert plan.record.tests


def test_the_control_group_of_a_running_campaign_gets_nothing(shop, tmp_path):
    shutil.copytree(shop, tmp_path / "runs")
    with clustera.load("april", runs=tmp_path / "runs") as seg:
        today = datetime.datetime.now().astimezone().date()
        running = seg.launch_campaign("now", segments=[1, 2, 3], control=0.5, day=today).assignments
        plan = seg.plan_offers({"offers": [MAIL], "margin": 0.4})
    table = plan.table
    control = set(running.loc[running["group"] == "control", "customer"])
    assert len(control) > 500
    assert plan.record.customers + len(control) == 2_000
    assert plan.sentences()[1].startswith(
        f"{len(control):,} of the run's 2,000 customers are left out: in the control group"
    )
    assert not control & set(table["id"])


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ({}, "no offers"),
        ({"offers": [{"cost": 1}]}, "has no name"),
        ({"offers": [MAIL, MAIL]}, "two offers are called 'mail'"),
        ({"offers": [MAIL | {"costs": 1}]}, "Did you mean 'cost'?"),
        ({"offers": [MAIL | {"cost": -1}]}, "it must be a number of 0 or more"),
        ({"offers": [MAIL | {"rise": 2}]}, "from -1 to 1"),
        ({"offers": [MAIL | {"discount": "ten%"}]}, "is not a share"),
        ({"offers": [MAIL | {"campaign": "spring"}]}, "once it is measured"),
        ({"offers": [MAIL], "contacts": 1.5}, "whole number"),
        ({"offers": [MAIL], "least": {"best": 10}}, "no number of a segment"),
        ({"offers": [MAIL], "least": 10}, "no table of segments"),
        ({"offers": [MAIL], "least": {"1": None}}, "has no number"),
        ({"offers": [MAIL], "contacts": math.inf}, "it must be a number of 0 or more"),
        ({"offers": [MAIL | {"cost": 10**400}]}, "it must be a number of 0 or more"),
        *(
            ({"offers": [MAIL | {"segments": wrong}]}, "segments = [1, 3]")
            for wrong in ("1", 1, ["x"], [1.5], [True], {})
        ),
    ],
)
def test_a_file_of_offers_that_is_wrong_says_where(file, words):
    with pytest.raises(InputError) as error:
        read_offers(file)
    assert words in f"{error.value} {error.value.hint}"


def test_what_a_plan_needs_is_said(seg):
    with pytest.raises(InputError, match="which share of sales is profit"):
        seg.plan_offers({"offers": [MAIL]})
    with pytest.raises(InputError, match="segment 9"):
        seg.plan_offers({"offers": [MAIL | {"segments": [9]}], "margin": 0.3})
    with pytest.raises(RunError, match="autumn"):
        seg.plan_offers({"offers": [{"name": "x", "campaign": "autumn"}], "margin": 0.3})


def test_the_command_prints_the_plan_and_writes_it(shop, tmp_path):
    file = tmp_path / "offers.toml"
    file.write_text(
        'margin = 0.4\n[[offers]]\nname = "mail"\ncost = 0.1\nrise = 0.05\n[[offers]]\nname = "call"\ncost = 2\n'
    )
    words = [
        "offers",
        str(file),
        "april",
        "--runs",
        str(shop),
        "--budget",
        "100",
        "--output",
        str(tmp_path / "plan.csv"),
    ]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    printed = " ".join(result.output.split())
    assert "customers get an offer. Expected cost: " in printed
    assert "+5.0 points as you gave it" in printed
    assert "call: nobody knows what it changes. Test it:" in printed
    table = pd.read_csv(tmp_path / "plan.csv")
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert told["spent"] == pytest.approx(table["expected_cost"].sum())


def limits_of(plan):
    return {limit.kind: limit for limit in plan.record.limits}


def test_where_the_budget_is_used_up_the_next_unit_is_what_a_larger_budget_brings(seg):
    offers = {"offers": [MAIL], "margin": 0.4}
    plan, larger = (seg.plan_offers(offers, budget=budget) for budget in (100, 110))
    limit = limits_of(plan)["budget"]
    more = (larger.record.profit - plan.record.profit) / 10
    assert limit.brings == pytest.approx(more, rel=0.05)
    assert f"The budget is used up: the next 1.00 would bring about {limit.brings:.2f}." in plan.sentences()


def test_where_contacts_bind_the_plan_says_what_is_left_and_what_one_more_brings(seg):
    offers = {"offers": [MAIL], "margin": 0.4}
    plan, wider = (seg.plan_offers(offers | {"contacts": n}, budget=1_000) for n in (200, 201))
    limit = limits_of(plan)["contacts"]
    assert limit.brings == pytest.approx(wider.record.profit - plan.record.profit, abs=1e-6)
    assert "The plan needs 980 less than the budget; a larger budget would bring no more profit." in plan.sentences()
    assert any(said.startswith("All 200 contacts are used up: one more would bring about") for said in plan.sentences())


def random_offers(draw):
    """One to three offers of any cost, effect and limits, under any budget."""
    offers = []
    for place in range(int(draw.integers(1, 4))):
        offer = {
            "name": f"offer {place}",
            "cost": float(draw.choice([0, 0.01, 0.1, 0.75, 2.0])),
            "rise": float(draw.choice([0, 0.01, 0.1, 0.3])),
        }
        offer |= {"discount": f"{draw.integers(1, 30)}%"} if draw.random() < 0.4 else {}
        offer |= {"most": int(draw.integers(1, 500))} if draw.random() < 0.4 else {}
        offers.append(offer)
    common = {"contacts": int(draw.integers(1, 1_500))} if draw.random() < 0.4 else {}
    return {"offers": offers, "margin": float(draw.uniform(0.1, 0.9)), **common}, float(
        np.exp(draw.uniform(0, 8)).round(2)
    )


@pytest.mark.parametrize("seed", range(8))
def test_of_any_offers_what_is_left_of_the_budget_is_told_with_its_currency_and_a_reason_and_is_true(seg, seed):
    offers, budget = random_offers(np.random.default_rng(seed))
    plan = seg.plan_offers(offers, budget=budget)
    record = dataclasses.replace(plan.record, currency="CHF")
    assert record.spent + record.test_cost + record.left == pytest.approx(max(budget, record.spent))
    said = texts.offer_plan_sentences(record)
    told = [place for place, sentence in enumerate(said) if "less than the budget" in sentence]
    if not any(offer.customers for offer in record.offers):
        assert not told
        return
    reasons = [limit.kind for limit in record.limits]
    assert reasons
    assert len(told) == (record.left > 0.005 and "budget" not in reasons)
    for place in told:
        assert said[place].startswith(f"The plan needs {texts.format_amount(record.left, 'CHF')} less than the budget;")
        assert "used up" in said[place + 1] or "the most it may" in said[place + 1] or "No further" in said[place + 1]
        assert seg.plan_offers(offers, budget=2 * budget).record.profit <= plan.record.profit + 0.01


def test_where_nobody_is_left_who_pays_the_plan_says_so(seg):
    plan = seg.plan_offers({"offers": [VOUCHER], "margin": 0.4}, budget=100_000)
    assert list(limits_of(plan)) == ["nobody"]
    assert "No further customer is expected to bring more than an offer costs." in plan.sentences()
    freely = seg.plan_offers({"offers": [VOUCHER], "margin": 0.4})
    assert freely.record.profit == pytest.approx(plan.record.profit)


def test_where_an_offer_may_go_to_so_many_the_plan_says_what_one_more_brings(seg):
    offers = [{"offers": [VOUCHER | {"most": most}], "margin": 0.4} for most in (40, 41)]
    plan, wider = (seg.plan_offers(one, budget=10_000) for one in offers)
    limit = limits_of(plan)["most"]
    assert (limit.offer, limit.limit) == ("voucher", 40)
    assert limit.brings == pytest.approx(wider.record.profit - plan.record.profit, abs=1e-6)


def test_where_a_segment_has_to_get_offers_that_do_not_pay_the_plan_says_what_the_last_loses(seg):
    offers = [{"offers": [MAIL | {"rise": 0.0}], "margin": 0.4, "least": {"2": n}} for n in (30, 29)]
    plan, fewer = (seg.plan_offers(one) for one in offers)
    limit = limits_of(plan)["least"]
    assert limit.segment == 2
    assert limit.brings == pytest.approx(fewer.record.profit - plan.record.profit, abs=1e-6)
    assert any(
        said.startswith("Segment 2 gets 30 offers because that is the least you asked for") for said in plan.sentences()
    )


@pytest.fixture(scope="module")
def planned(shop):
    """The run with a plan beside it, and a browser of its dashboard."""
    pytest.importorskip("fastapi")
    testclient = pytest.importorskip("fastapi.testclient")
    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    (shop / "april.offers.parquet").unlink(missing_ok=True)  # of the test of the command
    sessions = Sessions(api_key="k" * 40)
    app = create_app(shop, sessions=sessions, hosts=frozenset({"127.0.0.1:8420"}))
    with testclient.TestClient(app, base_url="http://127.0.0.1:8420", follow_redirects=False) as client:
        client.headers["accept"] = "text/html"
        assert client.get(f"/enter?token={sessions.new_link()}").status_code == 303
        assert "No offers were planned for this run yet." in client.get("/runs/april/offers").text
        assert client.get("/runs/april/offers.json").status_code == 404
        with clustera.load("april", runs=shop) as opened:
            plan = opened.plan_offers({"offers": [MAIL, CALL], "margin": 0.4}, budget=2_000)
            plan.keep()
        yield plan, client


def test_the_dashboard_shows_the_plan_who_gets_what_and_what_is_tested_first(planned):
    plan, browser = planned
    page = browser.get("/runs/april/offers").text
    assert all(sentence in page for sentence in plan.sentences())
    assert all(f">{id_}</a>" in page for id_ in plan.table["id"].head(25))
    assert "/runs/april/offers" in browser.get("/runs/april/overview").text
    twin = browser.get("/runs/april/offers.json").json()
    assert (twin["spent"], twin["sentences"]) == (plan.record.spent, plan.sentences())
    rows = browser.get("/runs/april/offers.csv").text.splitlines()
    assert len(rows) == len(plan.table) + 1


def test_who_is_held_out_after_the_plan_was_made_is_not_in_its_list_of_the_dashboard(planned, shop):
    plan, browser = planned
    store = Store(shop)
    SavedAudiences(store.audiences).save('name = "Everybody"\ndefinition = "everyone"')
    with clustera.load("april", runs=shop) as opened:
        contacts = opened.customers[["id"]].assign(email=lambda frame: frame["id"] + "@shop.example", consent="yes")
        opened.audience("Everybody").prepare_export("generic", contacts, holdout="10%").write(shop.parent / "list.csv")
    held = store.exports.held_out()["Everybody"]
    rows = list(csv.DictReader(io.StringIO(browser.get("/runs/april/offers.csv").text)))
    page = browser.get("/runs/april/offers").text
    store.exports.end_holdout("Everybody")
    store.audiences.delete("Everybody")
    assert held & set(plan.table["id"])
    assert (
        f"{len(held & set(plan.table['id']))} customers of the plan are held out of an audience or in the control group"
        in page
    )
    assert {row["id"] for row in rows} == set(plan.table["id"]) - held
    assert not any(f">{id_}</a>" in page for id_ in held)


def test_the_report_has_the_plan_in_one_line(planned, shop):
    plan, _ = planned
    with clustera.load("april", runs=shop) as opened:
        page = opened.report_html()
    n = sum(offer.customers for offer in plan.record.offers)
    assert page.count(f"Offers: {n:,} customers get one, for {plan.record.spent:,.0f};") == 1


def test_a_plan_of_offers_whose_effects_nobody_knows_says_test_first(seg):
    plan = seg.plan_offers({"offers": [CALL], "margin": 0.4}, budget=2_000)
    assert "Nobody knows yet what these offers change: test first." in plan.sentences()
