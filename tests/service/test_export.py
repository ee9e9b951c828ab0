"""An audience exported from the pages: who is never in the file, what is kept of it, and what others can't reach."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import shlex
import shutil

import pandas as pd
import pytest
from tests.service.conftest import orders_of
from typer.testing import CliRunner

import clustera
from clustera.cli import app as command
from clustera.errors import MissingError
from clustera.segmentation.saved_audiences import SavedAudiences
from clustera.service.kept_contacts import KeptFiles
from clustera.service.lists import BroughtFile
from clustera.store import Store

NAME = "Everybody"
ALLOWED = {"sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def folder(folder, tmp_path_factory):
    """The runs in a folder of their own: audiences and files that are brought lie beside them."""
    return shutil.copytree(folder, tmp_path_factory.mktemp("copied") / "runs")


@pytest.fixture(scope="module")
def people(folder):
    """A saved audience of all, and contacts in which every third customer may not be written to, each third for a reason."""
    from clustera.store import Store

    with clustera.load("orders", runs=folder) as seg:
        ids = list(seg.customers["id"])
    CliRunner().invoke(command, ["audience", "save", NAME, "everyone", "--runs", str(folder)], catch_exceptions=False)
    lines = [("customer_id", "email", "first_name", "may_write", "unsubscribed")]
    for number, customer in enumerate(ids):
        consent, objection = ("no" if number % 9 == 0 else "yes"), ("yes" if number % 9 == 3 else "")
        lines.append(
            (customer, f"{customer}@shop.example", "=HYPERLINK(0)" if number % 2 else "Ann", consent, objection)
        )
    held = io.StringIO()
    csv.writer(held).writerows(lines)
    blocked = ids[6::9]
    suppression = "email\n" + "\n".join(f"{customer.upper()}@shop.example" for customer in blocked)
    yield {
        "contacts": held.getvalue().encode(),
        "suppress": suppression.encode(),
        "refused": {*ids[0::9], *ids[3::9], *blocked},
        "ids": ids,
    }
    store = Store(folder)
    store.exports.end_holdout(NAME)
    store.audiences.delete(NAME)


def bring(browser, people, files=("contacts", "suppress"), **fields):
    asked = {"audience": NAME, "network": "klaviyo", "column:consent": "may_write"} | fields
    sent = [(kind, (f"../../{kind}.csv", people[kind])) for kind in files]
    return browser.post("/runs/orders/export", data=asked, files=sent, headers=ALLOWED)


def written(browser, place):
    rows = re.search(r'name="rows" value="(\d+)"', browser.get(place).text)
    assert browser.post(place, data={"rows": rows[1]}, headers=ALLOWED).status_code == 303
    return list(csv.DictReader(io.StringIO(browser.get(f"{place}/list.csv").text)))


def test_who_may_not_be_written_to_is_in_no_file_and_the_counts_say_so_before(browser, people, folder):
    answer = bring(browser, people, holdout="10%")
    place = answer.headers["location"]
    counted = browser.get(f"{place}.json").json()
    page = browser.get(place).text
    assert clustera.store.Store(folder).exports.groups(NAME) == {}  # counted only
    rows = written(browser, place)
    found = {row["External ID"] for row in rows}
    assert found & people["refused"] == set()
    assert len(rows) == counted["rows"] == len(people["ids"]) - len(people["refused"]) - counted["held_out"]
    assert counted["held_out"] > 0
    assert f"{len(rows)} customers will be in the list" in page
    assert 0 < counted["held_out"] < 30
    assert f"The control group has {counted['held_out']} customer" in page
    groups = list(csv.DictReader(io.StringIO(browser.get(f"{place}/groups.csv").text)))
    held = {row["customer"] for row in groups if row["group"] == "control"}
    assert len(held) == counted["held_out"]
    assert held & found == set()
    gone = list(csv.DictReader(io.StringIO(browser.get(f"{place}/left-out.csv").text)))
    assert {row["customer"] for row in gone} == people["refused"] | held


def test_who_is_held_out_is_in_no_list_of_a_frozen_audience_and_in_no_priority_list(browser, people, folder):
    written(browser, bring(browser, people, holdout="20%").headers["location"])
    held = clustera.store.Store(folder).exports.held_out()[NAME]
    words = ["audience", "freeze", NAME, "--as", "Frozen", "--run", "orders", "--runs", str(folder)]
    assert CliRunner().invoke(command, words).exit_code == 0
    place = bring(browser, people, audience="Frozen").headers["location"]
    rows = written(browser, place)
    order = list(csv.DictReader(io.StringIO(browser.get("/runs/orders/priority.csv?order=Frozen").text)))
    clustera.store.Store(folder).audiences.delete("Frozen")
    assert rows
    assert not held & {row["External ID"] for row in rows}
    assert {row["id"] for row in order} == set(people["ids"]) - held


def test_a_list_has_the_next_best_items_of_each_customer_where_the_run_keeps_them(browser, people, folder, tmp_path):
    assert 'name="recommendations"' not in browser.get(f"/runs/orders/export?audience={NAME}").text
    refused = browser.get(bring(browser, people, recommendations="1").headers["location"]).text
    assert "Nothing was recommended to the customers of orders yet." in refused
    with clustera.load("orders", runs=folder) as seg:
        columns = seg.customers[["id"]]
    log = orders_of(120, 400).assign(category=lambda frame: "Category " + (frame["order_id"] % 5).astype(str))
    log.to_csv(tmp_path / "log.csv", index=False)
    words = ["recommend", "orders", "--orders", "log.csv", "--count", "2", "--runs", str(folder)]
    with contextlib.chdir(tmp_path):
        assert CliRunner().invoke(command, words, catch_exceptions=False).exit_code == 0
    try:
        found = pd.read_csv(tmp_path / "recommendations.csv", dtype=str)
        assert 'name="recommendations"' in browser.get(f"/runs/orders/export?audience={NAME}").text
        place = bring(browser, people, recommendations="1", holdout="10%").headers["location"]
        page = browser.get(place).text
        assert 'name="recommendations" value="1" checked' in page
        assert "orders.recommendations.parquet" in page
        rows = written(browser, place)
        first = found[found["rank"] == "1"].set_index("id")
        assert set(columns["id"]) >= set(first.index)
        assert {row["External ID"]: row["item_1"] for row in rows} == {
            row["External ID"]: first["item"][row["External ID"]] for row in rows
        }
        assert all(row["reason_1"] for row in rows)
        network = bring(browser, people, recommendations="1", network="meta").headers["location"]
        assert "Choose a mail tool below" in browser.get(network).text
    finally:
        (folder / "orders.recommendations.parquet").unlink()


def test_no_cell_of_a_list_is_a_formula(browser, people):
    place = bring(browser, people).headers["location"]
    rows = written(browser, place)
    cells = [cell for row in rows for cell in row.values()]
    assert [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell] == []
    assert "'=HYPERLINK(0)" in cells
    name = browser.get(f"{place}/list.csv").headers["content-disposition"]
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]+"', name)


def test_the_record_says_who_exported_what_and_the_contacts_are_gone(browser, people, folder):
    place = bring(browser, people).headers["location"]
    files = folder / ".service" / "drafts" / place.rsplit("/", 1)[1]
    assert {path.name for path in files.iterdir()} == {"contacts.csv", "suppress.csv", "list.json"}
    rows = written(browser, place)
    assert {path.name for path in files.iterdir()} == {"written", "list.json"}
    last = clustera.store.Store(folder).exports.log()[-1]
    assert (last["audience"], last["network"], last["rows"], last["contacts"]) == (
        NAME,
        "klaviyo",
        len(rows),
        "contacts.csv",
    )
    assert browser.get("/runs/orders/export.json").json()[-1] == last
    count = len(clustera.store.Store(folder).exports.log())
    browser.post(place, data={"rows": str(len(rows))}, headers=ALLOWED)  # a second click
    assert len(clustera.store.Store(folder).exports.log()) == count


def test_a_list_is_not_written_where_it_is_no_longer_what_was_counted(browser, people):
    place = bring(browser, people).headers["location"]
    assert browser.post(place, data={"rows": "7"}, headers=ALLOWED).status_code == 303
    assert browser.get(f"{place}/list.csv").status_code == 404


def test_the_same_on_the_command_line_counts_the_same(browser, people, tmp_path, monkeypatch):
    place = bring(browser, people, holdout="20%").headers["location"]
    line = re.search(r"<code>(clustera audience export .*?)</code>", browser.get(place).text, re.DOTALL)
    for kind in ("contacts", "suppress"):
        (tmp_path / f"{kind}.csv").write_bytes(people[kind])
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line[1].replace("&#39;", "'").replace("&#34;", '"'))[1:]
    done = CliRunner().invoke(command, [*words, "--dry-run", "--json"], catch_exceptions=False)
    assert json.loads(done.stdout) == browser.get(f"{place}.json").json()
    steps = list(csv.DictReader(io.StringIO(browser.get(f"{place}.csv").text)))
    assert [int(step["customers"]) for step in steps] == [
        step["customers"] for step in browser.get(f"{place}.json").json()["steps"]
    ]


def test_contacts_without_consent_are_shown_with_their_columns_and_mended_on_the_page(browser, people):
    place = bring(browser, people, files=("contacts",), **{"column:consent": "", "column:objection": "unsubscribed"})
    place = place.headers["location"]
    page = browser.get(place).text
    assert "says who has consented" in page
    assert "<option>may_write</option>" in page
    assert 'name="all_consented"' in page
    assert 'name="rows"' not in page
    assert browser.get(f"{place}.json").status_code == 422
    browser.post(place, data={"network": "klaviyo", "column:consent": "may_write"}, headers=ALLOWED)
    page = browser.get(place).text
    assert 'name="rows"' in page
    assert 'name="all_consented"' not in page  # it would change nothing: the column says it


@pytest.mark.parametrize(
    ("fields", "files"),
    [
        ({"contacts_path": "/etc/passwd"}, ()),
        ({"contacts_path": "../../../etc/passwd"}, ()),
        ({}, ()),
        ({"network": "nobody"}, ("contacts",)),
        ({"holdout": "90%"}, ("contacts",)),
        ({"column:consent": "nothing"}, ("contacts",)),
        ({"country": "??"}, ("contacts",)),
    ],
)
def test_what_can_not_be_asked_for_is_refused_and_nothing_is_kept(browser, people, folder, fields, files):
    kept = set((folder / ".service" / "drafts").glob("*"))
    answer = bring(browser, people, files, **fields)
    if "column:consent" in fields:  # the page shows which columns there are
        page = browser.get(answer.headers["location"]).text
        assert page.count("The file has no column nothing.") == page.count('aria-invalid="true"') == 1
        assert "none was found" not in page  # of the other fields nobody knows yet
        again = page.split('id="another-title"')[1]
        assert f'name="audience" value="{NAME}"' in again
        assert 'type="file" name="contacts"' in again
        return
    assert answer.status_code == 422
    assert "root:" not in answer.text
    assert set((folder / ".service" / "drafts").glob("*")) == kept


def test_a_list_is_reached_by_its_own_run_and_id_only(browser, people, stranger):
    place = bring(browser, people).headers["location"]
    id_ = place.rsplit("/", 1)[1]
    written(browser, place)
    for address in (
        f"/runs/table/export/{id_}",
        f"/runs/table/export/{id_}/list.csv",
        "/runs/orders/export/..%2F..%2Fetc",
        "/runs/orders/export/0123456789abcdef",
        f"{place}/list.json.csv",
        f"{place}/..%2Flist.csv",
    ):
        assert browser.get(address).status_code == 404, address
    browser.cookies.clear()
    assert browser.get(f"{place}/list.csv").status_code == 401
    assert browser.post(place, data={"rows": "1"}, headers={"sec-fetch-site": "cross-site"}).status_code == 401


def test_another_site_can_not_export(browser, people):
    answer = browser.post("/runs/orders/export", data={"audience": NAME}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_a_segment_is_saved_as_an_audience_on_the_way(browser, folder):
    page = browser.get("/runs/orders/export?define=segment+is+2&called=Second").text
    assert 'value="Second"' in page
    asked = {"name": "Second", "define": "segment is 2", "then": "export"}
    answer = browser.post("/runs/orders/audience", data=asked, headers=ALLOWED)
    assert answer.headers["location"] == "/runs/orders/export?audience=Second"
    for called in ("Second", "By another name"):  # the same customers keep one control group
        again = browser.get(f"/runs/orders/export?define=segment+is+2&called={called}")
        assert again.headers["location"] == "/runs/orders/export?audience=Second"
    other = browser.get("/runs/orders/export?define=segment+is+1&called=Second").text  # no audience is replaced
    assert 'value="Second 2"' in other
    clustera.store.Store(folder).audiences.delete("Second")


def test_contacts_that_nobody_used_are_removed_after_a_day(browser, people, folder):
    place = bring(browser, people).headers["location"]
    files = folder / ".service" / "drafts" / place.rsplit("/", 1)[1]
    a_day_ago = files.stat().st_mtime - 25 * 3600
    os.utime(files, (a_day_ago, a_day_ago))
    browser.get("/runs/orders/export")
    assert not files.exists()
    assert "Files are kept for a day" in browser.get(place).text


def test_who_may_be_written_to_is_counted_with_each_condition_once_contacts_are_here(people, browser, folder, tmp_path):
    define = "segment is not 3 and spend > 10"
    page = browser.get("/runs/orders/audience", params={"define": define}).text
    assert "not known" in page
    assert "Bring the contacts" in page
    files = {"contacts": ("crm.csv", people["contacts"]), "suppress": ("stop.csv", people["suppress"])}
    fields = {"column:consent": (None, "may_write"), "define": (None, define)}
    answer = browser.post("/runs/orders/audience/contacts", files=files | fields, headers=ALLOWED)
    assert answer.status_code == 303, answer.text
    try:
        seg = clustera.load("orders", runs=folder)
        kept = seg.consent
        assert (kept.source, kept.customers, kept.of) == ("crm.csv", len(people["ids"]) - len(people["refused"]), 120)
        first = set(seg.audience("segment is not 3").customers()["id"])
        both = set(seg.audience(define).customers()["id"])
        page = browser.get(answer.headers["location"]).text
        cells = [int(n) for n in re.findall(r"<td>([\d,]+)</td></tr>", page.split("By condition")[1])[:2]]
        assert cells == [len(first - people["refused"]), len(both - people["refused"])]
        twin = browser.get("/runs/orders/audience.json", params={"define": define}).json()
        assert twin["consented"] == len(both - people["refused"]) > 0
        words = ["audience", "count", define, "--run", "orders", "--runs", str(folder)]
        assert json.loads(CliRunner().invoke(command, [*words, "--json"]).stdout) == twin
        assert f"{twin['consented']} of them may be written to, by crm.csv" in CliRunner().invoke(command, words).stdout
        file = folder / "orders.consent.parquet"
        assert b"shop.example" not in file.read_bytes()
        again = tmp_path / "crm.csv"
        again.write_bytes(people["contacts"])
        words = [
            "audience",
            "consent",
            str(again),
            "--column",
            "consent=may_write",
            "--run",
            "orders",
            "--runs",
            str(folder),
        ]
        wanted = f"{kept.customers + 13} of 120 customers may be written to"  # without the suppression list
        assert wanted in " ".join(CliRunner().invoke(command, words).stdout.split())
    finally:
        (folder / "orders.consent.parquet").unlink()


def test_the_form_calls_columns_as_people_do_and_completion_says_so_too(browser):
    page = browser.get("/runs/orders/audience").text
    options = dict(re.findall(r'<option value="([^"]+)"[^>]*>([^<]+)</option>', page.split('name="column"')[1]))
    assert options["spend"] == "Spend, last 10 months"
    assert options["overdue"] == "Overdue"
    assert {"key", "name", "action_code"}.isdisjoint(options)
    assert not [title for title in options.values() if "_" in title]
    words = browser.get("/runs/orders/audience-words.json").json()
    assert {c["name"]: c["title"] for c in words["columns"] if c["name"] in options} == options


def test_contacts_are_brought_once_and_chosen_again_until_somebody_removes_them(browser, people, folder):
    place = bring(browser, people, keep="1").headers["location"]
    first = browser.get(f"{place}.json").json()
    page = browser.get("/contacts").text
    assert page.count("contacts.csv") == 2  # its name, and that of its button
    kept = re.findall(
        r'<option value="([0-9a-f]{16})">(\w+)\.csv, added',
        browser.get("/runs/orders/export", params={"audience": NAME}).text,
    )
    assert [name for _, name in kept] == ["contacts", "suppress"]
    chosen = {"kept:contacts": kept[0][0], "kept:suppress": kept[1][0]}
    again = bring(browser, people, files=(), **chosen).headers["location"]
    assert browser.get(f"{again}.json").json() == first
    rows = first["rows"]
    assert browser.post(again, data={"rows": str(rows)}, headers=ALLOWED).status_code == 303
    assert browser.get(f"{again}/list.csv").status_code == 200
    reach = browser.post(
        "/runs/orders/audience/contacts", data=chosen | {"column:consent": "may_write"}, headers=ALLOWED
    )
    assert reach.status_code == 303
    (folder / "orders.consent.parquet").unlink()
    plan = browser.get("/runs/orders/campaign", params={"audience": NAME}).text
    for text in (plan, browser.get("/runs/orders/audience").text):  # the newest is chosen, and every form says so
        field = re.search(r'name="kept:contacts">\s*<option value="(\w*)"', text)
        assert field[1] == kept[0][0]
        assert "the newest is chosen" in text
    for number, _ in kept:
        assert browser.post(f"/contacts/{number}/remove", headers=ALLOWED).status_code == 303
    assert "None." in browser.get("/contacts").text
    assert not list((folder / ".service" / "contacts").iterdir())
    refused = browser.post("/runs/orders/export", data=chosen | {"audience": NAME}, headers=ALLOWED)
    assert refused.status_code == 422
    assert "not kept any more" in refused.text


def test_contacts_that_somebody_else_removes_at_the_same_moment_are_removed(tmp_path, monkeypatch):
    (tmp_path / "crm.csv").write_text("id,email\n1,a@shop.example\n")
    kept = KeptFiles(tmp_path / "contacts")
    made = kept.keep("contacts", BroughtFile("crm.csv", str(tmp_path / "crm.csv")), by="")
    remove = shutil.rmtree

    def removed_twice(place, **how):
        remove(place)
        remove(place, **how)

    monkeypatch.setattr(shutil, "rmtree", removed_twice)
    assert kept.remove(made.id) == "crm.csv"
    with pytest.raises(MissingError, match="not kept any more"):
        kept.remove(made.id)


def test_a_line_that_is_nearly_the_name_of_an_audience_keeps_its_page_and_says_so(browser, folder):
    saved = SavedAudiences(Store(folder).audiences)
    saved.save('name = "Best buyers"\ndefinition = "everyone"')
    for line in ("best buyers", "best buyer", "Best-buyer"):
        page = browser.get("/runs/orders/audience", params={"define": line})
        assert page.status_code == 200
        assert "data-unfinished" in page.text
        assert browser.get("/runs/orders/export", params={"define": line}).status_code == 303
    assert "Best buyers" in page.text.partition("data-unfinished")[2].partition("</div>")[0]
    Store(folder).audiences.delete("Best buyers")
