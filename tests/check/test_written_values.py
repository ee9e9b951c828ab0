"""Signs, words for none, codes and units: what stands in a cell is not lost."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from clustera.check import check
from clustera.read import read
from clustera.texts import finding_message

ROWS = 60


def csv(**columns):
    """A table of 60 customers with the columns, separated by semicolons so that commas stay in the cells."""
    frame = pd.DataFrame({"customer_id": range(1, ROWS + 1), "visits": np.random.default_rng(0).poisson(5, ROWS)})
    return frame.assign(**columns).to_csv(index=False, sep=";")


def column(checked, name):
    return next(column for column in checked.columns if column.name == name)


AMOUNTS = np.random.default_rng(1).lognormal(7, 0.8, ROWS).round(2)
POINT, COMMA, WHOLE = "{:,.2f}", "comma", "whole"


def written(amount, how):
    if how == POINT:
        return f"{amount:,.2f}"
    if how == COMMA:
        return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    return f"{round(amount * 1000):,}".replace(",", ".")


MONEY = [
    ("{} TL", COMMA), ("{} Kč", COMMA), ("S/ {}", POINT), ("S/.{}", POINT), ("Rp{}", WHOLE), ("Rp {}", WHOLE), ("{}元", POINT),
    ("{}đ", WHOLE), ("{} ₫", WHOLE), ("R$ {}", COMMA), ("{} kr", COMMA), ("kr {}", COMMA), ("{} zł", COMMA), ("CHF {}", POINT),
    ("HK${}", POINT), ("NT${}", POINT), ("RM{}", POINT), ("{} Ft", COMMA), ("{} lei", COMMA), ("{} лв", COMMA), ("₦{}", POINT),
    ("KSh {}", POINT), ("AED {}", POINT), ("{} грн", COMMA), ("{} руб", COMMA), ("₱{}", POINT), ("Bs {}", COMMA), ("{} pts", POINT),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "how"), MONEY)
def test_one_text_beside_nearly_every_number_is_its_unit(checked, values, unit, how):
    result = checked(csv(total=[unit.format(written(amount, how)) for amount in AMOUNTS]))
    expected = AMOUNTS if how != WHOLE else (AMOUNTS * 1000).round()
    assert values(result, "total") == pytest.approx(expected)


@pytest.mark.parametrize("unit", ["TL", "Kč", "S/", "Rp", "元", "HK$"])
def test_a_unit_in_the_cells_is_told(checked, unit):
    result = checked(csv(total=[f"{unit} {amount:,.2f}" for amount in AMOUNTS]))
    assert [f.column for f in result.findings if f.code == "unit-in-cells"] == ["total"]
    assert column(result, "total").unit == unit


@pytest.mark.parametrize("code", ["C-{:05d}", "C{:03d}", "Store {}", "Plan {}", "#{}", "{}B", "Q{}"])
def test_letters_before_whole_numbers_are_codes(checked, code):
    result = checked(csv(what=[code.format(1 + n % 9) for n in range(ROWS)]))
    assert column(result, "what").role != "feature"


@pytest.mark.parametrize("grades", [["A", "A-", "B", "B-"], ["3", "-3 x", "3-", "x"], ["Good", "Good-", "Good+"]])
def test_a_sign_at_an_end_makes_another_category(checked, values, grades):
    result = checked(csv(grade=[grades[n % len(grades)] for n in range(ROWS)]))
    assert set(values(result, "grade")) == set(grades)


def test_negative_steps_beside_words_stay_apart(checked, values):
    steps = ["-2", "-1", "0", "1", "2", "hate it", "love it", "none of it", "like it"]
    result = checked(csv(like=[steps[n % 9] for n in range(ROWS)]))
    assert set(values(result, "like")) >= {"-2", "-1", "1", "2"}


@pytest.mark.parametrize("texts", [["e-mail", "E-Mail", "e mail"], ["self-employed", "Self employed", "self_employed"]])
def test_a_hyphen_between_letters_is_a_way_of_spelling(checked, values, texts):
    result = checked(csv(kind=["other" if n % 2 else texts[n // 2 % 3] for n in range(ROWS)]))
    assert len(set(values(result, "kind"))) == 2


@pytest.mark.parametrize(
    "word", ["none", "None", "keine", "aucun", "ninguno", "nessuno", "geen", "нет", "no children", "zero", "なし"]
)
@pytest.mark.parametrize("name", ["children", "Kinder", "anzahl_kinder", "enfants"])
def test_none_among_counts_is_zero_and_told(checked, values, word, name):
    cells = [word if n % 3 == 0 else str(1 + n % 4) for n in range(ROWS)]
    result = checked(csv(**{name: cells}))
    assert values(result, name) == [0.0 if cell == word else float(cell) for cell in cells]
    assert any(f.code == "none-is-zero" and "20 of 60" in finding_message(f) for f in result.findings)


@pytest.mark.parametrize("cells", [["none", "0", "1", "2"], ["none", "35", "42", "58"], ["none", "1.5", "2.5", "1"]])
def test_none_is_missing_where_the_numbers_say_zero_themselves_or_do_not_count(checked, cells):
    result = checked(csv(measured=[cells[n % 4] for n in range(ROWS)]))
    assert column(result, "measured").missing == 15
    assert any(f.code == "missing-values" for f in result.findings)


@pytest.mark.parametrize(
    ("codes", "name"),
    [
        (["ZA", "NA", "BW"], "country"),
        (["DE", "NA", "FR", "GB"], "land"),
        (["EMEA", "NA", "APAC"], "region"),
        (["na", "za", "bw"], "pays"),
    ],
)
def test_na_among_such_codes_is_a_place(checked, values, codes, name):
    result = checked(csv(**{name: [codes[n % len(codes)] for n in range(ROWS)]}))
    assert set(values(result, name)) == set(codes)


@pytest.mark.parametrize("others", [["A", "B", "C"], ["TX", "NY", "OH"], ["low", "high", "middle"]])
def test_na_among_other_words_is_missing(checked, values, others):
    result = checked(csv(what=[[*others, "NA"][n % 4] for n in range(ROWS)]))
    assert set(values(result, "what")) == {*others, None}


@pytest.mark.parametrize("mark", [".", ","])
@pytest.mark.parametrize("beside", [".", ","])
def test_a_mark_behind_a_lone_zero_parts_decimals_whatever_other_columns_do(checked, values, mark, beside):
    numbers = [round(0.137 * number, 3) for number in range(1, 60)]
    frame = pd.DataFrame(
        {
            "score": [f"{value:.3f}".replace(".", mark) for value in numbers],
            "spend": [f"{10 * value:.2f}".replace(".", beside) for value in numbers],
        }
    )
    assert values(checked(frame), "score") == numbers


def test_a_number_of_json_has_a_decimal_point_whatever_texts_beside_it_do(engine, tmp_path, values):
    rows = [{"id": at, "score": (1001 + 125 * at) / 1000, "spend": f"{7 * at % 40},25 €"} for at in range(40)]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    found = check(read(path, engine=engine))
    assert values(found, "score") == [row["score"] for row in rows]
    assert values(found, "spend") == [7 * at % 40 + 0.25 for at in range(40)]
