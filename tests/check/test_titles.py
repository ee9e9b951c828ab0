"""Long and nested names have short titles, each its own."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from clustera.check.titles import LONG, short_title, with_short_titles
from clustera.check.words import title_and_unit
from clustera.records import Column
from clustera.texts.numbers import inline_title


def column(name):
    return Column(name, "feature", "number", title_and_unit(name)[0])


QUESTIONS = {
    "12. How would you rate the quality of our brand (A, B..) to be:": "Quality of our brand",
    "13. How would you rate the price range at our shops?": "Price range",
    "Q7: How satisfied are you with our delivery?": "Delivery",
    "How important is the opening time for you?": "Opening time",
    "Please rate the following statements about our shop [Prices]": "Prices",
    "Wie zufrieden sind Sie mit dem Service?": "Service",
}
PATHS = {
    "stats.orders": "Orders",
    "stats.spend.$numberDecimal": "Spend",
    "profile.address.postcode": "Address postcode",
    "visits.$numberLong": "Visits",
    "Sepal.Length": "Sepal length",
    "annual.income": "Annual income",
}


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_a_question_is_called_by_what_it_asks_about(name):
    assert short_title(column(name)) == QUESTIONS[name]


@pytest.mark.parametrize("name", sorted(PATHS))
def test_a_path_is_called_by_its_end(name):
    assert short_title(column(name)) == PATHS[name]


@pytest.mark.parametrize(
    "name", ["age", "Annual Income (k$)", "total_spend_last_12_months", "Q1", "statement 01", "numWebVisits"]
)
def test_a_short_name_keeps_its_title(name):
    assert short_title(column(name)) == title_and_unit(name)[0]


def test_the_time_in_which_something_was_counted_stays_in_the_title_and_is_no_unit():
    names = ["Spend (2023)", "Spend (2024)", "Visits (90 days)", "Umsatz (12 Monate)", "Logins (L30D)"]
    assert [title_and_unit(name) for name in names] == [(name, "") for name in names]


BRANDS = {
    "WiFi quality": "WiFi quality",
    "16. You rate the WiFi quality as..": "WiFi quality",
    "num_iPhone_orders": "iPhone orders",
    "eBaySpend (€)": "eBay spend",
    "visits McDonalds": "Visits McDonalds",
    "PayPalShare": "PayPal share",
    "How satisfied are you with the ShopMate app?": "ShopMate app",
    "numWebVisits": "Web visits",
    "isMember": "Is member",
    "TotalSpend last month": "Total spend last month",
}


@pytest.mark.parametrize("name", sorted(BRANDS))
def test_a_brand_is_written_as_its_owners_write_it(name):
    title = short_title(column(name))
    assert title == BRANDS[name]
    for brand in ("WiFi", "iPhone", "eBay", "McDonalds", "PayPal", "ShopMate"):
        assert (brand in name) == (brand in inline_title(title))


def test_no_title_is_long_and_no_two_are_the_same():
    draw = np.random.default_rng(0)
    words = [
        "quality",
        "price",
        "delivery",
        "shop",
        "service",
        "staff",
        "parking",
        "website",
        "returns",
        "opening",
        "of",
        "the",
        "our",
        "in",
    ]
    names = {f"{n}. {' '.join(draw.choice(words, draw.integers(3, 20)))}?" for n in range(200)}
    columns = with_short_titles([column(name) for name in sorted(names)])
    assert len({found.title for found in columns}) == len(columns)
    assert max(len(found.title) for found in columns) <= LONG + len(" (199)")


def test_two_paths_with_one_end_keep_what_tells_them_apart():
    columns = with_short_titles([column("stats.total"), column("data.total"), column("stats.visits")])
    assert [found.title for found in columns] == ["Stats total", "Data total", "Visits"]


def test_an_export_of_a_document_database_has_readable_titles(checked, tmp_path):
    draw = np.random.default_rng(0)
    lines = [
        json.dumps({
            "_id": {"$oid": f"{n:024x}"},
            "stats": {"orders": int(draw.poisson(4)), "spend": {"$numberDecimal": f"{draw.gamma(2, 90):.2f}"}},
        })
        for n in range(60)
    ]  # fmt: skip
    path = tmp_path / "export.json"
    path.write_text("\n".join(lines))
    assert [found.title for found in checked(path).columns if found.role == "feature"] == ["Orders", "Spend"]


@pytest.mark.parametrize("features", [3, 6, 7, 12])
def test_the_features_that_are_shown_are_those_that_tell_segments_apart(features):
    from tests import outcomes  # it builds outcomes for the report's tests

    from clustera.scales import distinguishing_features

    draw = np.random.default_rng(features)
    labels = np.repeat([1, 2], 50)
    frame = pd.DataFrame({f"f{at}": draw.normal(0, 1, 100) for at in range(features)})
    last = f"f{features - 1}"
    frame[last] += 5 * labels
    outcome, _ = outcomes.build(frame, labels, {name: (name, "", 1) for name in frame}, ["a", "b"])
    shown = [feature.name for feature in distinguishing_features(outcome, 6)]
    assert last in shown
    assert len(shown) == min(features, 6)
