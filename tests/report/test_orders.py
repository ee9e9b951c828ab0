"""What the report says of orders and of value, held against the numbers it is drawn from."""

import re
from dataclasses import replace

import numpy as np
import pytest

from clustera import components, texts
from clustera.components import buying
from clustera.components.cohorts import overall_cohort_shares
from clustera.components.rfm import rfm_shade
from clustera.days import unfinished_month
from clustera.records import Cohort, Finding, Reason, StageSummary, Usefulness
from clustera.report import render_page
from clustera.texts import finding_cure, finding_message, left_out_reason, note_text
from tests import outcomes, shoppers
from tests.components.test_components import numbers
from tests.report.test_report import Words

OUTCOME, SAMPLE = shoppers.shopping()
BOUGHT, WORTH = OUTCOME.behavior, OUTCOME.value


@pytest.fixture(scope="module")
def page():
    return render_page(OUTCOME, sample=SAMPLE)


@pytest.fixture(scope="module")
def told(page):
    return re.sub(r"\s+", " ", Words(page).text)


def cells(markup):
    """The words of each row of a table's body."""
    body = markup.split("<tbody>")[1]
    rows = [re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in body.split("<tr")[1:]]
    return [[re.sub(r"<svg.*?</svg>|<[^>]+>", "", cell).strip() for cell in row] for row in rows]


def test_without_orders_neither_section_is_there():
    outcome, sample = outcomes.mall()
    page = render_page(outcome, sample=sample)
    assert 'id="buying"' not in page
    assert 'id="value"' not in page
    assert "#buying" not in Words(page).text


def test_both_sections_stand_between_the_comparison_and_the_evidence(page):
    places = [page.index(f'<section id="{name}"') for name in ("compare", "buying", "value", "evidence")]
    assert places == sorted(places)
    method = render_page(OUTCOME, sample=SAMPLE, part="method")
    assert method.count('href="#buying"') == method.count('href="#value"') == 1


def test_money_closes_to_the_cent(told):
    money = BOUGHT.money
    assert money.closes
    read, used, aside = (f"{units / 100:,.2f}" for units in (money.read, money.used, money.set_aside))
    assert f"{read} read = {used} used (GBP) + {aside} left out" in told
    for entry in BOUGHT.set_aside:
        assert left_out_reason(entry.code) in told


def test_money_that_does_not_close_is_said():
    wrong = replace(OUTCOME, behavior=replace(BOUGHT, money=replace(BOUGHT.money, used=BOUGHT.money.used + 1)))
    assert "This does not add up" in render_page(wrong, sample=SAMPLE)


def test_bars_are_as_long_as_the_shares_of_customers_and_revenue():
    markup = components.revenue_shares(BOUGHT, OUTCOME.segments)
    widths = np.array(numbers(markup, "rect", "width")).reshape(-1, 2)
    sizes = np.array([s.size for s in OUTCOME.segments])
    money = np.array([spent for _, spent in BOUGHT.revenue])
    expected = np.column_stack([sizes / sizes.sum(), money / money.sum()])
    assert widths / widths.max() == pytest.approx(expected / expected.max(), abs=1e-3)


def test_categories_show_shares_and_what_they_add_up_to():
    rows = cells(components.affinity_table(BOUGHT, OUTCOME.segments))
    first = [entry for entry in BOUGHT.affinities if entry.category == rows[0][0]]
    assert [texts.format_share(entry.share) for entry in first] == [cell.split()[0] for cell in rows[0][2:]]
    spent = [sum(e.spend for e in BOUGHT.affinities if e.segment == s.segment) for s in OUTCOME.segments]
    assert rows[-1] == ["All categories", f"{sum(spent):,.2f}", *(f"{money:,.2f}" for money in spent)]


