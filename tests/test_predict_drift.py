"""Customers assigned later: what none of the run's customers has is counted and told, and tables of any length take the same memory."""

import json

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.pipeline.predict import MEMORY, OF_COLUMN, OF_THREAD


@pytest.fixture(scope="module")
def run(tmp_path_factory, blobs):
    folder = tmp_path_factory.mktemp("runs")
    features = ["age", "income", "spending_score"]
    with clustera.segment(blobs, features=features, k=4, progress=False, threads=1) as seg:
        seg.publish(folder, name="first")
    return folder, clustera.load("first", runs=folder)


def codes(scored):
    return {(finding.code, finding.column): finding for finding in scored.findings}


def test_the_runs_own_customers_have_nothing_unknown(run, blobs):
    assert not {code for code, _ in codes(run[1].assign(blobs))} & {"beyond-known-range", "unseen-category"}


def test_values_beyond_the_runs_range_are_counted(run, blobs):
    later = blobs.copy()
    later.loc[:3, "age"] = blobs.age.max() + 1
    later.loc[4:5, "age"] = blobs.age.min() - 1
    later.loc[6, "income"] = blobs.income.max()
    found = codes(run[1].assign(later))
    seen = found["beyond-known-range", "age"]
    assert (seen.count, seen.severity) == (6, "note")
    assert (seen.values["low"], seen.values["high"]) == (blobs.age.min(), blobs.age.max())
    assert ("beyond-known-range", "income") not in found


@pytest.mark.parametrize(("times", "case"), [(0.01, "smaller"), (100, "larger")])
def test_another_unit_than_in_the_run_is_told(run, blobs, times, case):
    found = codes(run[1].assign(blobs.assign(spending_score=blobs.spending_score * times)))
    assert found["other-scale", "spending_score"].values["case"] == case
    assert ("other-scale", "income") not in found
    few = blobs.assign(spending_score=np.where(np.arange(len(blobs)) % 3, blobs.spending_score, times))
    assert ("other-scale", "spending_score") not in codes(run[1].assign(few))


def test_many_of_them_are_a_warning(run, blobs):
    later = blobs.assign(age=np.where(np.arange(len(blobs)) < 9, 99.0, blobs.age))
    assert codes(run[1].assign(later))["beyond-known-range", "age"].severity == "warning"


def test_categories_that_the_run_does_not_know_are_counted_and_named(run, blobs):
    later = blobs.copy()
    later.loc[:2, "city"] = "Trier"
    later.loc[3, "city"] = "Ahaus"
    later.loc[4, "city"] = None
    seen = codes(run[1].assign(later))["unseen-category", "city"]
    assert (seen.count, seen.values["unseen"]) == (4, ("Trier", "Ahaus"))


def test_a_table_without_the_descriptors_is_assigned_all_the_same(run, blobs):
    found = codes(run[1].assign(blobs[["customer_id", "age", "income", "spending_score"]]))
    assert not {code for code, _ in found} & {"beyond-known-range", "unseen-category"}


def test_the_command_tells_of_a_single_value_and_json_has_its_numbers(run, blobs, tmp_path):
    later = blobs.copy()
    later.loc[0, "age"], later.loc[1, "income"], later.loc[2, "gender"] = 110.0, None, "unknown to us"
    later.to_csv(tmp_path / "later.csv", index=False)
    asked = ["predict", "first", str(tmp_path / "later.csv"), "--runs", str(run[0])]
    asked += ["--output", str(tmp_path / "scored.csv")]
    said = " ".join(CliRunner().invoke(app, asked).output.split())
    assert "Income is missing in 1 of 180 rows" in said
    assert "Age is outside of" in said
    assert "such as unknown to us, in 1 of 180 rows" in said
    told = json.loads(CliRunner().invoke(app, [*asked, "--json"]).output)
    assert {"beyond-known-range", "unseen-category", "missing-values"} <= {f["code"] for f in told["findings"]}


def test_segment_like_tells_the_drift_that_predict_tells(run, blobs, tmp_path):
    later = blobs.assign(age=np.where(np.arange(len(blobs)) < 9, 99.0, blobs.age))
    later.loc[:2, "city"] = "Trier"
    told = {"beyond-known-range", "other-scale", "unseen-category"}
    expected = {place: finding for place, finding in codes(run[1].assign(later)).items() if place[0] in told}
    kept = clustera.segment(later, like=run[1], progress=False, threads=1).outcome
    assert expected.items() <= codes(kept).items()
    assert {column for _, column in expected} == {"age", "city"}
    later.to_csv(tmp_path / "later.csv", index=False)
    asked = ["segment", str(tmp_path / "later.csv"), "--like", "first", "--runs", str(run[0]), "--strict"]
    assert CliRunner().invoke(app, asked).exit_code == 4


