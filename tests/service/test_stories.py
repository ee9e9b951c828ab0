"""What people do, in a real browser: a first visit, a nightly run, two analysts at once; on a laptop and on a phone."""

from __future__ import annotations

import csv
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.chromium import CHROMIUM, answered
from tests.served import Served, screenshot

from clustera.segmentation.saved_audiences import SavedAudiences
from clustera.store import Store

from .conftest import orders_of

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")]
SCREENS = {"laptop": (1280, "light"), "phone": (390, "dark")}


@contextmanager
def visitor(chromium, served, screen):
    """A page of somebody who came in by the link, on one of the screens; what its scripts complain of fails the test."""
    width, scheme = SCREENS[screen]
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, told = context.new_page(), []
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.goto(served.link)
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert [text for text in told if "409" not in text and "422" not in text] == []


def contacts_of(people, path):
    """Addresses of customers, three in four with consent."""
    lines = [f"P{number:03d},p{number}@shop.example,{'yes' if number % 4 else 'no'}" for number in range(people)]
    path.write_text("customer_id,email,consent\n" + "\n".join(lines))
    return path


def rows_of(path):
    """The rows of a CSV file."""
    return list(csv.DictReader(Path(path).read_text(encoding="utf-8").splitlines()))


def test_from_a_file_of_orders_to_an_exported_list_with_a_control_group(chromium, tmp_path):
    orders = tmp_path / "orders.csv"
    orders_of(120, 400).to_csv(orders, index=False)
    contacts = contacts_of(120, tmp_path / "crm.csv")
    served = Served(tmp_path / "runs")
    try:
        for screen in SCREENS:
            with visitor(chromium, served, screen) as page:
                if screen == "laptop":
                    assert page.get_by_role("heading", level=1).inner_text() == "No segments yet"
                    page.set_input_files("input[type=file]", orders)
                    with answered(page):
                        page.get_by_role("button", name="Look at them").click()
                    page.wait_for_url("**/new/*")
                    assert "120 customers can be segmented" in page.inner_text("main")
                    screenshot(page, tmp_path, "found-laptop")
                    page.get_by_role("button", name="Make the segments").first.click()
                    page.get_by_role("link", name="See the segments").click()
                else:
                    page.locator("tbody th a").first.click()
                page.wait_for_url("**/overview")
                screenshot(page, tmp_path, f"overview-{screen}")
                if screen == "phone":  # where the cards are folded until somebody opens them
                    page.get_by_role("heading", name="Segment by segment").click()
                with answered(page):
                    page.get_by_role("link", name="Segment page").first.click()
                screenshot(page, tmp_path, f"segment-{screen}")
                with answered(page):
                    page.get_by_role("link", name="Export with addresses and consent").click()
                if screen == "laptop":
                    page.fill("input[name=name]", "First list")
                    with answered(page):
                        page.get_by_role("button", name="Save the audience").click()
                page.set_input_files("input[name=contacts]", contacts)
                page.select_option("select[name=holdout]", "20%")
                with answered(page):
                    page.get_by_role("button", name="Count who").click()
                page.wait_for_url("**/export/*")
                screenshot(page, tmp_path, f"counts-{screen}")
                counted = page.locator("dl.figures dd").all_inner_texts()
                with answered(page):
                    page.get_by_role("button", name="Write the list").click()
                with page.expect_download() as download:
                    page.get_by_role("link", name="Download the list").click()
                rows = rows_of(download.value.path())
                with page.expect_download() as download:
                    page.get_by_role("link", name="Download the groups").click()
                groups = [row["group"] for row in rows_of(download.value.path())]
                assert [str(len(rows)), str(groups.count("control"))] == [counted[3], counted[2]]
                assert groups.count("contact") == len(rows)
                assert groups.count("control") == round(len(groups) * 0.2)
                screenshot(page, tmp_path, f"written-{screen}")
    finally:
        served.stop()


