"""Names of segments whose features are counted from dates, and of those that only sound like money."""

from __future__ import annotations

import random

import pandas as pd
import pytest

import clustera


def segment(name, make, *, other="visits"):
    """Two groups of customers, the second a third as many, by a column that tells them apart."""
    chance = random.Random(11)
    groups = [number % 3 == 0 for number in range(90)]
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(90)],
            name: [make(group, chance) for group in groups],
            other: [chance.randrange(4, 12) for _ in groups],
        }
    )
    result = clustera.segment(frame, k=2)
    in_group = dict(zip(frame["customer_id"], groups, strict=True))
    told = {(in_group[row.id], row.name) for row in result.customers.itertuples(index=False)}
    assert len(told) == 2, "the column tells the groups apart"
    return dict(told), result


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("Year_Birth", lambda late, c: 1940 + 50 * late + c.randrange(8)),
        ("birthyear", lambda late, c: 1940 + 50 * late + c.randrange(8)),
        ("born", lambda late, c: int(f"{1940 + 50 * late + c.randrange(8)}0314")),
        ("Geburtsjahr", lambda late, c: 1940 + 50 * late + c.randrange(8)),
    ],
)
def test_those_born_earlier_are_the_older_customers(name, make):
    told, _ = segment(name, make)
    assert told[False].startswith("Older")
    assert told[True].startswith("Young")


@pytest.mark.parametrize("name", ["customer_since", "member since", "joined"])
def test_those_who_joined_earlier_are_with_us_for_longer(name):
    told, _ = segment(name, lambda late, c: f"{2000 + 15 * late + c.randrange(4)}-02-03")
    assert told[False].startswith(("Long-standing", "Established"))
    assert told[True].startswith("New")


def test_months_of_delay_under_the_name_of_pay_are_no_earnings_and_give_no_advice():
    told, result = segment("PAY_2", lambda late, c: (4 if late else -1) + c.randrange(-1, 2), other="PAY_3")
    assert not any("earner" in name.lower() for name in told.values())
    assert not any("upsell" in str(row) for row in result.segments.to_numpy().ravel())
