"""The main job from end to end, as its users call it from Python."""

from __future__ import annotations

import filecmp
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.metrics import adjusted_rand_score

import clustera
from clustera.store import Store, open_folder, rename_in_folder
from clustera.texts import explain_cost_of_k, note_text, segment_sentence
from tests.waiting import PATIENCE


@pytest.fixture(scope="module")
def seg(blobs):
    return clustera.segment(blobs, progress=False)


def same_folder(one: Path, two: Path) -> bool:
    names = sorted(p.name for p in one.iterdir())
    assert names == sorted(p.name for p in two.iterdir())
    _, different, errors = filecmp.cmpfiles(one, two, names, shallow=False)
    return not different and not errors


def test_four_groups_are_found_named_and_natural(seg, blob_of):
    assert (seg.k, seg.verdict) == (4, "clear")
    found = seg.customers.set_index("id").segment
    assert adjusted_rand_score(blob_of, found.reindex(blob_of.index)) == 1.0
    assert seg.segments.name.is_unique


def test_the_largest_segment_is_number_one(seg):
    assert seg.segments.segment.tolist() == [1, 2, 3, 4]
    assert seg.segments.customers.is_monotonic_decreasing


def test_every_row_is_segmented_or_quarantined(blobs):
    dirty = pd.concat([blobs, blobs.iloc[:3]], ignore_index=True)
    seg = clustera.segment(dirty, progress=False)
    assert len(seg.customers) + len(seg.quarantine) == len(dirty)
    assert len(seg.quarantine) == 3
    assert (seg.quarantine.reason.str.len() > 0).all()


def test_customers_are_told_as_documented(seg, blobs):
    columns = [
        "id",
        "segment",
        "name",
        "distance",
        "second_segment",
        "borderline",
        "outlier",
        "key",
        "action",
        "action_code",
        "control",
    ]
    assert seg.customers.columns.tolist() == columns
    assert seg.customers.id.tolist() == blobs.customer_id.tolist()


def test_means_are_those_of_the_members(seg, blobs):
    joined = blobs.merge(seg.customers, left_on="customer_id", right_on="id")
    means = joined.groupby("segment").income.mean()
    assert np.allclose(seg.segments.set_index("segment")["income: mean"], means, rtol=1e-6)


def test_gender_and_city_never_form_segments(seg):
    assert [f.name for f in seg.outcome.preparation.features] == ["age", "income", "spending_score"]
    assert {d.descriptor for p in seg.outcome.segments for d in p.descriptors} == {"gender", "city"}


@pytest.mark.parametrize("as_table", [pl.from_pandas, pa.Table.from_pandas, duckdb.from_df])
def test_any_arrow_table_gives_the_same_segments(seg, blobs, as_table):
    other = clustera.segment(as_table(blobs), progress=False)
    pd.testing.assert_frame_equal(other.customers, seg.customers)


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet", "jsonl"])
def test_any_file_gives_the_same_segments(seg, blobs, kind, tmp_path):
    path = tmp_path / f"customers.{kind}"
    if kind == "parquet":
        blobs.to_parquet(path)
    elif kind == "jsonl":
        blobs.to_json(path, orient="records", lines=True)
    else:
        blobs.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    other = clustera.segment(path, progress=False)
    pd.testing.assert_frame_equal(other.customers, seg.customers)


@pytest.mark.usefixtures("drawn_anew")
@pytest.mark.parametrize("seed", [1, 2])
def test_permuted_rows_give_the_same_segments(seg, blobs, seed):
    shuffled = clustera.segment(blobs.sample(frac=1, random_state=seed), progress=False)
    one, two = (s.customers.set_index("id").sort_index() for s in (seg, shuffled))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.usefixtures("drawn_anew")
def test_permuted_rows_without_ids_give_the_same_segments(blobs):
    values = blobs[["age", "income", "spending_score"]]
    shuffled = values.sample(frac=1, random_state=5)
    one = clustera.segment(values, progress=False).customers.segment.to_numpy()
    two = clustera.segment(shuffled, progress=False).customers.segment.to_numpy()
    assert np.array_equal(one[shuffled.index], two)


def test_prediction_of_the_same_customers_repeats_their_segments(seg, blobs, tmp_path):
    again = clustera.load(seg.save(tmp_path / "run")).predict(blobs)
    pd.testing.assert_frame_equal(again, seg.customers[again.columns])


def test_the_scikit_learn_pipeline_gives_the_same_answer(seg, blobs):
    features = blobs[["age", "income", "spending_score"]]
    place = seg.model.predict(features)
    assert np.array_equal(np.array(seg.outcome.model.segments)[place], seg.customers.segment)


