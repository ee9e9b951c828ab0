"""The list of customers of a run: what it is asked for and what it says."""

import pyarrow as pa
import pytest

from clustera.engines import Engine
from clustera.errors import InputError
from clustera.store import CustomerList, CustomerQuery

LABELS = {"second_category": "Offer a new category", "sunset": "Stop paid ads"}


@pytest.fixture
def listed():
    """A run written when the actions were called otherwise."""
    customers = pa.table(
        {
            "id": ["a", "b", "c"],
            "segment": [1, 1, 2],
            "name": ["Regulars", "Regulars", "New"],
            "action": ["Another category", "Another category", "Sunset"],
            "action_code": ["second_category", "second_category", "sunset"],
        }
    )
    with Engine(threads=1) as engine:
        names = {1: "Regulars", 2: "New"}
        yield CustomerList(engine.arrow(customers), None, names=names, labels=LABELS, label="old")


@pytest.mark.parametrize("asked", ["second_category", "Offer a new category", "offer a new  CATEGORY"])
def test_an_action_that_was_called_otherwise_finds_its_customers(listed, asked):
    found = listed.page(CustomerQuery(action=asked))
    assert [customer["id"] for customer in found.customers] == ["a", "b"]
    assert {customer["action"] for customer in found.customers} == {"Offer a new category"}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (CustomerQuery(segment=99), "There is no segment 99"),
        (CustomerQuery(action="nothing"), "No customer has the action 'nothing'"),
        (CustomerQuery(action="Stop paid add"), "No customer has the action"),
    ],
)
def test_a_segment_or_action_that_there_is_not_is_refused(listed, query, message):
    with pytest.raises(InputError, match=message):
        listed.page(query)
