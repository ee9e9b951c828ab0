"""The method page in its reader's words, with the figures that its sentences are about."""

import re
from dataclasses import replace

import pytest

from clustera import components
from clustera.records import Finding, Reason, StageSummary, segment_pace
from clustera.report import render_page
from clustera.texts import finding_message, preparation_sentences
from tests import outcomes, shoppers
from tests.report.test_report import Words

OUTCOME, SAMPLE = shoppers.shopping()
JARGON = r"hold-?out|back-?test|said, and seen|naive|learner|Said of|Still buying|\d %"
ANALYSTS = r"silhouette|prediction strength|Jaccard|Pareto|NBD|Gamma-Gamma|likelihood|Spearman|Wilcoxon|standard error|coefficient"


def spoken(page):
    return re.sub(r"\s+", " ", Words(page).text)


@pytest.mark.parametrize("made", [shoppers.shopping, outcomes.mall, shoppers.refused])
def test_no_word_of_statisticians_is_left_and_yeo_johnson_is_told_once(made):
    outcome, sample = made()
    told = spoken(render_page(outcome, sample=sample, part="method"))
    assert not re.search(JARGON, told)
    assert told.count("Yeo-Johnson") == 1


@pytest.mark.parametrize("made", [shoppers.shopping, outcomes.mall])
def test_the_words_of_analysts_stand_behind_a_plain_sentence_only(made):
    outcome, sample = made()
    page = render_page(outcome, sample=sample, part="method")
    told = re.sub(
        r"<cite>.*?</cite>|<li>[^<]*\(\d{4}\):.*?</li>|<table.*?</table>",
        " ",
        page,
        flags=re.DOTALL,
    )
    plain = re.sub(r"\([^()]*(\([^()]*\)[^()]*)*\)", "", spoken(told))
    assert not re.findall(rf"[^.]*(?:{ANALYSTS})[^.]*", plain, re.IGNORECASE)


def test_the_method_page_begins_with_the_orders_used():
    page = render_page(OUTCOME, sample=SAMPLE, part="method")
    first = re.findall(r'<section id="([^"]+)"', page)[0]
    assert first == "orders"
    assert re.findall(r'href="#([^"]+)"', page.split('class="contents"')[1])[0] == "orders"
    assert "left out</span>" in page.split('<section id="orders"')[1].split("</section>")[0]


def test_what_was_done_with_several_columns_is_said_once():
    notes = [Reason("straightened", {"title": title, "skew": 3.0, "power": 0.1}) for title in ("Spend", "Visits")]
    told = preparation_sentences([*notes, Reason("standardized")])
    assert len(told) == 2
    assert "these columns: Spend; Visits. They were" in told[0]
    assert "this column: Spend. It was" in preparation_sentences(notes[:1])[0]


@pytest.mark.parametrize(
    ("money", "told"), [(0.0, "(2.0%) are left out"), (1234.5, "(2.0%), 1,234.50 EUR, are left out")]
)
def test_lines_without_money_are_left_out_without_an_amount(money, told):
    values = {"of": 100, "money": money, "currency": "EUR"}
    assert told in finding_message(Finding("zero-price", "note", count=2, share=0.02, values=values))


def test_the_table_of_values_has_the_pace_of_the_last_three_months_beside_the_forecast():
    pace = {segment.segment: 1000.0 * segment.segment for segment in OUTCOME.segments}
    table = components.value_table(OUTCOME.value, OUTCOME.segments, pace=pace)
    shown = re.findall(r'data-label="At the pace of the last 3 months">([^<]*)<', table)
    assert shown == [f"{1000 * s.segment:,}" for s in OUTCOME.segments] + [f"{sum(pace.values()):,.0f}"]
    assert "At the pace" not in components.value_table(OUTCOME.value, OUTCOME.segments)


def test_the_pace_is_what_the_last_91_days_make_of_the_horizon():
    def stage(segment, name, recent):
        return StageSummary(segment, name, 5, 900.0, 800.0, 30, recent, 70.0, 5, 2)

    stages = (stage(1, "active", 90.0), stage(1, "new", 30.0), stage(2, "active", 0.0))
    known = replace(OUTCOME, behavior=replace(OUTCOME.behavior, stages=stages))
    value = replace(OUTCOME.value, margin=0.5, horizon_months=12)
    assert segment_pace(replace(known, value=value)) == {1: 240.0, 2: 0.0}
    assert segment_pace(replace(known, value=None)) == {}


def test_where_no_currency_is_known_the_method_page_says_so_once_with_the_option_that_sets_it():
    money = replace(OUTCOME.behavior.money, currency="")
    unnamed = replace(OUTCOME, behavior=replace(OUTCOME.behavior, money=money))
    named = replace(OUTCOME, behavior=replace(OUTCOME.behavior, money=replace(money, currency="EUR")))
    told = spoken(render_page(unnamed, sample=SAMPLE, part="method"))
    assert told.count("The orders name no currency") == told.count("--currency USD") == 1
    assert "name no currency" not in spoken(render_page(named, sample=SAMPLE, part="method"))
