"""What the report answers beyond the segments themselves: outliers, and the Sensitivity analysis on request."""

import re

import pytest

import clustera
from clustera.components import further
from clustera.texts import outlier_sentence


@pytest.fixture(scope="module")
def odd(blobs):
    """The four groups with a feature that is a score of two others, and four customers who spend far more."""
    table = blobs.assign(spend=blobs.income * 2 + blobs.spending_score)
    table.loc[[3, 50, 90, 120], "spend"] += [5_000, 6_000, 7_000, 9_000]
    return table


@pytest.fixture(scope="module")
def examined(odd, tmp_path_factory):
    seg = clustera.segment(odd, diagnostics=True, progress=False)
    return seg, clustera.load(seg.save(tmp_path_factory.mktemp("runs") / "examined"))


@pytest.fixture(scope="module")
def plain(odd):
    return clustera.segment(odd, progress=False)


def test_who_stands_apart_is_told_without_asking(plain, odd):
    apart = plain.outcome.apart
    assert apart.count == plain.customers.outlier.sum() == plain.outcome.preparation.outliers
    others = odd.set_index("customer_id").loc[plain.customers.id[~plain.customers.outlier]]
    spend = next(feature for feature in apart.features if feature.feature == "spend")
    assert spend.others == pytest.approx(others.spend.median())
    assert spend.holds == pytest.approx(1 - others.spend.sum() / odd.spend.sum())
    assert outlier_sentence(apart, plain.outcome.preparation.features) in plain.report_html().replace("&#39;", "'")


def test_a_report_has_no_place_for_outliers_where_there_are_none(blobs):
    seg = clustera.segment(blobs, outliers=False, progress=False)
    assert seg.outcome.apart is None
    assert 'id="outliers"' not in seg.report_html()


def test_further_questions_are_asked_on_request_only(plain, examined):
    assert plain.outcome.examination is None
    assert 'id="diagnostics"' not in plain.report_html()
    assert 'id="diagnostics"' in examined[0].report_html()


def test_a_loaded_run_shows_its_examination_again(examined):
    seg, loaded = examined
    assert loaded.diagnostics() == seg.outcome.examination
    assert loaded.report_html() == seg.report_html()


def test_a_run_that_was_not_examined_says_how_to(plain, tmp_path):
    loaded = clustera.load(plain.save(tmp_path / "run"))
    with pytest.raises(clustera.RunError, match="diagnostics=True"):
        loaded.diagnostics()


def test_a_score_of_other_features_is_named_as_counting_twice(examined):
    page = examined[0].report_html()
    assert re.search(r"follows almost entirely from [^<]*, so these count twice", page)


def test_each_overlap_stands_beside_its_own_segment(examined):
    seg, _ = examined
    seeds = dict(zip(seg.outcome.model.segments, seg.outcome.examination.seeds.segments, strict=True))
    for row in further.segments_found_again(seg.outcome):
        assert row.overlaps[0] == seeds[row.segment.segment]


def test_asking_takes_nothing_away_from_the_answer(plain, examined):
    assert examined[0].outcome.segments == plain.outcome.segments
    assert examined[0].outcome.selection == plain.outcome.selection


def test_a_sensitive_feature_is_told_beside_the_segments(plain):
    page = plain.report_html()
    told = page.index("Age forms the segments: age is a sensitive attribute.")
    assert page.index('id="overview"') < told < page.index('class="cards"')
