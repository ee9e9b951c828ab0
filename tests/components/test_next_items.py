"""What is recommended, as people read it."""

from __future__ import annotations

from clustera import components
from clustera.texts import names_hint
from clustera.texts.recommendations import is_bare_code


def test_a_bare_product_number_says_that_it_is_one_and_a_name_stays():
    rows = [
        {"item": "1023", "kind": "new", "probability": 0.2, "reason": "new"},
        {"item": "2044", "item_name": "Green tea", "kind": "repeat", "probability": 0.5, "reason": "bought once"},
    ]
    table = components.recommended_table(rows, 92, of="product")
    assert "product 1023" in table
    assert "Green tea" in table
    assert "product 2044" not in table
    assert "category 1023" in components.recommended_table(rows[:1], 92, of="category")


def test_only_where_most_items_are_codes_somebody_is_told_how_to_name_them():
    assert "clustera recommend april" in names_hint(["1023", "SKU 17", "Tea"], "april")
    assert names_hint(["1023", "Tea", "Coffee"], "april") == ""
    assert names_hint([], "april") == ""


def test_words_are_no_codes_whatever_numbers_they_have():
    assert [
        name for name in ("Tea 2", "7up", "WD-40", "22423", "85123A", "Größe 44", "A4 paper") if is_bare_code(name)
    ] == [
        "7up",
        "WD-40",
        "22423",
        "85123A",
    ]
