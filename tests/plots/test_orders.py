"""Figures of segments drawn from orders."""

from __future__ import annotations

from dataclasses import replace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from clustera import days, palette, plots
from clustera.errors import InputError
from clustera.segmentation.pictures import Plots
from tests import outcomes, shoppers

SHOP, SAMPLE = shoppers.shopping()
BUYING, SEGMENTS = SHOP.behavior, SHOP.segments
NOW = BUYING.migration.sizes[-1]
MATRIX = (
    (0.7, 0.1, 0.0, 0.0, 0.0),
    (0.1, 0.6, 0.2, 0.0, 0.0),
    (0.0, 0.2, 0.7, 0.1, 0.0),
    (0.0, 0.0, 0.1, 0.9, 0.0),
    (0.0, 0.0, 0.0, 0.1, 0.9),
)
ARRIVALS = (20.0, 4.0, 1.0, 0.0, 0.0)
EXPECTED = tuple((np.array(NOW) @ np.array(MATRIX) + ARRIVALS).tolist())
NEXT = replace(BUYING.migration.forecast, matrix=MATRIX, arrivals=ARRIVALS, expected=EXPECTED)
MOVES = replace(BUYING.migration, forecast=NEXT)

ALL = {
    "revenue": lambda **ax: plots.revenue(BUYING, SEGMENTS, **ax),
    "months": lambda **ax: plots.months(BUYING, SEGMENTS, **ax),
    "customers": lambda **ax: plots.months(BUYING, SEGMENTS, of="customers", **ax),
    "affinities": lambda **ax: plots.affinities(BUYING, SEGMENTS, **ax),
    "rfm": lambda **ax: plots.rfm(BUYING.rfm, currency="GBP", **ax),
    "rfm_groups": lambda **ax: plots.rfm_groups(BUYING, SEGMENTS, **ax),
    "cohorts": lambda **ax: plots.cohorts(BUYING, **ax),
    "forecast": lambda **ax: plots.forecast(MOVES, segments=SEGMENTS, **ax),
    "sizes_over_time": lambda **ax: plots.sizes_over_time(MOVES, segments=SEGMENTS, **ax),
}


@pytest.mark.parametrize("name", ALL)
def test_settings_of_matplotlib_are_left_alone(name):
    before = dict(mpl.rcParams)
    ALL[name]()
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", ALL)
def test_it_draws_on_the_axes_given(name):
    _, ax = plt.subplots()
    assert ALL[name](ax=ax) is ax
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("name", ALL)
def test_text_stands_off_the_ground(name, style):
    with plt.style.context(style):
        figure = ALL[name]().figure
        back = palette.luminance(to_hex(figure.get_facecolor()))
        for ax in figure.axes:
            for text in [*ax.get_xticklabels(), *ax.get_yticklabels(), ax.xaxis.label, ax.yaxis.label, ax.title]:
                front = palette.luminance(to_hex(text.get_color()))
                high, low = max(front, back), min(front, back)
                assert (high + 0.05) / (low + 0.05) >= 3, text


@pytest.mark.parametrize("name", ["revenue", "months", "forecast"])
def test_the_same_figure_is_written_as_the_same_bytes(name, tmp_path):
    written = []
    for run in "ab":
        plots.save(ALL[name](), tmp_path / f"{run}.svg")
        written.append((tmp_path / f"{run}.svg").read_bytes())
    assert written[0] == written[1]


def test_bars_are_shares_of_customers_and_of_money():
    widths = [bar.get_width() for bar in ALL["revenue"]().patches]
    lines = shoppers.orders()
    money = np.array([amount for _, amount in BUYING.revenue])
    assert money.sum() == pytest.approx(lines["cents"].sum() / 100)
    assert widths[:5] == pytest.approx([segment.share for segment in SEGMENTS])
    assert widths[5:] == pytest.approx(money / money.sum())


def test_a_month_that_is_not_over_is_a_ring():
    ax = ALL["months"]()
    rings = [c.get_offsets().tolist() for c in ax.collections if len(c.get_sizes()) and c.get_sizes()[0] == 42]
    of = {(entry.segment, entry.month): entry.revenue for entry in BUYING.months}
    assert rings == [[[23.0, pytest.approx(of.get((s.segment, "2017-08"), 0.0))]] for s in SEGMENTS]
    assert ax.get_xlabel() == "Ring: Aug 2017 is not over"


def test_lines_run_through_every_month_also_those_without_orders():
    first = min(entry.month for entry in BUYING.months)
    quiet = replace(BUYING, months=tuple(m for m in BUYING.months if m.month != "2016-03"))
    ax = plots.months(quiet, SEGMENTS)
    drawn = ax.lines[0].get_ydata()
    assert drawn[days.list_months(first, "2017-08").index("2016-03")] == 0
    assert len(drawn) == 23


