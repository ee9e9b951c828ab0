"""Sections stand on any page: no style of their own inside, ids by the caller's prefix, rules that stay at home."""

import re
from functools import cache
from html.parser import HTMLParser

import pytest

from clustera import components
from clustera.components.markup import fill_from
from tests import outcomes, shoppers

BUILDERS = {
    "compared": lambda: (outcomes.with_comparison(outcomes.mall()[0]), outcomes.mall()[1]),
    "wide": outcomes.wide,
    "orders": shoppers.shopping,
    "refused": shoppers.refused,
}


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, markup):
        super().__init__()
        self.tags = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@cache
def run(name, prefix=""):
    outcome, sample = BUILDERS[name]()
    return components.sections(outcome, sample, prefix=prefix)


def tags(parts):
    return Tags("".join(part.body for part in parts)).tags


@pytest.fixture(params=BUILDERS)
def name(request):
    return request.param


def test_nothing_inside_is_styled_or_runs(name):
    for tag, attributes in tags(run(name)):
        assert tag not in ("style", "script", "link")
        assert not any(key == "style" or key.startswith("on") for key in attributes)


def test_every_id_and_field_begins_with_the_prefix(name):
    parts = run(name, "june-")
    assert {part.id for part in parts} == {f"june-{part.key}" for part in parts}
    marks = [a[key] for _, a in tags(parts) for key in ("id", "name", "aria-labelledby", "for") if key in a]
    assert marks
    assert [mark for mark in marks if not mark.startswith("june-")] == []


def test_links_of_a_run_lead_into_the_same_run(name):
    parts = run(name, "june-")
    found = tags(parts)
    ids = [part.id for part in parts] + [a["id"] for _, a in found if "id" in a]
    links = [a["href"][1:] for tag, a in found if tag == "a"]
    assert len(ids) == len(set(ids))
    assert links
    assert set(links) <= set(ids)


def test_a_prefix_changes_nothing_else(name):
    plain = "".join(part.body for part in run(name))
    prefixed = "".join(part.body for part in run(name, "june-"))
    assert prefixed.replace("june-", "") == plain


def test_sections_without_anything_to_say_are_left_out():
    mall, _ = outcomes.mall()
    keys = [part.key for part in components.sections(mall)]
    assert keys == ["overview", "plan", "cards", "verdict", "compare", "number", "outliers", "evidence", "card"]


def test_headings_inside_a_section_begin_at_the_third_level(name):
    assert {tag for tag, _ in tags(run(name)) if re.fullmatch(r"h\d", tag)} == {"h3"}


def selectors(css):
    """The selectors of the outermost rules, and those of the rules inside `@media`."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    depth, start, found = 0, 0, []
    for at, character in enumerate(css):
        if character == "{":
            if depth == 0:
                found.append(css[start:at].strip())
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                start = at + 1
    assert depth == 0
    return found


def test_every_rule_begins_at_the_class_of_components():
    begun = [part.strip() for rule in selectors(components.stylesheet()) for part in re.split(r",(?![^(]*\))", rule)]
    assert [part for part in begun if not re.match(r"(:where\()?\.clustera\b", part)] == []


def test_no_rule_hangs_on_an_id_or_loads_anything():
    css = components.stylesheet()
    assert "#" not in re.sub(r"\{[^{}]*\}", "", css)  # what is left are selectors
    assert "url(" not in css
    assert "@import" not in css


def test_every_class_that_a_section_uses_and_that_carries_color_is_known_to_the_stylesheet(name):
    used = {c for _, a in tags(run(name)) for c in (a.get("class") or "").split()}
    css = components.stylesheet()
    assert [c for c in used if c.startswith(("tone-", "heat", "level-")) and f".{c}" not in css and c != "heat0"] == []


def test_a_template_of_another_room_shares_the_filters():
    said = fill_from("clustera.report", "report.html.j2", **_page_values())
    assert "<title>July</title>" in said


def _page_values():
    outcome, _ = outcomes.mall()
    return {
        "outcome": outcome,
        "title": "July",
        "css": "",
        "style_hash": "",
        "headline": "",
        "money_headline": "",
        "lead": "",
        "key_figures": "",
        "first_step": "",
        "part": "report",
        "report_file": "report.html",
        "method_file": "method.html",
        "found": (),
        "method": (),
        "files": (),
    }
