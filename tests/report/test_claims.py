"""Figures and comparatives of the report, read from its visible text and recomputed from the raw data with pandas."""

import re

import numpy as np
import pandas as pd
import pytest

import clustera
from claims import agrees, compares, refuted, visible_text
from claims_shop import Shop

LAST = pd.Timestamp("2025-12-31")


def grocer(seed, customers=420):
    """A year of orders like the grocer's: paces, baskets and tastes differ, some stop, some start late, a few return."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.9, 18.0, customers) + 0.4
    basket = rng.lognormal(3.0, 0.8, customers)
    start = np.where(rng.random(customers) < 0.2, rng.integers(0, 340, customers), 0)
    stop = np.where(rng.random(customers) < 0.25, rng.integers(120, 330, customers), 365)
    visits = rng.poisson(rate) + 1
    who = np.repeat(np.arange(customers), visits)
    day = start[who] + rng.integers(0, 365, len(who)) % np.maximum(stop - start, 1)[who]
    taste = rng.dirichlet([0.6, 0.5, 0.4, 0.2], customers)
    kind = np.array(["Bakery", "Coffee", "Fuel", "Wine"])[
        (rng.random((len(who), 1)) > taste[who].cumsum(axis=1)).sum(axis=1)
    ]
    amount = np.round(basket[who] * rng.lognormal(0.0, 0.4, len(who)), 2)
    amount[rng.random(len(who)) < 0.01] = 0.0
    lines = pd.DataFrame(
        {"id": [f"H{at}" for at in who], "day": pd.Timestamp("2025-01-01") + pd.to_timedelta(np.minimum(day, 364), unit="D"),
         "amount": amount, "category": kind}
    )  # fmt: skip
    lines.loc[len(lines)] = ["H0", LAST, 12.5, "Bakery"]
    known = rng.random(customers) < 0.5
    people = pd.DataFrame(
        {"id": [f"H{at}" for at in range(customers)],
         "city": np.where(basket > 20, rng.choice(["Bonn", "Kiel"], customers, p=[0.8, 0.2]), "Kiel"),
         "household_comp": np.where(known, np.where(rate > 9, "Family", rng.choice(["Family", "Single"], customers)), None)}
    )  # fmt: skip
    return lines, people


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A report by orders, and what the raw orders say."""
    lines, people = grocer(seed=14)
    orders = lines.rename(columns={"id": "customer_id", "day": "order_date"})
    seg = clustera.segment(people.rename(columns={"id": "customer_id"}), orders=orders, k=7, progress=False)
    folder = seg.save(tmp_path_factory.mktemp("claims") / "run")
    customers = pd.read_csv(folder / "customers.csv", dtype={"id": str})
    return (folder / "report.html").read_text(encoding="utf-8"), Shop(lines, customers, LAST, people)


def test_no_claim_of_a_report_by_orders_is_refuted_by_the_orders(shop):
    tested, wrong = refuted(*shop)
    assert wrong == []
    assert tested > 60


def test_a_report_with_one_wrong_customer_count_is_refuted(shop):
    page, facts = shop
    shown = re.search(r"([\d,]+) (?:active|overdue|new) customers: ", visible_text(page))[1]
    wrong = f"{int(shown.replace(',', '')) + 1:,}"
    assert refuted(re.sub(rf"(?<![\d,]){shown} (?=(active|overdue|new) customers: )", f"{wrong} ", page), facts)[1]


@pytest.mark.parametrize(("shown", "value", "holds"), [
    ("1,234", 1233.51, True), ("1,234", 1234.51, False), ("12%", 0.1249, True), ("5.2%", 0.0526, False), ("−3", -3.2, True),
])  # fmt: skip
def test_a_figure_agrees_with_what_it_is_rounded_from(shown, value, holds):
    assert agrees(shown, value) is holds


@pytest.mark.parametrize(("shown", "ratio", "holds"), [
    ("46% more", 1.458, True), ("3% less often", 0.98, False), ("3.3 times", 3.29, True), ("average", 1.004, True), ("average", 1.01, False),
])  # fmt: skip
def test_a_comparison_agrees_with_its_ratio(shown, ratio, holds):
    assert bool(compares(shown, ratio)) is holds


