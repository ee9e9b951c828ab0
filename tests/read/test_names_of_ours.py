"""A column may be called as one of ours: nobody is told another name for it, and it is found under its own."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.read.held import TAKEN, unique_column_names
from clustera.records import RESERVED, names_told

OURS = sorted(RESERVED)
NAMES = st.sampled_from([*OURS, *(f"{name}_2" for name in OURS), *TAKEN, "Segment", "age", "id", "spend"])


@given(st.lists(NAMES, min_size=1, max_size=12, unique_by=str.lower))
def test_a_column_is_renamed_only_where_its_name_is_one_of_ours_and_told_under_its_own(names):
    here = unique_column_names(names)
    assert len({name.lower() for name in here}) == len(names)
    assert not RESERVED & set(here)
    for name, new in zip(names, here, strict=True):
        assert (name == new) == (name not in RESERVED and name.lower() not in TAKEN)
    told = names_told({new: name for name, new in zip(names, here, strict=True) if new != name}, [*here, "_row"])
    assert [told.get(new, new) for new in here] == names


def customers(names: list[str]) -> pd.DataFrame:
    random, groups = np.random.default_rng(0), np.repeat([1, 2, 3], 20)
    table = pd.DataFrame({at: groups * 10 + random.normal(0, 1, 60) for at in range(len(names))})
    table[0] = [f"c{at:02}" for at in range(60)]
    table.loc[9, 0], table.loc[7, 0] = "c08", None  # a customer twice, and one without an id
    table.loc[3, 1] = np.nan
    table.columns = names
    return table


def asked_wrongly(table: pd.DataFrame, seg: clustera.Segmentation, first: str):
    yield lambda: clustera.segment(table, features=["nope"], progress=False)
    yield lambda: clustera.segment(table, weights={"nope": 2}, features=[first], progress=False)
    yield lambda: clustera.segment(orders=table, progress=False)
    yield lambda: clustera.segment(orders=table, customer="nope", amount=first, progress=False)
    yield lambda: clustera.measure_campaign(
        table, outcomes=table, day="2024-05-01", days=3, measure="buyers", randomized=True
    )
    yield lambda: clustera.recommend(orders=table, progress=False)
    yield lambda: seg.predict(table.drop(columns=[first]))
    yield lambda: seg.plot.boxes("nope")
    yield lambda: seg.explain(values={"nope": 1.0})
    yield lambda: seg.audience("segment is 1").prepare_export("generic", table)


@pytest.mark.parametrize("seed", range(3))
def test_no_name_of_ours_is_told_for_a_column(seed):
    random = np.random.default_rng(seed)
    names = [
        *random.permutation(OURS)[:4].tolist(),
        *random.permutation(["age", "spend", "_row_2", "_id_2"])[:2].tolist(),
    ]
    table, inner = customers(names), set(unique_column_names(names)) - set(names)
    options = {"id": names[0], "features": names[1:4], "weights": {names[1]: 2.0}, "progress": False}
    with clustera.segment(table, k=3, **options) as seg:
        assert [feature.weight for feature in seg.outcome.preparation.features] == [2.0, 1.0, 1.0]
        told = [" ".join(map(str, row)) for row in seg.findings[["message", "rule", "cure"]].to_numpy()]
        told += [*map(str, seg.names.values()), *seg.segments["sentence"], seg.sql(), seg.quarantine.to_csv()]
        seg.explain(values={names[1]: 10.0})
        assert seg.audience(f'"{names[2]}" > 0').count().customers in (57, 58)
        later = table[[*reversed(names)]].assign(_key_2=1.0, _code_2=2.0)
        assert seg.predict(later)["segment"].tolist() == seg.predict(table)["segment"].tolist()
        for ask in asked_wrongly(table, seg, names[1]):
            with pytest.raises(clustera.ClusteraError) as error:
                ask()
            told.append(str(error.value))
    said = "\n".join(told)
    said = re.sub(r'(?m)^(?!--).*"_.*$', "", said)  # lines of SQL name the columns that they make
    assert not [name for name in inner if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said)], said


def test_no_name_of_ours_is_printed_for_a_column(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["_id", "_row", "_key", "Segment", "_label"]
    customers(names).to_csv("customers.csv", index=False)
    inner = set(unique_column_names(names)) - set(names)
    told = ""
    for words in (
        "check customers.csv", "segment customers.csv --name march --k 3", "show march", "rules march", "explain march c01",
        "differences march 1 2", "predict march customers.csv", "audience columns", "contract customers.csv",
        "segment customers.csv --features nope", "explain march --value nope=1",
    ):  # fmt: skip
        told += CliRunner().invoke(app, words.split()).output
    told += "".join(re.sub(r"<[^>]*>", " ", page.read_text("utf-8")) for page in Path("runs/march").glob("*.html"))
    found = [rf"(?<!\w){re.escape(name)}(?!\w)" for name in inner]
    assert not [line for line in told.splitlines() if any(re.search(name, line) for name in found)]


@pytest.mark.parametrize("names", [["_id", "date", "amount"], ["customer", "_row", "_key"]])
def test_a_log_whose_columns_are_called_as_ours_is_read_by_their_names(names):
    random = np.random.default_rng(0)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300, 300), "D")
    log = pd.DataFrame({0: random.integers(0, 40, 300), 1: days, 2: random.lognormal(3, 1, 300).round(2)})
    log.columns = names
    roles = dict(zip(("customer", "date", "amount"), names, strict=True))
    with clustera.segment(orders=log, value=False, progress=False, k=3, **roles) as seg:
        assert seg.outcome.balance.read > 30


def test_names_of_ours_that_differ_in_capitals_alone_stand_both_in_the_quarantine():
    table = customers(["id", "Segment", "segment", "spend"])
    with clustera.segment(table, id="id", features=["Segment", "segment"], k=3, progress=False) as seg:
        assert len(seg.quarantine) == 3
        assert seg.predict(table)["segment"].tolist() == seg.customers["segment"].tolist()
