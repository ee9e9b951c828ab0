"""What tutorials get wrong, and what keeps it from happening here (docs/mistakes.md): one test for each mistake.

Each shows on generated customers that the naive way goes wrong, and that Clustera does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import pdist
from sklearn.cluster import KMeans
from sklearn.manifold import TSNE
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.preprocessing import StandardScaler

import clustera
from clustera import features
from clustera.engines import Engine
from clustera.features import read_orders
from clustera.records import Raw, Source

PAGE = (Path(__file__).parents[1] / "docs" / "mistakes.md").read_text(encoding="utf-8")


def groups(
    centers: Sequence[Sequence[float]], names: Sequence[str], *, n: int = 100, spread: float = 2.0, seed: int = 0
) -> tuple[pd.DataFrame, np.ndarray]:
    """So many customers around each center, and the group of each."""
    random = np.random.default_rng(seed)
    values = np.vstack([random.normal(center, spread, (n, len(names))) for center in centers])
    return pd.DataFrame(values.round(3), columns=list(names)), np.repeat(np.arange(len(centers)), n)


def continuum(n: int = 300, *, seed: int = 0) -> pd.DataFrame:
    """Customers without any groups."""
    values = np.random.default_rng(seed).normal([40, 60, 50], [10, 20, 15], (n, 3))
    return pd.DataFrame(values.round(2), columns=["tenure", "visits", "basket"])


def drawn(values: pd.DataFrame, k: int, *, scaled: bool = True, **options: object) -> np.ndarray:
    """The tutorial's way: scale perhaps, K-Means, labels."""
    points = StandardScaler().fit_transform(values) if scaled else values.to_numpy()
    return KMeans(k, **({"n_init": 10, "random_state": 0} | options)).fit_predict(points)


def best_silhouette(values: pd.DataFrame, ks: Sequence[int] = range(2, 8)) -> int:
    points = StandardScaler().fit_transform(values)
    return max(ks, key=lambda k: silhouette_score(points, drawn(values, k, n_init=4)))


def segmented(table: pd.DataFrame, **options: object) -> clustera.Segmentation:
    return clustera.segment(table, progress=False, **options)


def of_each(seg: clustera.Segmentation) -> np.ndarray:
    """The segment of every customer, in the table's order."""
    return seg.customers.segment.to_numpy()


AGES = [(25, 20), (45, 60), (65, 25)]


def test_money_in_dollars_does_not_outweigh_the_rest():
    table, truth = groups(AGES, ["tenure", "visits"])
    table["income"] = np.random.default_rng(1).normal(50_000, 15_000, len(table)).round()
    assert adjusted_rand_score(truth, drawn(table, 3, scaled=False)) < 0.1
    assert adjusted_rand_score(truth, of_each(segmented(table))) > 0.95


def test_gender_as_0_and_1_does_not_split_the_segments():
    table, truth = groups([(20, 20), (30, 60), (60, 30), (70, 70)], ["tenure", "visits"], spread=6)
    table["gender"] = np.random.default_rng(1).integers(0, 2, len(table))
    assert adjusted_rand_score(truth, drawn(table, 4)) < 0.8
    assert adjusted_rand_score(truth, of_each(segmented(table))) > 0.95


def test_customer_numbers_are_no_feature():
    table, truth = groups(AGES, ["tenure", "visits"])
    table = table.sample(frac=1, random_state=0)
    truth = truth[table.index]
    table.insert(0, "customer_id", np.arange(100_001, 100_001 + len(table)))
    assert adjusted_rand_score(truth, drawn(table, 3, scaled=False)) < 0.5
    assert adjusted_rand_score(truth, of_each(segmented(table))) > 0.95


def test_an_elbow_is_seen_where_there_is_nothing_and_no_natural_segments_are_claimed():
    table = continuum()
    points = StandardScaler().fit_transform(table)
    inertia = np.array([KMeans(k, n_init=5, random_state=0).fit(points).inertia_ for k in range(1, 11)])
    chord = np.linspace(inertia[0], inertia[-1], 10)
    elbow = 1 + int((chord - inertia).argmax())  # farthest below the line from end to end, as the eye sees it
    assert 2 <= elbow <= 5
    assert segmented(table).verdict != "clear"


def test_a_few_whales_do_not_take_the_segments_of_all_others():
    table, truth = groups(AGES, ["visits", "spend"])
    whales = pd.DataFrame({"visits": [600.0, 640.0, 700.0], "spend": [900.0, 800.0, 850.0]})
    everybody = pd.concat([table, whales], ignore_index=True)
    assert best_silhouette(everybody) == 2
    assert sorted(np.bincount(drawn(everybody, 2))) == [3, 300]
    seg = segmented(everybody)
    assert adjusted_rand_score(truth, of_each(seg)[:300]) > 0.95
    assert seg.customers.outlier[300:].all()


