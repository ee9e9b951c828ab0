"""Campaigns from the pages: planned, launched and measured with a browser only; the same as the command says."""

from __future__ import annotations

import csv
import html
import io
import re
import shutil

import pandas as pd
import pytest
from tests.service.conftest import orders_of
from tests.service.test_pages import said, value_of, ways_of
from typer.testing import CliRunner

import clustera
from clustera.cli import app as command
from clustera.segmentation.summary import campaign_values, plain_json
from clustera.service.uses import Trial, Uses

SAME = {"sec-fetch-site": "same-origin"}
FIRST = "2026-02-05"  # the day after the log ends


@pytest.fixture(scope="module")
def folder(folder, tmp_path_factory):
    """The runs in a folder of their own: campaigns lie beside them."""
    return shutil.copytree(folder, tmp_path_factory.mktemp("copied") / "runs")


def posted(browser, address, files=None, **fields):
    """A form as a browser sends it, with its files."""
    sent = {name: (None, value) for name, value in fields.items()} | (files or {})
    return browser.post(address, files=sent, headers=SAME)


def later_orders(campaign):
    """The log with the days of a campaign: nine in ten of those contacted buy, three in ten of the others."""
    groups = campaign.assignments
    for group, share in (("contact", 9), ("control", 3)):
        own = groups.index[groups["group"] == group]
        groups.loc[own, "buys"] = [place % 10 < share for place in range(len(own))]
    buyers = groups.loc[groups["buys"].astype(bool), "customer"]
    more = pd.DataFrame({"order_id": range(10**6, 10**6 + len(buyers)), "customer_id": buyers.to_numpy()})
    last = pd.DataFrame({"order_id": [1], "customer_id": ["Z1"], "order_date": ["2026-03-20"], "amount": [1.0]})
    log = pd.concat([orders_of(120, 400), more.assign(order_date="2026-02-10", amount=40.0), last])
    return log.to_csv(index=False).encode()


@pytest.fixture(scope="module")
def spring(folder, made):
    """A campaign that was launched from its page."""
    from fastapi.testclient import TestClient

    browser = TestClient(
        made[0], base_url="http://127.0.0.1:8420", follow_redirects=False, headers={"accept": "text/html"}
    )
    browser.get(f"/enter?token={made[1].new_link()}")
    terms = {
        "name": "spring",
        "action": "Reward loyalty",
        "control": "50%",
        "day": FIRST,
        "days": "30",
        "margin": "30%",
    }
    answer = posted(browser, "/runs/orders/campaigns", contact_cost="0.10", **terms)
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/orders/campaigns/spring")
    return clustera.load_campaign("spring", runs=folder)


@pytest.fixture(scope="module")
def measured(spring, made):
    """The same, measured from its page."""
    from fastapi.testclient import TestClient

    browser = TestClient(
        made[0], base_url="http://127.0.0.1:8420", follow_redirects=False, headers={"accept": "text/html"}
    )
    browser.get(f"/enter?token={made[1].new_link()}")
    assert "Not measured yet" in browser.get("/runs/orders/campaigns").text
    assert browser.get("/runs/orders/campaigns/spring.json").status_code == 404
    answer = posted(browser, "/runs/orders/campaigns/spring", {"bought": ("later.csv", later_orders(spring))})
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/orders/campaigns/spring")
    return spring


def test_a_campaign_is_launched_as_python_launches_it(spring, folder):
    wanted = clustera.load("orders", runs=folder).prepare_campaign
    ready = wanted(
        "autumn", "Reward loyalty", control="50%", day=FIRST, margin=0.3, contact_cost=0.1, include_controls=True
    )
    record = spring.record
    assert (record.action_code, record.day, record.days, record.margin, record.contact_cost) == (
        ready.record.action_code, ready.record.day, 30, 0.3, 0.1,
    )  # fmt: skip
    assert record.customers == ready.record.customers == 31
    assert record.randomized


@pytest.mark.parametrize("days", [1, 60])
def test_a_campaign_does_not_begin_in_days_that_chose_its_groups(browser, folder, days):
    run = clustera.load("orders", runs=folder)
    early = (pd.Timestamp("2025-01-01") + pd.Timedelta(run.outcome.behavior.as_of - 20089 - days, "D")).strftime("%F")
    with pytest.raises(clustera.InputError, match="before the snapshot date") as raised:
        run.prepare_campaign("early", "Reward loyalty", control="50%", day=early)
    answer = posted(browser, "/runs/orders/campaigns", name="early", action="Reward loyalty", control="50%", day=early)
    assert answer.status_code == 422
    assert html.escape(str(raised.value.message)) in answer.text
    assert not (folder / "campaigns" / "early").exists()


