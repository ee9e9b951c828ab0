"""Mailing lists of the pages, held against the run in Python."""

from __future__ import annotations

import csv
import io
import re
import shutil
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import duckdb
import pytest
from tests.service.test_pages import ways_of

import clustera
from clustera.segmentation.saved_audiences import SavedAudiences
from clustera.store import Store


def seg_of(folder, name="orders"):
    return clustera.load(name, runs=folder)


def test_a_mailing_list_and_its_control_group_are_the_customers_of_the_action(browser, folder):
    frame = seg_of(folder).customers
    found = 0
    for number in sorted(set(frame["segment"])):
        page = browser.get(f"/runs/orders/segments/{number}").text
        for href, said in re.findall(r'href="(/runs/orders/mailing\.csv\?[^"]*)">[^<(]*\(([\d,]+)\)', page):
            asked = dict(parse_qsl(urlsplit(unescape(href)).query))
            assert list(asked) == ["segment", "action", "control"]
            rows = list(csv.DictReader(io.StringIO(browser.get(unescape(href)).text)))
            held = frame["control"] == (asked["control"] == "true")
            wanted = frame[(frame["segment"] == number) & (frame["action_code"] == asked["action"]) & held]
            assert sorted(row["id"] for row in rows) == sorted(wanted["id"])
            assert len(rows) == int(said.replace(",", ""))
            assert {"id", "segment", "name", "action", "control"} <= set(rows[0])
            assert len(rows[0]) <= 11
            found += 1
    assert found


def test_the_button_of_a_card_gives_the_list_of_the_action_shown_and_names_it(browser, folder):
    seg = seg_of(folder)
    page, labels = browser.get("/runs/orders/overview").text, seg.actions.drop_duplicates("action_code")
    labels = dict(zip(labels["action_code"], labels["action"], strict=True))
    sent = seg.actions[seg.actions["send_to"] > 0]  # an action that sends nothing has no list
    shown = sent.groupby("segment", sort=False)["action_code"].first()
    found = re.findall(r'class="button" href="/runs/orders/mailing\.csv\?([^"]*)">([^<]*): download', page)
    assert found
    for query, said in found:
        asked = dict(parse_qsl(unescape(query)))
        assert asked["action"] == shown[int(asked["segment"])]
        assert unescape(said) == labels[asked["action"]]


def test_a_filter_that_there_is_not_is_refused_and_not_ignored(browser):
    for asked in ("controll=false", "control=nein", "segmnt=1", "who=nobody"):
        for page in ("customers", "customers.csv", "customers.json", "mailing.csv"):
            assert browser.get(f"/runs/orders/{page}?{asked}").status_code == 422
    refused = browser.get("/runs/orders/customers?controll=false")
    assert "&#39;controll&#39;" in refused.text
    assert "Did you mean" in refused.text


def test_the_list_of_customers_without_control_groups_is_one_address(browser, folder):
    frame = seg_of(folder).customers
    for control in (True, False):
        answer = browser.get(f"/runs/orders/customers.csv?control={str(control).lower()}").text
        rows = list(csv.DictReader(io.StringIO(answer)))
        assert sorted(row["id"] for row in rows) == sorted(frame.loc[frame["control"] == control, "id"])


@pytest.fixture
def held(folder):
    """Ids that an audience of all customers holds out, until the test has ended."""
    store = Store(folder)
    SavedAudiences(store.audiences).save('name = "Everybody"\ndefinition = "everyone"')
    with seg_of(folder) as seg:
        contacts = seg.customers[["id"]].assign(email=lambda frame: frame["id"] + "@shop.example", consent="yes")
        seg.audience("Everybody").prepare_export("generic", contacts, holdout="20%").write(folder.parent / "list.csv")
    yield store.exports.held_out()["Everybody"]
    store.exports.end_holdout("Everybody")
    store.audiences.delete("Everybody")