@pytest.mark.parametrize("seed", [10, 11])
def test_noise_is_not_sold_as_distinct_segments(seed):
    table = continuum(seed=seed)
    assert best_silhouette(table) >= 2  # it can't say 1
    seg = segmented(table)
    assert seg.verdict != "clear"
    assert "distinct" not in set(seg.segments.trust)


def test_another_seed_draws_the_same_segments():
    table, _ = groups([(x, y) for x in (0, 30, 60) for y in (0, 30, 60)], ["visits", "spend"], spread=3)
    lucky = [drawn(table, 9, n_init=1, init="random", random_state=seed) for seed in range(5)]
    assert min(adjusted_rand_score(lucky[0], other) for other in lucky[1:]) < 0.9
    first, second = (of_each(segmented(table, seed=seed)) for seed in (1, 2))
    assert adjusted_rand_score(first, second) == 1.0


def test_distances_in_the_picture_are_those_between_the_segments():
    table, truth = groups([(20, 20, 20), (35, 20, 20), (170, 170, 170)], ["visits", "spend", "tenure"], n=50)

    def longest(middles: Sequence[np.ndarray]) -> float:
        """The longest distance between the middles of three groups, for one of the shortest."""
        return float(pdist(middles).max() / pdist(middles).min())

    def middles(places: np.ndarray) -> list[np.ndarray]:
        return [places[truth == group].mean(axis=0) for group in range(3)]

    points = StandardScaler().fit_transform(table)
    islands = TSNE(random_state=0, perplexity=15, init="pca", max_iter=500).fit_transform(points)
    assert longest(middles(points)) > 15
    assert longest(middles(islands)) < 2  # all look equally far apart
    mpl.use("Agg")
    picture = segmented(table, k=3, outliers=False).plot.components()
    shown = [np.asarray(drawn.get_offsets()) for drawn in picture.collections]
    assert longest([part.mean(axis=0) for part in shown if len(part) == 50]) == pytest.approx(
        longest(middles(points)), rel=0.01
    )
    mpl.pyplot.close("all")


def test_a_long_tail_of_spend_does_not_hide_the_groups():
    random = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], 150)
    spend = np.exp(random.normal(3 + 2 * truth, 0.45)).round(2)
    table = pd.DataFrame({"spend": spend, "visits": random.normal(20, 5, 450).round(1)})
    assert adjusted_rand_score(truth, drawn(table[["spend"]], 3)) < 0.7
    assert adjusted_rand_score(truth, of_each(segmented(table, features=["spend"], k=3))) > 0.9


def test_the_best_customers_are_marked_and_not_dropped():
    table, _ = groups(AGES, ["visits", "spend"])
    best = pd.DataFrame({"visits": np.linspace(150, 200, 6), "spend": np.linspace(1500, 4000, 6)})
    everybody = pd.concat([table, best], ignore_index=True)
    kept = everybody[(np.abs(stats.zscore(everybody)) < 3).all(axis=1)]
    assert 1 - kept.spend.sum() / everybody.spend.sum() > 0.4  # of the revenue
    seg = segmented(everybody)
    assert len(seg.customers) == len(everybody)
    assert seg.customers.outlier[-6:].all()
    assert seg.customers.segment[-6:].notna().all()


def test_customers_who_stand_there_twice_count_once():
    table = continuum(200)
    table.insert(0, "customer_id", [f"C{i:03d}" for i in range(len(table))])
    low = table[table.visits < 55]
    doubled = pd.concat([table, low], ignore_index=True)
    names = ["tenure", "visits", "basket"]
    assert adjusted_rand_score(drawn(table[names], 3), drawn(doubled[names], 3)[: len(table)]) < 0.8
    once, again = segmented(table, k=3), segmented(doubled, k=3)
    assert len(again.quarantine) == len(low)
    pd.testing.assert_frame_equal(once.customers, again.customers)


def test_labels_of_an_earlier_analysis_do_not_leak_into_the_segments():
    table, truth = groups([(20, 20), (30, 60), (60, 30), (70, 70)], ["tenure", "visits"], spread=6)
    table["cluster"] = np.random.default_rng(0).integers(0, 4, len(table))
    table["target"] = (table.cluster > 1).astype(int)
    assert adjusted_rand_score(truth, drawn(table, 4)) < 0.5
    seg = segmented(table)
    assert adjusted_rand_score(truth, of_each(seg)) > 0.95
    assert "leaked-label" in set(seg.findings.code)


