"""Ordered brackets in words, in the usual languages and with any unit, stand for numbers."""

from __future__ import annotations

import math

import pytest

from clustera.check.brackets import bracket_bounds, bracket_midpoints
from clustera.check.kinds import MISSING_NUMBER

INFINITE = math.inf

# Under 20, from 20 to 29, over 30.
LANGUAGES = {
    "English": ["Under 20", "From 20 to 29", "30 and above"],
    "English, ages": ["below 20 years", "between 20 and 29 years", "30 years and older"],
    "English, less": ["less than 20", "20 to 29", "more than 30"],
    "English, at": ["up to 20", "20-29", "at least 30"],
    "German": ["unter 20 Jahre", "von 20 bis 29 Jahren", "ab 30 Jahren"],
    "German, more": ["weniger als 20", "20 bis 29", "mehr als 30"],
    "French": ["moins de 20 ans", "de 20 à 29 ans", "30 ans et plus"],
    "French, more": ["moins de 20 ans", "entre 20 et 29 ans", "plus de 30 ans"],
    "Spanish": ["menos de 20 años", "de 20 a 29 años", "más de 30 años"],
    "Portuguese": ["até 20 anos", "de 20 a 29 anos", "acima de 30 anos"],
    "Italian": ["fino a 20 anni", "da 20 a 29 anni", "oltre 30 anni"],
    "Dutch": ["minder dan 20 jaar", "20 tot 29 jaar", "30 jaar en ouder"],
    "Swedish": ["under 20 år", "20 till 29 år", "över 30 år"],
    "Polish": ["poniżej 20 lat", "od 20 do 29 lat", "powyżej 30 lat"],
    "Czech": ["méně než 20 let", "20 až 29 let", "více než 30 let"],
    "Russian": ["младше 20 лет", "от 20 до 29 лет", "старше 30 лет"],
    "Turkish": ["20 yaş altı", "20-29 yaş", "30 yaş üstü"],
    "Indonesian": ["kurang dari 20", "20 hingga 29", "lebih dari 30"],
    "Vietnamese": ["dưới 20 tuổi", "20 đến 29 tuổi", "trên 30 tuổi"],
    "Japanese": ["20歳未満", "20〜29歳", "30歳以上"],
    "Chinese": ["20岁以下", "20至29岁", "30岁以上"],
    "Korean": ["20세 미만", "20~29세", "30세 이상"],
    "signs": ["< 20", "20 - 29", ">= 30"],
    "plus": ["<20", "20–29", "30+"],
}
# What stands for 1,000 and 2,500 with a unit: how the two are written.
MONEY = [
    "RM{}",
    "${}",
    "{} €",
    "R$ {}",
    "Rp {}",
    "{} zł",
    "{} Kč",
    "CHF {}",
    "HK${}",
    "Rs.{}",
    "S/ {}",
    "{} TL",
    "kr {}",
    "{}元",
]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_brackets_in_words_have_their_bounds(language):
    assert [bracket_bounds(text) for text in LANGUAGES[language]] == [(-INFINITE, 20), (20, 29), (30, INFINITE)]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_brackets_in_words_stand_for_midpoints(language):
    below, between, above = LANGUAGES[language]
    assert bracket_midpoints([above, below, between]) == {below: 15.5, between: 24.5, above: 34.5}


@pytest.mark.parametrize(
    "texts",
    [
        ["(0, 18]", "(18, 35]", "(35, 60]"],
        ["[0, 18)", "[18, 35)", "[35, 60)"],
        ["(0.0, 18.0]", "(18.0, 35.0]", "(35.0, 60.0]"],
        ["[0,18]", "(18,35]", "(35,6e+01]"],
    ],
)
def test_intervals_as_pandas_and_r_write_them_stand_for_midpoints(texts):
    assert list(bracket_midpoints(texts).values()) == [9.0, 26.5, 47.5]


@pytest.mark.parametrize(
    "texts", [["(1, 2)", "(3, 4)", "(5, 6)"], ["[1, 3]", "[2, 5]", "[3, 7]"], ["(3, 1]", "(4, 3]", "(9, 4]"]]
)
def test_places_and_lists_are_no_intervals(texts):
    assert bracket_midpoints(texts) is None


@pytest.mark.parametrize("unit", MONEY)
@pytest.mark.parametrize(
    ("low", "high"), [("1,000", "2,500"), ("1000", "2500"), ("1.000", "2.500"), ("1 000", "2 500"), ("1k", "2.5k")]
)
def test_brackets_of_money_keep_their_bounds_whatever_the_unit(unit, low, high):
    low, high = unit.format(low), unit.format(high)
    points = bracket_midpoints([f"less than {low}", f"{low} - {high}", f"more than {high}"])
    assert list(points.values()) == [500, 1750, 3250]


@pytest.mark.parametrize(
    "word",
    [
        "none",
        "No income",
        "nothing",
        "kein Einkommen",
        "aucun",
        "ninguno",
        "nessuno",
        "geen",
        "brak",
        "нет",
        "yok",
        "なし",
    ],
)
def test_none_among_brackets_is_zero(word):
    assert bracket_midpoints([word, "less than 10", "10 to 20", "over 20"])[word] == 0


@pytest.mark.parametrize(
    "word", sorted(MISSING_NUMBER - {"none", "nil", "na", "null", "#div/0!", "#¡div/0!", "#дел/0!"})
)
def test_a_word_for_unknown_is_no_bracket(word):
    assert bracket_midpoints([word, "1", "2 to 4", "more than 4"]) is None


@pytest.mark.parametrize(
    "texts",
    [
        ["Plan 1", "Plan 2", "Plan 3"],
        ["12-03", "14-07", "11-02"],
        ["-3", "-2", "-1", "4"],
        ["A-", "A", "B-"],
        ["less than 6 months", "1-2 years", "over 2 years"],
        ["2020-01-01", "2020-01-02", "2020-01-03"],
        ["under 10", "5 to 20", "over 20"],
        ["10:00-12:00", "12:00-14:00", "14:00-16:00"],
        ["Main St 3", "Elm St 5-7", "Oak St 9+"],
        ["10", "20", "30"],
    ],
)
def test_texts_that_are_no_brackets_of_one_order_stay_words(texts):
    assert bracket_midpoints(texts) is None


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("under 2 million", 2e6),
        ("bis 2 Millionen", 2e6),
        ("menos de 2 mil", 2e3),
        ("do 2 tys", 2e3),
        ("2万以下", 2e4),
        ("under 2 lakh", 2e5),
    ],
)
def test_a_word_behind_a_number_multiplies_it(text, bound):
    assert bracket_bounds(text) == (-INFINITE, bound)
