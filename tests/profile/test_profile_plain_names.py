"""Names in plain words: no column's spelling in them, and no comparison that the averages refute."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from clustera.profile.plain_titles import plain_title
from clustera.texts import load_language

ENGLISH = load_language()
COLUMNS = (
    "MntMeatProducts", "MntWines", "NumWebPurchases", "avg_basket_amt", "TOTALCHARGES", "nb_commandes", "gasto_total", "Jahreseinkommen",
    "Anzahl_Bestellungen", "edad", "Âge", "quantita", "qty_items", "cust_acct_bal", "days_since_last_order", "order_days",
    "tenure", "children", "dias_desde_ultima_compra", "reddito", "Sipariş sayısı", "Возраст", "年収", "購入金額", "AcceptedCmp3",
    "credit_score", "devices", "lead_time", "umsatz_wein", "NumVisits", "trx_cnt",
)  # fmt: skip
SPELLINGS = re.compile(r"\b(?:mnt|num|cmp|amt|qty|avg|acct|cust|bal|trx|cnt|nb|anzahl)\b|_|[a-z][A-Z]|\b[A-Z]{5,}\b")


def odd_table(seed: int) -> tuple[pd.DataFrame, list[str]]:
    """One to 30 oddly named columns, two to seven segments of any size and place."""
    rng = np.random.default_rng(seed)
    features = [str(name) for name in rng.permutation(COLUMNS)[: int(rng.integers(1, 31))]]
    parts = []
    for segment in range(1, int(rng.integers(2, 8)) + 1):
        center = 50 + 12 * rng.normal(size=len(features))
        values = center + 6 * rng.normal(size=(int(rng.choice([20, 60, 200])), len(features)))
        parts.append(pd.DataFrame(values.clip(0.1), columns=features).assign(segment=segment))
    return pd.concat(parts, ignore_index=True), features


@pytest.fixture(scope="module")
def odd(described):
    """25 such tables with their names."""
    tables = []
    for seed in range(25):
        frame, features = odd_table(seed)
        tables.append((frame, features, {p.segment: p.name for p in described(frame, features=features)}))
    return tables


def test_names_are_unique(odd):
    assert all(len({name.casefold() for name in names.values()}) == len(names) for _, _, names in odd)


def test_names_have_no_columns_spelling(odd):
    assert [name for _, _, names in odd for name in names.values() if SPELLINGS.search(name)] == []


def test_names_have_about_six_words(odd):
    lengths = [len(name.removeprefix("Customers with ").split()) for _, _, names in odd for name in names.values()]
    assert np.mean(np.array(lengths) <= 7) > 0.9
    assert np.mean(np.array(lengths) <= 6) > 0.75
    assert max(lengths) <= 12


def test_every_comparison_by_title_is_true_against_all(odd):
    for frame, features, names in odd:
        titles = {feature: plain_title(feature.replace("_", " ")) for feature in features}
        for segment, name in names.items():
            for feature, title in titles.items():
                own = frame.loc[frame["segment"] == segment, feature].mean()
                if re.search(rf"with (?:more|higher|longer) {re.escape(title)}$", name):
                    assert own > frame[feature].mean(), name
                if re.search(rf"with (?:less|lower|fewer|shorter) {re.escape(title)}$", name):
                    assert own < frame[feature].mean(), name


def test_new_customers_who_bought_once_are_called_that(described, mixed):
    features = ["order_days", "spend", "days_since_last_order"]
    frame = mixed({1: (90, (1.05, 60, 25)), 2: (90, (1.05, 60, 300)), 3: (90, (9, 700, 20))}, features, (0.02, 6, 4))
    told = {p.segment: p.name for p in described(frame, features=features)}
    assert told[1] == "New one-time buyers"
    assert told[2] == "Lapsed one-time buyers"


def test_one_order_in_the_last_year_does_not_make_a_one_time_buyer(described, mixed):
    frame = mixed({1: (90, (1.05,)), 2: (90, (9,))}, ["orders last 12 months"], (0.02,))
    assert "one-time" not in described(frame, features=["orders last 12 months"])[0].name.lower()


def test_a_majority_is_not_called_big_spenders(described, mixed):
    frame = mixed({1: (60, (100,)), 2: (40, (10,))}, ["spend"], (3,))
    assert [p.name for p in described(frame, features=["spend"])] == ["Above-average spenders", "Low spenders"]


def test_a_category_tells_two_segments_apart_before_a_number(described, mixed):
    frame = mixed({1: (90, (50,)), 2: (90, (50,)), 3: (90, (10,))}, ["spend"], (3,))
    share = {1: 0.9, 2: 0.2, 3: 0.2}
    place = frame.groupby("segment").cumcount() / 90
    frame["city"] = np.where(place < frame["segment"].map(share), "Berlin", "Hamburg")
    told = [p.name for p in described(frame, features=["spend"])]
    assert "Big spenders, mostly Berlin" in told
    assert not any(letter.isdigit() for name in told for letter in name)


def test_a_comparison_that_is_false_against_all_customers_is_not_made(described):
    # Both lie below all customers' spend: neither has "more spend".
    rng = np.random.default_rng(3)
    means = [(5.0, 60.0), (5.0, 200.0), (30.0, 100.0), (30.0, 2000.0)]
    frame = pd.DataFrame(
        np.vstack([rng.normal(mean, (1.0, 10.0), (100, 2)) for mean in means]), columns=["orders", "spend"]
    )
    frame["segment"] = np.repeat([1, 2, 3, 4], 100)
    names = [p.name for p in described(frame, features=["orders", "spend"])]
    assert not names[1].endswith(("more spend", "higher spend"))


def test_who_left_before_the_window_is_not_called_a_low_spender(described, mixed):
    """What they spent within the window is nothing because they left: it does not say that they spent little."""
    features = ["days_since_last_order", "spend_last_10_months", "order_days_last_10_months"]
    places = {1: (120, (30, 900, 9)), 2: (120, (40, 160, 2)), 3: (120, (372, 0.2, 0.01))}
    told = {
        p.segment: p.name for p in described(mixed(places, features, (5, 9, 0.01)).clip(lower=0), features=features)
    }
    assert told[3] == "Lapsed customers"
    alike = {1: (120, (30, 900, 9)), 2: (120, (40, 800, 2)), 3: (120, (372, 60, 0.5))}
    bought = {
        p.segment: p.name for p in described(mixed(alike, features, (5, 9, 0.01)).clip(lower=0), features=features)
    }
    assert "spend" in bought[3]  # within the window they spent little, and that can be said


@pytest.mark.parametrize(
    ("column", "title"),
    [
        ("Month_to_end_contract", "contract months left"),
        ("PRC_FULL_PAYMENT", "share paid in full"),
        ("CASH_ADVANCE", "cash advances"),
        ("Montant_viande", "meat spend"),
        ("NumberOfFollowups", "follow-ups"),
        ("Amount due", "amount due"),
    ],
)
def test_columns_of_public_tables_have_natural_titles(column, title):
    assert plain_title(column) == title


def test_short_titles_are_read_by_the_columns_beside_them(described, mixed):
    frame = mixed({1: (60, (900, 2, 1)), 2: (60, (200, 8, 3))}, ["duration", "campaign", "previous"], (9, 0.2, 0.1))
    told = [profile.name for profile in described(frame, features=["duration", "campaign", "previous"])]
    assert told[0] == "Customers with few campaign contacts, long call duration"
    alone = [profile.name for profile in described(frame, features=["duration"])]
    assert alone == ["Customers with long duration", "Customers with short duration"]


@pytest.mark.parametrize(("sums", "word"), [((5400.0, 520.0), "spenders"), ((54.0, 5.0), "buyers")])
def test_purchases_are_money_where_their_values_are_sums(described, mixed, sums, word):
    frame = mixed({1: (50, sums[:1]), 2: (50, sums[1:])}, ["PURCHASES"], (0.4,))
    assert all(profile.name.endswith(word) for profile in described(frame, features=["PURCHASES"]))


def test_titles_that_end_alike_share_their_last_word(described, mixed):
    features = ["MntWines", "MntMeatProducts"]
    told = described(mixed({1: (50, (600, 450)), 2: (50, (30, 20))}, features, (5, 5)), features=features)
    assert told[0].name == "Customers with high meat and wine spend"


@pytest.mark.parametrize(
    "column",
    [
        "Letzter Kauf",
        "dernier_achat",
        "Última compra",
        "ostatni zakup",
        "最終購入日",
        "last flight",
        "Letzte Spende",
        "Siste kjøp",
    ],
)
def test_a_last_day_in_any_language_tells_who_has_lapsed(column):
    from clustera import segment

    rng = np.random.default_rng(4)
    back = np.repeat([20, 500], 150) + rng.integers(0, 60, 300)
    days = pd.Timestamp("2026-10-31") - pd.to_timedelta(back, "D")
    table = pd.DataFrame({"id": range(300), column: days.strftime("%Y-%m-%d"), "children": rng.integers(0, 4, 300)})
    names = segment(table, k=2, progress=False).names
    assert sum("lapsed" in name.lower() for name in names.values()) == 1, names


def test_the_sign_of_an_average_is_an_average():
    assert plain_title("Ø Warenkorb") == "order value"
    assert plain_title("Ø Besuche") == "average visits"
