"""The table of words: its shape, and that its words are found as people write them."""

import math
import re
import unicodedata

import pytest

from clustera.audiences.contacts import consent_answer
from clustera.check.brackets import bracket_bounds
from clustera.features.cells import looked_at
from clustera.lexicon import (
    answer_words,
    fold,
    lexicon_phrases,
    lexicon_section,
    month_words,
    months_of,
    name_says,
    sensitive_words,
    words_of,
)

ENGLISH_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
SECTIONS = (
    "columns",
    "ids",
    "units",
    "orders",
    "status",
    "sheets",
    "parts",
    "products",
    "lines",
    "below",
    "names",
    "brackets",
    "scales",
    "contacts",
    "consent",
    "answers",
    "plain",
)
USUAL = {"en", "de", "fr", "es", "pt", "it", "nl", "pl", "cs", "sv", "tr", "ru", "id", "zh", "ja"}
PAIRS = [(name, key) for name in SECTIONS for key in lexicon_section(name)]


@pytest.mark.parametrize(("name", "key"), PAIRS)
def test_every_key_has_lists_of_words_by_language(name, key):
    by_language = lexicon_section(name)[key]
    assert all(re.fullmatch("[a-z]{2}", language) for language in by_language)
    assert all(
        words and all(isinstance(word, str) and word.strip() for word in words) for words in by_language.values()
    )


@pytest.mark.parametrize(("name", "key"), PAIRS)
def test_words_are_written_folded_and_their_choices_close(name, key):
    for language, words in lexicon_section(name)[key].items():
        for word in words:
            assert word == unicodedata.normalize("NFC", word.lower()), (language, word)
            assert word.count("(") == word.count(")"), (language, word)
            assert not re.search(r"[][{}^$\\?]", word), f"{word}: only *, ( | ) have a meaning"
            assert "(" not in re.sub(r"\([^()]*\)", "", word), f"{word}: a choice can't stand in a choice"


@pytest.mark.parametrize("key", ["age", "gender", "birth", "date", "income", "money", "person"])
def test_the_usual_languages_know_the_columns_that_most_tables_have(key):
    words = lexicon_section("columns")[key]
    latin = {"date": {"fr", "de", "nl", "cs", "sv", "es", "pt", "it"}, "person": set()}.get(key, set())
    missing = USUAL - set(words) - latin
    assert not missing


@pytest.mark.parametrize("key", ["customer", "date", "amount", "price", "order", "product", "quantity"])
def test_the_usual_languages_know_the_headers_of_orders(key):
    assert set(lexicon_section("orders")[key]) >= USUAL


@pytest.mark.parametrize("key", ["id", "category", "name", "cost", "stock", "margin"])
def test_the_usual_languages_know_the_headers_of_products(key):
    assert set(lexicon_section("products")[key]) >= USUAL


@pytest.mark.parametrize("key", ["paid", "unpaid", "canceled"])
def test_the_usual_languages_know_what_became_of_an_order(key):
    assert set(lexicon_section("status")[key]) >= USUAL


@pytest.mark.parametrize(
    ("name", "key"), [(name, key) for name in ("contacts", "consent", "answers") for key in lexicon_section(name)]
)
def test_the_usual_languages_know_whom_a_list_may_be_sent_to(name, key):
    assert set(lexicon_section(name)[key]) >= USUAL


@pytest.mark.parametrize("key", ["below", "above", "nothing", "to"])
def test_the_usual_languages_know_brackets_and_nothing(key):
    assert set(lexicon_section("brackets")[key]) >= USUAL


@pytest.mark.parametrize(
    ("language", "words"), [(language, words) for language, words in lexicon_section("brackets")["below"].items()]
)
def test_a_word_of_the_table_makes_a_bracket(language, words):
    for word in words:
        assert (-math.inf, 18) in (bracket_bounds(f"18 {word}"), bracket_bounds(f"{word} 18")), (language, word)


def test_every_year_has_twelve_months():
    twelve = set(range(1, 13))
    assert {language: set(words.values()) for language, words in month_words().items()} == dict.fromkeys(
        month_words(), twelve
    )


@pytest.mark.parametrize(("number", "name"), [*enumerate(ENGLISH_MONTHS, start=1)])
def test_the_month_of_a_table_of_one_month_is_the_one_that_most_languages_mean(number, name):
    for letters in range(3, len(name) + 1):
        assert months_of({name[:letters]: 7}) == {name[:letters]: number}


def test_what_is_sensitive_is_a_kind_of_column():
    assert set(sensitive_words()) <= set(lexicon_section("columns"))


def test_no_status_is_both_paid_and_not():
    paid, unpaid, canceled = (set(lexicon_phrases("status", key)) for key in ("paid", "unpaid", "canceled"))
    assert not paid & unpaid
    assert not (paid | unpaid) & canceled


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("âge", "age"), ("Idade", "age"), ("возраст", "age"), ("Wiek", "age"), ("客户年龄", "age"), ("Yaş", "age"),
        ("Geburtsdatum", "birth"), ("DATE_NAISS_A", "birth"), ("fecha_nacimiento", "birth"), ("生年月日", "birth"),
        ("Płeć", "gender"), ("пол", "gender"), ("性別", "gender"), ("CIVILITE", "gender"), ("Kön", "gender"),
    ],
)  # fmt: skip
def test_columns_are_known_in_many_languages(name, found):
    assert name_says(name, "columns", found)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("id_client", "customer"), ("Kundennummer", "customer"), ("cliente_id", "customer"), ("顧客番号", "customer"),
        ("date_commande", "date"), ("data_pedido", "date"), ("Data zamówienia", "date"), ("fecha de compra", "date"),
        ("注文日", "date"), ("montant", "amount"), ("valor_total", "amount"), ("Kwota", "amount"), ("订单金额", "amount"),
        ("Invoice No", "order"), ("StockCode", "product"), ("Số lượng", None),
    ],
)  # fmt: skip
def test_order_headers_are_known_in_many_languages(name, role):
    roles = [key for key in lexicon_section("orders") if name_says(name, "orders", key, whole=True)]
    assert roles[:1] == ([role] if role else [])


def test_a_word_is_found_in_any_case_and_with_or_without_accents():
    for spelled in ("Müşteri", "MUSTERI", "musteri", unicodedata.normalize("NFD", "Müşteri")):
        assert fold(spelled) == "musteri"


def test_a_word_inside_a_longer_one_is_not_found_where_words_have_blanks():
    assert not name_says("storage", "columns", "age")
    assert not name_says("average_spend", "columns", "age")


def test_names_are_cut_where_letters_change_case_and_at_marks():
    assert words_of("becameMemberOn") == words_of("became_member-on") == "became member on"


@pytest.mark.parametrize(
    "name",
    [
        "código do cliente",
        "numéro client",
        "číslo zákazníka",
        "müşteri no",
        "âge",
        "věk",
        "ålder",
        "dépenses",
        "kwota zamówienia",
    ],
)
def test_names_in_capitals_with_accents_are_the_same_words(name):
    assert words_of(name.upper()) == words_of(name.title()) == words_of(name) == fold(name)


@pytest.mark.parametrize(
    ("cell", "said"), [("Ja", "yes"), ("sí", "yes"), ("não", "no"), ("нет", "no"), ("HAYIR", "no")]
)
def test_yes_and_no_are_the_same_words_wherever_cells_are_read(cell, said):
    assert cell.lower() in answer_words(said)
    assert consent_answer(cell) == said  # of consent
    assert looked_at([cell]).flag == 1.0  # of a column of orders


def test_a_word_never_says_both_yes_and_no():
    assert not answer_words("yes") & answer_words("no")