def test_the_page_of_a_customer_in_the_control_group_of_a_running_campaign_says_not_to_write(browser, folder):
    seg = clustera.load("orders", runs=folder)
    campaign = seg.launch_campaign("winter", "Reward loyalty", control=0.5, looks="open")
    groups = campaign.assignments
    for group, told in (("control", True), ("contact", False)):
        one = groups.loc[groups["group"] == group, "customer"].iloc[0]
        page = browser.get(f"/runs/orders/customer?id={one}").text
        assert ("for the campaign winter: this customer is in its control group" in page) is told
    shutil.rmtree(campaign.folder)


def test_no_list_by_action_has_the_control_group_of_a_running_campaign(browser, folder):
    with clustera.load("orders", runs=folder) as seg:
        campaign = seg.launch_campaign("winter", "Reward loyalty", control=0.5, looks="open")
        groups, action = campaign.assignments, seg.actions.set_index("action").loc["Reward loyalty"]
        listed = seg.find_customers(action="Reward loyalty", control=False, rows=1_000)
        everybody = seg.customers.query("action_code == @action.action_code and not control")
    held = set(groups.loc[groups["group"] == "control", "customer"])
    wanted = set(everybody["id"]) - held
    query = f"segment={action.segment}&action={action.action_code}&control=false"
    told = f"{len(everybody) - len(wanted)} more customers are left out: in the control group of a running campaign"
    assert {customer["id"] for customer in listed.customers} == wanted
    for twin in ("mailing.csv", "customers.csv"):
        answer = browser.get(f"/runs/orders/{twin}?{query}").text
        assert {row["id"] for row in csv.DictReader(io.StringIO(answer))} == wanted
    answer = browser.get(f"/runs/orders/customers.json?{query}&rows=1000").json()
    assert (answer["matching"], answer["left_out"]) == (len(wanted), len(everybody) - len(wanted))
    page = f"segments/{action.segment}"
    assert f"Download the mailing list ({len(wanted)})" in browser.get(f"/runs/orders/{page}").text
    for place in (page, "overview", f"customers?{query}"):
        assert told in browser.get(f"/runs/orders/{place}").text
    done = CliRunner().invoke(
        command, ["customers", "orders", "--action", "Reward loyalty", "--no-control", "--runs", str(folder)]
    )
    assert told in " ".join(done.output.split())
    shutil.rmtree(campaign.folder)


def test_the_page_says_what_the_command_prints(measured, browser, folder, tmp_path):
    log = tmp_path / "later.csv"
    log.write_bytes(later_orders(measured))
    page = browser.get("/runs/orders/campaigns/spring").text
    ways, address = ways_of(page)
    twin = browser.get(address).json()
    assert said(ways["Command line"].replace("orders.csv", str(log))) == twin
    again = value_of(ways["Python"].replace("orders.csv", str(log)))
    assert plain_json(campaign_values(again.record)) == {
        key: value for key, value in twin.items() if key != "sentences"
    }
    assert twin["decision"] == "works"
    text = " ".join(page.split())
    for sentence in twin["sentences"][:6]:
        assert sentence in text
    assert "The groups are as they were drawn" in text
    rows = list(csv.DictReader(io.StringIO(browser.get(address.replace(".json", ".csv")).text)))
    assert int(rows[0]["contact_buyers"]) == again.parts["contact_buyers"][0]


def test_the_action_of_the_segment_says_afterwards_what_was_measured(measured, browser):
    effect = measured.last_results.record.parts[0].buyers
    for page in ("/runs/orders/overview", "/runs/orders/segments/1"):
        text = browser.get(page).text
        assert f"Measured +{100 * effect.value:.1f} points of buyers" in text
        assert "/runs/orders/campaigns/spring" in text


def test_the_lists_are_those_beside_the_runs(spring, browser):
    for what, file in (("groups", "assignments.csv"), ("contact", "contact.csv")):
        answer = browser.get(f"/runs/orders/campaigns/spring/{what}.csv")
        assert answer.content == (spring.folder / file).read_bytes()
    for what in ("list", "campaign", "..%2Fspring.results"):
        assert browser.get(f"/runs/orders/campaigns/spring/{what}.csv").status_code == 404


