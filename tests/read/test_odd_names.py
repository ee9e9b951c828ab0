"""Names of columns are whatever a source calls them; those that tables need otherwise are told."""

import json

import pandas as pd
import polars as pl
import pytest

import clustera
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.read import read


@pytest.mark.parametrize("key", ["", "{rows}", "{other}", "a.b", '"', "$", "*", "_row", "select"])
@pytest.mark.parametrize("lines", [True, False])
def test_every_key_of_a_json_file_is_a_column_with_its_values(tmp_path, key, lines):
    rows = [{"id": f"C{at}", key: at * 7, "spend": at + 0.5} for at in range(12)]
    path = tmp_path / ("odd.jsonl" if lines else "odd.json")
    path.write_text("\n".join(map(json.dumps, rows)) if lines else json.dumps(rows))
    with Engine(threads=1) as engine:
        raw = read(path, engine=engine)
        columns = raw.rows.arrow()
        found = [
            name
            for name in columns.column_names
            if [str(cell) for cell in columns[name].to_pylist()] == [str(at * 7) for at in range(12)]
        ]
    assert raw.source.rows == 12
    assert len(found) == 1


def test_a_name_with_a_zero_character_in_a_frame_of_polars_is_refused_with_a_cure():
    frame = pl.DataFrame({"id": ["a", "b"], "sp\0end": [1.0, 2.0]})
    with Engine(threads=1) as engine, pytest.raises(InputError, match="zero character") as refused:
        read(frame, engine=engine)
    assert refused.value.hint == "Rename it."


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl", "xlsx", "frame"])
def test_a_name_that_tables_need_is_told_beside_the_own_one(tmp_path, kind):
    groups = [0, 1, 2] * 30
    columns = {
        "Spend": [50 * group + at % 7 for at, group in enumerate(groups)],
        "spend": [30 * (group == 1) + at % 5 for at, group in enumerate(groups)],
    }
    frame = pd.DataFrame(columns | {"visits": [20 * (group == 2) + at % 3 for at, group in enumerate(groups)]})
    source = tmp_path / f"customers.{kind}"
    if kind == "parquet":
        frame.to_parquet(source)
    elif kind == "xlsx":
        frame.to_excel(source, index=False, engine="xlsxwriter")
    elif kind == "jsonl":
        frame.to_json(source, orient="records", lines=True)
    else:
        frame.to_csv(source, index=False)
    seg = clustera.segment(frame if kind == "frame" else source, k=3)
    (finding,) = [one for one in seg.findings.itertuples() if one.code == "renamed-columns"]
    assert "'spend' is 'spend_2' in tables, in Python and in JSON" in finding.message
    assert {"Spend: mean", "spend_2: mean"} <= set(seg.segments.columns)
