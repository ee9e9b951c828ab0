"""Text that was encoded twice is mended where that is certain, and genuine text never is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.check.conftest import customers
from tests.dirty_files import twice

from clustera.check.encoding import shows_double_encoding, undo_double_encoding
from clustera.texts import finding_message

WORDS = [
    "Müller", "Größe", "Crème brûlée", "Çelik", "Łódź", "Ñandú", "São João", "București", "Åse Øvrebø", "Işık", "Ősz",
    "“quoted”", "it’s", "50 €", "5°C", "№ 5", "Москва", "Αθήνα", "日本", "서울", "שלום", "صباح", "naïve – or not",
]  # fmt: skip
GENUINE = [
    *WORDS, "SÃO PAULO", "MANHÃ”", "IRMÃ…", "NESTLÉ®", "ANDRÉ’S", "„MALMÖ“", "café\u00a0»", "« déjà »", "Ÿ", "Ð", "Ø 5\u00a0cm", "Å²",
    "ÀÉÎÕÜ", "HÄ…", "KÄSE™", "VÕ–TU",
]  # fmt: skip


def table(cell):
    head, *lines = customers().splitlines()
    return "\n".join([f"{head},city", *(f"{line},{cell(n)}" for n, line in enumerate(lines))]) + "\n"


@pytest.mark.parametrize("word", WORDS)
def test_what_was_encoded_twice_or_three_times_is_undone(word):
    assert undo_double_encoding(twice(word)) == undo_double_encoding(twice(twice(word))) == word


@pytest.mark.parametrize("word", GENUINE)
def test_genuine_text_is_left_alone(word):
    assert not shows_double_encoding([word])
    assert undo_double_encoding(word) == word


@given(st.text(st.characters(max_codepoint=0x17F, categories=("Lu", "Ll", "Zs")), max_size=12))
def test_letters_of_europe_never_look_encoded_twice(word):
    assert undo_double_encoding(word.replace("\u00a0", " ").replace("º", "o")) in {
        word.replace("\u00a0", " ").replace("º", "o")
    }


def finding(checked):
    return next(finding for finding in checked.findings if finding.code == "double-encoding")


def test_the_finding_tells_letters_rows_and_cells(checked, values):
    found = checked(table(lambda n: ("Lyon", "KÃ¶ln")[n % 2]))
    note = finding(found)
    assert note.severity == "note"
    assert finding_message(note) == "City was encoded twice in 30 of 60 rows (50%); read Ã¶ as ö."
    assert note.examples[0] == (2, "KÃ¶ln")
    assert set(values(found, "city")) == {"Lyon", "Köln"}


def test_a_column_that_also_holds_proper_letters_is_left_alone_and_said(checked, values):
    found = checked(table(lambda n: ("Zürich", "KÃ¶ln", "Lyon")[n % 3]))
    assert finding(found).severity == "warning"
    assert (finding(found).count, set(values(found, "city"))) == (20, {"Zürich", "KÃ¶ln", "Lyon"})


def test_names_of_people_are_mended_but_not_shown(checked):
    found = checked(table(lambda n: f"MÃ¼ller{n}").replace("city", "surname"))
    assert finding(found).examples == ()
    assert "ller" not in finding_message(finding(found))


def test_a_column_may_be_asked_for_by_either_name(checked):
    text = table(lambda n: n % 7).replace("city", "GrÃ¶ÃŸe")
    for name in ("Größe", "GrÃ¶ÃŸe"):
        found = checked(text, features=(name, "score"))
        assert [column.name for column in found.columns if column.role == "feature"] == ["score", "Größe"]


def test_a_later_table_is_held_against_names_mended_before(checked):
    text = table(lambda n: n % 7).replace("city", "GrÃ¶ÃŸe")
    model = checked(text).columns
    for later in (text, text.replace("GrÃ¶ÃŸe", "Größe")):
        assert "Größe" in checked(later, like=model).rows.columns
