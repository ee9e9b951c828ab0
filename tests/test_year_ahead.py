"""Why a forecast is far from the last 12 months: the numbers against pandas, and the sentence against the numbers."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustera
from clustera.components import first_step
from clustera.components.overview import overview_table
from clustera.components.sending import plan_rows
from clustera.engines import Engine
from clustera.pipeline.year_ahead import compare_years
from clustera.records import RiskBand, YearAhead, segment_money
from clustera.texts import action_labels, format_amount, format_share, year_ahead_sentences
from clustera.texts.forecasts import chances_off
from tests.report.test_report import Words
from tests.test_kept_definitions import shop

AS_OF = 20_453  # 2025-12-31
SALES = SimpleNamespace(horizon_months=12, margin=1.0, monthly_discount=0.0)
MONEY = st.floats(0, 1e6).map(lambda money: round(money, 2))


def random_shop(seed: int, days: int):
    """A log of so many days and its customers, as the pipeline has them."""
    rng = np.random.default_rng(seed)
    lines = pd.DataFrame({"customer_id": rng.integers(0, 60, 400), "day": AS_OF - rng.integers(0, days, 400)})
    lines.loc[0, "day"] = AS_OF - days + 1
    lines["kind"] = rng.choice(["sale", "return"], 400, p=[0.9, 0.1])
    people = pd.DataFrame({"id": [f"{i}" for i in range(60)], "sales_12_months": rng.gamma(1.0, 50.0, 60).round(2)})
    people["value"], people["probability_alive"] = rng.gamma(1.0, 40.0, 60), rng.random(60)
    people.loc[::9, ["sales_12_months", "value", "probability_alive"]] = np.nan  # no purchase yet
    engine = Engine()
    log = SimpleNamespace(
        as_of=AS_OF,
        orders=SimpleNamespace(
            first_day=AS_OF - days + 1, rows=engine.arrow(pa.Table.from_pandas(lines, preserve_index=False))
        ),
    )
    return lines, people, log, engine.arrow(pa.Table.from_pandas(people, preserve_index=False))


@given(st.integers(0, 10_000), st.integers(300, 900))
@settings(max_examples=15)
def test_the_numbers_are_those_of_the_customers_and_their_first_orders(seed, days):
    lines, people, log, rows = random_shop(seed, days)
    found = compare_years(rows, log, SALES)
    if days < 365:
        assert found is None
        return
    gone = people[people.probability_alive < 0.5]
    first = lines[lines.kind == "sale"].groupby("customer_id").day.min()
    new = people[people.id.isin(first[first > AS_OF - 365].index.astype(str))]
    assert (found.sales, found.expected) == pytest.approx((people.sales_12_months.sum(), people.value.sum()))
    assert found.leaving == len(gone)
    assert (found.leaving_sales, found.leaving_expected) == pytest.approx(
        (gone.sales_12_months.sum(), gone.value.sum())
    )
    # The first quarter of a log tells no new customers.
    assert found.new_sales == (pytest.approx(new.sales_12_months.sum()) if days >= 366 + 91 else found.new_sales)
    assert (found.new_sales is None) == (days < (days if days <= 366 else 365) + 91)


@pytest.fixture(scope="module")
def log():
    return shop(first="2016-06-01")


@pytest.fixture(scope="module")
def seg(log):
    return clustera.segment(orders=log, k=3, progress=False)


def test_a_run_keeps_them_and_its_report_says_them(log, seg, tmp_path):
    found, people = seg.outcome.value.year_ahead, seg.customers
    year = log[log.date > log.date.max() - pd.DateOffset(years=1)]
    first = log.groupby("customer_id").date.min()
    new = year[year.customer_id.map(first) > log.date.max() - pd.DateOffset(years=1)]
    gone = set(people[people.probability_alive < 0.5]["id"])
    left = year[year.customer_id.isin(gone)].amount.sum()
    assert (found.sales, found.leaving_sales) == pytest.approx((year.amount.sum(), left))
    assert (found.leaving, found.new_sales) == (len(gone), pytest.approx(new.amount.sum()))
    assert found.expected == pytest.approx(seg.outcome.value.total.value)
    saved = clustera.load(seg.save(tmp_path / "run"))
    assert saved.outcome.value.year_ahead == found
    page = (tmp_path / "run" / "report.html").read_text()
    assert year_ahead_sentences(found) in Words(page).text
    apart = abs(found.expected / found.sales - 1) >= 0.2
    assert ("Why less is expected" in page or "Why more is expected" in page) == apart
    assert ("Why less is expected" in page) == (apart and found.expected < found.sales)


def test_beside_what_a_segment_is_expected_to_bring_stand_its_sales_of_the_last_12_months(log, seg):
    year = log[log.date > log.date.max() - pd.DateOffset(years=1)]
    own = seg.customers.set_index("id")["segment"]
    spent = year.amount.groupby(year.customer_id.map(own)).sum()
    money = segment_money(seg.outcome)
    assert {part.segment: part.year for part in money} == pytest.approx(spent.reindex(own.unique()).to_dict())
    table, said = overview_table(seg.outcome), Words(seg.report_html()).text
    assert "Expected sales <small>(last 12 months)</small>" in table
    for part in money:
        assert f"{format_amount(part.forecast)} <small>({format_amount(part.year)})</small>" in table
        assert f"Last 12 months: {format_amount(part.year)}." in said


def test_where_the_last_12_months_are_not_known_the_expected_sales_stand_alone(seg):
    young = replace(seg.outcome, value=replace(seg.outcome.value, year_ahead=None))
    assert [part.year for part in segment_money(young)] == [None] * 3
    assert "last 12 months" not in overview_table(young)


def test_the_report_begins_with_the_action_whose_customers_may_lose_most(seg):
    people = seg.customers.assign(lost=lambda table: table.sales_12_months - table.value)
    found = people.groupby("action_code").agg({"lost": "sum", "sales_12_months": "sum"})
    rows = {row.first.rule: row for row in plan_rows(seg.outcome)}
    assert {rule: row.at_risk for rule, row in rows.items()} == pytest.approx(found.lost.to_dict(), abs=0.01)
    protecting = found[found.lost >= found.sales_12_months.sum() / 100].filter(
        [rule for rule, row in rows.items() if row.first.kind == "protect"], axis=0
    )
    best = protecting.lost.idxmax() if len(protecting) else found.sales_12_months.idxmax()
    said = first_step(seg.outcome)
    assert said.startswith(f"Start with {action_labels(seg.outcome.actions)[best]}: ")
    assert f" (sales, last 12 months: {format_amount(found.sales_12_months[best])}" in said


def test_other_forecasts_are_not_held_against_the_last_12_months():
    _, _, log, rows = random_shop(1, 600)
    for other in ({"horizon_months": 6}, {"margin": 0.4}, {"monthly_discount": 0.01}):
        assert compare_years(rows, log, SimpleNamespace(**{**vars(SALES), **other})) is None


@given(MONEY, MONEY, st.integers(0, 900), st.floats(0, 1), st.floats(0, 1), st.none() | MONEY)
def test_the_sentence_says_the_difference_and_its_two_parts(sales, expected, leaving, part, other, new):
    left = (sales * part, expected * other) if leaving else (0.0, 0.0)
    said = year_ahead_sentences(YearAhead(sales, expected, leaving, *left, new))
    if sales == 0 or abs(expected / sales - 1) < 0.2:
        assert said == "Without new customers"
        return
    way = "more" if expected > sales else "less"
    assert re.match(rf"[\d,.]+% {way} than the last 12 months", said)
    assert (" not expected back" in said) == (leaving > 0)
    if leaving:
        parts = (left[1] - left[0], expected - sales - (left[1] - left[0]))
        same = all((one > 0) is (expected > sales) for one in parts)
        told = [f"{format_amount(abs(one))}{'' if same else ' more' if one > 0 else ' less'} from" for one in parts]
        assert f": {told[0]} {leaving:,} customer{'' if leaving == 1 else 's'} not" in said
        assert f"back, {told[1]} others." in said
    end = "Without new customers" if new is None else f"New customers come on top: they brought {format_amount(new)}"
    assert said.endswith(end)


@given(st.lists(st.tuples(st.integers(1, 2000), st.floats(0.02, 0.98), st.integers(0, 10_000)), min_size=1, max_size=5))
def test_chances_that_are_off_by_more_than_chance_explains_are_told(bands):
    random = pd.DataFrame(bands, columns=["n", "said", "seed"])
    random["seen"] = [np.random.default_rng(seed).binomial(n, np.random.default_rng(seed).choice([said, said / 2])) / n for n, said, seed in bands]  # fmt: skip
    off = random[(random.seen - random.said).abs() > 2.6 * (random.said * (1 - random.said) / random.n) ** 0.5]
    said = chances_off([RiskBand(0.0, 1.0, row.n, row.said, row.seen) for row in random.itertuples()])
    assert said.count("(forecast ") == len(off)
    for row in off.itertuples():
        assert f"(forecast {format_share(row.said)}, actual {format_share(row.seen)})" in said