def test_prepared_is_the_matrix_that_was_clustered(seg):
    by_hand = np.square(seg.prepared.to_numpy(float)[:, None] - np.array(seg.outcome.model.centers)[None]).sum(axis=2)
    assert np.array_equal(np.array(seg.outcome.model.segments)[by_hand.argmin(axis=1)], seg.customers.segment)


@pytest.mark.usefixtures("drawn_anew")
def test_two_identical_calls_give_identical_folders(blobs, tmp_path):
    one = clustera.segment(blobs, progress=False).save(tmp_path / "one")
    two = clustera.segment(blobs, progress=False).save(tmp_path / "two")
    assert same_folder(one, two)


@pytest.mark.usefixtures("drawn_anew")
def test_another_process_with_one_thread_gives_an_identical_folder(blobs, tmp_path):
    table = tmp_path / "customers.csv"
    blobs.to_csv(table, index=False)
    code = (
        f"import clustera; clustera.segment({str(table)!r}, progress=False, threads=1).save({str(tmp_path / 't1')!r})"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)
    clustera.segment(table, progress=False, threads=2).save(tmp_path / "t2")
    differing = {"manifest.json"}  # it tells the option
    for path in (tmp_path / "t1").iterdir():
        assert path.name in differing or path.read_bytes() == (tmp_path / "t2" / path.name).read_bytes(), path.name


def test_a_loaded_run_tells_the_same_story(seg, tmp_path):
    loaded = clustera.load(seg.save(tmp_path / "run"))
    assert loaded.outcome == seg.outcome
    pd.testing.assert_frame_equal(loaded.customers, seg.customers)
    pd.testing.assert_frame_equal(loaded.k_selection, seg.k_selection)


def test_like_keeps_identities_and_names_when_customers_change(seg, blobs, tmp_path):
    run = seg.save(tmp_path / "run")
    rename_in_folder(open_folder(run), 3, "Careful savers")
    later = blobs.copy()
    later["age"] += 0.3
    more = blobs.iloc[:50].assign(customer_id=[f"N{i}" for i in range(50)])
    # The group that was the third largest grows to the largest: numbered afresh it would change its number.
    third = seg.customers.id[seg.customers.segment == 3]
    grown = later[later.customer_id.isin(third)]
    grown = pd.concat([grown.assign(customer_id=grown.customer_id + suffix) for suffix in "abc"])
    now = clustera.segment(pd.concat([later, more, grown]), like=run, progress=False)
    assert now.names[3] == "Careful savers"
    both = seg.customers.merge(now.customers, on="id")
    assert (both.segment_x == both.segment_y).mean() > 0.99
    assert now.comparison.stayed > 0.99


def test_like_without_common_customers_says_that_nobody_can_have_moved(seg, blobs):
    strangers = blobs.assign(customer_id=[f"X{i}" for i in range(len(blobs))])
    now = clustera.segment(strangers, like=seg, progress=False)
    assert now.customers.segment.tolist() == seg.customers.segment.tolist()
    assert now.comparison.common == 0
    assert "None of the earlier customers is in this table" in note_text(now.comparison.notes[0])
    assert (now.comparison.before, now.comparison.after) == ("the earlier run", "this run")


def test_comparison_counts_who_moved(seg, blobs):
    moved = blobs.copy()
    first = seg.customers.id[seg.customers.segment == 1].iloc[:4]
    target = moved[moved.customer_id == seg.customers.id[seg.customers.segment == 2].iloc[0]].iloc[0]
    moved.loc[moved.customer_id.isin(first), ["age", "income", "spending_score"]] = target[
        ["age", "income", "spending_score"]
    ].tolist()
    now = clustera.segment(moved, like=seg, progress=False)
    counts = {(m.before, m.after): m.count for m in seg.compare(now).moves}
    assert counts[1, 2] == 4
    assert sum(counts.values()) == len(blobs)


@pytest.mark.parametrize("kind", ["noise", "blob", "survey"])
@pytest.mark.parametrize("seed", range(3))
def test_structureless_tables_are_never_called_natural(kind, seed):
    random = np.random.default_rng(seed)
    values = {
        "noise": random.uniform(0, 100, (400, 3)),
        "blob": random.normal([40, 60, 50], [10, 20, 15], (400, 3)),
        "survey": np.clip(np.round(3 + random.normal(size=(400, 1)) * 0.7 + random.normal(size=(400, 4)) * 0.8), 1, 5),
    }[kind]
    table = pd.DataFrame(values, columns=[f"answer_{i}" for i in range(values.shape[1])])
    seg = clustera.segment(table, features=table.columns.tolist(), progress=False)
    assert seg.verdict != "clear"


