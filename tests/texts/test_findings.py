"""Findings are codes and values; the catalog has a sentence for every code, and every sentence gets its values."""

from __future__ import annotations

import ast
import json
import re
import string
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.codes import MOST_WORDS

from clustera.records import Finding
from clustera.texts import choice, fill_template, finding_message, load_findings, load_sections
from clustera.texts.findings import find_entry, load_notes
from clustera.texts.templates import load_catalog

SOURCE = Path(__file__).parents[2] / "src" / "clustera"
CATALOG = load_findings()
GIVEN = {"column", "count", "share", "rows", "reason", "currency", "it"}  # by the translator itself


@cache
def literals():
    """Every text in the source that is the whole of a literal, but for docstrings."""
    files = [file for file in SOURCE.rglob("*.py") if file.parent.name != "texts"]
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text())))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def calls_of(name):
    """Every place in the source that calls a function or makes a record of this name."""
    sources = [text for file in SOURCE.rglob("*.py") if f"{name}(" in (text := file.read_text())]
    calls = (node for text in sources for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return [node for node in calls if name in (getattr(node.func, "id", ""), getattr(node.func, "attr", ""))]


FIELDS = [field.name for field in fields(Finding)]
# Functions that make a finding of a code and of values by name; what else they are given by name.
MAKERS = {"counted": {"column", "examples"}, "column_finding": set(), "whole_column_finding": set()}


def findings_made():
    """(code, call, its arguments by name) of every place that makes a finding, the code None where it is an expression."""
    for node in calls_of("Finding"):
        given = dict(zip(FIELDS, node.args, strict=False)) | {keyword.arg: keyword.value for keyword in node.keywords}
        yield _text_of(given.get("code")), node, given
    for maker, others in MAKERS.items():
        for node in calls_of(maker):
            said = [keyword for keyword in node.keywords if keyword.arg not in others]
            values = [(ast.Constant(keyword.arg) if keyword.arg else None, keyword.value) for keyword in said]
            if maker != "counted":
                values.append((ast.Constant("title"), ast.Constant("")))
                values.append((ast.Constant("of"), ast.Constant(1)))
            told = ast.Dict([key for key, _ in values], [value for _, value in values])
            yield _text_of(node.args[0]), node, {"values": told}


def _text_of(node):
    return node.value if isinstance(node, ast.Constant) else None


CALLS = list(findings_made())


def names_in(template, parts, seen=frozenset()):
    """The placeholders of a template, those of its phrases included."""
    if not isinstance(template, str):
        return set().union(*(names_in(text, parts, seen) for text in template.values() if isinstance(text, str)))
    names = {name for _, name, _, _ in string.Formatter().parse(template) if name}
    for name in names & parts.keys() - seen:
        names = names | names_in(parts[name], parts, seen | {name})
    return names


def test_every_code_in_the_source_has_an_entry():
    codes = {code for code, _, _ in CALLS if code}
    assert codes
    assert codes <= set(CATALOG)


def test_every_entry_is_of_a_code_in_the_source():
    written = literals() | set(re.findall(r"'([a-z-]+)' as code", "".join(literals())))
    assert [code for code in CATALOG if code not in written] == []


def test_every_reason_and_note_has_words_and_every_word_a_reason():
    tables = (
        choice.REASONS,
        choice.CHOICES,
        choice.REFUSALS,
        choice.WISHES,
        choice.PRICES,
        choice.NOTES,
        load_notes(),
        load_catalog()["roles"],
    )
    known = set().union(*tables)
    made = {node.args[0].value for node in calls_of("Reason") if isinstance(node.args[0], ast.Constant)}
    assert made
    assert made - {""} <= known  # a column made by hand has no reason
    assert {code for code in known if code not in literals() and not code.startswith("asked-")} == set()


def test_every_entry_stands_in_a_section_and_no_section_is_empty():
    assert {entry["section"] for entry in CATALOG.values()} == set(load_sections())


@pytest.mark.parametrize("code", CATALOG)
def test_options_stand_in_the_command_and_those_of_a_page_are_named_as_data(code):
    def cases(key):
        entry = CATALOG[code].get(key, "")
        return entry if isinstance(entry, dict) else {"": entry}

    assert not any("--" in text or "clustera " in text for text in cases("cure").values())
    known = {case: set(re.findall(r"--(exclude|as-of)\b", text)) for case, text in cases("command").items()}
    named = {case: {option} for case, option in cases("cured_by").items() if option}
    assert named == {case: options for case, options in known.items() if options}


@pytest.mark.parametrize("code", sorted({code for code, _, _ in CALLS if code}))
def test_every_placeholder_is_given_by_the_values(code):
    entry = find_entry(code)
    for _, _, named in (call for call in CALLS if call[0] == code):
        values = named.get("values")
        keys = [key.value if key else None for key in values.keys] if isinstance(values, ast.Dict) else []
        if None in keys:
            continue  # more values come from elsewhere: the tests below fill those
        case = values.values[keys.index("case")] if "case" in keys else None
        parts = entry.get("parts", {})
        for part in ("message", "rule", "cure", "command"):
            template = entry.get(part, "")
            if isinstance(template, dict) and isinstance(case, ast.Constant):
                template = template[case.value]
            elif isinstance(template, dict):
                continue
            items = set(re.findall(r'"(\w+)":', ast.unparse(named["values"]).replace("'", '"'))) if values else set()
            fields = {name for phrase in parts if phrase in keys for name in names_in(parts[phrase], {})}
            assert names_in(template, parts) <= {*GIVEN, *keys, *items, *fields}, part


def test_no_value_is_written_as_a_sentence_in_the_source():
    for _, node, _ in CALLS:
        texts = [
            part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        # SQL that looks for examples is no value.
        assert [text for text in texts if len(text.split()) > MOST_WORDS and "select" not in text] == []


@given(st.integers(0, 10**9))
def test_one_is_singular_and_all_else_plural(n):
    said = fill_template("{n} {n:line|lines}", {"n": n}, {})
    assert said == (f"{n:,} line" if n == 1 else f"{n:,} lines")


@given(st.lists(st.text(st.characters(exclude_characters="{}"), min_size=1), max_size=5))
def test_words_of_the_data_are_told_as_they_are(words):
    said = fill_template("{words}.", {"words": tuple(words)}, {"words": {"each": "{it!r}", "joint": "; "}})
    assert said == "; ".join(map(repr, words)) + "."


def test_braces_in_the_data_stay_braces():
    finding = Finding("contract-new-column", "note", column="{count} {0} {x!r}")
    assert finding_message(finding) == "{count} {0} {x!r} is not in the contract."


def test_values_survive_json():
    from pydantic import TypeAdapter

    names = ({"old": "a", "new": "b"}, {"old": "c", "new": "d"})
    finding = Finding("renamed-columns", "note", count=2, values={"names": names, "share": 0.5, "n": 1, "more": True})
    adapter = TypeAdapter(Finding)
    again = adapter.validate_json(adapter.dump_json(finding))
    assert again == finding
    assert json.dumps(again.values["n"]) == "1"