def test_segment_like_says_which_columns_have_another_unit_where_nobody_fits(run, blobs):
    later = blobs.assign(income=blobs.income * 100)
    with pytest.raises(InputError, match="Of 180 customers only 0 fit the segments of first; .* Income is 50 or more"):
        clustera.segment(later, like=run[1], progress=False, threads=1)


@pytest.mark.parametrize(
    "otherwise", [str.lower, lambda one: one.replace("C00", "C"), lambda one: one.replace("C", "C0")]
)
def test_ids_written_otherwise_than_in_the_run_are_told_with_an_example(run, blobs, otherwise):
    later = blobs.assign(customer_id=[otherwise(one) if i < 20 else one for i, one in enumerate(blobs.customer_id)])
    changed = set(later.customer_id) - set(blobs.customer_id)
    with clustera.segment(later, like=run[1], progress=False, threads=1) as kept:
        found = codes(kept.outcome)["respelled-ids", None]
        assert (found.count, found.severity) == (len(changed), "warning" if len(changed) > 8 else "note")
        assert found.values["now"] in changed
        assert found.values["then"] in set(blobs.customer_id) - set(later.customer_id)
        assert kept.outcome.comparison.common == 180 - len(changed)


def test_other_customers_are_not_told_as_the_same_under_another_id(run, blobs):
    later = blobs.assign(customer_id="N" + blobs.customer_id)
    with clustera.segment(later, like=run[1], progress=False, threads=1) as kept:
        assert "respelled-ids" not in {code for code, _ in codes(kept.outcome)}


def test_days_since_a_day_grow_as_time_passes_and_are_no_drift():
    draw = np.random.default_rng(0)
    seen = pd.Timestamp("2024-05-01") - pd.to_timedelta(draw.choice([2, 40, 300], 150), unit="D")
    table = pd.DataFrame({"id": [f"c{i}" for i in range(150)], "spend": draw.gamma(3, 20, 150), "last_visit": seen})
    with clustera.segment(table, k=3, progress=False, threads=1, as_of="2024-05-02") as seg:
        later = seg.assign(table, progress=False, as_of="2024-06-02")
        assert not {code for code, _ in codes(later)} & {"beyond-known-range"}
        sooner = seg.assign(table, progress=False, as_of="2024-05-01")
        assert codes(sooner)["beyond-known-range", "last_visit"].severity == "warning"


def test_days_since_the_last_order_and_tenure_grow_as_time_passes_and_are_no_drift():
    draw = np.random.default_rng(0)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.integers(0, 300, 900), unit="D")
    log = pd.DataFrame({"customer": draw.integers(0, 90, 900), "date": days, "amount": draw.gamma(3, 20, 900).round(2)})
    aging = ["days_since_last_order", "tenure"]
    asked = {"features": [*aging, "spend"], "value": False, "progress": False, "threads": 1}
    with clustera.segment(orders=log, k=3, as_of="2024-10-31", **asked) as seg:
        assert set(aging) <= set(seg.prepared.columns)
        with clustera.segment(orders=log, like=seg, as_of="2024-12-31", **asked) as later:
            assert not {("beyond-known-range", name) for name in aging} & set(codes(later.outcome))
        told = seg.predict(orders=log, as_of="2024-12-31").attrs["findings"]
        assert not [text for text in told if text.startswith(("Days since last order", "Tenure"))]


def test_memory_is_limited_unless_the_caller_sets_a_limit(run, blobs):
    with run[1].assign(blobs, threads=3).engine as engine:
        assert engine.memory <= MEMORY + 2 * OF_THREAD + (1 + len(blobs.columns)) * OF_COLUMN
    with run[1].assign(blobs, memory_limit="3GiB").engine as engine:
        assert engine.memory == pytest.approx(3 << 30, rel=0.01)


def test_a_lower_limit_is_never_raised():
    with Engine(memory_limit="64MiB") as engine:
        engine.limit_memory(1 << 30)
        assert engine.memory < 1 << 27


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_table_of_four_times_the_length_holds_no_more_memory(run, blobs, tmp_path, suffix, monkeypatch):
    """Cells, values, points and segments pass by, and lie in files: of 180,000 rows more, held ones would be 10 MB."""
    monkeypatch.setattr("clustera.engines.duck.SHARE_HELD", 1 << 40)
    monkeypatch.setattr("clustera.check.checking.KEPT_CELLS", 0)
    monkeypatch.setattr("clustera.prepare.BLOCK_ROWS", 20_000)
    held = []
    for rows in (60_000, 240_000):
        path = tmp_path / f"{rows}{suffix}"
        with duckdb.connect() as database:
            database.register("blobs", blobs[["age", "income", "spending_score"]])
            numbered = f"select i as customer_id, blobs.* from range({rows}) t(i) join (select *, row_number() over () - 1 as n from blobs)"
            database.execute(f"copy ({numbered} blobs on n = i % {len(blobs)} order by i) to '{path}'")
        before = pa.total_allocated_bytes()
        with run[1].assign(path, threads=1).engine as engine:
            query = "select sum(memory_usage_bytes + temporary_storage_bytes) from duckdb_memory() where tag <> 'EXTERNAL_FILE_CACHE'"
            held.append(engine.sql(query).fetchall()[0][0] + pa.total_allocated_bytes() - before)
            assert len(list(engine.folder.glob("*.parquet"))) == (3 if suffix == ".csv" else 2)
    assert held[1] - held[0] < 1_000_000, held


