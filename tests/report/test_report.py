import hashlib
import re
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from html.parser import HTMLParser

import pytest

import clustera
from clustera.components.cards import telling_descriptors
from clustera.records import Reason
from clustera.report import card_html, render_page
from clustera.texts import trust_sentence, verdicts
from tests import outcomes


@pytest.fixture(scope="module", params=["mall", "shop", "continuum"])
def told(request):
    return getattr(outcomes, request.param)()


@pytest.fixture(scope="module")
def mall():
    return outcomes.mall()


class Words(HTMLParser):
    """Text of a page outside its style, and every tag with its attributes."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self.silent = [], "", False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.silent = tag == "style"

    def handle_endtag(self, tag):
        self.silent = False

    def handle_data(self, data):
        self.text += "" if self.silent else data + " "


def test_the_same_outcome_gives_the_same_bytes(mall):
    assert render_page(mall[0], sample=mall[1]) == render_page(mall[0], sample=mall[1])


def test_every_segment_is_named_with_its_size(told):
    page = Words(render_page(told[0], sample=told[1]))
    for segment in told[0].segments:
        assert segment.name in page.text
        assert f"{segment.size:,} customers" in page.text


def test_nothing_comes_from_the_network_and_nothing_runs(told):
    page = Words(render_page(told[0], sample=told[1]))
    assert not [tag for tag, _ in page.tags if tag in ("script", "link", "img", "iframe", "object")]
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name in ("style", "src", "srcset") for name in attributes)
        assert attributes.get("href", "#").startswith("#")


def test_the_policy_lets_in_this_very_stylesheet(mall):
    page = render_page(mall[0], sample=mall[1])
    sheet = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    assert f"'sha256-{b64encode(hashlib.sha256(sheet.encode()).digest()).decode()}'" in page
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_ids_are_unique_and_links_find_them(told):
    tags = Words(render_page(told[0], sample=told[1])).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {attributes["href"][1:] for tag, attributes in tags if tag == "a"}
    assert links <= set(ids)


def test_words_from_the_data_stay_words(mall):
    outcome, sample = mall
    evil = "<script>alert(1)</script>\"'&{{7*7}}"
    hostile = replace(
        outcome,
        source=replace(outcome.source, name=evil),
        segments=tuple(
            replace(
                s,
                name=evil + str(s.segment),
                statement=replace(
                    s.statement,
                    features=tuple(replace(f, title=evil, unit=evil, own_unit=evil) for f in s.statement.features),
                    descriptor=replace(s.descriptors[0], value=evil),
                    descriptor_title=evil,
                ),
                descriptors=tuple(
                    replace(d, value=evil, descriptor=evil, share=0.9, overall=0.1) for d in s.descriptors
                ),
            )
            for s in outcome.segments
        ),
        actions=tuple(replace(a, text=evil, category=evil) for a in outcome.actions),
        findings=tuple(
            replace(f, values={**f.values, "title": evil, "id": evil}, examples=((1, evil),)) for f in outcomes.FINDINGS
        ),
        columns=tuple(replace(c, name=evil, reason=Reason("twin", {"twin": evil})) for c in outcome.columns),
        preparation=replace(
            outcome.preparation,
            features=tuple(replace(f, title=evil, unit=evil) for f in outcome.preparation.features),
            notes=(Reason("left-skewed", {"title": evil, "skew": evil}),),
        ),
        patterns=replace(
            outcome.patterns,
            distributions=tuple(replace(d, label=evil) for d in outcome.patterns.distributions),
            redundant=((evil, evil, 0.97),),
        ),
        selection=replace(
            outcome.selection, because=(Reason("practical", {"k": evil}),), asked=(Reason("k", {"k": evil}),)
        ),
    )
    for page in (render_page(hostile, sample=sample, title=evil, files=[evil]), card_html(hostile)):
        assert not [tag for tag, _ in Words(page).tags if tag == "script"]
        assert "49" not in re.findall(r"7\*7|\{\{49\}\}", page)
        assert evil in Words(page).text


def test_names_given_by_people_replace_the_old_ones_in_sentences_too(mall):
    page = Words(render_page(mall[0], sample=mall[1], names={1: "Golden <b>oldies</b>"})).text
    beside = [segment for segment in mall[0].segments if segment.trust.neighbor == 1]
    assert beside
    assert all(trust_sentence(segment.trust, neighbor="Golden <b>oldies</b>") in page for segment in beside)
    assert "Older middle-income savers" not in page


@pytest.mark.parametrize("verdict", ["clear", "stable", "practical"])
def test_every_report_explains_all_three_verdicts(mall, verdict):
    outcome = replace(mall[0], selection=replace(mall[0].selection, verdict=verdict))
    page = render_page(outcome, sample=mall[1])
    assert [page.count(f"<h3>{title}") for title in ("Clear groups", "Stable groups", "Practical split")] == [1, 1, 1]
    assert page.count("this result") == 1


def test_the_balance_is_told(mall):
    outcome, sample = outcomes.shop()
    text = re.sub(r"\s+", " ", Words(render_page(outcome, sample=sample)).text)
    assert "12,037 rows read = 12,000 segmented + 37 left out" in text


def test_a_report_needs_no_sample(mall):
    page = render_page(mall[0], sample=mall[1].head(0))
    assert 'id="map"' not in page
    assert mall[0].segments[0].name in page


def test_a_report_of_twenty_thousand_customers_stays_small():
    outcome, sample = outcomes.shop(20_000)
    assert len(render_page(outcome, sample=sample)) < 1_000_000


def test_changes_are_told_when_there_was_a_run_before(mall):
    text = Words(render_page(outcomes.with_comparison(mall[0]), sample=mall[1])).text
    assert "Since run of March" in text
    assert "Christmas shoppers" in text


def test_the_report_does_not_load_the_heavy_libraries():
    code = (
        "import sys, clustera.report; print([m for m in ('matplotlib','scipy','sklearn','duckdb') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"}
    )
    assert done.stdout.strip() == "[]"


def test_the_result_is_sure_only_where_segments_come_back_from_the_other_half(mall):
    outcome = replace(
        mall[0],
        segments=tuple(replace(s, trust=replace(s.trust, statement="distinct")) for s in mall[0].segments),
    )
    weak = tuple(replace(e, prediction_strength=0.66) for e in outcome.selection.evidence)
    shaky = replace(outcome, selection=replace(outcome.selection, evidence=weak))
    assert (verdicts.run_sureness(outcome)[0], verdicts.run_sureness(shaky)[0]) == ("High", "Fair")


def test_numbers_that_were_not_measured_are_a_dash():
    outcome, sample = outcomes.continuum()
    bare = tuple(
        replace(e, jaccard=float("nan"), valley=float("nan"), prediction_strength=float("nan"))
        for e in outcome.selection.evidence
    )
    page = render_page(replace(outcome, selection=replace(outcome.selection, evidence=bare)), sample=sample)
    assert "nan" not in re.sub(r"[a-z]nan|nan[a-z]", "", Words(page).text.lower())


def test_one_feature_and_missing_values_make_a_report_too():
    outcome, sample = outcomes.mall()
    only = outcome.preparation.features[:1]
    one = replace(
        outcome,
        preparation=replace(outcome.preparation, features=only),
        segments=tuple(replace(s, features=s.features[:1], center=s.center[:1]) for s in outcome.segments),
    )
    assert "Where the customers are" not in render_page(one, sample=sample)
    holes = sample.astype({"Age": float})
    holes.loc[holes.index[::3], "Age"] = float("nan")
    assert "NaN" not in render_page(outcome, sample=holes)


def test_a_descriptor_is_told_only_where_it_stands_out(mall):
    segment = mall[0].segments[0]
    entry = segment.descriptors[0]
    near, far = (
        replace(entry, share=0.58, overall=0.56, margin=0.1),
        replace(entry, share=0.8, overall=0.56, margin=0.1),
    )
    assert telling_descriptors(replace(segment, descriptors=(near,))) == []
    assert telling_descriptors(replace(segment, descriptors=(far,))) == [far]


def test_a_wish_against_the_grain_is_not_called_a_continuum(blobs):
    seg = clustera.segment(blobs, k=7, progress=False)
    assert seg.verdict == "practical"
    page = Words(seg.report_html()).text
    assert "180 customers, divided into seven segments as asked." in page
    assert "Another number of segments would hold better" in page
    assert "form one continuum; seven" not in page
    assert "The data alone would give 4 (clear groups)" in page