def test_a_nightly_run_alerts_and_a_failure_is_seen(chromium, blobs, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    blobs.to_csv(shared / "customers-1.csv", index=False)
    served = Served(tmp_path / "runs", roots=[shared])

    def ends():
        page.get_by_role("button", name="Run nightly now").click()
        page.wait_for_selector('#job:is([data-state="done"], [data-state="failed"])')
        page.goto(f"{served.base}/schedules")

    try:
        with visitor(chromium, served, "laptop") as page:
            with answered(page):
                page.get_by_role("link", name="Schedules").click()
            page.get_by_label("Name").fill("nightly")
            page.get_by_label("Customers", exact=True).fill(str(shared / "customers-*.csv"))
            page.get_by_label("Tell me when the number of customers changes by").fill("10%")
            page.get_by_label("Time zone").fill("Mars")
            with answered(page):
                page.get_by_role("button", name="Add the schedule").click()
            page.wait_for_selector("[name=zone][aria-invalid=true]")
            assert page.input_value("[name=zone]") == "Mars"
            assert page.input_value("[name=size]") == "10%"
            page.get_by_label("Time zone").fill("UTC")
            with answered(page):
                page.get_by_role("button", name="Add the schedule").click()
            page.wait_for_url("**kept=nightly*")
            ends()
            assert "customers-1" in page.inner_text(".scheduled")
            blobs.iloc[:120].to_csv(shared / "customers-2.csv", index=False)
            ends()
            assert "180" in page.inner_text(".scheduled")
            assert "120" in page.inner_text(".scheduled")
            screenshot(page, tmp_path, "alert-laptop")
            for file in shared.iterdir():
                file.unlink()
            ends()
            assert "Failed" in page.inner_text(".scheduled")
        with visitor(chromium, served, "phone") as page:
            assert "The schedule nightly failed." in page.inner_text("main")
            screenshot(page, tmp_path, "failure-phone")
    finally:
        served.stop()


def test_two_analysts_change_one_audience_and_nothing_is_lost(chromium, folder, tmp_path):
    served = Served(folder)
    kept = SavedAudiences(Store(folder).audiences)

    def changed(page, line):
        field = page.get_by_role("combobox", name="Conditions")
        field.fill(line)
        field.press("Escape")
        page.wait_for_url(f"**{line[-3:]}*")
        page.wait_for_selector("#results:not(.waiting)")
        with answered(page):
            page.get_by_role("button", name="Save the audience").click()

    try:
        with visitor(chromium, served, "laptop") as ann, visitor(chromium, served, "phone") as eva:
            ann.goto(f"{served.base}/runs/orders/audience")
            ann.get_by_role("combobox", name="Conditions").fill("value > 100")
            ann.wait_for_url("**100*")
            ann.get_by_label("Name", exact=True).fill("Both of us")
            with answered(ann):
                ann.get_by_role("button", name="Save the audience").click()
            ann.wait_for_url("**Both*")
            eva.goto(ann.url)
            changed(ann, "value > 111")
            changed(eva, "value > 222")
            clash = eva.locator("main [role=alert]", has_text="Both of us was changed meanwhile")
            clash.wait_for()
            assert "value > 111" in clash.inner_text()
            screenshot(eva, tmp_path, "changed-meanwhile-phone")
            assert kept.open("Both of us").definition == "value > 111"
            with answered(eva):
                eva.get_by_role("button", name="Save the audience").click()
            eva.wait_for_url("**define=Both*")
            assert eva.locator(".stack tbody code").all_inner_texts() == ["value > 222", "value > 111", "value > 100"]
            with answered(eva):
                eva.get_by_role("button", name="Restore version 2").click()
            assert kept.open("Both of us").definition == "value > 111"
            ann.reload()
            screenshot(ann, tmp_path, "versions-laptop")
    finally:
        served.stop()
        for name in kept.list():
            kept.delete(name)


def test_yes_or_no_is_a_choice_and_no_error_is_shown_while_a_word_is_typed(chromium, folder):
    served = Served(folder)
    try:
        with visitor(chromium, served, "laptop") as page:
            page.clock.install()
            page.goto(f"{served.base}/runs/orders/audience")
            form = page.locator("[data-condition]")
            page.wait_for_selector("#completions", state="attached")  # the words are there
            form.locator("[name=column]").select_option("overdue")
            assert form.locator("select[name=value] option").all_inner_texts() == ["yes", "no"]
            form.get_by_role("button", name="Add").click()
            page.wait_for_url("**overdue+is+true")
            page.clock.pause_at(time.time() + 60)  # from here on no time goes by but what the test says
            line = page.get_by_role("combobox", name="Conditions")
            line.press("End")
            line.type(" and spe")
            with page.expect_response("**define=*spe*"):
                page.clock.run_for(300)
            page.wait_for_selector("[data-needs=line]:disabled")  # the answer was looked at
            page.clock.run_for(1500)
            assert page.locator("#results .problem").count() == 0
            line.press("Tab")
            page.wait_for_selector("#results .problem")
            page.clock.resume()
            line.fill("spend > average")
            page.get_by_role("link", name="Use spend >").click()
            page.wait_for_selector("#results .figures")
    finally:
        served.stop()


def test_a_campaign_from_its_plan_to_what_it_brought(chromium, folder, tmp_path):
    served = Served(folder)
    try:
        with visitor(chromium, served, "laptop") as page:
            page.goto(f"{served.base}/runs/orders/segments/1")
            with answered(page):
                page.get_by_role("link", name="Test it as a campaign").first.click()
            screenshot(page, tmp_path, "campaign-plan-laptop")
            page.get_by_label("Name of the campaign").fill("spring")
            page.get_by_label("Control group").select_option("50%")
            page.get_by_label("First day").fill("2026-02-05")
            with answered(page):
                page.get_by_role("button", name="Draw the groups").click()
            page.wait_for_url("**/campaigns/spring")
            with page.expect_download() as download:
                page.get_by_role("link", name="Download the groups").click()
            groups = rows_of(download.value.path())
            lines = [
                f"{row['customer']},{int(place % 10 < share)}"
                for group, share in (("contact", 9), ("control", 3))
                for place, row in enumerate(row for row in groups if row["group"] == group)
            ]
            answers = tmp_path / "answers.csv"
            answers.write_text("customer,outcome\n" + "\n".join(lines))
            page.get_by_label("Orders, or answers").set_input_files(contacts_of(3, tmp_path / "crm.csv"))
            with answered(page):
                page.get_by_role("button", name="Measure").click()
            page.wait_for_selector("[data-problem]:not([hidden])")  # a file of the wrong kind is told beside the button
            page.get_by_label("Orders, or answers").set_input_files(answers)
            page.get_by_label("The file is").select_option("answers")
            with answered(page):
                page.get_by_role("button", name="Measure").click()
            page.get_by_role("heading", name="It works.").wait_for()
            page.goto(f"{served.base}/runs/orders/segments/1")
            assert "Measured +" in page.inner_text(".solo")
        with visitor(chromium, served, "phone") as page:
            page.goto(f"{served.base}/runs/orders/campaigns")
            page.get_by_role("link", name="spring").click()
            page.wait_for_url("**/campaigns/spring")
            assert "95% interval" in page.inner_text("main")
            screenshot(page, tmp_path, "campaign-results-phone")
    finally:
        served.stop()
