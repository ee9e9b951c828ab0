"""Language files: complete, unambiguous, and told what is wrong with them."""

from __future__ import annotations

from importlib import resources

import pytest

from clustera.errors import InputError, SetupError
from clustera.profile.vocabulary import title_words
from clustera.texts import load_language, segment_sentence, speaking, to_locale

ENGLISH = load_language()
TEXT = (resources.files("clustera.texts") / "english.toml").read_text(encoding="utf-8")


@pytest.fixture
def altered(tmp_path):
    def write(old: str, new: str):
        assert old in TEXT
        path = tmp_path / "other.toml"
        path.write_text(TEXT.replace(old, new), encoding="utf-8")
        return path

    return write


def test_no_two_meanings_have_a_name_in_common():
    owners: dict[tuple[str, ...], str] = {}
    for key, meaning in ENGLISH.meanings.items():
        for name in (*meaning.names, *meaning.reversed):
            assert owners.setdefault(title_words(name), key) == key, name


def test_the_same_words_never_claim_two_things():
    owners: dict[str, tuple[str, str]] = {}
    for key, meaning in ENGLISH.meanings.items():
        if meaning.counts_as:  # spending score, customer value and spend are allowed to sound alike
            continue
        for level in ("very_high", "high", "middle", "low", "very_low"):
            for form in meaning.forms(level):
                for text in filter(None, (form.noun, form.adjective)):
                    assert owners.setdefault(text, (key, level)) == (key, level), text


def test_combinations_and_aliases_name_meanings_that_exist():
    for combination in ENGLISH.combinations:
        assert set(combination.when) <= set(ENGLISH.meanings)
    assert {m.counts_as for m in ENGLISH.meanings.values()} - {""} <= set(ENGLISH.meanings)


def test_another_language_is_used(described, mixed, altered):
    path = altered('noun = "big spenders"', 'noun = "Vielkäufer"')
    told = described(mixed({1: (9, (10,)), 2: (9, (40,))}, ["spend"], (3,)), features=["spend"], language=path)
    assert [p.name for p in told] == ["Low spenders", "Vielkäufer"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('phrase = "spending {value}"', 'phrase = "mit {value} Umsatz"'),
        ('size = "{count} of {everyone} customers ({share})"', 'size = "{count} von {everyone} Kunden ({share})"'),
    ],
)
def test_the_sentence_of_a_segment_follows_the_language(described, mixed, altered, old, new):
    path = altered(old, new)
    told = described(mixed({1: (30, (99,)), 2: (70, (40,))}, ["spend"], (3,)), features=["spend"], language=path)
    english = segment_sentence(told[0])
    with speaking(to_locale(load_language(path))):
        german = segment_sentence(told[0])
    assert new.split("} ")[1].split(" ")[0].rstrip('"') in german
    assert new.split("} ")[1].split(" ")[0].rstrip('"') not in english


def test_numbers_follow_the_language(described, mixed, altered):
    path = altered(
        'thousands = ","\ndecimal = "."\npercent = "{number}%"',
        'thousands = "."\ndecimal = ","\npercent = "{number} %"',
    )
    told = described(
        mixed({1: (30, (1234.5,)), 2: (970, (40,))}, ["spend (€)"], (3,)), features=["spend (€)"], language=path
    )
    with speaking(to_locale(load_language(path))):
        assert segment_sentence(told[0]).startswith("30 of 1.000 customers (3,0 %), spending €1.23")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'win_back = "Send',
            'win_bag = "Send',
            r"actions\.win_bag: nothing uses this key.\nHint: Did you mean 'win_back'",
        ),
        ("blends into {neighbor}", "blends into {neigbour}", r"trust\.stable: \{neigbour\} has no value there"),
        ("blends into {neighbor}", "blends into {neighbor", r"trust\.stable: .* can't be filled: .*'}'"),
        ('phrase = "spending {value}"', 'phrase = "spending {amount}"', r"meanings\.spend\.phrase: \{amount\} has no"),
        (
            'phrase = "spending {value}"',
            'phrase = "spending {value:d}"',
            r"meanings\.spend\.phrase: .* can't be filled",
        ),
        ('language = "English"', "language = ", r"is not TOML: .*line 4"),
        ("sensitive = true", 'sensitive = "very"', r"meanings\.age\.sensitive"),
        ('adjective = "older"', 'adjektive = "older"', r"meanings\.age\.high\.0\.adjektive"),
        ("[trust]", "[trusts]", "trusts"),
        ('"The segments" = ', '"The segmets" = ', r"report\.The segmets: nothing uses .*\n.*'The segments'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(altered, old, new, said):
    with pytest.raises(InputError, match=said):
        load_language(altered(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("blends into {neighbor}", "blends into {neigbour}"),
        ('win_back = "Send', 'win_bag = "Send'),
        ("sensitive = true", 'sensitive = "very"'),
        ('adjective = "older"', 'adjektive = "older"'),
        ('"The segments" = ', '"The segmets" = '),
    ],
)
def test_the_line_of_what_is_wrong_is_said(altered, old, new):
    line = TEXT[: TEXT.index(old)].count("\n") + 1
    with pytest.raises(InputError, match=rf"other\.toml, line {line}, "):
        load_language(altered(old, new))


def test_what_a_file_leaves_out_is_said_in_english(tmp_path):
    path = tmp_path / "short.toml"
    path.write_text('language = "Deutsch"\n[meanings.spend]\nhigh = [{ noun = "Vielkäufer" }]\n', encoding="utf-8")
    found = load_language(path)
    assert found.language == "Deutsch"
    assert found.meanings["spend"].high[0].noun == "Vielkäufer"
    assert found.meanings["spend"].low == ENGLISH.meanings["spend"].low
    assert found.actions == ENGLISH.actions


def test_a_meaning_of_its_own_needs_names(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('[meanings.pets]\nhigh = [{ noun = "pet lovers" }]\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"line 1, meanings\.pets\.names"):
        load_language(path)
    path.write_text('[meanings.pets]\nnames = ["pets"]\nhigh = [{ noun = "pet lovers" }]\n', encoding="utf-8")
    assert load_language(path).meanings["pets"].names == ("pets",)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SetupError, match=r"missing\.toml can't be read"):
        load_language(tmp_path / "missing.toml")


def test_a_file_that_is_not_utf8(tmp_path):
    (tmp_path / "latin.toml").write_bytes('language = "Fran\xe7ais"'.encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        load_language(tmp_path / "latin.toml")