def test_a_wish_is_met_and_its_price_is_told(blobs):
    seg = clustera.segment(blobs, k=5, progress=False)
    assert seg.k == len(seg.segments) == 5
    assert "The data alone would give 4" in explain_cost_of_k(seg.outcome.selection)


@pytest.mark.parametrize(
    "picture",
    ["k_selection", "scatter", "pairs", "profile", "snake", "sizes", "components", "three_d", "silhouette", "stability",
     "distributions", "correlations"],
)  # fmt: skip
def test_every_picture_is_drawn(seg, picture):
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    drawn = getattr(seg.plot, picture)()
    figure = drawn if hasattr(drawn, "axes") and hasattr(drawn, "savefig") else drawn.get_figure()
    assert any(axes.has_data() for axes in figure.axes)
    plt.close("all")


@pytest.mark.parametrize("picture", ["boxes", "violins"])
def test_a_feature_is_drawn_for_every_segment(seg, picture):
    from matplotlib import pyplot as plt

    axes = getattr(seg.plot, picture)("income")
    assert len(axes.get_yticks()) == seg.k
    assert axes.get_xlabel() == "Income"
    plt.close("all")


def test_an_unknown_feature_is_named_with_the_nearest(seg):
    with pytest.raises(clustera.InputError, match="Did you mean 'income'"):
        seg.plot.boxes("incme")


def test_importing_loads_nothing_heavy():
    code = "import sys, clustera; print([m for m in ('numpy', 'duckdb', 'pandas', 'matplotlib', 'sklearn') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_points_streamed_from_the_engine_give_the_same_segments(seg, blobs, monkeypatch):
    monkeypatch.setattr("clustera.prepare.table.IN_MEMORY_BYTES", 0)
    monkeypatch.setattr("clustera.engines.duck.IN_MEMORY_ROWS", 50)
    streamed = clustera.segment(blobs, progress=False)
    pd.testing.assert_frame_equal(streamed.customers, seg.customers)
    assert streamed.outcome == seg.outcome


def test_clear_groups_stand_up_to_every_further_question(blobs):
    odd = blobs.copy()
    odd.loc[0, ["age", "income", "spending_score"]] = [44.0, 900.0, 990.0]
    found = clustera.segment(odd, progress=False).diagnostics()
    assert found.seeds.mean > 0.99
    assert min(method.ari for method in found.methods) > 0.95
    assert not any(leak.leaks for leak in found.leaks)
    assert found.outliers.count >= 1
    assert found.outlier_effect is not None


def test_a_share_is_told_in_percent_wherever_it_stands(blobs):
    random = np.random.default_rng(1)
    table = blobs.assign(margin_pct=(random.random(len(blobs)) * 0.1 + 0.2 * (blobs.age > 40)).round(3))
    seg = clustera.segment(table, features="age,margin_pct", k=2, progress=False)
    margin = seg.outcome.preparation.features[1]
    assert (margin.label, margin.fraction) == ("Margin", True)
    for profile in seg.outcome.segments:
        percent = 100 * profile.features[1].mean
        mean = f"{percent:.0f}%" if percent >= 10 else f"{percent:.1f}%"
        assert f"margin {mean}" in segment_sentence(profile)
        assert f">{mean}</td>" in seg.report_html()


def test_a_percentage_above_one_keeps_its_unit(blobs):
    table = blobs.assign(discount_percent=blobs.age)
    seg = clustera.segment(table, features="discount_percent", k=2, progress=False)
    assert seg.outcome.preparation.features[0].label == "Discount (%)"


def test_every_step_is_timed(seg, tmp_path):
    steps = ["Reading", "Checking", "Looking for patterns", "Preparing", "Choosing the number of segments"]
    assert list(seg.timings)[: len(steps)] == steps
    assert all(seconds >= 0 for seconds in seg.timings.values())
    place = seg.save(tmp_path / "run")
    assert list(seg.timings)[-1] == "Writing the run"
    assert clustera.load(place).timings == {}


def test_a_run_by_the_command_loads_no_library_it_does_not_need(blobs, tmp_path):
    blobs.to_csv(tmp_path / "customers.csv", index=False)
    code = (
        "import sys; sys.argv = ['clustera', 'segment', 'customers.csv']\n"
        "from clustera.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('pandas', 'sklearn', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
    assert (Store(tmp_path / "runs").open().path / "report.html").is_file()