@pytest.mark.parametrize("path", ["/runs/orders/campaigns", "/runs/orders/campaign?action=Reward+loyalty&days=60"])
def test_the_box_of_the_list_and_of_a_plan_gives_what_the_page_has(measured, browser, path):
    ways, address = ways_of(browser.get(path).text)
    twin = browser.get(address).json()
    assert said(ways["Command line"]) == twin
    found = value_of(ways["Python"])
    if "campaign?" in path:
        assert plain_json(campaign_values(found)) == twin
        assert twin["days"] == 60
    else:
        assert [one.name for one in found] == [one["name"] for one in twin]


def test_groups_that_were_changed_by_hand_get_no_causal_sentence(measured, browser, folder):
    terms = {"name": "by-hand", "action": "Win-back message", "control": "50%", "day": FIRST, "days": "30"}
    assert posted(browser, "/runs/orders/campaigns", **terms).status_code == 303
    here = "/runs/orders/campaigns/by-hand"
    assert posted(browser, here, {"bought": ("later.csv", later_orders(measured))}, changed="1").status_code == 303
    page = browser.get(here).text
    assert "Not randomized: the effect of the campaign is unknown." in page
    assert "made a difference" not in page
    assert "95% interval" not in page
    assert "clustera campaign" not in page.split('class="same"', maxsplit=1)[0]


def test_outcomes_that_are_missing_from_one_group_are_told_on_the_page_as_in_python(spring, browser, folder):
    groups = spring.assignments
    lost = (groups["group"] == "control") & (groups.groupby("group").cumcount() % 4 != 0)
    answers = groups.loc[~lost, ["customer"]].assign(outcome=lambda table: [place % 2 for place in range(len(table))])
    files = {"bought": ("answers.csv", answers.to_csv(index=False).encode(), "text/csv")}
    posted(browser, "/runs/orders/campaigns/spring", files, what="answers")
    kept = clustera.load_campaign("spring", runs=folder).last_results
    assert kept.decision == "outcomes missing"
    page = html.unescape(browser.get("/runs/orders/campaigns/spring").text)
    assert kept.sentences()[1] in page
    assert kept.sentences()[2] in page


def test_an_exported_list_with_a_control_group_is_measured_too(browser, folder):
    audience = ["audience", "save", "Regular", "segment is 1", "--run", "orders", "--runs", str(folder)]
    assert CliRunner().invoke(command, audience).exit_code == 0
    contacts = "\n".join(
        ["customer_id,email,consent", *(f"P{n:03d},p{n}@shop.example,{'yes' if n % 10 else 'no'}" for n in range(120))]
    )
    asked = {"network": "klaviyo", "holdout": "50%", "audience": "Regular"}
    here = posted(browser, "/runs/orders/export", {"contacts": ("crm.csv", contacts.encode())}, **asked).headers[
        "location"
    ]
    rows = browser.get(f"{here}.json").json()["rows"]
    posted(browser, here, rows=str(rows))
    assert "/runs/orders/campaign?exported=Regular" in browser.get(here).text
    assert "/runs/orders/campaign?exported=Regular" in browser.get("/runs/orders/campaigns").text
    groups = list(csv.DictReader(io.StringIO(browser.get(f"{here}/groups.csv").text)))
    assert "Record the campaign" in browser.get("/runs/orders/campaign?exported=Regular").text
    terms = {"name": "regular", "exported": "Regular", "day": FIRST, "days": "30"}
    answer = posted(browser, "/runs/orders/campaigns", **terms)
    assert answer.status_code == 303
    campaign = clustera.load_campaign("regular", runs=folder)
    assert campaign.assignments.sort_values("customer").to_dict("list") == {
        "customer": [one["customer"] for one in sorted(groups, key=lambda one: one["customer"])],
        "segment": [1] * len(groups),
        "group": [one["group"] for one in sorted(groups, key=lambda one: one["customer"])],
    }
    # Everybody of the audience is in the list or left out with the reason, once.
    left = pd.read_csv(campaign.folder / "left_out.csv", dtype=str)
    listed = pd.read_csv(campaign.folder / "contact.csv", dtype=str)
    with clustera.load("orders", runs=folder) as seg:
        members = seg.audience("Regular").customers()["id"]
    assert sorted([*left["customer"], *listed["id"]]) == sorted(members)
    assert (left["code"] == "campaign-control").sum() == campaign.record.control
    assert "no-consent" in set(left["code"])
    assert "exported=Regular" not in browser.get("/runs/orders/campaigns").text
    posted(browser, answer.headers["location"], {"bought": ("later.csv", later_orders(campaign))})
    assert browser.get("/runs/orders/campaigns/regular.json").json()["decision"] == "works"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "x", "action": "Reward loyalty", "margin": "much"}, "The margin is"),
        ({"name": "x", "action": "Reward loyalty", "days": "few"}, "is not a number"),
        ({"name": "x", "action": "Reward loyalty", "control": "all"}, "is not a share"),
        ({"name": "../x", "action": "Reward loyalty"}, "campaign"),
        ({"name": "x", "audience": "/etc/passwd"}, "no audience"),
        ({"name": "x", "exported": "Nobody"}, "No list of"),
    ],
)
def test_what_can_not_be_launched_is_told_with_its_cure(browser, fields, message):
    answer = posted(browser, "/runs/orders/campaigns", **fields)
    assert answer.status_code in {404, 409, 422}
    assert message in answer.text