def test_points_that_are_not_kept_give_the_same_segments_as_points_that_are(run, blobs):
    seg = run[1]
    later = blobs.assign(age=blobs.age.round(), income=blobs.income.where(blobs.index % 7 > 0))
    one, many = seg.predict(later), []
    for start in range(0, len(later), 50):
        many.append(seg.predict(later[start : start + 50].reset_index(drop=True)))
    pd.testing.assert_frame_equal(one, pd.concat(many, ignore_index=True))


@pytest.mark.parametrize("empty", [["seen"], ["born"], ["seen", "born"], ["spend"], ["spend", "seen", "born"]])
def test_a_later_table_may_have_no_value_in_a_column_of_any_kind(empty):
    draw = np.random.default_rng(0)
    table = pd.DataFrame({"id": [f"c{i}" for i in range(150)], "spend": draw.gamma(3, 20, 150).round(2)})
    for name, first, most in (("seen", "2024-05-01", 300), ("born", "1980-05-01", 9_000)):
        days = pd.to_timedelta(draw.integers(1, most, 150), unit="D")
        table[name] = (pd.Timestamp(first) - days).strftime("%Y-%m-%d")
    with clustera.segment(table, features=["spend", "seen", "born"], progress=False, threads=1) as seg:
        later = table.assign(**dict.fromkeys(empty))
        if len(empty) == 3:
            with pytest.raises(InputError, match="No row of DataFrame can be assigned to a segment. 150 rows: None of"):
                seg.assign(later, progress=False)
            return
        assert seg.assign(later, progress=False).balance.segmented == 150


def test_beside_orders_values_of_a_later_table_are_judged_by_the_run_in_every_way(tmp_path):
    """What is impossible or stands for "unknown" was decided in the run: for predict, --like, a table of values and the query."""
    draw = np.random.default_rng(0)
    ids = np.array([f"c{i:03d}" for i in range(150)])
    who = np.repeat(np.arange(150), draw.choice([2, 6, 9], 150))
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.integers(0, 400, len(who)), unit="D")
    orders = pd.DataFrame({"customer": ids[who], "date": days, "amount": draw.gamma(3, 20, len(who)).round(2)})
    table = pd.DataFrame({"customer": ids, "income": draw.integers(20, 90, 150) * 1000.0})
    asked = {"features": ["income", "spend", "order_days"], "k": 3, "value": False, "progress": False, "threads": 1}
    later = table.copy()
    later.loc[:39, "income"] = np.repeat([999_999.0, -1.0, 1e16, np.nan], 10)
    with clustera.segment(table, orders=orders, **asked) as seg:
        beside = seg.predict(later, orders=orders).set_index("id")["segment"]
        kept = clustera.segment(later, orders=orders, like=seg, value=False, progress=False, threads=1)
        # 999,999 is a number here: a run of the later table alone would have taken it for "unknown".
        assert "sentinel" not in {finding.code for finding in kept.outcome.findings}
        values = pd.read_parquet(kept.save(tmp_path / "kept") / "values.parquet")
        raw = values.drop(columns="income").merge(later.rename(columns={"customer": "id"}), on="id")
        alone = seg.predict(raw, id="id").set_index("id")["segment"]
        query = seg.sql(dialect="duckdb", table="later_values")
    with duckdb.connect() as database:
        database.register("later_values", values.rename(columns={"id": "customer_id"}))
        queried = database.sql(query).df().set_index("customer_id")["segment"]
    for other in (kept.customers.set_index("id")["segment"], alone, queried):
        assert (other.reindex(beside.index) == beside).all()


def test_strict_stops_on_drift_and_rows_left_out_are_written_beside_the_output(run, blobs, tmp_path):
    later = blobs.assign(age=np.where(np.arange(len(blobs)) < 20, 99.0, blobs.age))
    pd.concat([later, later.head(1)]).to_csv(tmp_path / "later.csv", index=False)
    asked = ["predict", "first", str(tmp_path / "later.csv"), "--runs", str(run[0])]
    asked += ["--output", str(tmp_path / "scored.csv")]
    stopped = CliRunner().invoke(app, [*asked, "--strict"])
    assert (stopped.exit_code, (tmp_path / "scored.csv").exists()) == (4, False)
    told = json.loads(CliRunner().invoke(app, [*asked, "--json"]).output)
    assert told["quarantine"] == str(tmp_path / "scored.quarantine.csv")
    assert list(pd.read_csv(told["quarantine"])["code"]) == ["duplicate-row"]
