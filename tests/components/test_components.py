import re
import tempfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from clustera import components
from clustera.components import stylesheet
from clustera.components.heat import heat_level
from clustera.components.map import spread_out
from clustera.components.markup import element, environment
from clustera.records import Distribution, Move
from tests import outcomes

MALL, MALL_SAMPLE = outcomes.mall()


def numbers(markup, tag, attribute):
    return [float(found) for found in re.findall(rf'<{tag}\b[^>]*?\b{attribute}="(-?[\d.]+)"', markup)]


def test_the_bar_is_divided_by_the_sizes():
    widths = np.array(numbers(components.size_bar(MALL.segments), "rect", "width")) + 3
    sizes = np.array([segment.size for segment in MALL.segments])
    assert widths / 1000 == pytest.approx(sizes / sizes.sum(), abs=1e-3)


def test_every_customer_who_is_no_outlier_is_one_dot_and_every_outlier_one_ring():
    markup = components.customer_map(MALL, MALL_SAMPLE, "Age", "Annual Income (k$)")
    assert markup.count("h0") == (~MALL_SAMPLE["outlier"]).sum()
    assert markup.count('class="outlier') == MALL_SAMPLE["outlier"].sum()


def test_density_shows_each_segment_where_it_is():
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 2], 4_000)
    frame = pd.DataFrame({"a": rng.normal(0, 1, 8_000) + 20 * (labels == 2), "b": rng.normal(0, 1, 8_000)})
    outcome, sample = outcomes.build(frame, labels, {"a": ("A", "", 1), "b": ("B", "", 1)}, ["left", "right"])
    markup = components.customer_map(outcome, sample, "a", "b")
    places = {0: [], 1: []}
    for path, segment in re.findall(r'd="([^"]+)" class="cells level-\d of of-(\d)', markup):
        places[int(segment)] += [float(x) for x in re.findall(r"M([\d.]+) ", path)]
    assert max(places[0]) < min(places[1])


def test_a_customer_beyond_the_frame_is_drawn_at_its_edge_and_counted():
    sample = MALL_SAMPLE.copy()
    sample.loc[sample.index[0], ["Age", "outlier"]] = [100_000, True]
    assert "1 beyond the frame" in components.customer_map(MALL, sample, "Age", "Spending Score (1-100)")


@pytest.mark.parametrize("factor", [1e-6, 1, 1e4, 1e11])
def test_the_name_of_an_axis_stands_beside_its_numbers_and_is_no_longer_than_the_map(factor):
    outcome, sample = outcomes.build(
        pd.DataFrame({"a": np.arange(60.0), "b": np.arange(60.0) * factor}),
        np.repeat([1, 2, 3], 20),
        {name: (f"{name}{'x' * 90}end", "", 9) for name in "ab"},
        ["one", "two", "three"],
    )
    markup = components.customer_map(outcome, sample, "a", "b")
    names = re.findall(r'class="axis"[^>]*>([^<]*)<', markup)
    assert [(name[0], name[-3:], len(name)) for name in names] == [("a", "end", 48), ("b", "end", 34)]
    across = float(re.search(r"translate\(([\d.]+) ", markup)[1])
    ticks = re.findall(r'<text x="([\d.]+)"[^>]*text-anchor="end">([^<]*)<', markup)
    assert len(ticks) > 2
    assert min(float(end) - 12 * len(words) for end, words in ticks) > across


def test_one_customer_of_a_segment_is_one():
    alone = replace(MALL.segments[0], size=1, share=0.005)
    assert f"{alone.name}: 1 customer, 0.5%" in components.size_bar([alone, *MALL.segments[1:]])


def test_badges_do_not_cover_each_other():
    rng = np.random.default_rng(1)
    placed = spread_out(rng.normal([300, 200], 8, (12, 2)), 26)
    apart = np.hypot(*(placed[:, None] - placed[None]).transpose(2, 0, 1)) + 99 * np.eye(12)
    assert apart.min() > 24


def test_bars_of_a_histogram_are_as_high_as_the_counts():
    drawn = Distribution("x", "X", (0.0, 1.0, 2.0, 3.0), (10, 40, 20), 1.6, 1.0, (0,) * 9, 0.0, 0)
    heights = numbers(components.histogram_chart(drawn), "rect", "height")
    assert np.array(heights) / max(heights) == pytest.approx([0.25, 1, 0.5], abs=1e-3)


def wide_chart(*given):
    """The streams as wide screens show them; narrow ones have a drawing of their own after it."""
    wide, narrow = components.moves_chart(*given).split('<svg width="100%"')[1:]
    assert "for-wide" in wide
    assert "for-narrow" in narrow
    return wide


def test_streams_are_as_thick_as_the_moves():
    comparison = outcomes.with_comparison(MALL).comparison
    markup = wide_chart(comparison, MALL.segments)
    thick = sorted(float(v) for v in re.findall(r"v([\d.]+)C", markup))
    counts = np.array(sorted(move.count for move in comparison.moves))
    assert np.array(thick) / sum(thick) == pytest.approx(counts / counts.sum(), abs=2e-3)


