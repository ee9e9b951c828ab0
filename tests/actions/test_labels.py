"""One name for an action everywhere: what the report says is what customers.csv is filtered by."""

from __future__ import annotations

import json
import re

import fastexcel
import pandas as pd
import pytest

import clustera
from clustera.actions import load_playbook
from clustera.days import MONTH, sales_days
from clustera.errors import InputError
from clustera.segmentation.summary import segmentation_summary
from clustera.texts import default_label, load_language
from tests.test_control_groups import orders

ENGLISH = load_language()
ARTICLE = re.compile(r'<article class="segment [^"]*" id="[^"]*segment-(\d+)".*?</article>', re.DOTALL)
FIRST = re.compile(
    r'Suggested action: </span>([^<]+)</span>.*?(?:<p class="small">(?:For )?([\d,]+|[Oo]ne) |<details|$)', re.DOTALL
)
OTHER = re.compile(r"<li><strong>([^<]+)</strong>, ([\d,]+|one) ")


def table(seed):
    return clustera.segment(
        orders(seed, 300)
        .groupby("customer_id", as_index=False)
        .agg(spend=("amount", "sum"), orders=("amount", "size")),
        progress=False,
    )


def log(seed):
    return clustera.segment(orders=orders(seed), k=4, value=False, progress=False)


@pytest.fixture(scope="module", params=[(log, 1), (log, 2), (table, 1)], ids=["log", "another log", "table"])
def run(request, tmp_path_factory):
    """A run's folder, and the segmentation it was written from."""
    make, seed = request.param
    with make(seed) as seg:
        yield seg.publish(tmp_path_factory.mktemp("runs"), name="run", excel=True), seg


def told_in_report(page):
    """(segment, label, customers) of every action that the cards name; customers None where all of the segment are meant."""
    for card in ARTICLE.finditer(page):
        for label, n in [*FIRST.findall(card[0])[:1], *OTHER.findall(card[0])]:
            yield int(card[1]), label.strip(), int(n.replace("one", "1").replace(",", "")) if n else None


def test_every_action_in_the_report_is_found_in_the_customers_with_its_count(run):
    folder, seg = run
    told = list(told_in_report((folder / "report.html").read_text(encoding="utf-8")))
    counted = pd.read_csv(folder / "customers.csv").groupby(["segment", "action"]).size()
    assert {segment for segment, _, _ in told} == set(seg.names)
    for segment, label, customers in told:
        assert counted[segment, label] == (customers or counted[segment].sum())


def test_all_files_name_the_same_actions(run):
    folder, seg = run
    plan = pd.read_csv(folder / "actions.csv")
    counted = pd.read_csv(folder / "customers.csv").groupby(["segment", "action", "action_code"]).size()
    assert plan.set_index(["segment", "action", "action_code"])["customers"].to_dict() == counted.to_dict()
    book = fastexcel.read_excel(folder / "segments.xlsx")
    for sheet, head, column in (
        ("Actions", "Suggested action", "action"),
        ("Details", "Suggested action", "action"),
        ("Details", "Rule of the playbook", "action_code"),
    ):
        assert list(book.load_sheet(sheet).to_pandas()[head]) == list(plan[column])
    first = plan.groupby("segment")[["action", "action_code"]].first()
    assert pd.read_csv(folder / "segments.csv").set_index("segment")[["action", "action_code"]].equals(first)
    written = [
        (part["segment"], action["action"], action["action_code"], action["customers"])
        for part in json.loads(json.dumps(segmentation_summary(seg)))["segments"]
        for action in part["actions"]
    ]
    assert written == list(plan[["segment", "action", "action_code", "customers"]].itertuples(index=False, name=None))


def test_each_label_stands_for_one_action_and_fits_a_table():
    labels = ENGLISH.action_labels
    assert set(labels) == set(ENGLISH.actions)
    assert len(set(labels.values())) == len(labels)
    assert max(map(len, labels.values())) <= 30


def own_playbook(tmp_path, *, rule="catalog", label=""):
    path = tmp_path / "mine.toml"
    named = f'label = "{label}"\n' if label else ""
    path.write_text(
        f'[[plays]]\nrule = "{rule}"\nkind = "grow"\nstages = ["active"]\n{named}text = "Send it."\n', encoding="utf-8"
    )
    return path


@pytest.mark.parametrize(("label", "called"), [("", "Catalog"), ("Printed catalog", "Printed catalog")])
def test_a_rule_of_ones_own_is_called_by_its_label_else_by_its_code(tmp_path, label, called):
    path = own_playbook(tmp_path, label=label)
    with clustera.segment(orders=orders(3, 200), k=3, value=False, playbook=path, progress=False) as seg:
        own = seg.customers[seg.customers["action_code"] == "catalog"]
        assert set(own["action"]) == {called}
        assert set(own["stage"]) == {"active"}
    assert default_label("catalog") == "Catalog"


