"""Columns in which hardly any customers differ form no segments, and refuse no table."""

import sys

import numpy as np
import pandas as pd
import pytest

import clustera


def customers(n: int = 240) -> pd.DataFrame:
    random = np.random.default_rng(1)
    spend = np.where(np.arange(n) % 2, random.normal(100, 10, n), random.normal(300, 10, n)).round(2)
    return pd.DataFrame({"customer_id": range(1000, 1000 + n), "spend": spend, "visits": random.poisson(8, n)})


def roles(seg: clustera.Segmentation) -> dict[str, str]:
    return {column.name: column.role for column in seg.outcome.columns}


def told(seg: clustera.Segmentation) -> list[str]:
    return seg.findings[seg.findings.code == "alike-feature"].column.tolist()


@pytest.mark.parametrize("born", [["1980-05-06"], ["1980-05-06", "1980-05-07", "1980-06-01"]])
def test_customers_who_are_all_as_old_are_segmented_by_the_other_columns(tmp_path, born):
    table = customers().assign(birth_date=np.resize(born, 240))
    seg = clustera.segment(table, progress=False)
    assert (roles(seg)["birth_date"], told(seg)) == ("constant", ["birth_date"])
    without = clustera.segment(customers(), progress=False)
    assert seg.customers.segment.tolist() == without.customers.segment.tolist()
    assert "same for all or nearly all of 240 customers" in seg.findings.set_index("code").message["alike-feature"]
    assert "birth_date" not in seg.findings[seg.findings.code == "sensitive"].column.tolist()
    seg.save(tmp_path / "first")
    known = clustera.load("first", runs=tmp_path)
    again = clustera.segment(table.assign(birth_date="1990-01-01"), like=known, progress=False)
    assert again.customers.segment.tolist() == seg.customers.segment.tolist()
    assert known.predict(table).segment.tolist() == seg.customers.segment.tolist()


def test_a_column_that_differs_only_in_rows_that_are_left_out_forms_no_segments():
    table = customers().assign(kids=2)
    table.loc[[5, 7, 9], "kids"] = [3, 4, 5]
    table.loc[[5, 7, 9], "customer_id"] = np.nan
    seg = clustera.segment(table, progress=False)
    assert (roles(seg)["kids"], told(seg)) == ("constant", ["kids"])
    with pytest.raises(clustera.InputError, match="'kids' has the same value for every customer"):
        clustera.segment(table, features=["kids", "spend"], progress=False)


@pytest.mark.parametrize("ids", [True, False])
def test_a_column_that_differs_for_a_few_of_many_forms_no_segments(monkeypatch, ids):
    monkeypatch.setattr(sys.modules["clustera.prepare.points"], "SAMPLED", 60)
    table = customers() if ids else customers().drop(columns="customer_id")
    rare = clustera.segment(table, progress=False).customers.nlargest(3, "key").index
    for values in ([1, 2, 3], [0.5, 7.25, 3.0]):
        table["complaints"] = 0.0
        table.loc[rare, "complaints"] = values
        seg = clustera.segment(table, progress=False)
        if ids:  # else who is in the sample depends on all values
            assert (roles(seg)["complaints"], told(seg)) == ("constant", ["complaints"])
        assert len(seg.customers) == 240
    if ids:
        for asked in ({"features": ["complaints", "spend"]}, {"weights": {"complaints": 2.0}}):
            with pytest.raises(clustera.InputError, match="same value for nearly every customer"):
                clustera.segment(table, progress=False, **asked)


@pytest.mark.parametrize("several", [1, 3])
def test_a_log_whose_customers_nearly_all_bought_once_is_segmented(monkeypatch, several):
    monkeypatch.setattr(sys.modules["clustera.prepare.points"], "SAMPLED", 60)
    random = np.random.default_rng(several)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 120, 240), "D")
    log = pd.DataFrame({"customer_id": np.arange(240), "date": days, "amount": random.lognormal(3, 1, 240).round(2)})
    once = clustera.segment(orders=log, progress=False)
    assert (roles(once)["order_days"], told(once)) == ("descriptor", [])  # the same for everybody: known before
    rare = once.customers.nlargest(several, "key").id.astype(int)
    again = log[log.customer_id.isin(rare)].assign(date=pd.Timestamp("2024-03-03"), amount=20.0)
    log = pd.concat([log, again])
    first = clustera.segment(orders=log, progress=False)
    assert (roles(first)["order_days"], told(first)) == ("descriptor", ["order_days"])
    assert len(first.customers) == 240
    second = clustera.segment(orders=log, like=first, progress=False)
    assert second.customers.segment.tolist() == first.customers.segment.tolist()