def test_a_score_made_of_other_features_is_told():
    table, _ = groups(AGES, ["tenure", "visits"], spread=8)
    table["loyalty"] = (0.4 * table.tenure + 0.6 * table.visits).round()
    found = segmented(table).findings.set_index("code")
    assert "counts twice" in found.loc["follows-from-others", "message"]


def test_no_p_value_is_told_of_the_features_that_drew_the_segments():
    table = continuum()
    labels = drawn(table, 3)
    worst = max(stats.f_oneway(*(table.loc[labels == c, name] for c in range(3))).pvalue for name in table)
    assert worst < 1e-6  # "highly significant" on noise
    seg = segmented(table)
    said = " ".join([*seg.segments.columns, *seg.segments.sentence, seg.reason, seg.report_html()]).lower()
    assert not re.search(r"\bp ?(=|<|&lt;) ?0?\.\d|significan", said)
    assert set(seg.segments.trust) <= {"practical", "stable"}


def test_segments_keep_their_numbers_when_drawn_again():
    table, _ = groups(AGES, ["tenure", "visits"])
    table.insert(0, "customer_id", [f"C{i:03d}" for i in range(len(table))])
    names = ["tenure", "visits"]
    # Next month: the same customers, and the smallest group is now the largest.
    more = table[200:].assign(customer_id=[f"N{i:03d}" for i in range(100)])
    later = pd.concat([table, more], ignore_index=True).sample(frac=1, random_state=1)
    naive = pd.Series(drawn(table[names], 3), index=table.customer_id)
    again = pd.Series(drawn(later[names], 3, random_state=3), index=later.customer_id)
    assert (again[naive.index] == naive).mean() < 0.5
    before = segmented(table)
    now = segmented(later, like=before)
    both = before.customers.merge(now.customers, on="id")
    assert (both.segment_x == both.segment_y).all()


def test_new_customers_are_scaled_as_the_old_ones_were():
    table, truth = groups(AGES, ["tenure", "visits"])
    model = KMeans(3, n_init=10, random_state=0).fit(StandardScaler().fit_transform(table))
    batch = table[truth == 1]  # one campaign's customers
    wrong = model.predict(StandardScaler().fit_transform(batch))
    assert len(set(wrong)) > 1
    seg = segmented(table)
    right = seg.predict(batch).segment.to_numpy()
    assert np.array_equal(right, of_each(seg)[truth == 1])


def test_no_segment_is_smaller_than_asked():
    table, _ = groups(AGES, ["tenure", "visits"])
    few = pd.DataFrame({"tenure": np.linspace(44, 46, 8), "visits": np.linspace(99, 101, 8)})
    everybody = pd.concat([table, few], ignore_index=True)
    assert np.bincount(drawn(everybody, best_silhouette(everybody))).min() == 8
    seg = segmented(everybody, min_size="10%")
    assert seg.segments.share.min() >= 0.1


def test_two_samples_of_one_shop_are_not_told_two_certainties():
    shops = [continuum(200, seed=seed) for seed in (0, 2)]
    assert best_silhouette(shops[0]) != best_silhouette(shops[1])
    for shop in shops:
        seg = segmented(shop)
        assert seg.verdict != "clear"
        assert "no gaps between customers" in seg.reason


def test_customers_with_the_same_orders_have_the_same_rfm_scores():
    log = pd.DataFrame({"customer": range(100), "date": "2017-10-01", "amount": [10.0] * 80 + [20.0] * 20})
    naive = pd.qcut(log.amount.rank(method="first"), 5, labels=False)
    assert naive[:80].nunique() == 4  # the same customers, four scores: as the rows happen to stand
    with Engine(threads=1) as engine:
        rows = engine.arrow(log_table(log))
        scored = features.rfm_scores(read_orders(Raw(Source("orders", "frame", len(log)), rows)), as_of=17_500).arrow()
    scores = scored.to_pandas().groupby("spend").m.nunique()
    assert scores.tolist() == [1, 1]


def log_table(log: pd.DataFrame):
    import pyarrow as pa

    return pa.Table.from_pandas(log.assign(_row=range(1, len(log) + 1)), preserve_index=False)


def test_every_mistake_of_the_page_names_a_test_of_this_file():
    named = re.findall(r"^Test: `(test_\w+)`", PAGE, re.MULTILINE)
    assert len(re.findall(r"^## \d+", PAGE, re.MULTILINE)) == 18
    assert len(named) >= 18
    written = {name for name in globals() if name.startswith("test_")}
    assert set(named) == written - {"test_every_mistake_of_the_page_names_a_test_of_this_file"}
