from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustera


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    random = np.random.default_rng(3)
    return pd.DataFrame(np.vstack([random.normal(c, 2, (40, 2)) for c in (20, 60)]), columns=["age", "income"])


@pytest.mark.parametrize("change", [lambda f: f[f.income > 21], lambda f: f.sort_values("age"), lambda f: f.iloc[::-2]])
def test_customers_of_a_filtered_or_sorted_frame_keep_the_labels_of_their_rows(frame, change):
    changed = change(frame)
    customers = clustera.segment(changed, progress=False).customers
    assert customers["id"].tolist() == [str(label) for label in changed.index]


def test_customers_of_a_frame_as_it_was_made_are_numbered_from_one(frame):
    assert clustera.segment(frame, progress=False).customers["id"].tolist() == [str(i + 1) for i in range(len(frame))]


def test_an_id_column_goes_before_labels(frame):
    named = frame.assign(customer_id=[f"C{i}" for i in range(len(frame))]).iloc[::2]
    assert clustera.segment(named, progress=False).customers["id"].tolist() == named.customer_id.tolist()


def test_labels_that_come_twice_are_not_ids(frame):
    twice = pd.concat([frame, frame.iloc[:1]])
    assert clustera.segment(twice, progress=False).customers["id"].tolist()[:2] == ["1", "2"]


def test_labels_that_a_column_holds_too_are_no_second_column(frame):
    named = frame.assign(customer_id=[f"C{i}" for i in range(len(frame))])
    seg = clustera.segment(named.set_index("customer_id", drop=False), progress=False)
    assert seg.customers["id"].tolist() == named.customer_id.tolist()
    assert [column.name for column in seg.outcome.columns if column.role != "id"] == ["age", "income"]


@pytest.mark.parametrize("seed", range(8))
def test_any_labels_beside_any_names_are_read(seed):
    random = np.random.default_rng(seed)
    names = [None, "age", "index", "town", ("a", 1), ""]
    rows, levels = 40, int(random.integers(1, 4))
    labels = pd.MultiIndex.from_arrays(
        [random.permutation(rows) if level else [f"r{i}" for i in range(rows)] for level in range(levels)],
        names=[names[int(i)] for i in random.integers(0, len(names), levels)],
    )
    frame = pd.DataFrame(random.normal(size=(rows, 3)), columns=["age", "index", "age"], index=labels)
    balance = clustera.segment(frame if levels > 1 else frame.droplevel([]), k=2, progress=False).outcome.balance
    assert balance.read == balance.segmented + balance.quarantined == rows