@pytest.fixture(scope="module")
def exported_at_four():
    """The grocer's log with times of day, exported at four in the morning of a last day that is not over."""
    lines, _ = grocer(seed=3, customers=160)
    lines = lines[(lines.amount > 0) & (lines.day <= LAST - pd.Timedelta(20, "D"))].reset_index(drop=True)
    hours = np.random.default_rng(1).integers(8, 22, len(lines))
    hours[lines.index % 5 == 0] = 23
    lines["day"] += pd.to_timedelta(hours, unit="h")
    night = pd.DataFrame(
        {"id": ["H1", "H2"], "day": [lines.day.max().normalize() + pd.Timedelta(28, "h")] * 2, "amount": 5.0}
    )
    lines = pd.concat([lines, night.assign(category="Fuel")], ignore_index=True)
    seg = clustera.segment(
        orders=lines.rename(columns={"id": "customer_id", "day": "order_date"}), k=3, value=False, progress=False
    )
    complete = lines.day.max().normalize()
    return visible_text(seg.report_html()), lines[lines.day < complete], seg


def test_months_are_those_of_the_last_complete_day(exported_at_four):
    text, lines, seg = exported_at_four
    assert pd.Timestamp("1970-01-01") + pd.Timedelta(seg.outcome.behavior.as_of, "D") == lines.day.max().normalize()
    by_month = lines.groupby(lines.day.dt.strftime("%b %Y")).amount.sum()
    for month, total in by_month.items():
        shown = re.search(rf"^{month}\*?\n(?:[\d,]+\n){{{seg.k}}}([\d,]+)$", text, re.MULTILINE)[1]
        assert agrees(shown, total)


def test_cohorts_are_those_of_the_last_complete_day(exported_at_four):
    text, lines, _ = exported_at_four
    month = lines.day.dt.to_period("M")
    first = month.groupby(lines.id).transform("min")
    age = month.astype("int64") - first.astype("int64")
    active = lines.assign(first=first, age=age).groupby(["first", "age"]).id.nunique().unstack(fill_value=0)
    table = text.split("Who comes back")[1].split("All months")[0]
    for cohort, counts in active.iterrows():
        last = (month.max() - cohort).n
        rows = re.search(rf"^{cohort.strftime('%b %Y')}\n([\d,]+)\n((?:\d+(?:\.\d+)?%\*?\n)*)", table, re.MULTILINE)
        shown = rows[2].replace("*", "").split()
        assert int(rows[1].replace(",", "")) == counts[0]
        assert len(shown) == last
        assert all(agrees(part, counts[at + 1] / counts[0]) for at, part in enumerate(shown))


@pytest.fixture(scope="module")
def households():
    """A customer table like the demo's, its report's visible text, and who is in which segment."""
    rng = np.random.default_rng(8)
    table = pd.DataFrame(
        {"household_id": np.arange(600), "age": rng.choice([21, 30, 40, 50, 60, 70], 600),
         "income": np.round(rng.lognormal(10.9, 0.7, 600), -2), "spending_score": rng.integers(1, 101, 600),
         "home": rng.choice(["Owner", "Renter"], 600)}
    )  # fmt: skip
    seg = clustera.segment(table, features=["age", "income", "spending_score"], progress=False)
    text = visible_text(seg.report_html())
    return text, table.assign(segment=seg.customers.segment.to_numpy()), seg.names


def test_averages_and_shares_of_a_customer_table_are_those_of_the_table(households):
    text, table, names = households
    titles = {"age": "Age (years)", "income": "Income", "spending_score": "Spending score"}
    for segment, own in table.groupby("segment"):
        card = text.split("Segment by segment")[1].split(f"\n{names[segment]}\n")[1]
        assert re.search(rf"{len(own):,} customers", card)
        for column, title in titles.items():
            mean, against, everybody = re.search(
                rf"{re.escape(title)}\n(\S+)\n(?:(\S+% (?:more|less)|\S+ times|average) \()?all: ([\d,.]+)\)?\n", card
            ).groups()
            assert agrees(mean, own[column].mean())
            assert agrees(everybody, table[column].mean())
            assert (against is None) == (column == "age")  # "26% more" of an age is no figure
            assert against is None or compares(against, own[column].mean() / table[column].mean())


def test_what_names_of_a_customer_table_say_is_true_against_all_customers(households):
    _, table, names = households
    more = {
        "big spenders": "spending_score",
        "top spenders": "spending_score",
        "affluent": "income",
        "older": "age",
        "high earners": "income",
    }
    less = {
        "careful": "spending_score",
        "low spenders": "spending_score",
        "low-income": "income",
        "younger": "age",
        "young": "age",
        "low earners": "income",
    }
    means, overall = table.groupby("segment").mean(numeric_only=True), table.mean(numeric_only=True)
    said = [
        (sign, column, segment)
        for sign, words in ((1, more), (-1, less))
        for word, column in words.items()
        for segment, name in names.items()
        if re.search(rf"\b{word}\b", name.lower())
    ]
    assert len(said) >= len(names)
    assert all(sign * (means[column][segment] - overall[column]) > 0 for sign, column, segment in said)
