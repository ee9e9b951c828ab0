"""The sentence of a segment: its numbers, rounded for people, and nothing that is not so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clustera.texts import format_number, format_share, segment_sentence


def test_the_classic_sentence(described, mixed):
    features = ["age", "annual_income (k$)", "spending_score"]
    told = described(mixed({1: (39, (33, 87, 82)), 2: (161, (40, 54, 42))}, features, (3, 3, 3)), features=features)
    assert segment_sentence(told[0]) == (
        "39 of 200 customers (20%), about 33 years old, earning 87 k$ (average 60) with a spending score of 82 (average 50)."
    )


def test_orders_are_told_as_people_say_it(described, mixed):
    features = ["days_since_last_order", "order_days", "spend ($)", "discount_share"]
    frame = mixed({1: (50, (12, 30, 2500, 0.1)), 2: (1150, (60, 3, 150, 0.3))}, features, (1, 0.2, 9, 0.02))
    assert segment_sentence(described(frame, features=features)[0]) == (
        "50 of 1,200 customers (4.2%), last seen 12 days ago (average 58), buying 30 times (7.3 times the average of 4.1), "
        "spending $2,500 (10.1 times the average of 248); discount share 10% (average 29%)."
    )


def test_columns_without_a_meaning_are_told_by_title_and_unit(described, mixed):
    features = ["call_minutes", "roaming (GB)"]
    told = described(mixed({1: (50, (300, 1.5)), 2: (50, (100, 4.5))}, features, (9, 0.2)), features=features)
    assert (
        segment_sentence(told[0])
        == "50 of 100 customers (50%): call minutes 300 (average 200), roaming 1.5 GB (average 3.0)."
    )


def test_what_can_be_negative_is_compared_to_the_average_not_by_an_index(described, mixed):
    told = described(mixed({1: (50, (-20,)), 2: (50, (60,))}, ["net_result (€)"], (3,)), features=["net_result (€)"])
    assert segment_sentence(told[0]) == "50 of 100 customers (50%): net result −€20 (average 20)."


def test_only_the_four_clearest_features_are_told(described, mixed):
    features = ["no_one", "no_two", "no_three", "no_four", "no_five"]
    told = described(
        mixed({1: (50, (9, 9, 1.02, 9, 9)), 2: (50, (1, 1, 1, 1, 1))}, features, (1,) * 5), features=features
    )
    assert "no three" not in segment_sentence(told[0])
    assert all(title in segment_sentence(told[0]) for title in ("no one", "no two", "no four", "no five"))


class TestDescriptors:
    def table(self, share: float, *, gap: float, size: int = 200) -> pd.DataFrame:
        rng = np.random.default_rng(0)
        women = int(size * share)
        own = pd.DataFrame({"spend": rng.normal(50 + gap, 10, size), "gender": ["f"] * women + ["m"] * (size - women)})
        others = pd.DataFrame({"spend": rng.normal(50, 10, size), "gender": ["f", "m"] * (size // 2)})
        return pd.concat([own.assign(segment=1), others.assign(segment=2)])

    def test_one_that_tells_more_than_any_feature_is_mentioned(self, described):
        told = described(self.table(0.9, gap=1), features=["spend"])
        assert segment_sentence(told[0]).endswith("; 90% have gender f (70% of all).")

    def test_one_that_tells_less_than_a_feature_is_not(self, described):
        assert "gender" not in segment_sentence(described(self.table(0.9, gap=30), features=["spend"])[0])

    def test_one_whose_interval_holds_the_share_of_all_is_not(self, described):
        assert "gender" not in segment_sentence(described(self.table(0.9, gap=1, size=10), features=["spend"])[0])


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.2, "20%"), (0.1249, "12%"), (0.034, "3.4%"), (0.0001, "<0.1%"), (0, "0%"), (1, "100%"), (0.9996, "99.9%")],
)
def test_shares_are_rounded_for_people(share, text):
    assert format_share(share) == text


@pytest.mark.parametrize(("value", "decimals", "text"), [(1234.56, 0, "1,235"), (-0.2, 0, "0"), (3.14159, 2, "3.14")])
def test_numbers_are_rounded_for_people(value, decimals, text):
    assert format_number(value, decimals) == text


def test_means_of_small_whole_numbers_have_a_decimal(described, mixed):
    told = described(mixed({1: (50, (1.4,)), 2: (50, (40,))}, ["orders"], (0.01,)), features=["orders"])
    assert "buying 1.4 times" in segment_sentence(told[0])


def test_a_scale_is_not_said_as_a_unit(described, mixed):
    told = described(
        mixed({1: (50, (82,)), 2: (50, (20,))}, ["spending_score (1-100)"], (3,)), features=["spending_score (1-100)"]
    )
    assert segment_sentence(told[0]) == "50 of 100 customers (50%) with a spending score of 82 (average 51)."