def test_a_label_that_another_rule_has_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"its label 'Stop paid ads' is that of the rule 'sunset'"):
        load_playbook(own_playbook(tmp_path, label="Stop paid ads"), language=ENGLISH)
    assert load_playbook(own_playbook(tmp_path, rule="sunset", label="Stop paid ads"), language=ENGLISH)


def test_labels_follow_the_language(tmp_path):
    path = tmp_path / "deutsch.toml"
    path.write_text(
        'language = "Deutsch"\ncode = "de"\n[action_labels]\nnext_basket = "Angebot zum Einkauf"\n', encoding="utf-8"
    )
    with clustera.segment(orders=orders(1, 300), k=3, value=False, language=path, progress=False) as seg:
        own = seg.customers[seg.customers["action_code"] == "next_basket"]
        assert (
            set(own["action"])
            == {"Angebot zum Einkauf"}
            == set(seg.actions.loc[seg.actions["action_code"] == "next_basket", "action"])
        )


def test_each_overdue_customer_with_sales_above_average_has_the_call_in_every_segment(run):
    folder, seg = run
    if seg.outcome.behavior is None:
        return
    told = pd.read_csv(folder / "customers.csv")
    known = told.dropna(subset="stage")
    rich = known.overdue & (known.sales_12_months > known.sales_12_months.mean())
    assert rich.any()
    assert set(known[rich].action_code) == {"call_overdue"}
    assert set(known[known.action_code == "call_overdue"].id) == set(known[rich].id)
    risk = seg.outcome.behavior.risk
    assert (risk.best, round(risk.best_money, 2)) == (rich.sum(), round(known[rich].sales_12_months.sum(), 2))
    sent = (rich & ~known.control.astype(bool)).sum()
    row = (folder / "report.html").read_text(encoding="utf-8").partition("<span>Overdue call</span>")[2]
    assert row.partition('data-label="Send to">')[2].startswith(f"{sent:,}<")


def test_who_has_gone_silent_is_called_and_who_still_orders_is_written_to_most_sales_at_risk_first(run):
    folder, seg = run
    told = pd.read_csv(folder / "customers.csv")
    if seg.outcome.behavior is None:
        assert not {"contact_order", "contact_by"} & set(told)
        return
    called = told.action_code.isin(["call_overdue", "ask_falling"]) & ~told.control
    assert called.any()
    assert told[~called][["contact_order", "contact_by"]].isna().all(axis=None)
    ranked = told[called].sort_values("contact_order")
    assert list(ranked.contact_order) == list(range(1, len(ranked) + 1))  # one list, whatever the action
    assert ranked.action_code.nunique() == told.action_code[called].nunique()
    behavior, value = seg.outcome.behavior, seg.outcome.value
    silence = behavior.as_of - (pd.to_datetime(ranked.last_order) - pd.Timestamp(0)).dt.days
    past = silence.gt(ranked.usual_gap).where(ranked.usual_gap.notna(), ranked.sales_3_months <= 0)
    assert list(ranked.contact_by) == list((ranked.overdue | past).map({True: "call", False: "write"}))
    assert ranked.contact_by.is_monotonic_increasing
    lost = ranked.sales_12_months
    if value is not None:
        year = sales_days(behavior.first_day, behavior.as_of) / (value.horizon_months * MONTH)
        lost = lost - ranked.value * year / value.margin
    for _, own in lost.groupby(ranked.contact_by):
        assert own.diff().max() < 0.01


def test_a_rule_of_ones_own_for_a_whole_stage_takes_the_valuable_too(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[plays]]\nrule = "letter"\nkind = "protect"\nstages = ["overdue"]\ntext = "Write."\n', encoding="utf-8"
    )
    with clustera.segment(orders=orders(1, 300), k=3, value=False, playbook=path, progress=False) as seg:
        late = seg.customers[seg.customers["stage"] == "overdue"]
        assert set(late["action_code"]) == {"letter"}
        assert "Overdue call" not in seg.report_html()


def test_the_first_action_of_a_segment_is_for_most_of_it_where_there_is_one_and_says_for_how_many(run):
    folder, seg = run
    plan, cells = pd.read_csv(folder / "actions.csv"), pd.read_csv(folder / "segments.csv").set_index("segment")
    summary = fastexcel.read_excel(folder / "segments.xlsx").load_sheet("Summary", header_row=3).to_pandas()
    shown = summary.set_index("Name")["Suggested action (idea, not proven yet)"]
    cards = {int(card[1]): card[0] for card in ARTICLE.finditer((folder / "report.html").read_text(encoding="utf-8"))}
    for profile in seg.outcome.segments:
        counts = plan.loc[plan["segment"] == profile.segment, "customers"]
        first, most = int(counts.iloc[0]), counts.max()
        assert first == cells.loc[profile.segment, "action_customers"]
        assert first == most or 2 * most <= profile.size
        assert (f"({first} of {profile.size})" in shown[profile.name]) == (first < profile.size)
        within = re.search(f'<p class="small">{first} [^<]*of {profile.size}</p>', cards[profile.segment])
        assert bool(within) == (2 * first <= profile.size)