def test_categories_beyond_the_twelfth_are_gathered():
    one = BOUGHT.affinities[0]
    many = tuple(replace(one, segment=s.segment, category=f"c{i}") for i in range(15) for s in OUTCOME.segments)
    rows = cells(components.affinity_table(replace(BOUGHT, affinities=many), OUTCOME.segments))
    assert [row[0] for row in rows[-3:]] == ["c11", "All others", "All categories"]
    assert rows[-2][2] == texts.format_share(3 * one.share)


def test_without_categories_the_report_says_nothing_of_them(told):
    bare = render_page(replace(OUTCOME, behavior=replace(BOUGHT, affinities=())), sample=SAMPLE)
    assert "What the money is spent on</h3>" not in bare
    assert "Spices and dried herbs" in told


def test_months_are_as_high_as_the_revenue():
    markup = components.month_panels(BOUGHT, OUTCOME.segments)
    drawn = [numbers(panel, "circle", "cy") for panel in markup.split("<figure>")[1:]]
    months = sorted({entry.month for entry in BOUGHT.months})
    revenue = {(entry.segment, entry.month): entry.revenue for entry in BOUGHT.months}
    money = [[revenue.get((s.segment, month), 0.0) for month in months] for s in OUTCOME.segments]
    zeros = []
    for own, spots in zip(money, drawn, strict=True):  # each segment has its own scale
        slope, start = np.polyfit(own, spots, 1)
        assert slope < 0
        assert np.asarray(spots) == pytest.approx(slope * np.asarray(own) + start, abs=0.1)
        zeros.append(start)
    assert min(min(own) for own in money) < 0 or zeros == pytest.approx([zeros[0]] * len(zeros), abs=0.2)


def test_no_month_is_drawn_above_the_highest_mark_of_its_axis_which_has_the_first_and_the_last_month():
    for panel in components.month_panels(BOUGHT, OUTCOME.segments).split("<figure>")[1:]:
        marks = numbers(panel, "line", "y1")
        spots = numbers(panel, "circle", "cy")
        assert min(marks) <= min(spots)
        assert max(spots) <= max(marks)
        assert re.findall(r"<tspan>(\w+)</tspan><tspan[^>]*>(\d+)", panel) == [("Sep", "2015"), ("Aug", "2017")]


def test_segments_whose_definition_empties_the_last_months_are_named():
    features = OUTCOME.model.preparation.features
    recent = replace(features[0], name="recent_spend", looks_back=91)
    preparation = replace(OUTCOME.model.preparation, features=(recent, *features[1:]))

    def profile(segment, high):
        own = replace(segment.features[0], feature="recent_spend", low=0.0, high=high)
        return replace(segment, features=(own,))

    first, *others = OUTCOME.segments
    silent = (profile(first, 0.0), *(profile(other, 5.0) for other in others))
    said = "Hardly any purchases in the last 3 months: 1."
    assert said in components.month_panels(BOUGHT, silent, preparation)
    assert texts.emptied_months_sentence([profile(s, 5.0) for s in OUTCOME.segments], preparation) == ""
    assert texts.emptied_months_sentence(silent, replace(preparation, features=())) == ""


def test_the_table_says_how_many_days_a_month_of_few_days_has():
    table = components.month_table(replace(BOUGHT, as_of=shoppers.AS_OF), OUTCOME.segments)
    assert "Aug 2017 has 22 days" in table


def test_only_months_that_are_not_whole_are_rings():
    rings = lambda bought: components.month_panels(bought, OUTCOME.segments).count('class="ring"')  # noqa: E731
    assert rings(BOUGHT) == 2 * len(OUTCOME.segments)  # the first and the last
    over = replace(BOUGHT, as_of=shoppers.AS_OF + 9)  # 31 August
    assert unfinished_month(BOUGHT.as_of) == "2017-08"
    assert rings(over) == len(OUTCOME.segments)


