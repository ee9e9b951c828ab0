"""Clean tables of many kinds raise no false alarm: counted, and none."""

from __future__ import annotations

import collections
import random

import pytest
from tests.soaking import as_time_allows

from clustera.check import check
from clustera.engines import Engine
from clustera.read import read

TABLES = 1_500
WORDS = ["Lyon", "Nantes", "Paris", "Lille", "Rennes", "Bordeaux", "Saint-Denis", "New York", "Zürich", "Montréal"]

# How a column of a clean table is drawn: what it is called, and its cells for n customers.
KINDS = {
    "whole": (["visits", "orders", "children", "number of calls"], lambda d, n: [d.randint(0, d.choice([3, 9, 60])) for _ in range(n)]),
    "counts": (["purchases", "clicks", "sessions"], lambda d, n: [int(d.expovariate(0.1)) for _ in range(n)]),
    "money": (["spend", "income", "revenue", "balance"], lambda d, n: [f"{d.lognormvariate(8, 0.8):.2f}" for _ in range(n)]),
    "skewed money": (["total paid", "sales"], lambda d, n: [f"{d.paretovariate(1.5) * 20:.2f}" for _ in range(n)]),
    "round money": (["credit limit", "budget"], lambda d, n: [d.randint(1, 40) * 500 for _ in range(n)]),
    "score": (["rating", "satisfaction", "Score (1-100)"], lambda d, n: [d.randint(1, 5) for _ in range(n)]),
    "share": (["discount share", "open rate"], lambda d, n: [f"{d.random():.3f}" for _ in range(n)]),
    "signed": (["profit", "change"], lambda d, n: [f"{d.gauss(0, 50):.1f}" for _ in range(n)]),
    "city": (["city", "favorite store"], lambda d, n: d.choices(d.sample(WORDS, d.randint(2, 8)), k=n)),
    "yes": (["newsletter", "member"], lambda d, n: d.choices(["yes", "no"], [1, d.randint(1, 9)], k=n)),
    "code": (["region", "branch_no"], lambda d, n: [d.randint(1, 12) for _ in range(n)]),
    "day": (["renewal", "due date"], lambda d, n: [f"20{d.randint(20, 23)}-{d.randint(1, 12):02d}-{d.randint(1, 28):02d}" for _ in range(n)]),
    "joined": (["joined", "signup_date", "last_visit"], lambda d, n: [f"20{d.randint(20, 23)}-{d.randint(1, 12):02d}-{d.randint(1, 28):02d}" for _ in range(n)]),
    "tenure": (["tenure_months", "days since signup"], lambda d, n: [d.randint(0, 120) for _ in range(n)]),
}  # fmt: skip


def clean_table(seed: int) -> str:
    """A tidy file: an id, two columns of numbers at least, and up to five columns of any kind."""
    draw = random.Random(seed)
    rows = draw.choice([60, 150, 400, 900])
    kinds = [
        *draw.sample(["whole", "counts", "money", "score", "tenure"], 2),
        *draw.sample(sorted(KINDS), draw.randint(0, 5)),
    ]
    columns = {"customer_id": draw.sample(range(10_000, 99_999), rows)}
    for kind in kinds:
        names, cells = KINDS[kind]
        columns.setdefault(draw.choice(names), cells(draw, rows))
    separator = draw.choice([",", ";", "\t"])
    lines = [separator.join(columns), *(separator.join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    return "\n".join(lines) + "\n"


def alarms(first: int, count: int, path) -> dict[str, list[int]]:
    found = collections.defaultdict(list)
    with Engine(threads=1) as engine:
        for seed in as_time_allows(range(first, first + count)):
            path.write_text(clean_table(seed), encoding="utf-8")
            checked = check(read(path, engine=engine))
            assert checked.balance.quarantined == 0
            for finding in checked.findings:
                found[finding.code].append(seed)
    return found


def test_clean_tables_raise_no_finding(tmp_path):
    assert alarms(0, 40, tmp_path / "clean.csv") == {}


@pytest.mark.soak
def test_many_clean_tables_raise_no_finding(tmp_path):
    assert alarms(1_000, TABLES, tmp_path / "clean.csv") == {}
