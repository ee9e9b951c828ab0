"""Recommendations of a run: kept beside it, gathered by segment, shown in the report and the dashboard."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.errors import RunError
from clustera.pipeline.next_items import telling_pairs
from clustera.records import BasketAffinity
from clustera.store import Store


@pytest.fixture(scope="module")
def runs(habits, tmp_path_factory):
    """A run that came with recommendations of categories, then was given some of products."""
    folder = tmp_path_factory.mktemp("kept") / "runs"
    with clustera.segment(orders=habits, k=2, value=False, keep_orders=True, progress=False) as seg:
        seg.publish(folder, name="may")
    return folder


@pytest.fixture(scope="module")
def lists(runs):
    with clustera.load("may", runs=runs) as seg:
        found = seg.recommend(by="product", count=3)
        found.keep()
        return found.table


@pytest.fixture(scope="module")
def kept(runs, lists):
    """One row per customer and item as the file beside the run has them."""
    return pd.read_parquet(runs / "may.recommendations.parquet")


def test_a_small_run_that_keeps_its_orders_comes_with_recommendations(habits, tmp_path):
    with clustera.segment(orders=habits, k=2, value=False, keep_orders=True, progress=False) as seg:
        seg.publish(tmp_path, name="small")
    found = clustera.load("small", runs=tmp_path).outcome.recommended
    assert found.summary.item == "category"
    assert (tmp_path / "small" / "report.html").read_text(encoding="utf-8").count("Offer next:") == 2


def test_the_kept_lists_are_those_of_the_command_and_two_new_items_more(lists, kept):
    own = kept[kept["rank"] <= 3]
    assert (
        own[["id", "rank", "item", "reason"]].values.tolist() == lists[["id", "rank", "item", "reason"]].values.tolist()
    )
    more = kept[kept["rank"] > 3]
    assert set(more["kind"]) == {"new"}
    assert more.groupby("id").size().max() <= 2
    assert not kept.duplicated(["id", "item"]).any()
    assert not kept.duplicated(["id", "rank"]).any()


def test_what_is_kept_obeys_the_same_rules(habits, tmp_path):
    with clustera.segment(orders=habits, k=2, value=False, keep_orders=True, progress=False) as seg:
        seg.publish(tmp_path, name="may")
    with clustera.load("may", runs=tmp_path) as seg:
        seg.recommend(by="product", count=3, per_category=1, exclude=["milk", "wine"]).keep()
    kept = pd.read_parquet(tmp_path / "may.recommendations.parquet")
    category = habits.drop_duplicates("product").set_index("product")["category"]
    assert kept.groupby(["id", kept["item"].map(category)]).size().max() == 1
    assert not set(kept["item"]) & {"milk", "wine"}
    assert not ((kept["item"] == "spade") & (kept["kind"] == "repeat")).any()  # nobody buys it twice


def test_next_items_of_a_segment_are_counted_over_its_lists(runs, kept):
    found = clustera.load("may", runs=runs).outcome.recommended.next_items
    assert {item.kind for item in found} == {"repeat", "new"}
    for item in found:
        segment = kept[kept["segment"] == item.segment]
        own = segment[(segment["item"] == item.item) & (segment["kind"] == item.kind)]
        assert (item.customers, item.listed) == (len(own), segment["id"].nunique())
        assert item.expected == pytest.approx(own["probability"].sum())
        assert (own["reason_code"] == item.reason_code).sum() == own[
            "reason_code"
        ].value_counts().max() or item.goes_with
    for (segment, kind), group in pd.DataFrame(found).groupby(["segment", "kind"]):
        sums = kept[(kept["segment"] == segment) & (kept["kind"] == kind)].groupby("item")["probability"].sum()
        assert group["item"].iloc[0] == sums.idxmax()


def test_each_pair_is_told_once_from_the_item_that_needs_the_other_and_the_most_above_chance_first():
    def pair(item, other, baskets, confidence, lift):
        return BasketAffinity(1, item, other, baskets, baskets / 100, confidence, lift)

    given = [
        pair("bread", "milk", 30, 0.9, 1.5),
        pair("milk", "bread", 30, 0.5, 1.5),
        pair("wine", "cheese", 20, 0.4, 4.0),
    ]
    # Above chance: 30 x (1 - 1/1.5) = 10 baskets, and 20 x (1 - 1/4) = 15.
    assert [(p.item, p.other) for p in telling_pairs(given)] == [("wine", "cheese"), ("bread", "milk")]


def test_the_card_of_each_segment_says_what_to_offer_next_and_why(runs, lists):
    seg = clustera.load("may", runs=runs)
    lines = re.findall(r'next-offer">(.*?)</p>', seg.report_html())
    assert len(lines) == 2
    for segment, line in zip(seg.outcome.segments, lines, strict=True):
        text = re.sub(r"<[^>]+>", "", line)
        first = next(
            i for i in seg.outcome.recommended.next_items if i.segment == segment.segment and i.kind == "repeat"
        )
        assert re.search(rf"{first.item} \((bought every \d+ days|bought before|bought nearly daily)\)", text)


def test_a_run_that_is_removed_or_replaced_takes_its_recommendations_along(habits, tmp_path):
    with clustera.segment(orders=habits, k=2, value=False, keep_orders=True, progress=False) as seg:
        seg.publish(tmp_path, name="old")
        seg.publish(tmp_path, name="new")
    assert (tmp_path / "old.recommendations.parquet").is_file()
    Store(tmp_path).prune(keep=1)
    assert [path.name for path in tmp_path.glob("*.recommendations.parquet")] == ["new.recommendations.parquet"]


def test_a_damaged_file_beside_a_run_takes_nothing_from_the_run(habits, tmp_path):
    with clustera.segment(orders=habits, k=2, value=False, keep_orders=True, progress=False) as seg:
        seg.publish(tmp_path, name="may")
    (tmp_path / "may.recommendations.parquet").write_bytes(b"no parquet")
    seg = clustera.load("may", runs=tmp_path)
    assert seg.outcome.recommended is None
    seg.recommend().keep()
    assert clustera.load("may", runs=tmp_path).outcome.recommended is not None


def test_recommendations_of_a_log_alone_belong_to_no_run(habits):
    with pytest.raises(RunError, match="belong to no run"):
        clustera.recommend(habits).keep()


@pytest.fixture(scope="module")
def browser(runs, lists):
    pytest.importorskip("fastapi")
    testclient = pytest.importorskip("fastapi.testclient")
    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    sessions = Sessions(api_key="k" * 40)
    app = create_app(runs, sessions=sessions, hosts=frozenset({"127.0.0.1:8420"}))
    with testclient.TestClient(app, base_url="http://127.0.0.1:8420", follow_redirects=False) as client:
        client.headers["accept"] = "text/html"
        assert client.get(f"/enter?token={sessions.new_link()}").status_code == 303
        yield client


def test_the_page_of_a_customer_lists_what_to_offer_with_the_reason_in_words(browser, kept):
    own = kept[kept["id"] == kept["id"].iloc[0]].sort_values("rank")
    page = browser.get("/runs/may/customer", params={"id": own["id"].iloc[0]}).text
    assert "What to offer next" in page
    assert all(reason in page for reason in own["reason"])
    twin = browser.get("/runs/may/customer.json", params={"id": own["id"].iloc[0]}).json()
    assert [row["item"] for row in twin["recommendations"]] == own["item"].tolist()


def test_the_page_of_a_segment_has_its_next_items_and_pairs_and_so_have_the_files(browser, runs, kept):
    record = clustera.load("may", runs=runs).outcome.recommended
    segment = record.next_items[0].segment
    page = browser.get(f"/runs/may/segments/{segment}").text
    items = [item for item in record.next_items if item.segment == segment]
    assert all(item.item in page for item in items)
    assert "Bought together" in page
    twin = browser.get(f"/runs/may/segments/{segment}.json").json()["next_items"]
    assert [item["item"] for item in twin] == [item.item for item in items]
    pairs = pd.read_csv(io.StringIO(browser.get(f"/runs/may/segments/{segment}/pairs.csv").text))
    assert pairs.to_dict("records") == browser.get(f"/runs/may/segments/{segment}/pairs.json").json()
    assert np.allclose(pairs["support"], [p.support for p in record.pairs if p.segment == segment])
    whole = pd.read_csv(io.StringIO(browser.get("/runs/may/recommendations.csv").text), dtype={"id": str})
    assert whole[["id", "item"]].values.tolist() == kept[["id", "item"]].values.tolist()
    assert browser.get("/runs/may/recommendations.json").json()["summary"]["item"] == "product"


def test_what_the_page_on_recommendations_says_to_run_runs(habits, tmp_path, monkeypatch):
    """Its commands in their order, then its Python; each file that it names has the columns that it lists."""
    monkeypatch.chdir(tmp_path)
    fourth = habits[habits["customer_id"] % 4 == 0]
    fourth.assign(category=fourth["product"]).to_csv("orders.csv", index=False)
    crm = pd.DataFrame({"customer_id": range(0, 400, 4)})
    crm.assign(email=crm["customer_id"].map("c{}@shop.example".format), consent="yes").to_csv("crm.csv", index=False)
    Path("unsubscribed.csv").write_text("email\nc4@shop.example\n")
    page = (Path(__file__).parents[2] / "docs" / "recommendations.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    clustera (.*)$", page, re.MULTILINE)
    assert len(commands) == 5
    for words in commands:
        result = CliRunner().invoke(app, shlex.split(words))
        assert result.exit_code == 0, f"{words}\n{result.output}"
    listed = pd.read_csv("recommendations.csv")
    columns = re.findall(r"^\| (`id`.*|`\w+`.*) \|[^|]*\|$", page, re.MULTILINE)
    named = [name for line in columns for name in re.findall(r"`(\w+)`", line.split("|")[0])]
    assert [name for name in named if name not in listed] == []
    assert listed.groupby("id")["rank"].max().max() == 3
    sent = pd.read_csv("list.csv")
    assert {"item_1", "reason_1", "item_2"} <= set(sent)
    (python,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    held = {"clustera": clustera}
    exec(compile(python, "recommendations.md", "exec"), held)
    assert "gift card" not in set(held["found"].table["item"])
    assert Path("recommendations.parquet").is_file()
