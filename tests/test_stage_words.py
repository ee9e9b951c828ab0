"""Every stage has one definition, the same in the glossary, the report's note and the rules, with the rules' own numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from clustera.components import sections
from clustera.features.lifecycle import AWAY, QUARTER
from clustera.features.rhythm import LATE_DAYS, OWN, YEAR
from clustera.profile.name_words import BOUND_SLACK
from clustera.records import Stage
from clustera.texts import load_language
from tests import shoppers

ROOT = Path(__file__).parent.parent
STAGES = get_args(Stage)
NOTE = next(str(part.body) for part in sections(shoppers.shopping()[0]) if part.key == "evidence")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
METHOD = (ROOT / "docs" / "methods" / "actions.md").read_text(encoding="utf-8")
# The numbers of each rule; how many gaps make a repeat customer stands with that word.
NUMBERS = {
    "new": {QUARTER},
    "active": set(),
    "overdue": {1, 5, LATE_DAYS, YEAR},
    "lapsed": {YEAR, QUARTER},
    "returned": {QUARTER, AWAY},
}


def in_glossary(word):
    return re.findall(rf"^\| {word} \| ([^|]+) \|", GLOSSARY, re.MULTILINE)


def in_note(word):
    return re.findall(rf"<dt>{word}</dt><dd>(.*?)</dd>", NOTE)


def said_numbers(text):
    return {int(number) for number in re.findall(r"\b\d+\b", text)}


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_has_one_definition_with_the_numbers_of_the_rule(stage):
    (glossary,), (note,) = in_glossary(stage), in_note(f"Stage: {stage}")
    assert said_numbers(glossary) == said_numbers(note) == NUMBERS[stage]
    assert glossary.startswith("stage: ")
    assert re.search(rf"^\| {stage} \| ", METHOD.split("## Lifecycle stages")[1], re.MULTILINE)


def test_a_repeat_customer_has_as_many_gaps_as_the_rule_asks_for():
    assert OWN == 3
    assert "at least 3 gaps" in in_glossary("repeat customer")[0]
    assert "at least three gaps" in in_note("Repeat customers")[0]


def test_the_words_of_segment_names_are_explained_with_their_own_bounds():
    recency = load_language().meanings["recency"]
    lapsed = next(form for form in recency.high if form.adjective == "lapsed" and form.unit is None)
    active = next(form for form in recency.low if form.adjective == "active" and form.unit is None)
    assert lapsed.for_most
    for text in (
        in_glossary("lapsed segment, active segment")[0],
        *in_note("“Lapsed” and “active” in a segment's name"),
    ):
        assert said_numbers(text) - {round(100 * BOUND_SLACK)} == {int(lapsed.at_least), int(active.below)}


def test_the_forecast_has_another_word_for_who_is_still_a_customer():
    templates = ROOT / "src" / "clustera" / "components" / "templates"
    told = " ".join((templates / name).read_text(encoding="utf-8") for name in ("value.html.j2", "worth.html.j2"))
    assert "Expected to buy again" in told
    assert not re.search(r"\b[Aa]ctive (customers|buyers)|[Ss]till active", told)
