"""What another number of segments would cost, as a table and as a picture; and the number of the run before."""

from __future__ import annotations

import html

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.texts import explain_asked_k, explain_cost_of_k, explain_kept_k


def pairs(seed: int = 0, *, gap: float = 20.0) -> pd.DataFrame:
    """Two pairs of groups: two segments are clear, and four are."""
    random = np.random.default_rng(seed)
    centers = [(20, 20), (20 + gap, 20), (80, 80), (80 + gap, 80)]
    values = np.vstack([random.normal(center, 3, (100, 2)) for center in centers])
    table = pd.DataFrame(values.round(2), columns=["age", "income"])
    table.insert(0, "customer_id", [f"C{i:03d}" for i in range(len(table))])
    return table


@pytest.fixture(scope="module")
def two() -> clustera.Segmentation:
    return clustera.segment(pairs(), k=2, progress=False)


def test_what_one_more_segment_adds_is_the_inertia_it_takes_away(two):
    values = StandardScaler().fit_transform(pairs()[["age", "income"]])
    inertia = [KMeans(k, n_init=5, random_state=0).fit(values).inertia_ for k in (1, 2, 3, 4)]
    by_hand = -np.diff(inertia) / inertia[0]
    assert two.k_selection.adds.loc[2:4].to_numpy() == pytest.approx(by_hand, abs=1e-3)


def test_the_table_weighs_size_separation_stability_and_gain_of_every_k(two):
    told = two.k_selection[["smallest", "silhouette", "valley", "prediction_strength", "jaccard", "adds"]]
    assert told.notna().all(axis=None)
    assert told.index.tolist() == list(range(2, 21))


def test_the_table_carries_the_wish_and_its_price(two):
    assert two.k_selection.attrs["asked"] == "k = 2"
    assert "The data alone would give 4 (clear groups)" in two.k_selection.attrs["price"]


def test_the_picture_tells_the_price_of_a_wish(two):
    mpl.use("Agg")
    drawn = two.plot.k_selection()
    assert "Asked for: k = 2. The data alone would give 4" in " ".join(drawn.get_supxlabel().split())
    mpl.pyplot.close(drawn)


def test_the_picture_shows_what_one_more_segment_adds(two):
    mpl.use("Agg")
    drawn = two.plot.k_selection()
    (panel,) = (ax for ax in drawn.axes if "one more segment adds" in ax.get_title(loc="left"))
    curve = max((line.get_ydata() for line in panel.lines), key=len)
    assert list(curve) == two.k_selection.adds.tolist()
    mpl.pyplot.close(drawn)


def test_the_number_of_the_run_before_is_kept_while_it_is_admissible(two):
    assert clustera.segment(pairs(), progress=False).k == 4
    now = clustera.segment(pairs(seed=1), like=two, redraw=True, progress=False)
    assert now.k == 2
    assert "The number of the previous run was kept; the data alone would give 4." in now.reason
    assert explain_kept_k(now.outcome.selection) in repr(now)
    assert explain_kept_k(now.outcome.selection) in report_text(now)


def test_the_command_says_which_natural_segments_the_number_of_the_run_before_hides(tmp_path):
    (tmp_path / "runs").mkdir()
    two_then = clustera.segment(pairs(), k=2, progress=False).save(tmp_path / "runs" / "then")
    pairs(seed=1).to_csv(tmp_path / "now.csv", index=False)
    asked = [
        "segment",
        str(tmp_path / "now.csv"),
        "--runs",
        str(tmp_path / "runs"),
        "--like",
        two_then.name,
        "--redraw",
    ]
    said = " ".join(CliRunner().invoke(app, asked).output.split())
    assert "Note: Customers now form 4 clear groups; 2 segments were kept" in said
    assert "Note: Customers now form" not in CliRunner().invoke(app, [*asked, "--k", "4"]).output


def report_text(seg: clustera.Segmentation) -> str:
    return html.unescape(seg.report_html())


def test_the_number_of_the_run_before_is_given_up_once_customers_no_longer_thin_out_there():
    four = clustera.segment(pairs(), progress=False)
    now = clustera.segment(pairs(seed=1, gap=0.0), like=four, redraw=True, progress=False)
    assert (four.k, now.k) == (4, 2)


def test_a_smallest_size_has_its_price():
    table = pd.concat([pairs(), pairs(seed=5)], ignore_index=True).drop(columns="customer_id")
    few = pd.DataFrame(np.random.default_rng(3).normal([60, 10], 1.5, (30, 2)), columns=["age", "income"])
    seg = clustera.segment(pd.concat([table, few]), min_size="8%", progress=False)
    assert explain_asked_k(seg.outcome.selection.asked) == "every segment at least 8% of the customers"
    assert "The data alone would give 5 (clear groups)" in explain_cost_of_k(seg.outcome.selection)
    assert seg.segments.share.min() >= 0.08