def ids_of(browser, address):
    return [row["id"] for row in csv.DictReader(io.StringIO(browser.get(unescape(address)).text))]


def test_who_is_held_out_is_in_no_mailing_list_and_the_buttons_count_without_them(browser, folder, held):
    everybody = set(seg_of(folder).customers["id"])
    assert 0 < len(held) < len(everybody)
    pages = ["overview", *(f"segments/{number}" for number in sorted(set(seg_of(folder).customers["segment"])))]
    links = {
        link
        for page in pages
        for link in re.findall(
            r'href="(/runs/orders/mailing\.csv\?[^"]*)">[^<(]*\(([\d,]+)\)', browser.get(f"/runs/orders/{page}").text
        )
    }
    for href, said in links:
        listed = ids_of(browser, href)
        assert len(listed) == int(said)
        assert not held & set(listed)
    assert links
    for asked in ("", "?control=true", "?control=false", f"?q={min(held)}"):
        assert not held & set(ids_of(browser, f"/runs/orders/mailing.csv{asked}"))
    assert set(ids_of(browser, "/runs/orders/mailing.csv")) == everybody - held
    assert set(ids_of(browser, "/runs/orders/customers.csv")) == everybody  # what is known of them, no list


def test_a_page_of_customers_tells_who_is_not_in_its_mailing_list_and_has_the_sql_of_a_list_without_them(
    browser, folder, held
):
    told = f"{len(held)} of them are not in the list for the mail tool"
    assert told in browser.get("/runs/orders/customers").text
    with seg_of(folder) as seg:
        campaign = seg.launch_campaign("winter", control=0.2, looks="open")
        action = seg.actions.loc[seg.actions["send_to"].idxmax()]
    query = f"segment={action['segment']}&action={action['action_code']}"
    page = browser.get(f"/runs/orders/customers?{query}").text
    assert "in the control group of a running campaign" in page
    told = duckdb.sql(ways_of(page)[0]["SQL (DuckDB)"]).to_arrow_table()["id"].to_pylist()
    listed = browser.get(f"/runs/orders/customers.json?{query}&rows=1000").json()
    assert told == [row["id"] for row in listed["customers"]]
    assert listed["left_out"] > 0
    shutil.rmtree(campaign.folder)


def test_once_a_hold_out_has_ended_its_customers_are_in_mailing_lists_again(browser, folder, held):
    assert not held & set(ids_of(browser, "/runs/orders/mailing.csv"))
    Store(folder).exports.end_holdout("Everybody")
    assert held < set(ids_of(browser, "/runs/orders/mailing.csv"))


def test_who_is_held_out_is_marked_in_the_list_and_on_the_page_of_the_customer(browser, folder, held):
    one = min(held)
    warning = "the audience Everybody holds this customer out of every list"
    assert "held out" in browser.get(f"/runs/orders/customers?q={one}").text
    assert warning in browser.get(f"/runs/orders/customer?id={one}").text
    overview = browser.get("/runs/orders/overview").text
    told = re.findall(r"(\d+) more customers? (?:is|are) left out: ", overview)
    assert told
    other = min(set(seg_of(folder).customers["id"]) - held)
    assert warning not in browser.get(f"/runs/orders/customer?id={other}").text


def test_a_list_is_refused_in_a_sentence_where_a_campaign_of_which_nobody_may_be_written_to_is_damaged(browser, folder):
    campaign = seg_of(folder).launch_campaign("Torn", segments=[1], control=0.5, days=3_000)
    groups = campaign.folder / "assignments.parquet"
    whole = groups.read_bytes()
    try:
        assert browser.get("/runs/orders/mailing.csv?segment=1").status_code == 200
        groups.write_bytes(whole[: len(whole) // 2])
        answer = browser.get("/runs/orders/mailing.csv?segment=1")
        assert (answer.status_code, "assignments.parquet is missing or damaged" in answer.text) == (409, True)
    finally:
        shutil.rmtree(campaign.folder)
