"""Names from right to left keep their place among the numbers of a sentence."""

from __future__ import annotations

import re

import pytest

from clustera.components.directions import isolate_names

PLACE = "\u05ea\u05dc \u05d0\u05d1\u05d9\u05d1"  # two words of Hebrew
DRINKS = "\u0645\u0634\u0631\u0648\u0628\u0627\u062a"  # one of Arabic


@pytest.mark.parametrize(
    ("said", "names"),
    [
        (f"<p>most often {DRINKS}, 31 of 47</p>", [DRINKS]),
        (f"<b>{PLACE}: {DRINKS}</b> 100%", [PLACE, DRINKS]),
        (f"<p>{PLACE} 12 {PLACE} 81 (average 51), {DRINKS} 3.4</p>", [f"{PLACE} 12 {PLACE}", DRINKS]),
        (f"<td>{PLACE} ({DRINKS})</td>", [f"{PLACE} ({DRINKS})"]),
    ],
)
def test_each_name_stands_by_itself_and_nothing_else_changes(said, names):
    found = isolate_names(said)
    assert re.findall(r"<bdi>(.*?)</bdi>", found) == names
    assert re.sub("</?bdi>", "", found) == said
    assert isolate_names(found) == found


@pytest.mark.parametrize(
    "said",
    [
        "<p>most often Tea, 31 of 47</p>",
        f'<input value="{PLACE}">',
        f"<textarea>{PLACE}</textarea><option>{PLACE}</option>",
        f"<head><title>{PLACE}</title></head>",
        f'<svg aria-label="{PLACE}"><svg></svg><text><title>{PLACE}</title><tspan>{PLACE}</tspan></text></svg>',
    ],
)
def test_what_a_form_sends_a_picture_and_the_head_stay_as_they_are(said):
    assert isolate_names(said) == said


def test_sentences_from_right_to_left_are_left_alone():
    said = f"<p>{PLACE}, 31</p>"
    assert isolate_names(said, "he") == isolate_names(said, "fa-IR") == said
