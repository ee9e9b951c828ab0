"""Offers planned from their page: the same as the command and Python make; what was typed wrong is told above the form."""

from __future__ import annotations

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
    "segments": ["", "1, 2", ""],
    "least:2": "15",
}
HERE = "/runs/orders/offers"


@pytest.fixture(scope="module")
def planned(made, folder):
    """The address of the page after a plan was made on it."""
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
    assert twin["contacts"] == 60
    assert 'name="least:2" value="15"' in page
    assert (kept["segment"] == 2).sum() >= 15
    monkeypatch.chdir(tmp_path)
    (tmp_path / "offers.toml").write_text(browser.get(planned.replace("/offers?", "/offers.toml?")).text)
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
    assert f'href="{planned.replace("&", "&amp;")}"' in page
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "orders.offers.parquet"), before)
