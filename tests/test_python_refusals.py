"""Names, options and arguments that a segmentation does not have: refused in a sentence when they are passed."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import polars as pl
import pytest

import clustera
from clustera.errors import InputError
from clustera.settings import gather_settings

GROUPS = pd.DataFrame({"customer": ["a", "b"], "group": ["contact", "control"]})


@pytest.fixture(scope="module")
def seg(tmp_path_factory):
    draw = np.random.default_rng(0)
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(draw.integers(0, 500, 360), "D")
    names = [f"c{at}" for at in draw.integers(0, 60, 360)]
    orders = pd.DataFrame({"customer_id": names, "date": days, "amount": draw.lognormal(3, 1, 360).round(2)})
    runs = tmp_path_factory.mktemp("runs")
    with clustera.segment(orders=orders, k=3, value=False, progress=False) as made:
        made.publish(runs, name="march")
    with clustera.load("march", runs=runs) as found:
        yield found


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda plot: plot.value("nope"), "There is no picture of the value called 'nope'."),
        (lambda plot: plot.months("nope"), "nope"),
        (lambda plot: plot.profile(by="nope"), "nope"),
        (lambda plot: plot.boxes("nope"), "nope"),
        (lambda plot: plot.violins("nope"), "nope"),
        (lambda plot: plot.scatter("nope"), "nope"),
        (lambda plot: plot.pairs(["nope"]), "nope"),
        (lambda plot: plot.descriptors("nope"), "nope"),
    ],
)
def test_a_picture_that_is_not_there_is_refused(seg, draw, message):
    with pytest.raises(clustera.InputError, match=message):
        draw(seg.plot)


def test_an_audience_is_checked_when_it_is_made(seg):
    with pytest.raises(clustera.InputError, match="incme"):
        seg.audience("incme > 5")


def test_a_misspelled_argument_of_a_campaign_is_told_by_its_name(seg):
    with pytest.raises(clustera.InputError, match=r"There is no argument 'contrl'\.") as error:
        seg.launch_campaign("spring", contrl=0.2)
    assert error.value.hint == "Did you mean 'control'?"


def test_a_campaign_without_controls_says_how_many_are_controls_of_running_campaigns(seg):
    who = seg.launch_campaign("first", control=0.8, day="2024-06-01").assignments
    both = pd.concat([who[who["group"] == "contact"].head(1), who[who["group"] == "control"].head(7)])
    with pytest.raises(clustera.InputError) as error:
        seg.launch_campaign("third", audience=both[["customer"]], control=0.01, day="2024-06-02")
    assert "The campaign has 1 customer: " in error.value.message
    assert "7 other customers are left out as controls of running campaigns." in error.value.message
    assert "include_controls=True" in str(error.value)


@pytest.mark.parametrize("columns", [["customer"], ["customer", "age"], ["customer", "age", "city"]])
def test_a_table_without_groups_is_told_so_with_the_names_that_a_column_of_groups_has(columns):
    table = pd.DataFrame({"customer": [10, 11], "age": [30, 40], "city": ["Ulm", "Bonn"]})[columns]
    outcomes = pd.DataFrame({"customer": [10, 11], "outcome": [1, 0]})
    with pytest.raises(clustera.InputError) as error:
        clustera.measure_campaign(table, outcomes=outcomes, day="2024-05-01", days=30, randomized=True)
    assert error.value.message == f"The table has no column of groups; it has: {', '.join(columns)}."
    assert error.value.hint == "Call the column that says contact or control group, arm, variant or treatment."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 2.5}, 'Option k: 2.5 is no number of segments; say 5, (3, 8) or "3..8"'),
        ({"k": (3, 4, 5)}, 'Option k: a tuple is no number of segments; say 5, (3, 8) or "3..8"'),
        ({"k": range(3, 9, 2)}, 'Option k: a range is no number of segments; say 5, (3, 8) or "3..8"'),
        ({"k": (8, 3)}, "with the smaller number first"),
        ({"weights": [1, 2]}, 'Option weights: write a value for each column that is meant, such as {"spend": 2}'),
        ({"min_size": 2}, 'Option min_size: it is a share of the customers below one half; say 0.02 or "2%"'),
        ({"min_size": "50%"}, 'say 0.02 or "2%"'),
    ],
)
def test_an_option_that_is_none_is_refused_in_words(options, message):
    with pytest.raises(clustera.InputError) as error:
        gather_settings(**options)
    assert message in error.value.message


def test_a_range_is_a_range_of_numbers_of_segments():
    assert (
        gather_settings(k=range(3, 6)).cluster.k
        == gather_settings(k=(3, 5)).cluster.k
        == gather_settings(k="3..5").cluster.k
        == (3, 5)
    )
    assert gather_settings(k=np.int64(4)).cluster.k == gather_settings(k=range(4, 5)).cluster.k == (4, 4)


@pytest.mark.parametrize(
    "named",
    [pd.Index, np.array, pd.Series, pl.Series, set, iter, lambda names: pd.DataFrame(columns=names)],
    ids=["index", "array", "series", "polars", "set", "iterator", "frame"],
)
def test_names_may_stand_in_anything_that_holds_texts(named):
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(40, 3)), columns=["age", "income", "visits"])
    chosen = clustera.segment(table, features=named(["age", "income"]), k=2, progress=False)
    assert [feature.name for feature in chosen.outcome.preparation.features] == ["age", "income"]
    left = clustera.segment(table, exclude=named(["visits"]), k=2, progress=False)
    assert left.customers.segment.tolist() == chosen.customers.segment.tolist()


@pytest.mark.parametrize("option", ["features", "descriptors", "exclude", "keep"])
@pytest.mark.parametrize("names", [range(10**9), itertools.count(), itertools.cycle(["age"])], ids=type)
def test_names_without_end_are_refused(option, names):
    with pytest.raises(InputError, match=f"{option} has more than 10,000 names"):
        gather_settings(**{option: names})
