"""Files that are written, cut or replaced while they are read: that is what is said, whatever went wrong by it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.read import read

CHANGED = "changed while it was read"


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def people(seed, n=60):
    draw = np.random.default_rng(seed)
    return pd.DataFrame({"customer_id": range(n), "age": draw.integers(18, 80, n), "spend": draw.gamma(2, 50, n)})


def lines(seed, n=400):
    draw = np.random.default_rng(seed)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(draw.integers(0, 300, n), "D")
    return pd.DataFrame({"customer_id": draw.integers(0, 60, n), "order_date": days, "amount": draw.gamma(2, 50, n)})


@pytest.mark.parametrize(("made", "step"), [(people, "Reading"), (people, "Checking"), (lines, "Checking orders")])
def test_a_parquet_file_that_is_written_anew_during_a_run_is_no_mixture_of_two(tmp_path, made, step):
    """Its columns are read when they are asked for, one after the other."""
    path, written = tmp_path / "t.parquet", []
    made(1).to_parquet(path)

    def say(now, share):
        if now.startswith(step) and share > 0 and not written:
            written.append(now)
            made(2).to_parquet(path)

    given = {"orders": path} if made is lines else {"customers": path}
    with pytest.raises(InputError, match=CHANGED):
        clustera.segment(**given, k=3, progress=say)
    assert written


@pytest.mark.parametrize("change", ["cut", "longer", "other", "gone"])
@pytest.mark.parametrize("cell", ["plain", '"two\nlines"'])
def test_a_text_file_that_changes_while_it_is_read_is_refused_as_that(tmp_path, engine, change, cell):
    path = tmp_path / "t.csv"
    row = f"17,{cell},3.50\n"
    path.write_text("customer_id,note,spend\n" + row * 40_000, "utf-8")
    seen = []

    def say(_, share):
        if share >= 0.2 and not seen:
            seen.append(share)
            if change == "cut":
                path.write_text("customer_id,note,spend\n" + row * 3, "utf-8")
            elif change == "gone":
                path.unlink()
            else:
                with path.open("a" if change == "longer" else "w", encoding="utf-8") as file:
                    file.write(row * 50_000 + "18,hal")

    with pytest.raises(InputError, match=CHANGED):
        read(path, engine=engine, progress=say)
    assert seen