def test_a_month_in_which_nobody_ordered_is_nought():
    gap = tuple(entry for entry in BOUGHT.months if entry.month != "2016-05")
    row = next(
        row
        for row in cells(components.month_table(replace(BOUGHT, months=gap), OUTCOME.segments))
        if row[0] == "May 2016"
    )
    assert row[1:] == ["0"] * (len(OUTCOME.segments) + 1)


def test_moves_are_those_of_the_latest_period(told):
    last = BOUGHT.migration.periods[-1]
    known = sum(move.count for move in last.moves)
    assert f"Streams of {known} customers" in render_page(OUTCOME, sample=SAMPLE)
    assert buying.latest_moves(BOUGHT.migration, OUTCOME.segments).stayed == last.stayed
    came, left = sum(n for _, n in last.came), sum(n for _, n in last.left)
    for counted, said in ((came, "were not in the data before"), (left, "are no longer in the data")):
        assert (f"{counted} {said}." in told) == bool(counted)
    assert came
    assert f"Not compared: {came} customer{'s' * (came > 1)} without an earlier segment" in told


def test_sizes_of_every_day_add_up_to_the_customers_known():
    rows = cells(components.sizes_table(BOUGHT.migration, OUTCOME.segments))
    table = np.array([[int(cell.replace(",", "")) for cell in row[1:]] for row in rows])
    assert table[-1, :-1].tolist() == table[:-1, :-1].sum(axis=0).tolist()
    assert table[:-1, :-1].T.tolist() == [list(day) for day in BOUGHT.migration.sizes]
    assert table[:-1, -2].tolist() == [s.size for s in OUTCOME.segments]


def test_a_forecast_of_sizes_is_shown_only_where_it_beats_no_change():
    found = BOUGHT.migration
    assert "off by 1.23% of customers; assuming no change was off by 4.56%" in texts.sizes_sentence(found)
    worse = replace(found, forecast=replace(found.forecast, error=0.05))
    untried = replace(found, forecast=replace(found.forecast, error=None, error_unchanged=None))
    known = 1 + len(found.days)
    assert {len(row) for row in cells(components.sizes_table(found, OUTCOME.segments))} == {known + 1}
    for other in (worse, untried):
        assert texts.sizes_sentence(other) == ""
        assert {len(row) for row in cells(components.sizes_table(other, OUTCOME.segments))} == {known}


def test_those_who_stayed_are_told_beside_the_periods_before():
    found = BOUGHT.migration
    before, last = (f"{100 * period.stayed:.0f}%" for period in found.periods)
    known = sum(move.count for move in found.periods[-1].moves)
    said = texts.latest_moves_sentence(found, buying.latest_moves(found, OUTCOME.segments))
    assert f"; {last} of {known:,} stayed." in said
    assert said.endswith(f" In the month before, {before} stayed.")
    alone = replace(found, periods=found.periods[-1:])
    assert "month before" not in texts.latest_moves_sentence(alone, buying.latest_moves(alone, OUTCOME.segments))


def test_risk_of_the_segments_stands_beside_that_of_all():
    rows = cells(components.risk_table(BOUGHT.risk, OUTCOME.segments))
    overdue = [int(row[2]) for row in rows]
    money = [float(row[3].replace(",", "")) for row in rows]
    assert sum(overdue[:-1]) == overdue[-1] == BOUGHT.risk.overdue
    assert sum(money[:-1]) == money[-1] == BOUGHT.risk.money
    assert components.risk_table(replace(BOUGHT.risk, segments=()), OUTCOME.segments) == ""


def test_who_judged_is_told_where_later_spending_chose():
    page = render_page(replace(OUTCOME, behavior=replace(BOUGHT, judged_on_half=True)), sample=SAMPLE)
    assert "The number of segments was chosen on the other half" in page
    assert "The number of segments was chosen" not in render_page(OUTCOME, sample=SAMPLE)


