"""A language file says what findings, notes and roles say, as it does every other text."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.records import Finding
from clustera.spoken_options import in_python
from clustera.texts import english_text, finding_message, load_language, speaking, to_locale
from clustera.texts.templates import changed_texts, english_templates, merge_texts

GERMAN = """
language = "Deutsch"
code = "de"
[phrases]
rows = "{count} von {of} Zeilen ({share:share})"
[findings.missing-id]
rule = "Die Zeile hat keine {id}."
cure = "Die Spalte {id} füllen."
command = "Sonst: --exclude {id}"
[roles.categories.text]
two = "nur zwei Werte"
"""
ROWS = [f"k{n},{20 + n % 50},{n * 37 % 101},{'mw'[n % 2]}" for n in range(90)]
TABLE = "\n".join(["customer_id,age,spend,sex", *ROWS, ",33,44,m", ",35,46,w"]) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("findings")
    (place / "deutsch.toml").write_text(GERMAN, encoding="utf-8")
    (place / "table.csv").write_text(TABLE, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def printed(folder):
    said = CliRunner().invoke(
        app,
        [
            "segment",
            f"{folder}/table.csv",
            "--runs",
            f"{folder}/runs",
            "--k",
            "3",
            "--set",
            f"language={folder}/deutsch.toml",
        ],
    )
    assert said.exit_code == 0, said.output
    return " ".join(said.stdout.split())


@pytest.fixture(scope="module")
def loaded(folder, printed):
    return clustera.load("latest", runs=folder / "runs")


SEEN = "2 von 92 Zeilen (2.2%) not used: Die Zeile hat keine customer_id."
CURE = "Die Spalte customer_id füllen. Sonst: --exclude customer_id"


def test_the_command_tells_a_finding_in_the_language(printed):
    assert f"{SEEN} {CURE}" in printed


def test_the_method_page_tells_it_so_too(loaded):
    page = loaded.report_html()
    assert SEEN in page
    assert CURE in page


def test_the_frame_and_the_file_of_left_out_rows_tell_it_so_too(loaded):
    assert in_python(CURE) in set(loaded.findings["cure"])
    assert set(loaded.quarantine["reason"]) == {"Die Zeile hat keine customer_id."}


def test_check_tells_findings_and_roles_in_the_language(folder):
    said = CliRunner().invoke(app, ["check", f"{folder}/table.csv", "--set", f"language={folder}/deutsch.toml"])
    words = " ".join(said.stdout.split())
    assert CURE in words
    assert "nur zwei Werte" in words


def test_without_a_language_file_it_is_english_again(folder):
    said = CliRunner().invoke(app, ["check", f"{folder}/table.csv"])
    assert "Die Zeile" not in said.stdout


def test_the_printed_language_holds_every_text_of_findings_and_reads_back_as_english(tmp_path):
    printed = CliRunner().invoke(app, ["language"]).stdout
    table = tomllib.loads(printed)
    assert {section: table[section] for section in english_templates()} == english_templates()
    (tmp_path / "copy.toml").write_text(english_text(), encoding="utf-8")
    assert load_language(tmp_path / "copy.toml") == load_language()


CODES = sorted(code for code, entry in english_templates()["findings"].items() if isinstance(entry.get("message"), str))


@settings(max_examples=25)
@given(st.sampled_from(CODES), st.text("äöü abc", min_size=1))
def test_any_finding_is_told_by_the_file_and_no_other(code, words):
    locale = to_locale(merge_language({"findings": {code: {"message": f"{words}!"}}}))
    with speaking(locale):
        assert finding_message(Finding(code, "note", column="x")) == f"{words}!".strip()
    assert list(locale.catalog) == ["findings"]
    assert list(locale.catalog["findings"]) == [code]


def merge_language(own):
    from clustera.texts.catalog import _english_table, _parsed

    return _parsed(merge_texts(_english_table(), own))


def test_each_of_several_reasons_is_told_by_the_file(tmp_path):
    texts = "\n".join(f'{why} = "{word}"' for why, word in (("wider", "weiter"), ("clear", "klar")))
    (tmp_path / "own.toml").write_text(f"[findings.aged-definitions.parts.reasons]\n{texts}\n", encoding="utf-8")
    reasons = ({"why": "wider", "spread": 0.3}, {"why": "clear", "groups": 4}, {"why": "small", "name": "A"})
    finding = Finding("aged-definitions", "warning", values={"earlier": "May", "reasons": reasons})
    with speaking(to_locale(load_language(tmp_path / "own.toml"))):
        assert finding_message(finding).endswith(": weiter; klar; A has under 2% of the customers.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[findings.nope]\nrule = "x"', r"line 1, findings\.nope: nothing uses this key"),
        ('[findings.duplicate-ids]\nmessage = "{foo}"', "findings"),
        (
            '[findings.contract-new-column]\nmessage = "{foo} ist neu."',
            r"line 2, .*message: \{foo\} has no value there",
        ),
        ('[findings.contract-new-column]\nmessage = "{column:zz}"', "can't be written as 'zz'"),
        ('[findings.contract-new-column]\nmessage = "{column"', "can't be filled"),
        ("[findings.contract-new-column]\nmessage = 3", "must be one text"),
        ('[notes.forecast-model]\ntext = "x"', "must be a table of texts"),
        ("findings = 3", "valid dictionary"),
        ('[phrases]\nrow = "x"', "nothing uses this key"),
        ('[findings.aged-definitions.parts.reasons]\nby = "warum"', "nothing uses this key"),
    ],
)
def test_a_wrong_text_is_refused_with_key_and_line(tmp_path, text, said):
    (tmp_path / "wrong.toml").write_text(text, encoding="utf-8")
    with pytest.raises(clustera.InputError, match=said):
        load_language(tmp_path / "wrong.toml")


TEXTS = st.recursive(
    st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3),
    max_leaves=6,
)
TABLES = st.dictionaries(st.sampled_from("abc"), TEXTS, max_size=3)


@settings(max_examples=50)
@given(TABLES, TABLES)
def test_what_was_changed_merged_into_english_is_the_file(english, own):
    whole = merge_texts(english, own)
    assert merge_texts(english, changed_texts(english, whole)) == whole
