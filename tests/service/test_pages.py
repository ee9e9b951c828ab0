"""What the pages show, held against the run in Python; and their twins against the command."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shlex
import shutil
import time
from dataclasses import asdict, replace
from urllib.parse import parse_qsl

import duckdb
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app as command
from clustera.components import latest_moves, move_matrix
from clustera.records import Move, MoveCause
from clustera.service.compare_pages import _up_though_spend_fell
from clustera.texts import came_because, judge_number

from .conftest import orders_of


def seg_of(folder, name="orders"):
    return clustera.load(name, runs=folder)


def said(line):
    words = shlex.split(line)
    assert words[0] == "clustera"
    result = CliRunner().invoke(command, words[1:])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def ways_of(page):
    """The box of a page: how each way is written, by its heading, and the address of the JSON."""
    box = page.split('class="ways"')[1]
    found = re.findall(r"<h3>([^<]*)</h3><pre[^>]*><code>(.*?)</code></pre>", box, re.DOTALL)
    return {head: html.unescape(text) for head, text in found}, html.unescape(
        re.search(r'href="([^"]*\.json[^"]*)"', box)[1]
    )


def value_of(python):
    """What the last of some lines of Python gives."""
    *lines, last = python.split("\n")
    known = {}
    exec("\n".join(lines), known)
    return eval(last, known)


def ids_of(sql):
    """Ids of the rows of a query, in its order, as DuckDB by itself has them."""
    with duckdb.connect() as there:
        table = there.sql(sql).to_arrow_table()
    assert "in audience 0" not in table.column_names
    return table["id"].to_pylist()


def test_the_list_has_every_run_newest_first(browser):
    page = browser.get("/runs").text
    assert page.index(">later<") < page.index(">orders<") < page.index(">table<")


def test_an_empty_folder_says_what_to_do(tmp_path):
    from fastapi.testclient import TestClient

    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    sessions = Sessions()
    app = create_app(tmp_path / "none", sessions=sessions, hosts=frozenset({"testserver"}))
    with TestClient(app) as client:
        client.get(f"/enter?token={sessions.new_link()}")
        page = client.get("/runs").text
    assert "No segments yet" in page
    assert "one row per customer" in page


def test_a_damaged_run_is_named_with_its_cure(folder, browser):
    place = folder / "broken"
    place.mkdir()
    (place / "manifest.json").write_text("{}")
    try:
        page = browser.get("/runs").text
        assert browser.get("/runs/broken/overview").status_code == 404
    finally:
        (place / "manifest.json").unlink()
        place.rmdir()
    assert "manifest.json is missing or damaged" in page.replace("&#39;", "'")


def test_the_overview_is_in_its_order(browser):
    page = browser.get("/runs/orders/overview").text
    marks = ["<h1>", 'class="figures"', 'class="plain stack rows glance"', 'class="cards"', 'id="map"', 'id="number"']
    places = [page.index(mark) for mark in marks]
    assert places == sorted(places)


def test_a_sensitive_column_is_told_with_what_to_do_and_no_option_of_the_command(browser):
    page = browser.get("/runs/table/overview").text
    told = page[page.index("age is a sensitive attribute") :].partition("</p>")[0]
    assert "ask whether the law lets you." in told
    assert "--" not in told


def test_the_figures_say_what_changed_since_the_run_it_was_made_like(browser, folder):
    now, then = seg_of(folder, "later").outcome.balance.segmented, seg_of(folder, "table").outcome.balance.segmented
    assert now == then
    assert "no change since the run table" in browser.get("/runs/later/overview").text
    assert "no change since" not in browser.get("/runs/table/overview").text


def test_every_segment_has_a_page_that_names_it(browser, folder):
    seg = seg_of(folder)
    for number, name in seg.names.items():
        assert f'<h1 class="unseen">{name}</h1>' in browser.get(f"/runs/orders/segments/{number}").text
    assert browser.get("/runs/orders/segments/99").status_code == 404


def test_a_renamed_segment_is_shown_by_its_new_name_at_once(browser, folder):
    from clustera.store import Store

    assert "Night owls" not in browser.get("/runs/orders/overview").text
    before = seg_of(folder).names[1]
    Store(folder).rename("orders", 1, "Night owls")
    try:
        assert "Night owls" in browser.get("/runs/orders/overview").text
        assert "Night owls" in browser.get("/runs/orders/customers?segment=1").text
    finally:
        Store(folder).rename("orders", 1, before)


def test_paging_shows_every_customer_once(browser, folder):
    for sort in ("", "value", "feature.spend", "next_order", "id", "overdue"):
        seen, after = [], ""
        for _ in range(20):
            answer = browser.get(
                "/runs/orders/customers.json", params={"rows": 40, "sort": sort, "after": after}
            ).json()
            seen += [customer["id"] for customer in answer["customers"]]
            after = answer["after"]
            if not after:
                break
        assert sorted(seen) == sorted(seg_of(folder).customers["id"]), sort
        assert answer["matching"] == len(seen)


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_list_is_sorted_as_pandas_sorts_it(browser, folder, order):
    frame = seg_of(folder).customers.sort_values(["value", "id"], ascending=[order == "asc", True], kind="stable")
    answer = browser.get("/runs/orders/customers.json", params={"rows": 1000, "sort": "value", "order": order}).json()
    assert [customer["id"] for customer in answer["customers"]] == frame["id"].tolist()


def test_search_and_filters_count_exactly(browser, folder):
    frame = seg_of(folder).customers
    answer = browser.get("/runs/orders/customers.json", params={"q": "p01", "segment": 2}).json()
    assert answer["matching"] == int((frame["id"].str.contains("P01") & (frame["segment"] == 2)).sum())
    answer = browser.get("/runs/orders/customers.json", params={"who": "overdue"}).json()
    assert answer["matching"] == int(frame["overdue"].sum())


@pytest.mark.parametrize(
    "query",
    [
        "sort=nonsense",
        "sort=feature.nonsense",
        "who=nobody",
        "after=%%%",
        "after=bnVsbA",
        "segment=x",
        "rows=0",
        "q=a%00b",
        "order=up",
    ],
)
def test_a_query_that_means_nothing_is_told_in_a_sentence(browser, query):
    answer = browser.get(f"/runs/orders/customers.json?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"]


@pytest.mark.parametrize("id_", ["=HYPERLINK(1)", "a/../b?c=d&e#f", "<b>x</b>'; drop table rows; --"])
def test_a_customer_with_any_id_has_a_page(browser, id_):
    answer = browser.get("/runs/table/customer", params={"id": id_})
    assert answer.status_code == 200
    assert "<b>x</b>" not in answer.text
    found = browser.get("/runs/table/customers.json", params={"q": id_}).json()
    assert [customer["id"] for customer in found["customers"]] == [id_]


def test_no_cell_of_a_csv_is_a_formula(browser):
    rows = list(csv.reader(io.StringIO(browser.get("/runs/table/customers.csv").text)))
    assert "'=HYPERLINK(1)" in {row[0] for row in rows}
    assert [cell for row in rows for cell in row if cell[:1] in ("=", "@", "+")] == []


def test_the_csv_has_every_customer_with_the_features(browser, folder):
    rows = list(csv.DictReader(io.StringIO(browser.get("/runs/table/customers.csv?segment=1").text)))
    seg = seg_of(folder, "table")
    wanted = seg.customers[seg.customers["segment"] == 1]
    assert len(rows) == len(wanted)
    assert float(rows[0]["income"]) > 0


@pytest.mark.parametrize(
    "path",
    [
        "/runs",
        "/runs/orders/overview",
        "/runs/orders/customers?q=P0&segment=1&sort=value",
        "/runs/orders/customer?id=P001",
        "/runs/orders/what-if?segment=2",
        "/runs/table/what-if?f.income=40&f.age=",
        "/runs/orders/differences?a=1&b=rest",
        "/runs/later/differences?a=2&within=table",
        "/runs/orders/differences?a=spend+%3E+100&b=rest",
        "/runs/table/differences?a=all&b=1",
        "/runs/later/differences?a=income+%3E+40&b=age+%3E+30&within=table",
        "/runs/later/moves?since=table",
        "/runs/orders/moves",
        "/runs/orders/number?k=2",
        "/runs/orders/audience?define=segment+is+1+and+overdue+is+true",
        "/runs/orders/audiences",
        "/runs/later/customers?segment=1&before=2&since=table",
        "/runs/orders/customers?who=overdue&sort=feature.spend&order=desc",
        "/runs/orders/audience?define=spend+%3E+100+or+(stage+is+missing+and+not+borderline+is+true)",
    ],
)
def test_the_box_gives_what_the_page_has(browser, path):
    page = browser.get(path).text
    ways, address = ways_of(page)
    twin = browser.get(address).json()
    if "Command line" in ways:
        told = said(ways["Command line"])
        assert told == (twin["explanation"] if "customer?" in path else twin)
    found = value_of(ways["Python"])
    if "/number" in path or "a=all&b=1" in path:
        assert "<h3>No SQL</h3>" in page
    else:
        wanted = ("/customers", "/audience?", "/moves", "/differences")
        assert ("SQL (DuckDB)" in ways) == any(part in path for part in wanted)
    if "SQL (DuckDB)" in ways and ("/moves" in path or "/differences" in path):
        rows = duckdb.sql(ways["SQL (DuckDB)"]).fetchall()
        if "/moves" in path:
            assert rows == [(move["before"], move["after"], move["count"]) for move in twin["moves"]]
        else:
            assert [row[:2] for row in rows] == [(one["column"], one["value"]) for one in twin]
            figures = [figure for one in twin for figure in (one["one"], one["other"])]
            assert [figure for row in rows for figure in row[2:]] == pytest.approx(figures)
    if "/customers" in path:
        listed = ids_of(ways["SQL (DuckDB)"])
        assert listed == [row["id"] for row in found.customers] == [row["id"] for row in twin["customers"]]
    elif "/audience?" in path:
        listed = ids_of(ways["SQL (DuckDB)"])
        rows = csv.DictReader(io.StringIO(browser.get(address.replace(".json", ".csv")).text))
        assert len(listed) == found.customers == twin["customers"]
        assert listed == sorted(row["id"] for row in rows)


def test_sql_of_a_segment_and_of_audiences_within_audiences_means_the_same_customers(browser, folder):
    from clustera.store import Store

    seg = seg_of(folder)
    ways, _ = ways_of(browser.get("/runs/orders/segments/2").text)
    assert sorted(ids_of(ways["SQL (DuckDB)"])) == sorted(seg.customers.query("segment == 2")["id"])
    saved = {"Worth": "value > 10", "Best": 'in audience "Worth" and spend > 100'}
    for name, definition in saved.items():
        CliRunner().invoke(command, ["audience", "save", name, definition, "--run", "orders", "--runs", str(folder)])
    try:
        define = 'not in audience "Best" and in audience "Worth"'
        ways, _ = ways_of(browser.get("/runs/orders/audience", params={"define": define}).text)
        wanted = seg_of(folder).audience(define).customers()["id"]
        assert ids_of(ways["SQL (DuckDB)"]) == sorted(wanted)
        assert len(wanted) > 0
    finally:
        for name in reversed(saved):
            Store(folder).audiences.delete(name)


@pytest.fixture
def several(folder):
    """Four saved audiences: two that meet, one within another, and one that nobody is in."""
    from clustera.store import Store

    saved = {
        "Best": "segment is 1",
        "Large": "spend > 100 and value > 10",
        "Best large": 'in audience "Large" and in audience "Best"',
        "Nobody": "spend > 1000000",
    }
    for name, definition in saved.items():
        CliRunner().invoke(command, ["audience", "save", name, definition, "--run", "orders", "--runs", str(folder)])
    yield list(saved)
    for name in reversed(saved):
        Store(folder).audiences.delete(name)


@pytest.mark.parametrize(
    ("path", "columns"),
    [
        ("audiences", ("name", "customers")),
        ("overlap", ("audience", "other", "customers", "share")),
        ("overlap?audience=Large&audience=Best", ("audience", "other", "customers", "share")),
        ("priority?order=Best+large&order=Large&order=Nobody&order=Best", ("audience", "customers", "kept")),
    ],
)
def test_sql_of_the_pages_of_several_audiences_counts_as_they_do(browser, several, path, columns):
    ways, address = ways_of(page := browser.get(f"/runs/orders/{path}").text)
    assert "in Python, in SQL, as a file" in page
    twin = browser.get(address).json()
    assert said(ways["Command line"]) == twin
    with duckdb.connect() as there:
        rows = there.sql(ways["SQL (DuckDB)"]).fetchall()
    assert rows == [tuple(entry[column] for column in columns) for entry in twin]
    assert sum(row[columns.index("customers")] > 0 for row in rows) > 1
    found = value_of(ways["Python"])
    if path.startswith("overlap"):
        assert [n for row in found.shared for n in row] == [row[2] for row in rows]
    elif path.startswith("priority"):
        assert [(rank.name, rank.customers, rank.kept) for rank in found] == rows
    else:
        assert list(found.items()) == rows
        assert sorted(found) == sorted(several)


def test_the_theme_that_was_chosen_comes_with_the_page(browser):
    browser.cookies.set("clustera_theme", "dark")
    assert 'data-theme="dark"' in browser.get("/runs").text
    browser.cookies.set("clustera_theme", 'x"><script>')
    assert "<script>" not in browser.get("/runs").text


def test_an_old_run_without_values_still_has_its_pages(browser, folder, tmp_path):
    import shutil

    from clustera.store import CustomerQuery, open_folder
    from clustera.store.customers import customers_of_folder

    old = tmp_path / "old"
    shutil.copytree(folder / "orders", old)
    (old / "values.parquet").unlink()
    manifest = json.loads((old / "manifest.json").read_text())
    del manifest["files"]["values.parquet"]
    (old / "manifest.json").write_text(json.dumps(manifest))
    shutil.copytree(old, folder / "old")
    try:
        for page in ("overview", "customers", "customer?id=P001", "segments/1", "method"):
            assert browser.get(f"/runs/old/{page}").status_code == 200, page
        assert "did not keep the values" in browser.get("/runs/old/customer?id=P001").text
    finally:
        shutil.rmtree(folder / "old")
    from clustera.engines import Engine

    with Engine(threads=1) as engine:
        found = customers_of_folder(open_folder(old), engine, names={}, labels={})
        assert found.page(CustomerQuery(rows=1)).values == ({},)


def test_a_segment_is_renamed_from_its_page_and_a_name_that_is_taken_is_refused(browser, folder):
    ours = {"sec-fetch-site": "same-origin"}
    before, taken = (seg_of(folder).names[number] for number in (1, 2))
    answer = browser.post("/runs/orders/segments/1/name", data={"name": "Regulars <b>"}, headers=ours)
    assert answer.status_code == 303
    assert seg_of(folder).names[1] == "Regulars <b>"
    page = browser.get(answer.headers["location"]).text
    assert "Regulars &lt;b&gt;" in page
    assert "Regulars <b>" not in page
    assert browser.post("/runs/orders/segments/1/name", data={"name": taken}, headers=ours).status_code == 409
    assert browser.post("/runs/orders/segments/1/name", data={"name": before}).status_code == 403
    assert browser.post("/runs/orders/segments/1/name", data={"name": before}, headers=ours).status_code == 303
    assert seg_of(folder).names[1] == before


def test_the_customers_of_an_action_are_listed_with_their_control_group(browser, folder):
    seg = seg_of(folder)
    frame = seg.customers
    page = browser.get("/runs/orders/customers").text
    counted = {}
    for action in seg.outcome.actions:
        counted[action.rule] = counted.get(action.rule, 0) + action.customers
    assert counted
    for rule, customers in counted.items():
        wanted = frame[frame["action_code"] == rule]
        label = wanted["action"].iloc[0]
        assert len(wanted) == customers
        assert f'<option value="{rule}">{label}: ' in page
        for asked in (rule, label):
            address = "/runs/orders/customers.csv"
            rows = list(csv.DictReader(io.StringIO(browser.get(address, params={"action": asked}).text)))
            assert sorted(row["id"] for row in rows) == sorted(wanted["id"])
            assert sum(row["control"] == "true" for row in rows) == int(wanted["control"].sum())
        assert 'id="action-title"' in browser.get("/runs/orders/customer", params={"id": wanted["id"].iloc[0]}).text


def test_the_page_of_a_customer_says_when_time_alone_moves_her_what_she_bought_and_where_she_was(browser, folder):
    from clustera.texts import format_day

    seg = seg_of(folder)
    id_, found = next((i, w) for i in seg.customers["id"] if (w := seg.explain(i).waiting).days is not None)
    page = browser.get("/runs/orders/customer", params={"id": id_}).text
    assert f"moves to {seg.names[found.segment]} on {format_day(found.day)}" in page
    twin = browser.get("/runs/orders/customer.json", params={"id": id_}).json()
    assert len(twin["orders"]) == len(seg.orders_of(id_))
    other = str(seg_of(folder, "later").customers["id"].iloc[-1])
    steps = clustera.load("later", runs=folder).path(other)
    assert [step.run for step in steps] == ["table", "later"]
    for step in steps:
        frame = seg_of(folder, step.run).customers.set_index("id")
        assert frame["segment"][other] == step.segment


def test_without_an_earlier_run_the_orders_say_who_moved(browser, folder):
    moves = seg_of(folder).migration
    last = moves[(moves["to_day"] == moves["to_day"].max()) & moves["before"].notna() & moves["after"].notna()]
    found = browser.get("/runs/orders/moves.json").json()
    assert sum(move["count"] for move in found["moves"]) == found["common"]
    assert found["common"] == last["customers"].sum()
    page = browser.get("/runs/orders/moves").text
    assert f"Of {found['common']} customers with earlier orders" in page
    assert 'name="since"' in page


def test_runs_of_other_features_are_not_compared_though_ids_are_alike(browser):
    # "orders" has other features, "later" the same; without snapshot dates the run that was made first is "before".
    assert browser.get("/runs/table/moves").headers["location"] == "/runs/later/moves?since=table"
    assert 'value="table" selected' in browser.get("/runs/later/moves").text
    assert browser.get("/runs/orders/moves?since=table").status_code in (200, 422)  # whoever asks for it is answered


def test_every_cell_of_the_moves_opens_as_many_customers_as_it_says(browser, folder):
    page = browser.get("/runs/later/moves").text
    cells = re.findall(r'<a href="([^"]*customers[^"]*before[^"]*)"[^>]*>([\d,]+)</a>', page)
    assert sum(int(n.replace(",", "")) for _, n in cells) == len(seg_of(folder, "later").customers)
    for address, n in cells[:4]:
        path, _, query = html.unescape(address).partition("?")
        found = browser.get(f"{path}.json?{query}").json()
        assert found["matching"] == int(n.replace(",", ""))


def test_streams_of_another_number_open_lists_once_its_run_is_made_as_the_page_says(folder, browser):
    page = browser.get("/runs/orders/number?k=2").text
    assert "its page Moves opens them when you compare it with orders" in page
    try:
        with seg_of(folder).remake(2) as again:
            again.publish(folder, name="two")
        moves = browser.get("/runs/two/moves?since=orders").text
        wanted = {(m.before, m.after): m.count for m in seg_of(folder).other_number(2).moves.moves}
        streams = moves[moves.index('id="streams-title"') :]
        told = re.findall(r'href="([^"]*customers[^"]*)" class="listed" aria-label="[^"]*: ([\d,]+) customers', streams)
        found = {}
        for address, n in told:
            path, _, query = html.unescape(address).partition("?")
            asked = dict(parse_qsl(query))
            found[int(asked["before"]), int(asked["segment"])] = int(n)
            assert browser.get(f"{path}.json?{query}").json()["matching"] == int(n)
        assert found == wanted
    finally:
        shutil.rmtree(folder / "two", ignore_errors=True)


def test_of_two_runs_the_one_of_the_earlier_day_is_before_whichever_was_made_first(folder, browser):
    place = folder / "earlier"
    try:
        asked = {"k": 3, "value": False, "threads": 1, "progress": False, "as_of": "2025-12-31"}
        with clustera.segment(orders=orders_of(120, 400), **asked) as seg:
            seg.publish(folder, name="earlier")  # made after "orders", of a day before
        assert browser.get("/runs/earlier/moves?since=orders").headers["location"] == "/runs/orders/moves?since=earlier"
        address = "/runs/orders/moves?since=earlier"
        page = browser.get(address).text
        assert "are in the same segment as in earlier" in page
        ways, twin = ways_of(page)
        told = browser.get(twin).json()
        assert (told["before"], told["after"]) == ("earlier", "orders")
        assert browser.get("/runs/earlier/moves.json?since=orders").json() == told
        assert said(ways["Command line"])["moves"] == told["moves"]
        words = ["compare", "orders", "earlier", "--runs", str(folder)]
        assert "these moves go back in time" in " ".join(CliRunner().invoke(command, words).output.split())
        someone = seg_of(folder).customers["id"][0]
        assert [step.run for step in seg_of(folder).path(someone)] == ["earlier", "orders"]
    finally:
        shutil.rmtree(place, ignore_errors=True)


@pytest.mark.parametrize("since", ["../table", "nobody", ".service"])
def test_a_run_before_that_is_none_is_refused(browser, since):
    answer = browser.get("/runs/later/customers.json", params={"before": 1, "since": since})
    assert answer.status_code in {404, 422}


@pytest.mark.parametrize(
    "path", ["/runs/orders/overview", "/runs/orders/method", "/runs/orders/segments/1", "/runs/orders/moves"]
)
def test_a_number_that_leads_to_a_list_is_the_length_of_the_list(browser, path):
    page = browser.get(path).text
    marks = {
        (html.unescape(address), said.replace(",", ""))
        for address, said in re.findall(
            r'<a (?:class="listed" )?href="([^"]*customers\?[^"]*)"[^>]*>([\d,]+)</a>', page
        )
        if "sort=" not in address
    }
    drawn = {
        (html.unescape(address), n.replace(",", ""))
        for address, n in re.findall(r'href="([^"]*)" class="listed" aria-label="[^"]*: ([\d,]+) customers', page)
    }
    assert marks | drawn
    for address, n in marks | drawn:
        found = browser.get(address.replace("/customers?", "/customers.json?") + "&rows=1").json()
        assert found["matching"] == int(n), address


def test_no_sentence_for_a_marketer_names_a_column_of_a_file(browser):
    for path in ("overview", "segments/1", "segments/3"):
        page = browser.get(f"/runs/orders/{path}").text.split('class="same"', maxsplit=1)[0]
        said = re.sub(r"<[^>]*>", " ", page)
        assert "customers.csv" not in said
        assert "contact_order" not in said
    assert "See action and control in customers.csv." in browser.get("/runs/orders/report.html").text


def test_whom_to_call_first_is_at_the_top_of_the_list_of_the_plan(browser, folder):
    address = re.search(r'<a href="([^"]*sort=contact_order[^"]*)"', browser.get("/runs/orders/overview").text)[1]
    found = browser.get(html.unescape(address).replace("/customers?", "/customers.json?")).json()["customers"]
    kept = seg_of(folder).customers.query("contact_order.notna() and not control").sort_values("contact_order")
    assert [one["id"] for one in found][: len(kept)] == list(kept["id"])[: len(found)]
    assert len(kept)


def test_a_note_stands_on_its_page_in_its_twins_and_in_the_report_and_can_be_taken_away(browser, folder):
    ours = {"sec-fetch-site": "same-origin"}
    text = "Price change <i>here</i>"
    asked = {"text": text, "author": "Maria", "segment": 2}
    assert browser.post("/runs/table/notes", data=asked).status_code == 403
    answer = browser.post("/runs/table/notes", data=asked, headers=ours)
    assert answer.status_code == 303
    (note,) = seg_of(folder, "table").notes
    try:
        assert (note.text, note.author, note.segment) == (text, "Maria", 2)
        shown = "Price change &lt;i&gt;here&lt;/i&gt;"
        assert shown in browser.get(answer.headers["location"]).text
        assert 'value="Maria"' in browser.get("/runs/table/overview").text
        assert shown not in browser.get("/runs/table/segments/1").text
        assert shown in browser.get("/runs/table/report.html").text
        assert browser.get("/runs/table/notes.json").json() == said(f"clustera note table --runs {folder} --json")
    finally:
        answer = browser.post(f"/runs/table/notes/{note.id}/remove", headers=ours)
    assert answer.status_code == 303
    assert browser.get("/runs/table/notes.json").json() == []


def test_an_audience_is_counted_added_to_saved_and_listed(browser, folder):
    from clustera.store import Store

    ours = {"sec-fetch-site": "same-origin"}
    asked = {"define": "segment is 1", "column": "value", "operator": ">", "value": "10"}
    line = browser.get(browser.get("/runs/orders/audience", params=asked).headers["location"])
    assert "segment is 1 and value &gt; 10" in line.text
    frame = seg_of(folder).customers
    wanted = frame[(frame["segment"] == 1) & (frame["value"] > 10)]
    define = {"define": "segment is 1 and value > 10"}
    assert browser.get("/runs/orders/audience.json", params=define).json()["customers"] == len(wanted)
    rows = list(csv.DictReader(io.StringIO(browser.get("/runs/orders/audience.csv", params=define).text)))
    assert sorted(row["id"] for row in rows) == sorted(wanted["id"])
    try:
        saved = browser.post("/runs/orders/audience", data=define | {"name": "Worth it"}, headers=ours)
        assert saved.status_code == 303
        listed = browser.get("/runs/orders/audiences.json").json()
        assert [(entry["name"], entry["customers"]) for entry in listed] == [("Worth it", len(wanted))]
        page = browser.get(saved.headers["location"]).text
        assert "<h1>Worth it</h1>" in page
        assert f"Worth it has {len(wanted)} customers on this run." in page
        assert f"Download all {len(wanted)} as CSV" in page
    finally:
        Store(folder).audiences.delete("Worth it")


def test_a_definition_that_means_nothing_is_told_on_its_page(browser):
    answer = browser.get("/runs/orders/audience", params={"define": "valu > 3"})
    assert answer.status_code == 200
    assert 'class="problem"' in answer.text


def test_a_condition_that_lacks_its_value_is_told_beside_the_form_and_what_was_chosen_stays(browser):
    asked = {"define": "segment is 1", "column": "spend", "operator": ">=", "value": ""}
    answer = browser.get("/runs/orders/audience", params=asked)
    assert answer.status_code == 422
    assert "needs a value" in answer.text
    assert re.search(r'<option value="spend" [^>]*selected>', answer.text)
    assert "<option selected>&gt;=</option>" in answer.text


def test_an_average_is_offered_as_the_figure_of_the_run(browser, folder):
    spend = pd.read_parquet(folder / "orders" / "values.parquet")["spend"]
    page = browser.get("/runs/orders/audience", params={"define": "segment is 1 and spend > average"}).text
    offered = re.search(r'href="([^"]+)">Use segment is 1 and spend &gt; ([\d.]+)</a>', page)
    assert float(offered[2]) == pytest.approx(spend.mean(), rel=0.005)
    assert 'class="figures"' in browser.get(offered[1].replace("&amp;", "&")).text


def test_a_customer_is_told_in_the_order_of_somebody_who_writes_to_her(browser):
    page = browser.get("/runs/orders/customer?id=P001").text
    marks = ["<h1>P001", 'class="why"', 'class="figures"', "action-title", "orders-title", "why-title", "values-title"]
    places = [page.index(mark) for mark in marks]
    assert places == sorted(places)
    tried = browser.get(re.search(r'href="(/runs/orders/what-if\?[^"]*)"', page)[1].replace("&amp;", "&")).text
    name = browser.get("/runs/orders/customer.json?id=P001").json()["name"]
    assert name in tried.split('class="belongs')[1]


def test_every_number_of_an_overlap_and_of_a_priority_list_is_the_length_of_its_list(browser, folder):
    from clustera.store import Store

    saved = {"Best": "segment is 1", "Worth": "value > 10", "Late": "segment is not 1"}
    for name, definition in saved.items():
        CliRunner().invoke(command, ["audience", "save", name, definition, "--run", "orders", "--runs", str(folder)])
    try:
        for page in ("overlap", "overlap?audience=Worth&audience=Best", "priority", "priority?order=Late&order=Worth"):
            text = browser.get(f"/runs/orders/{page}").text
            cells = re.findall(r'href="(/runs/orders/audience)\?([^"]*)"[^>]*>(?:([\d,]+)|Show)', text)
            assert len(cells) > 1
            line = re.search(r"<code>(clustera audience .*?)</code>", text)[1].replace("&#39;", "'")
            twin = re.search(r'href="([^"]*json[^"]*)"', text)[1].replace("&amp;", "&")
            assert said(line) == browser.get(twin).json()
            kept = re.findall(r'data-label="Kept"><b>([\d,]+)', text)
            shown = [number or kept.pop(0) for _, _, number in cells]
            for (address, query, _), number in zip(cells, shown, strict=True):
                answer = browser.get(f"{address}.json?{query.replace('&amp;', '&')}").json()
                assert f"{answer['customers']:,}" == number
        frame = seg_of(folder).first_audiences("Late", "Worth")
        rows = list(csv.DictReader(io.StringIO(browser.get("/runs/orders/priority.csv?order=Late&order=Worth").text)))
        assert [(row["id"], row["audience"]) for row in rows] == list(zip(frame["id"], frame["audience"], strict=True))
        moved = browser.get("/runs/orders/priority").text
        down = re.search(r'href="([^"]*)" aria-label="Move Best down"', moved)[1].replace("&amp;", "&")
        assert [entry["audience"] for entry in browser.get(down.replace("priority?", "priority.json?")).json()][
            1
        ] == "Best"
    finally:
        for name in saved:
            Store(folder).audiences.delete(name)
    assert "No audiences yet" in browser.get("/runs/orders/overlap").text
    assert "No audiences yet" in browser.get("/runs/orders/priority").text


def test_two_who_change_one_audience_are_told_and_nothing_is_lost(browser, folder):
    from clustera.segmentation.saved_audiences import SavedAudiences
    from clustera.store import Store

    ours = {"sec-fetch-site": "same-origin"}
    asked = {"name": "Shared", "define": "value > 10"}
    kept = SavedAudiences(Store(folder).audiences)
    try:
        assert browser.post("/runs/orders/audience", data=asked, headers=ours).status_code == 303
        theirs, mine = ({**asked, "define": line, "seen": 1} for line in ("value > 20", "value > 30"))
        assert browser.post("/runs/orders/audience", data=theirs, headers=ours).status_code == 303
        told = browser.post("/runs/orders/audience", data=mine, headers=ours)
        assert told.status_code == 409
        assert "Shared was changed meanwhile" in told.text
        assert "<code>value &gt; 20</code>" in told.text  # what the other saved
        assert 'value="value &gt; 30"' in told.text  # what was about to be saved
        assert kept.open("Shared").definition == "value > 20"
        assert browser.post("/runs/orders/audience", data=mine | {"seen": 2}, headers=ours).status_code == 303
        definitions = [kept.open("Shared", number).definition for number in (1, 2, 3)]
        assert definitions == ["value > 10", "value > 20", "value > 30"]
        # Somebody who takes the name of it for a new audience is told as well; restored is the old definition.
        taken = browser.post("/runs/orders/audience", data=asked | {"define": "value > 40"}, headers=ours)
        assert "there is an audience Shared already" in taken.text
        browser.post("/runs/orders/audience/restore", data={"name": "Shared", "version": 1}, headers=ours)
        assert kept.open("Shared").definition == "value > 10"
        frozen = browser.post("/runs/orders/audience/freeze", data={"name": "Shared"}, headers=ours)
        page = browser.get(frozen.headers["location"]).text
        assert "in frozen" in page
        again = browser.post("/runs/orders/audience/freeze", data={"name": "Shared"}, headers=ours)
        assert again.status_code == 409
        assert "Choose another name: &#34;Name&#34;" in again.text
        assert "--" not in again.text.partition("<main")[2].partition("</main")[0].partition("<details")[0]
        script = {"accept": "application/json"}  # the page's own, which shows the answer beside the form
        told = browser.post("/runs/orders/audience/freeze", data={"name": "Shared"}, headers=ours | script)
        assert told.json()["detail"] == 'Choose another name: "Name"'
        asked = {"name": "Shared", "as": " Shared at noon "}
        assert browser.post("/runs/orders/audience/freeze", data=asked, headers=ours).status_code == 303
        assert "Shared at noon" in kept.list()
        browser.post("/runs/orders/audience/delete", data={"name": "Shared"}, headers=ours)
        assert "Shared" not in kept.list()
    finally:
        for name in kept.list():
            kept.delete(name)


def test_a_segment_says_where_it_is_used_and_how_far_its_action_is(browser, folder):
    from clustera.store import Store

    seg = seg_of(folder)
    ours = {"sec-fetch-site": "same-origin"}
    assert "No audience, export or campaign uses" in browser.get("/runs/orders/segments/1").text
    assert "Idea, not tested yet" in browser.get("/runs/orders/overview").text
    asked = {"name": "Those of one", "define": "not (value > 10 or segment is 1)"}
    browser.post("/runs/orders/audience", data=asked, headers=ours)
    number = next(action.segment for action in seg.outcome.actions)
    seg.launch_campaign("spring", segments=[number], control=0.3, day="2099-01-01", days=30)
    try:
        assert ">Those of one</a>" in browser.get("/runs/orders/segments/1").text
        assert ">Those of one</a>" not in browser.get("/runs/orders/segments/2").text
        page = browser.get(f"/runs/orders/segments/{number}").text
        assert 'campaign <a href="/runs/orders/campaigns/spring">spring</a> since January 1, 2099' in page
        sizes = re.findall(
            r"<td>(?:<a[^>]*>)?([\d,]+)(?:</a>)?</td><td>[\d.]+%</td>", page[page.index("sizes-title") :]
        )
        assert sizes[0] == str(int((seg.customers["segment"] == number).sum()))
        migration = seg.outcome.behavior.migration
        assert sizes[1] == str(migration.sizes[-2][migration.segments.index(number)])
        assert "Being tested" in browser.get("/runs/orders/overview").text
    finally:
        Store(folder).audiences.delete("Those of one")
        shutil.rmtree(folder / "campaigns")


def test_another_number_of_segments_is_shown_as_python_and_the_command_have_it(browser, folder):
    answer = browser.get("/runs/orders/number?k=4")
    assert answer.status_code == 200
    ways, address = ways_of(answer.text)
    seen = browser.get(address).json()
    assert said(ways["Command line"]) == seen
    frame = value_of(ways["Python"])
    assert frame["customers"].tolist() == [one["customers"] for one in seen["segments"]]
    rows = list(csv.DictReader(io.StringIO(browser.get("/runs/orders/number.csv?k=4").text)))
    assert [row["name"] for row in rows] == frame["name"].tolist()
    assert all(html.escape(name) in answer.text for name in frame["name"])
    assert "Make a run with 4 segments" in answer.text
    assert "Make a run with" not in browser.get("/runs/orders/number").text


def test_segments_made_anew_are_not_called_those_of_a_run_that_keeps_earlier_definitions(browser, folder, blobs):
    before = clustera.load("table", runs=folder)
    with clustera.segment(blobs.iloc[::2].assign(income=lambda t: t.income * 1.4), like=before, progress=False) as seg:
        seg.publish(folder, name="kept")
    try:
        for name in ("kept", "orders"):
            seg = clustera.load(name, runs=folder)
            made = [one["customers"] for one in browser.get(f"/runs/{name}/number.json?k={seg.k}").json()["segments"]]
            same = made == [segment.size for segment in seg.outcome.segments]
            assert same is (name == "orders")
            page = browser.get(f"/runs/{name}/number").text
            assert (f"{seg.k} segments, as in this run" in page) is same
            assert ("keeps the definitions of an earlier run" in page) is not same
            other = browser.get(f"/runs/{name}/number?k={seg.k + 1}").text
            for told in (other, browser.get(f"/runs/{name}/overview").text):
                assert ("judged on the customers of the run that made these definitions" in told) is not same
    finally:
        shutil.rmtree(folder / "kept")


def test_a_phone_hides_neither_the_suggested_action_nor_the_overdue_nor_when_it_worked(browser):
    page = browser.get("/runs/orders/overview").text
    sheets = [browser.get(address).text for address in re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)]
    hidden = [rule for sheet in sheets for rule in re.findall(r"([^{}]+)\{display:none\}", sheet)]
    unlabeled = [rule for sheet in sheets for rule in re.findall(r"([^{}]+)\{content:none\}", sheet)]
    assert hidden
    assert not [rule for rule in hidden if ".glance" in rule and (".act" in rule or ".late" in rule)]
    assert not [rule for rule in unlabeled if ".judgment" in rule]


def test_a_number_that_was_not_chosen_says_so_by_the_rule_that_decided(browser, folder):
    selection = seg_of(folder).outcome.selection
    for entry in (e for e in selection.evidence if e.k not in (1, selection.k)):
        decided, reason = judge_number(entry, selection)
        wanted = f"{reason[:1].upper()}{reason[1:]}." if decided == "possible" else f"Not chosen: {reason}."
        if entry.k < 10:
            assert html.escape(wanted) in browser.get(f"/runs/orders/number?k={entry.k}").text


def test_every_number_that_was_looked_at_can_be_opened_from_the_overview(browser, folder):
    page = browser.get("/runs/orders/overview").text
    linked = [int(k) for k in re.findall(r'href="/runs/orders/number\?k=(\d+)"', page)]
    assert linked == [entry.k for entry in seg_of(folder).outcome.selection.evidence if entry.k > 1]


def test_a_number_that_was_not_looked_at_is_refused(browser):
    answer = browser.get("/runs/orders/number.json?k=4000")
    assert answer.status_code == 422
    assert "was not looked at with 4000 segments" in answer.json()["title"]


def test_a_segment_says_which_feature_moved_those_who_came_and_went(browser, folder):
    seg = seg_of(folder)
    causes = seg.outcome.behavior.migration.causes
    assert causes
    number = causes[0].after
    seen = browser.get(f"/runs/orders/segments/{number}.json").json()["causes"]
    assert seen == [asdict(cause) for cause in causes if number in (cause.before, cause.after)]
    came = [cause for cause in causes if cause.after == number]
    assert (
        html.escape(came_because(came, seg.feature_titles, came=True))
        in browser.get(f"/runs/orders/segments/{number}").text
    )
    assert "Why they moved" in browser.get("/runs/orders/moves").text
    assert browser.get("/runs/orders/moves.json").json()["causes"] == [asdict(cause) for cause in causes]
    for row in csv.DictReader(io.StringIO(browser.get("/runs/orders/moves.csv").text)):
        own = [
            cause.count for cause in causes if (str(cause.before), str(cause.after)) == (row["before"], row["after"])
        ]
        assert sum(int(part.rpartition(": ")[2]) for part in row["because"].split("; ") if part) == sum(own)


def test_a_move_up_of_customers_whose_own_spend_fell_is_not_shown_as_good_news(browser, folder):
    seg = seg_of(folder)
    found = latest_moves(seg.outcome.behavior.migration, seg.outcome.segments)
    first, second = found.ranking[:2]
    up = Move(second, first, 9)
    rose, fell = (MoveCause(second, first, "spend", rose, n) for rose, n in ((True, 4), (False, 5)))
    moved = replace(found, moves=(up,), causes=(rose, fell))
    assert _up_though_spend_fell(moved, ["spend"]) == {(second, first): (5, 9)}
    assert _up_though_spend_fell(moved, ["recent_spend"]) == {}
    assert 'class="up"' in move_matrix(moved, seg.outcome.segments)
    assert 'class="up"' not in move_matrix(moved, seg.outcome.segments, fell={(second, first)})
    page = browser.get("/runs/orders/moves").text
    assert "to segments expected to spend more" in page


def test_audiences_are_compared_as_the_command_and_python_do(browser, folder):
    ask = "a=value+%3E+50&b=segment+is+3"
    answer = browser.get(f"/runs/orders/differences?{ask}")
    assert answer.status_code == 200
    ways, address = ways_of(answer.text)
    seen = browser.get(address).json()
    assert seen
    assert [(one["column"], one["n_one"]) for one in said(ways["Command line"])] == [
        (one["column"], one["n_one"]) for one in seen
    ]
    assert value_of(ways["Python"])["n_other"].tolist() == [one["n_other"] for one in seen]
    found = seg_of(folder).compare_groups("value > 50", "segment is 3")
    assert f"{found.one} and {found.other} customers are compared." in answer.text
    answer = browser.get("/api/v1/runs/orders/differences?a=value+%3E+50&b=rest").json()
    assert answer["one"] + answer["other"] == 120


def test_no_page_tells_a_marketer_an_option_of_the_command(browser):
    """But in the box at the end, which says how the command gives the same, and where whoever started the service is meant."""
    pages = (
        "overview",
        "method",
        "segments/1",
        "customers",
        "audiences",
        "audience?define=spend+%3E+1",
        "campaign",
        "offers",
    )
    pages += ("campaigns", "differences", "moves", "what-if", "number", "overlap", "priority", "export")
    for run in ("orders", "table"):
        for path in pages:
            text = browser.get(f"/runs/{run}/{path}").text.split('<details class="same">')[0]
            words = re.sub(r"<[^>]*>", " ", re.sub(r"<(script|style|svg)\b.*?</\1>", " ", text, flags=re.DOTALL))
            assert not re.search(r"(?<![\w-])--[a-z]\w*", words), (run, path, re.search(r".{60}--[a-z].{40}", words))


def test_all_times_of_a_page_are_in_the_zone_that_its_foot_names_once(browser, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        page = browser.get("/runs").text
        assert page.count("Times are in IST (UTC+05:30).") == 1
        made = re.findall(r'<time datetime="([^"]+)">([^<]+)</time>', page)
        assert len(made) >= 3
        for moment, told in made:
            assert told == pd.Timestamp(moment).tz_convert("Asia/Kolkata").strftime("%Y-%m-%d %H:%M")
    finally:
        monkeypatch.undo()
        time.tzset()


def test_those_who_came_and_went_and_are_new_add_up_to_the_change_of_a_segments_size(browser, folder):
    orders = orders_of(150, 400, seed=7)
    before = orders[(orders.order_date < "2025-12-01") & (orders.customer_id < "P130")]
    with clustera.segment(orders=before, k=3, value=False, progress=False, threads=1) as seg:
        seg.publish(folder, name="grown-1")
        with clustera.segment(orders=orders, like=seg, value=False, progress=False, threads=1) as now:
            now.publish(folder, name="grown-2")
            sizes = now.segments.set_index("segment").customers - seg.segments.set_index("segment").customers
            came = dict(now.outcome.comparison.came)
    for number, change in sizes.items():
        page = browser.get(f"/runs/grown-2/segments/{number}").text
        sides = re.findall(r"<div><h3>(?:Came from|Went to)</h3>(.*?)</div>", page, re.DOTALL)
        moved, gone = (sum(map(int, re.findall(r'class="listed"[^>]*>(\d+)', side))) for side in sides)
        new = sum(map(int, re.findall(r"(\d+) were not in the data before", sides[0])))
        new += "One was not in the data before." in sides[0]
        assert new == came.get(number, 0)
        assert moved + new - gone == change
    assert sum(came.values()) == 20
