"""Keys of JSON are names of columns, whatever they hold."""

import json

import polars as pl
import pytest

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
