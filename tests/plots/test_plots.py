import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from clustera import palette, plots
from clustera.errors import InputError
from tests import outcomes

MALL, MALL_SAMPLE = outcomes.mall()
SHOP, SHOP_SAMPLE = outcomes.shop()

MOVED = outcomes.with_comparison(MALL).comparison

DRAWN = {
    "k_selection": lambda o, s, **ax: plots.k_selection(o.selection, **ax),
    "scatter": lambda o, s, **ax: plots.scatter(s, o, **ax),
    "profile": lambda o, s, **asked: plots.profile(o, **asked),
    "sizes": lambda o, s, **ax: plots.sizes(o, **ax),
    "snake": lambda o, s, **asked: plots.snake(o, **asked),
    "stability": lambda o, s, **ax: plots.stability(o, **ax),
    "descriptors": lambda o, s, **ax: plots.descriptors(o, "Gender", **ax),
    "boxes": lambda o, s, **ax: plots.boxes(s, o, o.preparation.features[0].name, **ax),
    "silhouette": lambda o, s, **ax: plots.silhouette(s, o, **ax),
    "components": lambda o, s, **ax: plots.components(s, o, **ax),
    "migration": lambda o, s, **ax: plots.migration(MOVED, segments=o.segments, **ax),
    "distributions": lambda o, s, **ax: plots.distributions(o.patterns, **ax),
    "correlations": lambda o, s, **ax: plots.correlations(o.patterns, **ax),
}
WITHOUT_AX = {"pairs": lambda o, s: plots.pairs(s, o), "three_d": lambda o, s: plots.three_d(s, o)}
ALL = DRAWN | WITHOUT_AX


@pytest.mark.parametrize("name", ALL)
def test_settings_of_matplotlib_are_left_alone(name):
    before = dict(mpl.rcParams)
    ALL[name](SHOP, SHOP_SAMPLE)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", DRAWN)
def test_it_draws_on_the_axes_given(name):
    _, ax = plt.subplots()
    assert DRAWN[name](MALL, MALL_SAMPLE, ax=ax) is ax
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("name", ["scatter", "k_selection", "migration"])
def test_the_same_figure_is_written_as_the_same_bytes(name, tmp_path):
    written = []
    for run in "ab":
        plots.save(DRAWN[name](MALL, MALL_SAMPLE), tmp_path / f"{run}.svg")
        written.append((tmp_path / f"{run}.svg").read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("name", ALL)
def test_text_stands_off_the_ground(name, style):
    with plt.style.context(style):
        drawn = ALL[name](MALL, MALL_SAMPLE)
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
    assert [to_hex(bar.get_facecolor()) for bar in ax.patches] == [palette.color(s.color) for s in SHOP.segments]


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


def test_silhouettes_average_is_scikit_learns():
    from sklearn.metrics import silhouette_score
    from sklearn.preprocessing import StandardScaler

    inside = MALL_SAMPLE[~MALL_SAMPLE["outlier"]]
    points = StandardScaler().fit_transform(inside[[f.name for f in MALL.preparation.features]])
    expected = silhouette_score(points, inside["segment"])
    ax = plots.silhouette(MALL_SAMPLE, MALL)
    assert ax.lines[0].get_xdata()[0] == pytest.approx(expected, abs=1e-6)


def test_components_explain_what_scikit_learns_do():
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    inside = MALL_SAMPLE[~MALL_SAMPLE["outlier"]][[f.name for f in MALL.preparation.features]]
    explained = PCA().fit(StandardScaler().fit_transform(inside)).explained_variance_ratio_
    assert f"({explained[0]:.0%} of the variance)" in plots.components(MALL_SAMPLE, MALL).get_xlabel()


def test_boxes_stand_on_the_quartiles():
    ax = plots.boxes(MALL_SAMPLE, MALL, "Age")
    drawn = ax.patches[0].get_path().vertices[:, 0]
    own = MALL_SAMPLE.loc[MALL_SAMPLE["segment"] == 1, "Age"]
    assert (drawn.min(), drawn.max()) == pytest.approx(tuple(own.quantile([0.25, 0.75])))


def test_streams_are_as_thick_as_the_moves():
    ax = plots.migration(MOVED, segments=MALL.segments)
    streams = [p for p in ax.patches if isinstance(p, mpl.patches.PathPatch)]
    thick = sorted(np.ptp(p.get_path().vertices[[3, 4], 1]) * MOVED.common for p in streams)
    assert thick == pytest.approx(sorted(move.count for move in MOVED.moves))


def test_half_of_the_correlations_is_drawn_once():
    ax = plots.correlations(MALL.patterns)
    assert sorted(t.get_text() for t in ax.texts) == sorted(
        f"{round(MALL_SAMPLE[[a, b]].corr('spearman').iloc[0, 1], 2) + 0.0:.2f}".replace("-", "−")
        for a, b in [
            ("Age", "Annual Income (k$)"),
            ("Age", "Spending Score (1-100)"),
            ("Annual Income (k$)", "Spending Score (1-100)"),
        ]
    )
    assert "−0.00" not in {text.get_text() for text in ax.texts}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: plots.boxes(MALL_SAMPLE, MALL, "age"), "Did you mean 'Age'"),
        (lambda: plots.scatter(MALL_SAMPLE, MALL, x="Incme"), "'Incme' is no feature; the features are: Age"),
        (lambda: plots.descriptors(MALL, "gender"), "Did you mean 'Gender'"),
        (lambda: plots.three_d(MALL_SAMPLE, MALL, features=["Age"]), "got 1"),
        (lambda: plots.three_d(MALL_SAMPLE, MALL, ax=plt.subplots()[1]), "projection"),
    ],
)
def test_a_bad_call_ends_in_a_sentence_with_the_cure(call, said):
    with pytest.raises(InputError, match=said):
        call()


