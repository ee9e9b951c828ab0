"""The plan for the coming weeks: a reason in every cell that has no figure, no sum of rises, and where the list of calls is."""

import html
import re
import shlex
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustera.components import segment_card
from clustera.components.action import action_details
from clustera.components.markup import listing
from clustera.components.sending import first_step, plan_rows, sending_plan
from clustera.days import to_date
from clustera.records import SENDS_NOTHING
from clustera.texts import action_label, format_amount, quarter_words, success_words
from tests import outcomes, shoppers
from tests.actions.test_claims import random_shop


def text_of(markup):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup))


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_every_row_without_a_control_group_says_why_and_rises_have_no_sum(seed):
    outcome = random_shop(seed)
    page = str(sending_plan(outcome))
    rows = page.partition("<tbody>")[2].split("<tr>")[1:]
    for row, told in zip(plan_rows(outcome), rows, strict=True):
        cells = [
            text_of(cell).strip() for cell in re.findall(r'<td class="left judgment[^>]*>(.*?)</td>', told, re.DOTALL)
        ]
        if row.contacted and not row.left_out:
            assert cells == ["Not measurable"]
        assert all(cells) == bool(row.contacted or row.left_out)
    total = page.partition('<tr class="all">')[2].partition("</tr>")[0]
    assert not re.search(
        r"\d", total.rpartition("<td>")[2].removesuffix("</td>") if "1 more buyer in 100 adds" in page else ""
    )


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_what_a_month_and_3_months_show_have_columns_of_their_own_and_a_dash_where_one_shows_nothing(seed):
    outcome = random_shop(seed)
    page = str(sending_plan(outcome))
    heads, rows = page.partition("<tbody>")[0], page.partition("<tbody>")[2].split("<tr>")[1:]
    shown = [(success_words(row.first), quarter_words(row.first)) for row in plan_rows(outcome)]
    two = any(later for _, later in shown)
    assert ("30 days</th>" in heads and "3 months</th>" in heads) == two
    dashes = False
    for (soon, later), told in zip(shown, rows, strict=True):
        cells = re.findall(r'<td class="left judgment[^"]*"([^>]*)>(.*?)</td>', told, re.DOTALL)
        said = [cell for _, cell in cells]
        if not (soon or later):
            assert len(said) == 1
            assert ('colspan="2"' in cells[0][0]) == two
        else:
            assert said == ([soon or "–", later or "–"] if two else [soon])
            assert all("(control group)" in label for label, _ in cells)
        dashes = dashes or ">–</td>" in told
    assert ("–: not enough data." in page) == dashes


def test_a_list_of_calls_that_names_nobody_says_where_it_is():
    found = [
        (shop, sum(r.contacted for r in plan_rows(shop) if r.first.rule in CALLS))
        for shop in map(random_shop, range(30))
    ]
    called = [(shop, n) for shop, n in found if n > 1]
    assert len(called) > 3
    for shop, n in called:
        told = text_of(sending_plan(shop, calls=None))
        assert f"{n:,} customers are called or written to one by one: sort customers.csv by" in told
        assert "names no customers." in told


CALLS = ("call_overdue", "ask_falling")


def test_one_point_more_is_worth_one_purchase_in_a_hundred_of_those_who_get_it():
    seen = 0
    for seed in range(20):
        for row in plan_rows(random_shop(seed)):
            values = [action.point_value for action in row.actions]
            if row.contacted and None not in values:
                assert row.point == pytest.approx(sum(values))
                seen += row.point > 0
            else:
                assert row.point is None
    assert seen > 5