def test_later_spending_stands_in_the_trade_off_where_it_was_measured():
    evidence = tuple(replace(e, explains_future_spend=0.1 * e.k) for e in OUTCOME.selection.evidence)
    told = replace(OUTCOME.selection, evidence=(replace(evidence[0], explains_future_spend=None), *evidence[1:]))
    shares = [row[7] for row in cells(components.trade_off_table(told))]
    assert shares == ["–", *(f"{10 * e.k}%" for e in evidence[1:])]
    assert "Predicts later spending" in components.trade_off(told)
    assert "Predicts later spending" not in components.trade_off(OUTCOME.selection)


def test_the_grid_has_every_customer_and_the_most_recent_on_top():
    rows = cells(components.rfm_table(BOUGHT.rfm))
    assert [row[0] for row in rows] == ["lately R5", "R4", "R3", "R2", "long ago R1"]
    shown = sum(int(cell.split()[0].replace(",", "")) for row in rows for cell in row[1:] if cell != "–")
    assert shown == OUTCOME.balance.segmented


def test_named_groups_are_spread_over_the_segments_without_loss():
    rows = cells(components.rfm_groups_table(BOUGHT, OUTCOME.segments))
    table = [[0 if cell == "–" else int(cell.replace(",", "")) for cell in row[3:]] for row in rows]
    assert [sum(column) for column in zip(*table, strict=True)] == [s.size for s in OUTCOME.segments]
    assert [sum(row) for row in table] == [n for _, n, _ in BOUGHT.rfm.groups]


@pytest.mark.parametrize(("part", "level"), [(0, 0), (-3, 0), (0.01, 1), (5, 2), (7.6, 4), (10, 4)])
def test_shades_go_in_quarters(part, level):
    assert rfm_shade(part, 10) == level


def test_retention_of_all_is_counted_over_customers_and_whole_months():
    made = (Cohort("2020-01", 10, (10, 5, 2), ()), Cohort("2020-02", 30, (30, 3), ()), Cohort("2020-03", 7, (7,), ()))
    assert overall_cohort_shares(made, 1) == 8 / 40
    assert overall_cohort_shares(made, 1, whole=False) == 5 / 10
    assert overall_cohort_shares(made, 2, whole=False) is None


def test_cohorts_stop_at_a_readable_number():
    rows = cells(components.cohort_table(BOUGHT))
    assert len(rows) == 14
    assert max(map(len, rows)) == 14
    assert rows[-1][:2] == ["All months", "900"]


def test_the_month_that_is_not_over_is_starred_in_every_cohort():
    starred = [sum(cell.endswith("*") for cell in row) for row in cells(components.cohort_table(BOUGHT))]
    born = [len(cohort.active) - 1 for cohort in BOUGHT.cohorts[-13:]]
    assert starred[:-1] == [int(1 <= ages <= 12) for ages in born]


def test_a_rule_that_was_worth_nothing_is_called_so():
    assert "come back less often, but not all of them are lost" in texts.overdue_sentence(BOUGHT.risk)
    assert "most of them do come back" in texts.overdue_sentence(replace(BOUGHT.risk, returned=0.55))
    assert "do not act on it" in texts.overdue_sentence(replace(BOUGHT.risk, returned=0.7))
    assert "could not be tested" in texts.overdue_sentence(replace(BOUGHT.risk, returned=None))
    assert "no better guide" in texts.next_order_sentence(replace(BOUGHT.risk, error=50.0))


def test_the_segments_are_praised_only_where_they_are_the_best():
    said = texts.usefulness_sentences(BOUGHT.usefulness)
    more, same, less = said.split(". ")
    assert more.endswith("(RFM groups, equal groups by spend): what customers buy")
    assert same.endswith("how much customers spend (as ratios)")
    assert "5 equal groups by spend do better" in less
    assert "5 named RFM groups do better" in less


def test_segments_that_are_never_the_best_are_still_the_subject():
    own = Usefulness("segments", 4, 100, 0.1, 0.1, None)
    rival = Usefulness("spend quantiles", 5, 100, 0.2, 0.3, None)
    assert texts.usefulness_sentences((own, rival)).startswith("The segments predict less well:")
    assert texts.usefulness_sentences((own,)) == ""


