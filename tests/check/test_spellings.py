from __future__ import annotations

import random
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.spellings import Spelling, spell, spellings

from clustera.check import CheckOptions, check
from clustera.engines import Engine
from clustera.read import read

NAMES = ["customer_id", "gender", "age", "income", "rating", "joined", "member"]
MONEY = ("income",)


def table(seed: int, rows: int) -> list[dict]:
    draw = random.Random(seed)
    made = [
        {
            "customer_id": 17850 + 3 * number,
            "gender": draw.choice(["female", "male", "divers"]),
            "age": draw.randint(18, 90),
            "income": round(draw.lognormvariate(10.3, 0.5), 2),
            "rating": draw.randint(1, 5),
            "joined": date(2019, 1, 1) + timedelta(days=draw.randrange(1500)),
            "member": draw.random() < 0.5,
        }
        for number in range(rows)
    ]
    made[1]["income"] = 54321.25  # so that every table shows both marks
    made[2]["joined"] = date(2020, 2, 28)  # so that day and month can be told apart
    made[0]["member"], made[1]["member"] = True, False
    for row in made[5::11]:
        row["income"] = None
    return made


def values(data, engine, tmp_path, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(data)
    checked = check(read(path, engine=engine), options=CheckOptions())
    return checked, checked.rows.query("select * exclude (_row) from {rows} order by _id")


@pytest.fixture(scope="module")
def shared():
    with Engine(threads=1) as engine:
        yield engine


@given(spelling=spellings(), seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_means_the_same_however_it_is_spelled(shared, tmp_path, spelling, seed):
    rows = table(seed, 40)
    _, expected = values(spell(NAMES, rows, Spelling(), money=MONEY), shared, tmp_path)
    checked, found = values(spell(NAMES, rows, spelling, money=MONEY), shared, tmp_path)
    assert found.to_pylist() == expected.to_pylist()
    assert checked.balance.closes
    assert {finding.code for finding in checked.findings} <= {
        "sensitive",
        "missing-values",
        "footer",
        "few-rows",
        "lines-above",
    }


def test_the_plainest_spelling_holds_the_values_that_were_written(shared, tmp_path):
    rows = table(3, 40)
    _, found = values(spell(NAMES, rows, Spelling(), money=MONEY), shared, tmp_path)
    frame = pd.DataFrame(found.to_pylist())
    assert frame["age"].tolist() == [float(row["age"]) for row in rows]
    last = max(row["joined"] for row in rows)
    assert frame["joined"].tolist() == [(last - row["joined"]).days for row in rows]
    assert frame["member"].tolist() == ["yes" if row["member"] else "no" for row in rows]
    assert [None if pd.isna(v) else v for v in frame["income"]] == [row["income"] for row in rows]
