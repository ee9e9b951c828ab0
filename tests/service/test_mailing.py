"""Mailing lists of the pages, held against the run in Python."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import clustera


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
