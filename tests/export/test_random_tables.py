"""Exports of runs of random tables give every customer, of the run and later, the segment that `predict` gives."""

import sqlite3

import duckdb
import pandas as pd
import pytest

import clustera
from clustera.errors import InputError
from tests.export.random_tables import random_tables
from tests.soaking import as_time_allows, fewest_of

MANY = 400
TRIED = 300  # of them that can be segmented; a table of one column of few values often can't


def segments_by_query(text, table, warehouse):
    """Customer -> segment, by a query of DuckDB or SQLite; the rules return the same columns."""
    if warehouse == "duckdb":
        with duckdb.connect() as connection:
            connection.register("customers", table)
            found = connection.execute(text).fetchall()
    else:
        with sqlite3.connect(":memory:") as connection:
            table.to_sql("customers", connection, index=False)
            found = connection.execute(text).fetchall()
        connection.close()
    return {str(row[0]): row[1] for row in found}


def differences(seed, folder, *, csv):
    """What an export says otherwise than `predict`; None where the table can't be segmented."""
    made = random_tables(seed)
    table, later = made.table, made.later
    sources = [table, later]
    if csv:
        for at, own in enumerate((table, later)):
            sources[at] = folder / f"{seed}-{at}.csv"
            own.to_csv(sources[at], index=False)
        table, later = (pd.read_csv(source, dtype=str, keep_default_na=False) for source in sources)
    try:
        seg = clustera.segment(sources[0], progress=False, threads=1, **made.options)
    except InputError:
        return None
    found = []
    with seg:
        predicted = seg.predict(sources[1])
        expected = {
            "run": (table, dict(zip(seg.customers["id"].astype(str), seg.customers["segment"], strict=True))),
            "later": (later, dict(zip(predicted["id"].astype(str), predicted["segment"], strict=True))),
        }
        for warehouse in ("duckdb", "sqlite"):
            text = seg.sql(dialect=warehouse)
            for which, (rows, wanted) in expected.items():
                given = segments_by_query(text, rows, warehouse)
                wrong = [key for key in wanted if given.get(key) != wanted[key]]
                found += [(seed, warehouse, which, rows.set_index("id").loc[key].to_dict()) for key in wrong[:1]]
        rules = [segments_by_query(seg.rules_sql(dialect=one), table, one) for one in ("duckdb", "sqlite")]
        if rules[0] != rules[1] or rules[0].keys() != set(table["id"].astype(str)):
            found.append((seed, "rules"))
        seg.write_onnx(folder / f"{seed}.onnx")  # is refused where a label differs from predict's
    return found


@pytest.mark.parametrize(("seed", "csv"), [(3, False), (8, True)])
def test_queries_rules_and_graphs_of_random_tables_agree_with_predict(tmp_path, seed, csv):
    pytest.importorskip("onnx", reason="onnx is not installed")
    assert differences(seed, tmp_path, csv=csv) == []


@pytest.mark.soak
def test_queries_rules_and_graphs_of_many_random_tables_agree_with_predict(tmp_path):
    pytest.importorskip("onnx", reason="onnx is not installed")
    tried = 0
    for seed in as_time_allows(range(1_000, 1_000 + MANY)):
        found = differences(seed, tmp_path, csv=seed % 2 == 1)
        tried += found is not None
        assert not found
    assert tried >= fewest_of(TRIED, 0)