def test_the_report_begins_with_what_protects_most():
    protects = 0
    for outcome in map(random_shop, range(12)):
        rows = pd.DataFrame([
            (row.first.kind, bool(row.contacted), row.spent, sum(a.forecast or 0 for a in row.actions), action_label(row.first))
            for row in plan_rows(outcome)
        ], columns=["kind", "sent", "spent", "expected", "label"])  # fmt: skip
        known = outcome.value is not None and outcome.value.year_ahead is not None
        rows["at_risk"] = rows.spent - (rows.expected if known else 0)
        sent = rows.query("sent")
        protecting = sent.query(f"kind == 'protect' and at_risk >= {rows.spent.sum()} / 100")
        best = sent.iloc[0] if protecting.empty else protecting.loc[protecting.at_risk.idxmax()]
        said = first_step(outcome)
        assert re.match(
            rf"Start with {best.label}: (send to [\d,]+, leave out [\d,]+|[\d,]+ customers?) \(sales, last ", said
        )
        assert re.search(rf" months: {re.escape(format_amount(best.spent))}[;)]", said)
        assert (f"; expected: {format_amount(best.expected)})." in said) == (known and best.kind == "protect")
        protects += not protecting.empty
    assert protects > 3


def test_the_days_and_the_commands_of_a_test_are_those_after_the_snapshot():
    tested = 0
    for outcome in map(random_shop, range(12)):
        told = text_of(sending_plan(outcome))
        rows = plan_rows(outcome)
        windows = {row.first.control.window_days for row in rows if row.first.control and row.first.control.window_days}
        if windows == {30} and any(row.left_out for row in rows):
            start = to_date(outcome.behavior.as_of) + timedelta(1)
            days = (start, start + timedelta(30), start + timedelta(91))
            begin, look, later = (f"{day:%B} {day.day}, {day.year}" for day in days)
            assert f"{begin} to {look}; 3 months: {later}." in told
            assert "Then clustera campaign results NAME --orders FILE , for 3 months with --days 91 ." in told
            named = html.unescape(text_of(sending_plan(outcome, run="december")))
            for rule in {row.first.rule for row in rows}:
                label = action_label(next(row.first for row in rows if row.first.rule == rule))
                campaign = label.lower().replace(" ", "-")
                line = f"launch {campaign}-{start:%Y-%m} december --action {shlex.quote(label)} --day {start} "
                assert named.count(line) == any(row.left_out for row in rows if row.first.rule == rule)
            tested += 1
    assert tested > 3


def test_a_test_of_several_segments_is_told_once_on_a_report_and_on_each_page_of_a_dashboard():
    together = 0
    for shop in map(random_shop, range(6)):
        pooled = [a for a in shop.actions if a.control and a.control.pool and a.customers > 1]
        cards = [text_of(segment_card(segment, shop)) for segment in shop.segments]
        tests = {(a.rule, a.control.pool, a.control.counts) for a in pooled}
        assert sum(card.count("Tested together with the other segments: ") for card in cards) == len(tests)
        assert sum(card.count("Tested together with segment ") for card in cards) == len(pooled) - len(tests)
        together += len(pooled) > len(tests)
    assert together > 3
    with listing(""):
        served = [text_of(segment_card(segment, shop)) for segment in shop.segments]
    assert sum(card.count("Tested together with the other segments: ") for card in served) == len(pooled)


def test_a_card_of_the_dashboard_says_that_an_option_is_for_a_terminal():
    shop, _ = shoppers.shopping()
    segment = shop.segments[0]
    offered = {"offered_customers": 9, "suggested": "Tea", "suggested_kind": "category", "suggested_customers": 9}
    action = replace(
        next(a for a in random_shop(0).actions if a.kind not in SENDS_NOTHING), segment=segment.segment, **offered
    )
    assert "others instead: --set exclude_categories=Tea" in text_of(action_details(action, shop))
    with listing(""):
        assert "In a terminal: To suggest others instead: --set" in text_of(action_details(action, shop))


def test_a_plan_that_sends_nothing_has_no_total():
    mall, _ = outcomes.mall()
    asked = replace(
        next(a for a in random_shop(0).actions),
        segment=1,
        rule="unknown",
        kind="no special campaign",
        control=None,
        money=None,
    )
    said = text_of(sending_plan(replace(mall, actions=(asked,))))
    assert "Ask ten customers" in said
    assert "Total" not in said
    assert "Total" in text_of(sending_plan(random_shop(0)))