def test_a_segment_keeps_its_color_in_every_figure():
    colors = [palette.color(s.color) for s in MALL.segments]
    assert [to_hex(line.get_color()) for line in plots.snake(MALL).lines[:6]] == colors
    assert [to_hex(box.get_facecolor()) for box in plots.boxes(MALL_SAMPLE, MALL, "Age").patches] == colors


def grouped(segments, title):
    """Customers in as many segments, with three features whose titles begin alike."""
    rng = np.random.default_rng(segments)
    labels = np.repeat(np.arange(segments) + 1, 12)
    values = pd.DataFrame(rng.normal(0, 1, (len(labels), 3)) + 9 * rng.normal(9, 3, (segments, 3))[labels - 1])
    values.columns = list("abc")
    names = [f"Customers with many returns and few visits, group {i}" for i in range(segments)]
    return outcomes.build(values.abs(), labels, {name: (title + name, "", 1) for name in "abc"}, names)


@pytest.fixture(scope="module")
def wide():
    """Two segments in 130 features, of which those of a high number set the segments apart most, and two are in dollars."""
    labels = np.repeat([1, 2], 12)
    apart = np.outer(labels, 1 + np.arange(130) / 10)
    values = pd.DataFrame(100 + apart + np.random.default_rng(0).normal(0, 0.2, (24, 1)))
    values.columns = [f"f{j}" for j in range(130)]
    titles = {name: (f"Answer {name[1:]}", "", 1) for name in values} | {
        "f128": ("Spend ($)", "", 1),
        "f129": ("Income ($)", "", 1),
    }
    return outcomes.build(values, labels, titles, ["Low spend ($), low income ($)", "High spend ($), high income ($)"])


@pytest.mark.parametrize("name", ["profile", "snake"])
def test_of_many_features_those_that_set_segments_apart_most_are_drawn_unless_others_are_named(name, wide):
    ax = DRAWN[name](*wide)
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert (len(labels), labels[0]) == (40, "Answer 90")
    assert ax.get_xlabel() == "40 of 130 features: those that set the segments apart most"
    named = DRAWN[name](*wide, features=["f3", "f1"])
    assert [label.get_text() for label in named.get_xticklabels()] == ["Answer 3", "Answer 1"]
    assert named.get_xlabel() == ""


def test_a_line_over_named_features_runs_through_their_centers(wide):
    outcome, _ = wide
    line = plots.snake(outcome, features=["f129", "f2"]).lines[1]
    weights = [outcome.preparation.features[j].weight or 1.0 for j in (129, 2)]
    assert line.get_ydata() == pytest.approx(np.array(outcome.segments[1].center)[[129, 2]] / weights)


def test_of_many_columns_the_most_closely_correlated_are_drawn(wide):
    patterns = wide[0].patterns
    whole = np.nan_to_num(np.abs(np.array(patterns.correlation))) - np.eye(130)
    ax = plots.correlations(patterns)
    drawn = [ax.get_xticklabels()[0].get_text(), *(label.get_text() for label in ax.get_yticklabels())]
    closest = {patterns.distributions[i].label for i in np.argsort(-whole.max(axis=0))[:30]}
    assert len(drawn) == 40
    assert closest <= {name.replace("\\", "") for name in drawn}
    assert ax.get_xlabel() == "40 of 130 columns: those that go most closely with another"


def test_more_distributions_than_a_picture_can_hold_are_told(wide):
    figure = plots.distributions(wide[0].patterns)
    assert (len(figure.axes), figure.get_supxlabel()) == (120, "The first 120 of 131 columns")  # with the gender


def test_dollars_in_names_are_no_formulas(wide):
    figure = plots.snake(wide[0], features=["f128", "f129"]).get_figure(root=True)
    said = {text.get_text() for text in figure.findobj(mpl.text.Text) if "$" in text.get_text()}
    assert len(said) == 4  # two features, two segments
    assert not any(map(mpl.cbook.is_math_text, said))


@pytest.mark.parametrize(("segments", "title"), [(2, "Spend "), (30, "Spend "), (3, "x" * 100)])
@pytest.mark.parametrize("name", ["scatter", "snake", "components", "profile", "boxes", "silhouette", "sizes"])
def test_nothing_of_a_picture_is_cut_off(name, segments, title):
    figure = DRAWN[name](*grouped(segments, title)).get_figure(root=True)
    figure.canvas.draw()
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert drawn.x0 > -0.03
    assert drawn.y0 > -0.03
    assert drawn.x1 < width + 0.03
    assert drawn.y1 < height + 0.03