def test_a_refused_launch_shows_the_form_with_what_was_typed_and_all_that_is_wrong(browser, folder):
    typed = {"name": "spring sale", "day": "soon", "days": "few", "margin": "much", "contact_cost": "0.2"}
    sent = typed | {"action": "Reward loyalty", "control": "20%", "network": "meta", "all_consented": "1"}
    answer = posted(browser, "/runs/orders/campaigns", {"contacts": ("c.csv", b"id,email\n1,a@b.example\n")}, **sent)
    page = html.unescape(answer.text)
    assert answer.status_code == 422
    for name, value in typed.items():
        assert re.search(rf'name="{name}"[^>]* value="{value}"', page)
    assert {name for name in typed if f'aria-describedby="wrong-{name}"' in page} == {"day", "days", "margin"}
    assert "<option selected>20%" in page
    assert '<option value="meta" selected>' in page
    assert re.search(r'name="all_consented" value="1" checked', page)
    assert "Choose the files again" in page
    assert "Launch it" in page
    assert not (folder / "campaigns" / "spring sale").exists()


def test_a_campaign_without_a_file_is_told_what_to_bring(spring, browser):
    answer = posted(browser, "/runs/orders/campaigns/spring", discounts="3")
    assert answer.status_code == 422
    assert "No file was chosen." in answer.text


def test_a_plan_of_other_days_is_counted_in_the_order_lines_that_the_run_keeps(folder):
    with clustera.load("orders", runs=folder) as seg:
        kept = seg.plan_campaign(days=60).record
        assert kept == seg.plan_campaign(days=60, orders=orders_of(120, 400)).record
        assert kept != seg.plan_campaign().record


def test_days_that_can_not_be_planned_are_told_above_the_plan_of_the_usual_ones(browser):
    for days, told in (("9999", "Plan fewer days"), ("few", "is not a number"), ("0", "at least one day")):
        page = browser.get(f"/runs/orders/campaign?days={days}").text
        assert told in page
        assert "Bought in 30 days" in page


def test_only_the_chosen_segments_of_an_action_take_part(browser, folder):
    link = html.unescape(
        re.search(r'href="([^"]*campaign\?action=Overdue[^"]*)"', browser.get("/runs/orders/segments/2").text)[1]
    )
    page = browser.get(link).text
    assert re.findall(r'name="segment" value="(\d+)" form="launch"( checked)?', page) == [("2", " checked"), ("3", "")]
    ways, address = ways_of(page)
    twin = browser.get(address).json()
    assert said(ways["Command line"]) == twin == plain_json(campaign_values(value_of(ways["Python"])))
    with clustera.load("orders", runs=folder) as seg:
        assert (
            twin["audiences"]
            == campaign_values(seg.plan_campaign("Overdue reminder", segments=[2]).record)["audiences"]
        )
    terms = {"name": "part", "action": "Overdue reminder", "control": "50%", "day": FIRST, "days": "30"}
    refused = browser.post("/runs/orders/campaigns", data=terms | {"segment": ""}, headers=SAME)
    assert (refused.status_code, "No segment is chosen." in refused.text) == (422, True)
    assert browser.post("/runs/orders/campaigns", data=terms | {"segment": ["", "2"]}, headers=SAME).status_code == 303
    launched = clustera.load_campaign("part", runs=folder)
    assert set(launched.assignments["segment"]) == {2}
    shutil.rmtree(launched.folder)


