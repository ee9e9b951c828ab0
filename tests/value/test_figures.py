import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from clustera import plots
from clustera.plots import value as figures
from clustera.records import AliveHistory, BackTest, Coverage, FrequencyCounts, FrequencyRecency, SegmentValue, Tracking

mpl.use("Agg")

WEEKS = Tracking(days=tuple(range(10006, 10106, 7)), actual=(3.0,) * 15, expected=(2.5,) * 15, split_day=10050)
COUNTS = FrequencyCounts(actual=(50.0, 20.0, 5.0), expected=(48.0, 21.0, 6.0))
COVERAGE = Coverage(0.9, 0.8, 0.5)
TEST = BackTest(
    10000,
    10050,
    10106,
    100,
    80,
    900.0,
    (),
    "BG/NBD",
    "",
    (),
    tuple((i / 5, i / 4, 10) for i in range(10)),
    COVERAGE,
    COVERAGE,
    0.1,
    0.2,
)
MATRIX = FrequencyRecency(
    "Probability to be active", "weeks", (0, 1, 2), (0.0, 10.0), ((0.4, None, None), (None, 0.9, 0.95))
)
ALIVE = AliveHistory("C7", tuple(range(10000, 10050)), tuple(np.linspace(1, 0.3, 50)), (10000, 10020))
SEGMENTS = tuple(SegmentValue(i, 10, 8.0, 20.0, 100.0 * i, 80.0 * i, 130.0 * i, 20.0, 5.0) for i in (1, 2, 3))
DRAWN = {
    "tracking": lambda **ax: figures.tracking(WEEKS, **ax),
    "incremental": lambda **ax: figures.tracking(WEEKS, kind="incremental", **ax),
    "frequencies": lambda **ax: figures.frequencies(COUNTS, **ax),
    "calibration": lambda **ax: figures.calibration(TEST, **ax),
    "alive_history": lambda **ax: figures.alive_history(ALIVE, **ax),
    "frequency_recency": lambda **ax: figures.frequency_recency(MATRIX, **ax),
    "segment_values": lambda **ax: figures.segment_values(SEGMENTS, **ax),
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("name", DRAWN)
def test_it_draws_on_the_axes_given_and_leaves_settings_alone(name):
    before = dict(mpl.rcParams)
    _, ax = plt.subplots()
    assert DRAWN[name](ax=ax) is ax
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_figure_is_written_as_the_same_bytes(name, tmp_path):
    for run in "ab":
        plots.save(DRAWN[name](), tmp_path / f"{run}.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_tracking_adds_the_purchases_up():
    lines = figures.tracking(WEEKS).lines
    np.testing.assert_allclose(lines[0].get_ydata(), 3.0 * np.arange(1, 16))
    np.testing.assert_allclose(lines[1].get_ydata(), 2.5 * np.arange(1, 16))


def test_bars_are_as_long_as_segments_are_worth():
    bars = figures.segment_values(SEGMENTS).containers[0]
    assert sorted(bar.get_width() for bar in bars) == [100.0, 200.0, 300.0]


def test_every_tenth_is_drawn():
    places = figures.calibration(TEST).collections[0].get_offsets()
    np.testing.assert_allclose(places, [(i / 5, i / 4) for i in range(10)])