def test_what_no_grouping_tells_is_no_praise():
    own = Usefulness("segments", 2, 100, 0.1, 0.3, None, 0.0)
    rival = Usefulness("spend quantiles", 5, 100, 0.2, 0.2, None, 0.005)
    assert texts.usefulness_sentences((own, rival)).endswith(
        "(5 equal groups by spend do better). None of these groups predicts what customers buy."
    )


def test_who_loses_to_more_groups_is_told_how_to_have_as_many():
    own = Usefulness("segments", 2, 100, 0.1, 0.1, None)
    said = texts.more_groups_sentence((own, Usefulness("spend quantiles", 5, 100, 0.2, 0.3, None)))
    assert "up to 5 groups, the segments only 2" in said
    assert "--choose-by future-spend" in said
    assert texts.more_groups_sentence((own, Usefulness("spend quantiles", 2, 100, 0.2, 0.3, None))) == ""
    assert texts.more_groups_sentence((own, Usefulness("spend quantiles", 5, 100, 0.1, 0.1, None))) == ""


def test_the_best_of_each_column_stands_out():
    markup = components.usefulness_table(BOUGHT.usefulness)
    best = [re.findall(r'class="best">(.*?)<', row) for row in markup.split("<tr")[2:]]
    assert best == [["31%", "4.6%"], ["19%"], ["24%"]]


def test_a_column_that_was_not_measured_is_left_out():
    without = tuple(replace(entry, categories=None) for entry in BOUGHT.usefulness)
    assert "What they buy" not in components.usefulness_table(without)


def test_values_and_ranges_are_drawn_on_one_scale():
    markup = components.value_table(WORTH, OUTCOME.segments)
    widths = np.array(numbers(markup, "rect", "width"))
    ends = np.array(re.findall(r'<line x1="([\d.]+)" y1="11" x2="([\d.]+)" y2="11"', markup), dtype=float)
    values = np.array([[s.value, s.low, s.high] for s in WORTH.segments])
    drawn = np.column_stack([widths, ends])
    assert (drawn - 1) / 318 == pytest.approx(values / values.max(), abs=1e-3)


def test_segments_and_total_are_told_with_their_ranges():
    rows = cells(components.value_table(WORTH, OUTCOME.segments))
    told = [row[3] for row in rows]
    assert told == [f"{e.low:,.0f} to {e.high:,.0f}" for e in (*WORTH.segments, WORTH.total)]


def test_customers_without_a_segment_are_counted_beside_them():
    more = replace(WORTH, total=replace(WORTH.total, customers=WORTH.total.customers + 12))
    assert "12 customers have no segment" in components.value_table(more, OUTCOME.segments)
    assert "have no segment" not in components.value_table(WORTH, OUTCOME.segments)


def test_the_naive_rules_stand_beside_the_models():
    rows = cells(components.back_test_table(WORTH.back_test))
    assert [row[1] for row in rows] == ["model, chosen", "model", "simple rule", "simple rule", ""]
    assert rows[-1][4] == f"{WORTH.back_test.purchases:,}"


def test_a_rule_that_beats_the_model_is_said_first():
    beaten = replace(WORTH, back_test=replace(WORTH.back_test, beaten_by=("last period",)))
    page = render_page(replace(OUTCOME, value=beaten), sample=SAMPLE)
    assert page.index("Another forecast of purchases was better: as many as in the period before") < page.index(
        "Value by segment"
    )
    assert "better beyond chance" in page


