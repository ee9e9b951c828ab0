import numpy as np
import pandas as pd
import pytest

from clustera.features import contract, repeats

from .conftest import orders_of, random_log


def doubled(lines=300, copies=40, seed=5):
    """A log in which some lines stand twice, and others differ in one column only; and pandas' count of the copies."""
    frame = random_log(seed=seed, lines=lines)
    again = frame.sample(copies, random_state=seed)
    near = frame.sample(copies, random_state=seed + 1).assign(customer_id=99)
    frame = pd.concat([frame, again, near], ignore_index=True).sample(frac=1, random_state=seed)
    return frame, int(frame.duplicated().sum())


@pytest.mark.parametrize("held", [24_000_000, 100, 7])
def test_as_many_lines_are_copies_as_pandas_counts_however_few_hashes_are_held(engine, monkeypatch, held):
    monkeypatch.setattr("clustera.features.repeats.HELD_HASHES", held)
    frame, copies = doubled()
    orders = orders_of(engine, frame)
    assert copies >= 40
    assert (
        orders.quarantine.query("select count(*) as n from {rows} where code = 'duplicate'")["n"][0].as_py() == copies
    )
    assert orders.money.closes


@pytest.mark.parametrize("lines", [0, 1, 3, 10_000])
@pytest.mark.parametrize("threads", [1, 2, 3, 16])
def test_hashes_sorted_in_parts_are_sorted_as_a_whole(lines, threads):
    held = np.random.default_rng(3).integers(0, max(1, lines // 2), lines).astype(np.uint64)
    parted = held.copy()
    repeats._sort(parted, threads=threads)
    assert (parted == np.sort(held)).all()


def test_without_an_order_all_columns_are_compared_when_asked(engine):
    frame, _ = doubled()
    frame = frame.drop(columns="order_id")
    orders = orders_of(engine, frame, duplicates="drop")
    assert orders.money.lines_set_aside >= frame.duplicated().sum() > 0


def test_a_log_of_many_lines_is_judged_on_some_of_its_customers(engine, monkeypatch):
    monkeypatch.setattr("clustera.features.contract.MOST_LINES", 1_000)
    customer, month = np.divmod(np.arange(12_000), 12)
    frame = pd.DataFrame(
        {
            "customer_id": customer,
            "date": pd.Timestamp("2020-01-05") + pd.to_timedelta(month * 30, "D"),
            "amount": 9.99,
        }
    )
    said = orders_of(engine, frame).contractual
    assert said.values["case"] == "some"
    assert said.count == said.values["customers"] < 1_000


@pytest.mark.parametrize(("gap", "looks"), [(30, 2), (None, 1)])
def test_a_long_log_that_is_plainly_no_contract_gets_a_glance_only(engine, monkeypatch, gap, looks):
    monkeypatch.setattr("clustera.features.contract.MOST_LINES", 10_000)
    seen = []
    counted = contract._charged_regularly
    monkeypatch.setattr(
        contract, "_charged_regularly", lambda *args, **options: seen.append(options) or counted(*args, **options)
    )
    customer, order = np.divmod(np.arange(40_000), 4)
    days = order * gap if gap else np.random.default_rng(1).integers(0, 700, len(order))
    frame = pd.DataFrame(
        {"customer_id": customer, "date": pd.Timestamp("2020-01-05") + pd.to_timedelta(days, "D"), "amount": 9.99}
    )
    said = orders_of(engine, frame).contractual
    assert len(seen) == looks
    assert said.values["case"] == "some" if gap else said is None
