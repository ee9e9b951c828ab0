import numpy as np
import pandas as pd
import pytest

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
    assert said.startswith("This log looks like the charges of a contract")
    assert "1,000 of 1,000" not in said
