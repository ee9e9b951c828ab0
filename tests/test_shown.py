"""What a session and a notebook show of a segmentation, of records, plans and results: short, and in words."""

import html
from dataclasses import fields, is_dataclass

import pytest

import clustera
from clustera import records
from clustera.records import Finding, Note, Source
from clustera.records.printing import LINE
from clustera.segmentation.spoken import Sentences
from clustera.texts import finding_message
from tests import outcomes, shoppers


def records_within(value):
    """A record and every record that it holds."""
    if is_dataclass(value):
        yield value
        value = [getattr(value, one.name) for one in fields(value)]
    if isinstance(value, tuple | list):
        for item in value:
            yield from records_within(item)


@pytest.mark.parametrize("made", [outcomes.mall, shoppers.shopping])
def test_every_record_is_shown_in_one_line(made):
    found = list(records_within(made()[0]))
    assert len(found) > 100
    assert max(len(repr(record)) for record in found) <= LINE
    assert not any("\n" in repr(record) for record in found)


def test_print_shows_a_line_for_each_field_that_holds_something():
    finding = Finding("missing-values", "warning", column="age", count=3, examples=((1, "N/A"),))
    shown = str(finding).splitlines()
    assert [line.split()[0] for line in shown] == [
        "Finding",
        "code",
        "severity",
        "column",
        "count",
        "share",
        "examples",
    ]
    assert finding._repr_html_().count("<tr>") == 6


def test_a_notebook_shows_the_text_of_a_record_and_runs_none_of_it():
    evil = "<script>alert(1)</script>"
    assert evil not in Note(1, evil)._repr_html_()
    assert html.escape(evil) in Note(1, evil)._repr_html_()


def test_all_records_follow_the_one_rule():
    kinds = [kind for name in records.__all__ if is_dataclass(kind := getattr(records, name))]
    assert len(kinds) > 100
    assert {kind.__repr__ for kind in kinds} == {Source.__repr__}


def test_a_segmentation_shows_its_choice_its_segments_and_its_findings(blobs):
    table = blobs.copy()
    table.loc[:19, "age"] = None
    table.loc[20, "income"] = -99999.0
    with clustera.segment(table, progress=False) as seg:
        shown, page = repr(seg), seg._repr_html_()
        found = seg.outcome.findings
        lines = shown.splitlines()
        assert lines[0].startswith("4 segments. They are clear groups")
        assert [line.split()[0] for line in lines[1:5]] == ["1", "2", "3", "4"]
        severities = [finding.severity for finding in found]
        for severity in set(severities):
            n = severities.count(severity)
            assert f"{n} {severity}{'s' if n > 1 else ''}" in lines[5]
        warnings = [finding for finding in found if finding.severity == "warning"]
        assert warnings
        for finding in warnings[:3]:
            assert f"  warning: {finding_message(finding)}" in lines
            assert finding_message(finding) in html.unescape(page)
        more = [line for line in lines if "more in seg.findings" in line]
        assert more == ([f"{len(found) - 3} more in seg.findings."] if len(found) > 3 else [])


class Told(Sentences):
    """A result of two sentences."""

    def sentences(self):
        """Two."""
        return ["It works.", "5 < 6"]


def test_a_result_is_shown_as_its_sentences():
    assert repr(Told()) == "It works.\n5 < 6"
    assert Told()._repr_html_() == "<p>It works.</p><p>5 &lt; 6</p>"