def test_names_at_the_end_of_lines_keep_apart():
    ax = ALL["months"]()
    ax.figure.canvas.draw()
    badges = sorted(float(c.get_offsets()[0][1]) for c in ax.collections if c.get_sizes()[0] == 250)
    heights = ax.transData.transform([(0, y) for y in badges])[:, 1] * 72 / ax.figure.dpi
    assert np.diff(heights).min() > 15


def test_affinities_are_shaded_by_the_index():
    ax = ALL["affinities"]()
    cells = {(a.segment, a.category): a.index for a in BUYING.affinities}
    names = list(dict.fromkeys(a.category for a in BUYING.affinities))
    expected = [[np.clip(np.log2(cells[s.segment, name] / 100), -1, 1) for name in names] for s in SEGMENTS]
    assert np.allclose(ax.images[0].get_array(), expected)


def test_every_customer_is_in_the_grid_once():
    ax = ALL["rfm"]()
    counts = [int(text.get_text().split("\n")[0].replace(",", "")) for text in ax.texts]
    assert sum(counts) == sum(segment.size for segment in SEGMENTS)


def test_customers_who_came_lately_stand_on_top():
    ax = ALL["rfm"]()
    places = {text.get_text(): ax.transData.transform(text.get_position())[1] for text in ax.texts}
    cells = {(cell.r, cell.f): f"{cell.customers:,}\n{cell.spend:,.0f}" for cell in BUYING.rfm.cells}
    assert places[cells[5, 5]] > places[cells[1, 1]]


def test_rfm_groups_of_a_segment_add_up():
    assert np.allclose(ALL["rfm_groups"]().images[0].get_array().sum(axis=1), 1)


def test_retention_leaves_the_open_month_out_of_the_last_row():
    ax = ALL["cohorts"]()
    last = np.asarray(ax.images[0].get_array())[-1]
    came = sum(c.size for c in BUYING.cohorts if len(c.active) > 2)
    again = sum(c.active[1] for c in BUYING.cohorts if len(c.active) > 2)
    assert last[0] == pytest.approx(again / came)


def test_forecast_streams_add_up_to_what_is_expected():
    ax = ALL["forecast"]()
    streams = [p for p in ax.patches if isinstance(p, mpl.patches.PathPatch)]
    everybody = sum(NOW) + sum(ARRIVALS)
    into: dict[str, float] = {}
    bars = [p for p in ax.patches if isinstance(p, mpl.patches.Rectangle) and p.get_x() > 0.5]
    for stream in streams:
        top, bottom = sorted(stream.get_path().vertices[[3, 4], 1])
        owner = next(
            i for i, b in enumerate(bars) if b.get_y() - 1e-9 <= top and bottom <= b.get_y() + b.get_height() + 1e-9
        )
        into[owner] = into.get(owner, 0.0) + (bottom - top) * everybody
    lost = sum(n * (1 - sum(row)) for n, row in zip(NOW, MATRIX, strict=True))
    assert [into[i] for i in range(6)] == pytest.approx([*EXPECTED, lost])


def test_nobody_lost_has_no_bar():
    whole = replace(NEXT, matrix=tuple(tuple(v / sum(row) for v in row) for row in MATRIX))
    drawn = [text.get_text() for text in plots.forecast(replace(MOVES, forecast=whole), segments=SEGMENTS).texts]
    assert not [text for text in drawn if text.startswith("No longer customers")]


def test_sizes_run_to_today_and_then_to_what_is_expected():
    ax = ALL["sizes_over_time"]()
    drawn = [line.get_ydata() for line in ax.lines if line.get_linewidth() == 2]
    assert np.array_equal(np.array(drawn).T, MOVES.sizes)
    rings = [float(c.get_offsets()[0][1]) for c in ax.collections if c.get_sizes()[0] == 42]
    assert rings == pytest.approx(MOVES.forecast.expected)


@pytest.mark.parametrize("picture", sorted(ALL.keys() - {"customers"}))
def test_every_picture_is_at_hand_and_says_what_it_needs(picture):
    assert getattr(Plots(SHOP, SAMPLE), picture)().has_data()
    mall, sample = outcomes.mall()
    with pytest.raises(InputError, match="not drawn from orders"):
        getattr(Plots(mall, sample), picture)()


@pytest.mark.parametrize(
    ("behavior", "draw", "said"),
    [
        (replace(BUYING, affinities=()), lambda b: plots.affinities(b, SEGMENTS), "no categories"),
        (replace(BUYING, cohorts=BUYING.cohorts[:1]), plots.cohorts, "within one month"),
        (replace(BUYING, months=()), lambda b: plots.months(b, SEGMENTS), "nothing to draw"),
    ],
)
def test_what_cannot_be_drawn_is_said(behavior, draw, said):
    with pytest.raises(InputError, match=said):
        draw(behavior)


def test_pictures_are_listed_where_plot_is_shown():
    said = repr(Plots(SHOP, SAMPLE))
    assert said.startswith("Pictures of 5 segments: affinities, boxes, cohorts")