def test_the_streams_say_how_many_moved_and_the_segments_how_many_more_they_have():
    moves = (Move(1, 1, 80), Move(1, 2, 7), Move(2, 1, 21), Move(2, 2, 95))
    names = {1: "Best", 2: "Others"}
    kept = replace(
        outcomes.with_comparison(MALL).comparison,
        moves=moves, names_before=names, names_after=names, ranking=(1, 2), same_definitions=True,
        common=203, only_before=0, only_after=0,
    )  # fmt: skip
    texts = re.findall(r"<text[^>]*>(.*?)</text>", wide_chart(kept))
    plain = [re.sub("<[^>]+>", "", text).strip() for text in texts]
    assert {text for text in plain if "→" in text} == {"7→2", "21→1"}
    assert {"Best 101 (+14)", "Others 102 (−14)"} <= set(plain)
    assert not any(text.startswith("Best") and "87" in text for text in plain), "names stand once, on the right"
    later = replace(kept, only_after=20, came=((1, 3), (2, 17)))
    told = re.sub("<[^>]+>", "", wide_chart(later))
    assert re.findall(r"(?:Best|Others) \d+ \(.*?\)", told) == ["Best 104 (+17)", "Others 119 (+3)"]
    assert "New 20" in told, "those who came are a bar of their own"
    assert "17→2" in told
    gone = re.sub("<[^>]+>", "", wide_chart(replace(kept, only_before=4, left=((1, 4),))))
    assert "No longer in the data 4" in gone
    told = re.sub("<[^>]+>", "", wide_chart(replace(later, came=())))
    assert {"87", "116Best"} <= {*told.split()}, "how many there were stands on the left then"
    assert "(+" not in told, "nothing is said where they are not counted"


def test_segments_that_stay_the_same_stand_in_the_order_of_their_numbers_in_the_streams():
    moves = tuple(Move(one, other, 9) for one in (1, 2, 3) for other in (1, 2, 3))
    names = {1: "Best", 2: "Old", 3: "Others"}
    kept = replace(
        outcomes.with_comparison(MALL).comparison,
        moves=moves, names_before=names, names_after=names, ranking=(1, 3, 2), same_definitions=True,
    )  # fmt: skip
    plain = re.sub("<[^>]+>", " ", components.moves_chart(kept))
    assert plain.index("Best") < plain.index("Old") < plain.index("Others")


@pytest.mark.parametrize("seed", range(4))
def test_every_name_stands_beside_its_bar_and_nothing_is_left_empty_below(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 7))
    names = {s: "Customers with many purchases and less spend"[: int(rng.integers(5, 44))] for s in range(1, count + 1)}
    moves = tuple(
        Move(one, other, int(rng.integers(1, 400) ** rng.uniform(0.3, 1))) for one in names for other in names
    )
    kept = replace(
        outcomes.with_comparison(MALL).comparison,
        moves=moves, names_before=names, names_after=names, ranking=(), same_definitions=bool(seed % 2), came=((1, 30),),
    )  # fmt: skip
    for drawing in components.moves_chart(kept).split('<svg width="100%"')[1:]:
        height = float(re.search(r'height="([\d.]+)"', drawing)[1])
        bars = [
            (float(y), float(tall)) for y, tall in re.findall(r'y="([-\d.]+)" width="28" height="([\d.]+)"', drawing)
        ]
        names_at = []
        for label in re.findall(r'<text class="name".*?</text>', drawing):
            lines = [float(y) for y in re.findall(r'<tspan[^>]* y="([-\d.]+)"', label)]
            names_at.append((lines[0] - 13, lines[-1] + 4))
        middles = [(top + bottom) / 2 for top, bottom in names_at]
        assert middles == pytest.approx([y + tall / 2 for y, tall in bars], abs=0.1)
        ends = [y + tall for y, tall in bars] + [bottom for _, bottom in names_at]
        assert height - 1 <= max(ends) <= height + 0.1


def test_the_trade_off_marks_the_chosen_number_in_every_panel():
    markup = components.trade_off(MALL.selection)
    assert markup.count("Chosen: 6.") == 4
    assert markup.count('class="mark chosen"') == 4


def test_the_trade_off_says_why_a_number_was_refused():
    table = components.trade_off_table(MALL.selection)
    refused = [entry for entry in MALL.selection.evidence if not entry.admissible]
    assert table.count("there is no gap between all segments") == len(refused)


def test_shading_follows_the_effect():
    assert [heat_level(effect) for effect in (-3, -1.2, -0.3, 0, 0.2, 0.5, 1.6)] == [-4, -3, -1, 0, 0, 2, 4]


def test_many_features_are_told_in_tables_side_by_side_of_at_most_seven():
    outcome, _ = outcomes.wide()
    markup = components.heat_table(outcome)
    heads = [block.count('scope="col"') - 1 for block in markup.split("<thead")[1:]]
    assert heads == [7, 7, 7, 3]


def test_no_index_is_told_where_the_sign_makes_it_senseless():
    segment = MALL.segments[0]
    below = replace(segment.features[0], mean=-3.0, index=-40.0, effect=-1.5)
    card = components.segment_card(replace(segment, features=(below, *segment.features[1:])), MALL)
    assert " sd" not in card
    assert "−140%" not in card


def test_the_card_of_a_notebook_names_every_segment():
    card = components.summary_card(MALL)
    assert all(segment.name in card for segment in MALL.segments)
    assert "200 rows read = 200 segmented + 0 left out" in card


def test_a_page_needs_no_place_for_compiled_templates(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/there/is/no/such/folder")
    environment.cache_clear()
    try:
        assert ".tone-0" in stylesheet()
    finally:
        environment.cache_clear()


def test_a_compiled_template_that_can_not_be_kept_costs_no_page(monkeypatch, tmp_path):
    def full(*_, **__):
        raise OSError("No space left on device")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    environment.cache_clear()
    try:
        assert ".tone-0" in stylesheet()
    finally:
        environment.cache_clear()


def test_an_element_escapes_once_what_comes_from_data():
    inner = element("b", 'a "quoted" <name>', title='x" onload="y')
    assert element("p", inner, "&") == (
        '<p><b title="x&#34; onload=&#34;y">a &#34;quoted&#34; &lt;name&gt;</b>&amp;</p>'
    )
