import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from clustera import palette, plots
from tests import outcomes

MALL, MALL_SAMPLE = outcomes.mall()
SHOP, SHOP_SAMPLE = outcomes.shop()

DRAWN = {
    "k_selection": lambda o, s, **ax: plots.k_selection(o.selection, **ax),
    "scatter": lambda o, s, **ax: plots.scatter(s, o, **ax),
    "profile": lambda o, s, **ax: plots.profile(o, **ax),
    "sizes": lambda o, s, **ax: plots.sizes(o, **ax),
}


@pytest.mark.parametrize("name", DRAWN)
def test_settings_of_matplotlib_are_left_alone(name):
    before = dict(mpl.rcParams)
    DRAWN[name](SHOP, SHOP_SAMPLE)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", DRAWN)
def test_it_draws_on_the_axes_given(name):
    _, ax = plt.subplots()
    assert DRAWN[name](MALL, MALL_SAMPLE, ax=ax) is ax
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_figure_is_written_as_the_same_bytes(name, tmp_path):
    written = []
    for run in "ab":
        plots.save(DRAWN[name](MALL, MALL_SAMPLE), tmp_path / f"{run}.svg")
        written.append((tmp_path / f"{run}.svg").read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("name", DRAWN)
def test_text_stands_off_the_ground(name, style):
    with plt.style.context(style):
        drawn = DRAWN[name](MALL, MALL_SAMPLE)
        figure = drawn if isinstance(drawn, mpl.figure.Figure) else drawn.figure
        back = palette.luminance(to_hex(figure.get_facecolor()))
        for ax in figure.axes:
            for text in [*ax.get_xticklabels(), *ax.get_yticklabels(), ax.xaxis.label, ax.yaxis.label, ax.title]:
                front = palette.luminance(to_hex(text.get_color()))
                high, low = max(front, back), min(front, back)
                assert (high + 0.05) / (low + 0.05) >= 3, text


def test_bars_are_as_long_as_segments_are_large():
    ax = plots.sizes(SHOP)
    assert [bar.get_width() for bar in ax.patches] == [s.size for s in SHOP.segments]
    assert [to_hex(bar.get_facecolor()) for bar in ax.patches] == [palette.colour(s.colour) for s in SHOP.segments]


def test_the_chosen_k_is_the_one_marked():
    figure = plots.k_selection(MALL.selection)
    for ax in figure.axes:
        assert any(list(line.get_xdata()) == [6, 6] for line in ax.lines)


def test_every_customer_inside_is_drawn_once():
    ax = plots.scatter(MALL_SAMPLE, MALL)
    drawn = sum(len(c.get_offsets()) for c in ax.collections if c.get_alpha() == 0.8)
    assert drawn == (~MALL_SAMPLE["outlier"]).sum()


def test_many_customers_are_drawn_as_density():
    ax = plots.scatter(SHOP_SAMPLE, SHOP)
    assert [c for c in ax.collections if isinstance(c, mpl.collections.QuadMesh)]


def test_the_axes_asked_for_are_taken():
    ax = plots.scatter(SHOP_SAMPLE, SHOP, x="basket", y="spend")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Items per basket", "Spend ($)")


def test_profile_is_shaded_by_effect():
    ax = plots.profile(MALL)
    assert np.allclose(ax.images[0].get_array(), [[p.effect for p in s.features] for s in MALL.segments])