def test_where_only_half_shows_a_rise_the_form_offers_half(browser, folder):
    save = ["audience", "save", "Spenders", "spend > 100", "--run", "orders", "--runs", str(folder)]
    assert CliRunner().invoke(command, save).exit_code == 0
    for days, advised in (("100", True), ("30", False)):
        page = browser.get(f"/runs/orders/campaign?audience=Spenders&days={days}").text
        assert [f in page for f in ("leave half out", "Control group 50%", "<option selected>50%")] == [advised] * 3
    CliRunner().invoke(command, ["audience", "remove", "Spenders", "--yes", "--runs", str(folder)])


@pytest.fixture(scope="module")
def contacts():
    """Every ninth customer may not be written to; a column of another name says who may."""
    rows = [f"P{n:03d},p{n}@shop.example,{'no' if n % 9 == 0 else 'yes'}" for n in range(120)]
    return "\n".join(["customer_id,email,may_write", *rows]).encode()


def test_a_campaign_with_contacts_shows_its_counts_before_anything_is_written(browser, folder, contacts):
    terms = {
        "name": "counted",
        "action": "Next-purchase offer",
        "control": "50%",
        "day": "2027-03-01",
        "network": "klaviyo",
    }
    blocked = b"email\np1@shop.example\n"
    sent = {"contacts": ("crm.csv", contacts), "suppress": ("no.csv", blocked)}
    here = posted(browser, "/runs/orders/campaigns", sent, **terms).headers["location"]
    assert "counted" not in {one.name for one in clustera.list_campaigns(folder)}
    unread = browser.get(here)
    assert "Choose the column below" in unread.text
    assert posted(browser, here, network="klaviyo", **{"column:consent": "may_write"}).status_code == 303
    page = browser.get(here).text
    record = browser.get(f"{here}.json").json()
    steps = list(csv.DictReader(io.StringIO(browser.get(f"{here}.csv").text)))
    assert f"{record['contact']} customers will get the campaign counted" in page
    assert int(steps[-1]["customers"]) == record["contact"] > 0
    assert int(steps[0]["customers"]) == record["contact"] + record["control"] + record["unreachable"]
    assert posted(browser, here, rows="1").headers["location"] == here  # not what was counted
    answer = posted(browser, here, rows=str(record["contact"]))
    assert answer.headers["location"] == "/runs/orders/campaigns/counted"
    launched = clustera.load_campaign("counted", runs=folder)
    assert plain_json(campaign_values(launched.record)) == record
    rows = list(csv.DictReader(io.StringIO(browser.get("/runs/orders/campaigns/counted/list.csv").text)))
    contacted = set(launched.assignments.query("group == 'contact'")["customer"])
    assert {row["External ID"] for row in rows} == contacted
    assert not {f"P{n:03d}" for n in (1, *range(0, 120, 9))} & set(launched.assignments["customer"])
    assert browser.get(here).status_code == 404


def test_the_box_of_the_counts_of_a_campaign_counts_the_same(browser, contacts, tmp_path, monkeypatch):
    terms = {"name": "boxed", "action": "Next-purchase offer", "control": "50%", "day": "2027-03-01", "days": "20"}
    more = {"column:consent": "may_write", "margin": "30%", "contact_cost": "0.5"}
    here = posted(browser, "/runs/orders/campaigns", {"contacts": ("crm.csv", contacts)}, **terms, **more).headers[
        "location"
    ]
    (tmp_path / "crm.csv").write_bytes(contacts)
    monkeypatch.chdir(tmp_path)
    ways, address = ways_of(browser.get(here).text)
    twin = browser.get(address).json()
    assert said(ways["Command line"]) == twin == plain_json(campaign_values(value_of(ways["Python"])))
    assert twin["days"] == 20


def test_a_test_of_another_action_says_nothing_of_the_action_that_a_card_shows():
    other = Trial("calls", True, 20_000, 20, "tested", of_first=False)
    done, going = Trial("a", True, 19_000, 20, "measured"), Trial("b", True, 20_000, 20, "tested")
    assert (Uses((), (other,)).stage, Uses((), (other,)).running) == ("idea", None)
    both = Uses((), (other, going, done))
    assert (both.stage, both.running) == ("measured", going)
    assert Uses((), (done,)).running is None
