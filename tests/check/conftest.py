from __future__ import annotations

import pytest

from clustera.check import CheckOptions, check, check_like
from clustera.engines import Engine
from clustera.read import read


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


@pytest.fixture
def checked(engine, tmp_path):
    """Read and check a table: text of a CSV file, or a frame."""

    def run(table, like=None, **options):
        if isinstance(table, str):
            path = tmp_path / f"table-{len(list(tmp_path.iterdir()))}.csv"
            path.write_text(table, encoding="utf-8")
            table = path
        raw, asked = read(table, engine=engine), CheckOptions(**options)
        return check(raw, options=asked) if like is None else check_like(raw, like, options=asked)

    return run


@pytest.fixture
def values():
    """The values of one column of a checked table, in the source's order."""

    def of(checked, column):
        rows = checked.rows.query(f'select "{column}" as v from {{rows}} order by _row')
        return rows["v"].to_pylist()

    return of


def customers(rows=60):
    """A tidy table: id, gender, age, income, score, and nothing to find but that age is sensitive."""
    lines = ["customer_id,gender,age,income,score"]
    for number in range(1, rows + 1):
        gender = "female" if number % 3 else "male"
        lines.append(
            f"{1000 + number},{gender},{18 + number * 7 % 60},{20000 + number * 613 % 70000},{1 + number * 37 % 100}"
        )
    return "\n".join(lines) + "\n"