@pytest.mark.parametrize("added", [False, True])
def test_lines_follow_actual_and_expected_purchases(added):
    markup = components.tracking_chart(WORTH.tracking, added=added)
    drawn = [
        [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path)]
        for path in re.findall(r'<path d="([^"]+)"', markup)
    ]
    series = np.array([WORTH.tracking.actual, WORTH.tracking.expected])
    series = series.cumsum(axis=1) if added else series
    assert (210 - np.array(drawn)) / 186 == pytest.approx(series / series.max(), abs=1e-3)


def test_doubts_and_assumptions_are_told(told):
    for doubt in WORTH.doubts:
        assert finding_message(doubt) in told
        assert finding_cure(doubt) in told
    assert "30% of the spend is earned" in told
    assert "1.0% a month" in told
    assert "12 months from August 22, 2017" in told


def test_a_refused_forecast_says_why_and_what_else():
    outcome, sample = shoppers.refused()
    text = re.sub(r"\s+", " ", Words(render_page(outcome, sample=sample)).text)
    assert note_text(outcome.value_refused) in text
    assert "clustera.value.relative_value" in text
    assert "This looks like a contract's charges" in text
    assert "Value by segment" not in text


def test_names_given_by_people_stand_in_the_new_sections_too():
    page = render_page(OUTCOME, sample=SAMPLE, names={3: "Stammkunden"})
    for section in ("buying", "value"):
        part = page.split(f'<section id="{section}"')[1].split("</section>")[0]
        assert "Stammkunden" in part
        assert "Regulars" not in part


def test_words_of_the_log_stay_words():
    evil = "<script>alert(1)</script>"
    behavior = replace(
        BOUGHT,
        contractual=Finding("contractual", "warning", count=2, values={"customers": evil, "case": "all"}),
        money=replace(BOUGHT.money, currency=evil),
    )
    value = replace(
        WORTH,
        notes=(Reason("value-is-margin", {"margin": evil, "months": evil, "discount": evil}),),
        doubts=(Finding("flat-likelihood", "note", values={"parameters": (evil, evil)}),),
    )
    page = render_page(replace(OUTCOME, behavior=behavior, value=value), sample=SAMPLE)
    assert not [tag for tag, _ in Words(page).tags if tag == "script"]


def test_ids_are_unique_links_find_them_and_nothing_is_styled_inline(page):
    tags = Words(page).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {attributes["href"][1:] for tag, attributes in tags if tag == "a"} <= set(ids)
    assert not [attributes for _, attributes in tags if "style" in attributes]


def test_the_same_orders_give_the_same_bytes(page):
    assert render_page(shoppers.shopping.__wrapped__()[0], sample=SAMPLE) == page


def test_a_forecast_that_goes_against_the_last_months_is_explained():
    told = {
        (expected, recent): texts.forecast_against_lately(expected, recent, months=12, earlier=30.0, year=110.0)
        for expected, recent in ((125.0, 26.5), (95.0, 33.5), (125.0, 28.0), (115.0, 26.5), (125.0, 33.5))
    }
    assert "inactive customers to come back" in told.pop((125.0, 26.5))  # up by 14%, while sales fell by 12%
    assert "to order less or to leave" in told.pop((95.0, 33.5))  # down by 14%, while sales rose by 12%
    assert set(told.values()) == {""}


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("new", "new and returned customers bought in a part of those months only."),
        ("overdue", "the forecast expects some inactive customers to come back."),
        ("active", "the forecast expects some customers to order more."),
    ],
)
def test_a_forecast_above_the_pace_of_the_last_months_says_who_makes_it(stage, said):
    stages = tuple(
        StageSummary(1, one, 20, 100.0, 100.0, 10, 10.0, 10.0, 5, 3, forecast=1_000.0 if one == stage else 50.0)
        for one in ("new", "active", "overdue")
    )
    page = render_page(replace(OUTCOME, behavior=replace(BOUGHT, stages=stages)), sample=SAMPLE)
    words = re.sub(r"\s+", " ", Words(page).text)
    assert re.findall(r"At the pace of the last 3 months it would be [^;]+; ([^.]+\.)", words) == [said]
