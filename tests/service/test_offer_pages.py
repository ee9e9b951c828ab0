"""Offers planned from their page: the same as the command and Python make; what was typed wrong is told above the form."""

from __future__ import annotations

import html
import io
import re
from dataclasses import asdict

import pandas as pd
import pytest
from tests.service.test_new import over
from tests.service.test_pages import said, ways_of

import clustera
from clustera.segmentation.summary import plain_json
from clustera.service.offer_forms import OFFER

SAME = {"sec-fetch-site": "same-origin"}
TYPED = {
    "budget": "20",
    "margin": "30%",
    "contacts": "60",
    "name": ["Mail", "Voucher", "Call"],
    "cost": ["0,05", "0.05", "2"],
    "discount": ["", "10%", ""],
    "rise": ["1", "4", ""],
    "campaign": ["", "", ""],
    "most": ["", "20", ""],
    "rises": ["", "1: 5,5", ""],
    "segments": ["", "1, 2", ""],
    "least:2": "15",
}
HERE = "/runs/orders/offers"


@pytest.fixture(scope="module")
def planned(made, folder):
    """The address of the page after a plan was made on it: the same as before, as the plan keeps what was typed."""
    from fastapi.testclient import TestClient

    browser = TestClient(
        made[0], base_url="http://127.0.0.1:8420", follow_redirects=False, headers={"accept": "text/html"}
    )
    browser.get(f"/enter?token={made[1].new_link()}")
    assert "Plan offers" in browser.get(HERE).text
    answer = browser.post(HERE, data=TYPED, headers=SAME)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_the_page_makes_the_plan_that_the_command_makes_of_its_file(planned, browser, folder, tmp_path, monkeypatch):
    page = browser.get(planned).text
    kept = pd.read_parquet(folder / "orders.offers.parquet")
    twin = browser.get(f"{HERE}.json").json()
    assert twin["sentences"][0] in page
    assert twin["terms"]["contacts"] == 60
    assert 'name="least:2" value="15"' in page
    assert (kept["segment"] == 2).sum() >= 15
    monkeypatch.chdir(tmp_path)
    (tmp_path / "offers.toml").write_text(browser.get(f"{HERE}.toml").text)
    ways, _ = ways_of(page)
    told = said(ways["Command line"])
    assert {key: told[key] for key in twin} == twin
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "orders.offers.parquet"), kept)
    assert (kept["part"] == "plan").any()


def test_the_python_of_the_box_makes_the_same_plan(planned, browser, folder):
    ways, _ = ways_of(browser.get(planned).text)
    found = {"clustera": clustera}
    exec(ways["Python"], found)
    twin = browser.get(f"{HERE}.json").json()
    record = plain_json(asdict(clustera.load("orders", runs=folder).outcome.offers))
    assert record == {key: twin[key] for key in record}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({key: [] for key in OFFER}, "There are no offers."),
        ({"name": ["Mail", "", "Call"]}, "Offer 2 has no name."),
        (
            {"cost": ["much", "0.05", "0"], "budget": "x", "most": ["", "y", ""]},
            "Voucher, Customers at most: &#39;y&#39;",
        ),
        ({"rises": ["1: many", "", ""]}, "&#39;1: many&#39; is no effect in a segment"),
        ({"cost": ["much", "0.05", "0"]}, "Mail, Cost of a contact: &#39;much&#39; is not a number."),
        ({"margin": "half"}, "The margin is &#39;half&#39;"),
        ({"segments": ["first", "", ""]}, "are no segments"),
        ({"campaign": ["none", "", ""]}, "has a rise and a campaign"),
        ({"least:2": "many"}, "Segment 2, customers at least: &#39;many&#39; is not a number."),
        ({"budget": "-3"}, "The budget is -3"),
    ],
)
def test_what_was_typed_wrong_is_told_and_what_was_typed_stays(planned, browser, folder, typed, told):
    before = (folder / "orders.offers.parquet").read_bytes()
    answer = browser.post(HERE, data=TYPED | typed, headers=SAME)
    assert answer.status_code == 422
    assert told in answer.text.replace("&#x27;", "&#39;")
    assert "--" not in answer.text.split('id="make-title"', maxsplit=1)[1].split("<form", maxsplit=1)[0]
    if typed.get("name") != []:
        assert 'value="0.05"' in answer.text
    assert (folder / "orders.offers.parquet").read_bytes() == before


def test_the_list_of_an_offer_goes_where_audiences_go(planned, browser, folder):
    page = browser.get(planned).text
    with clustera.load("orders", runs=folder) as seg:
        first = seg.offer_lists()[0]
        plan = seg.kept_offers().table
    assert f'name="offer" value="{first.offer}"' in page
    query = html.unescape(re.search(r'href="[^"]*offers\.csv\?([^"]*)"', page)[1])
    listed = pd.read_csv(io.StringIO(browser.get(f"{HERE}.csv?{query}").text))
    assert set(listed["id"]) == set(plan.loc[plan["offer"] == first.offer, "id"])
    sent = {"offer": first.offer, "part": first.part, "then": "export"}
    answer = browser.post(f"{HERE}/audience", data=sent, headers=SAME)
    assert answer.status_code == 303
    export = browser.get(answer.headers["location"])
    assert (export.status_code, "Klaviyo" in export.text) == (200, True)


def test_the_form_shows_what_the_kept_plan_was_made_with(planned, browser, folder):
    assert planned == HERE
    first, second, *_ = (one.name for one in clustera.load("orders", runs=folder).outcome.segments)
    page = browser.get(HERE).text.split('id="make-title"')[1]
    fields = re.findall(r'name="([\w:]+)" value="([^"]+)"', page)
    typed = [("budget", "20"), ("margin", "30%"), ("contacts", "60"), ("name", "Mail"), ("cost", "0.05"), ("rise", "1")]
    typed += [("name", "Voucher"), ("cost", "0.05"), ("discount", "10%"), ("rise", "4"), ("rises", f"{first}: 5.5")]
    typed += [("most", "20"), ("segments", f"{first}, {second}"), ("name", "Call"), ("cost", "2"), ("least:2", "15")]
    assert [(name, html.unescape(value)) for name, value in fields if name not in ("author", "no_tests")] == typed
    # Sent again as it is shown, it makes the same plan.
    before = browser.get(f"{HERE}.json").json()
    again = {
        name: [
            html.unescape(value) for key, value in re.findall(r'name="([\w:]+)" value="([^"]*)"', page) if key == name
        ]
        for name in (*OFFER, "budget", "margin", "contacts", "least:2")
    }
    assert browser.post(HERE, data=again | {"campaign": [""] * len(again["name"])}, headers=SAME).status_code == 303
    assert browser.get(f"{HERE}.json").json() == before


def test_a_run_of_a_table_asks_for_what_no_orders_tell(browser):
    page = browser.get("/runs/table/offers").text
    assert 'name="base_rate"' in page
    assert 'name="base_rate"' not in browser.get(HERE).text


def test_a_plan_for_many_customers_is_a_job_that_makes_the_same_plan(planned, browser, folder, monkeypatch, made):
    before = pd.read_parquet(folder / "orders.offers.parquet")
    monkeypatch.setattr("clustera.service.offer_pages.AT_ONCE", 10)
    answer = browser.post(HERE, data=TYPED, headers=SAME)
    job = over(browser, answer.headers["location"])
    assert (job["state"], job["run"]) == ("done", "orders")
    page = browser.get(answer.headers["location"]).text
    assert "The offers are planned" in page
    assert f'href="{planned}"' in page
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "orders.offers.parquet"), before)
