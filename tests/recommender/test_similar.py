"""The nearest items by cosine, against an obvious implementation; and what products are called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import clustera
from clustera.errors import InputError
from clustera.recommender import similar


@pytest.mark.parametrize("held", [50, 4_000_000])
def test_the_cosine_of_many_items_is_that_of_all_pairs_whatever_is_held_at_a_time(monkeypatch, held):
    monkeypatch.setattr(similar, "ITEM_NEIGHBORS", 5)
    monkeypatch.setattr(similar, "PAIRS_HELD", held)
    random = np.random.default_rng(1)
    owned = (random.random((60, 40)) < random.beta(1, 4, 40)).astype(np.float32)
    owned[:, 7] = 0  # nobody has bought it
    found = similar._cosine_weights(sp.csr_matrix(owned)).toarray()
    together = owned.T @ owned
    length = np.sqrt(np.maximum(together.diagonal(), 1)).astype(np.float32)
    wanted = np.zeros_like(found)
    for item in range(40):
        cosine = together[:, item] / (length * length[item])
        cosine[item] = 0
        for other in sorted(range(40), key=lambda at: (-cosine[at], at))[:5]:
            wanted[other, item] = cosine[other]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    assert (found > 0).sum(0).max() == 5


PRODUCTS = pd.DataFrame({"product_id": ["p1", "p2"], "department": "food", "description": ["Whole milk", None]})


def lines():
    return pd.DataFrame(
        {"customer": ["ann", "ann", "bob"], "date": "2024-03-01", "product": ["p1", "p2", "p1"], "amount": 2.0}
    )


def test_a_table_of_products_says_what_they_are_called():
    found = clustera.recommend(lines(), by="product", products=PRODUCTS).table
    names = dict(zip(found["item"], found["item_name"], strict=True))
    assert names == {"p1": "Whole milk (p1)", "p2": "p2"}


def test_a_run_takes_the_names_of_its_products_when_asked(habits):
    table = pd.DataFrame({"sku": ["milk", "bread"], "name": ["Whole milk", "Rye bread"]})
    with clustera.segment(orders=habits, k=2, value=False, keep_orders=True, progress=False) as seg:
        found = seg.recommend(by="product", products=table)
        assert set(found.table.loc[found.table["item"] == "milk", "item_name"]) == {"Whole milk (milk)"}
        assert "item_name" not in seg.recommend(by="category", products=table).table
        with pytest.raises(InputError, match="no column of products' ids"):
            seg.recommend(by="product", products=table.rename(columns={"sku": "shelf"}))
