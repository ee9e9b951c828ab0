"""One cell of a later table does not change how the others of its column are read."""

import datetime

import duckdb
import numpy as np
import pandas as pd
import pytest
from tests.export.test_raw_tables import KINDS as RAW
from tests.soaking import as_time_allows

import clustera
from clustera.check import check, check_like
from clustera.check.options import CheckOptions
from clustera.engines import Engine
from clustera.read import read

ROWS = 60
DRAW = np.random.default_rng(3)
DAY = datetime.date(2024, 2, 8)
DAYS = pd.Timestamp("2024-02-08") - pd.to_timedelta(DRAW.integers(1, 900, ROWS), unit="D")
# The cells of raw tables, each kind by its own column; and kinds that stand there as numbers.
KINDS = {name: make(DRAW)[:ROWS] for name, make in RAW.items()} | {
    "first_order_date": DAYS.strftime("%Y%m%d").tolist(),
    "last_seen_at": [f"{day:%Y%m%d}{day.day % 24:02}5959" for day in DAYS],
    "registered_at": [str(day.value // 10**9) for day in DAYS],
    "renewed_date": [str((day - pd.Timestamp("1899-12-30")).days) for day in DAYS],
    "birth_year_read_as_a_number": [f"{year}.0" for year in DRAW.integers(1940, 2005, ROWS)],
    "since": [f"{day:%d %b %Y}" for day in DAYS],
    "clicks": [str(n) if n else "none" for n in DRAW.integers(0, 3, ROWS)],
    "points": [f"{n:,} S-" for n in DRAW.integers(1, 90_000, ROWS)],
    "width": [f"{x:.3g}" for x in DRAW.lognormal(-40, 2, ROWS)],
    "phone minutes": [f"{n:05d}" for n in DRAW.integers(0, 900, ROWS)],
}
ODD = [
    "", " ", "n/a", "?", "none", "unseen", "1", "0", "-1", "99999999", "1234567", "1e300", "-1e300", "1e-300", "inf", "007",
    "1990", "1991.0", "19910503", "20240131.0", "20240131093000", "202401310", "1700000000", "45000", "2024-01-31", "31.12.2023", "12/31/2023", "1970-01-01",
    "9999-12-31", "12 March 2023", "2023-W05", "99-120", "65+", "18-24", "Under 15K", "$1,234.50", "1.234,50 €", "1.234", "1,234",
    "(5)", "12k", "3 %", "yes", "true", "nÃ¤h", "x" * 5_000, "1;2", "'", '"', "\u00a05\u00a0",
]  # fmt: skip


def rows_of(checked, names):
    listed = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    return {row["_id"]: row for row in checked.rows.query(f"select _id, {listed} from {{rows}}").to_pylist()}


@pytest.fixture(scope="module")
def run():
    """A table with a column of every kind, and what its check knows of them."""
    table = pd.DataFrame({"id": [f"c{i}" for i in range(ROWS)], **KINDS}, dtype=object)
    options = CheckOptions(id="id", features=tuple(KINDS), as_of=DAY)
    before = check(read(table, engine=Engine()), options=options)
    return table, before, rows_of(before, KINDS)


def test_every_kind_of_column_is_there(run):
    kinds = {column.name: column for column in run[1].columns if column.role == "feature"}
    assert {"number", "date", "bracket"} == {column.kind for column in kinds.values()}
    assert kinds.keys() == KINDS.keys()
    assert {"seconds", "spreadsheet", "%Y%m%d", "ymd", "numeric", "day month"} <= {
        form for column in kinds.values() for form in column.format.dates
    }


@pytest.mark.parametrize("shift", range(4))
def test_odd_cells_leave_the_values_of_all_other_customers(run, shift):
    """The first customer has an odd cell in every column; the others have theirs as the run had them."""
    assert_unmoved(run, lambda at: ODD[(11 * at + 13 * shift) % len(ODD)], count=3 if shift % 2 else ROWS)


@pytest.mark.soak
@pytest.mark.parametrize("count", [ROWS, 3])
def test_each_odd_cell_in_each_column_leaves_the_values_of_all_other_customers(run, count):
    for cell in as_time_allows(ODD):
        assert_unmoved(run, lambda _at, cell=cell: cell, count=count)


def assert_unmoved(run, odd, *, count):
    table, before, expected = run
    later = table.head(count).copy()
    for at, name in enumerate(KINDS):
        later.loc[0, name] = odd(at)
    found = rows_of(check_like(read(later, engine=Engine()), before.columns, options=CheckOptions(as_of=DAY)), KINDS)
    moved = {name for key, row in found.items() for name in KINDS if key != "c0" and row[name] != expected[key][name]}
    assert not moved, later.loc[0, sorted(moved)].to_dict()
    assert {f"c{i}" for i in range(1, count)} <= found.keys()


def test_which_values_are_unknown_or_impossible_is_decided_by_the_run_and_is_the_same_in_the_query():
    """Each customer alone, all together, and by SQL: 999 where the run had it, 99999999 where it had not, days of programs."""
    draw = np.random.default_rng(4)
    days = [DAY - datetime.timedelta(days=int(n)) for n in draw.integers(1, 900, ROWS)]
    table = pd.DataFrame({"id": np.arange(ROWS), "age": draw.integers(20, 70, ROWS), "visits": draw.poisson(9, ROWS)})
    table = table.assign(spend=draw.uniform(5, 90, ROWS).round(2), last_purchase=[str(day) for day in days])
    table.loc[:4, "visits"] = 999
    table.loc[5, "last_purchase"] = "1970-01-01"
    cells = {
        "age": [150, 999, -1, 40],
        "visits": [999, 99999999, -1, 8],
        "spend": [99999999, -999, -1, 50],
        "last_purchase": ["1970-01-01", "1900-01-01", "9999-12-31", str(days[0])],
    }
    rows = [(name, cell) for name, own in cells.items() for cell in own]
    later = pd.DataFrame(
        [{**table.iloc[9].to_dict(), "id": 100 + at, name: cell} for at, (name, cell) in enumerate(rows)]
    )
    many = pd.concat([later.assign(id=1_000 * copy + later["id"]) for copy in range(5)])
    options = {"features": list(cells), "as_of": DAY, "k": 4, "progress": False, "threads": 1}
    with clustera.segment(table, id="id", **options) as seg, duckdb.connect() as warehouse:
        kept = {column.name: column.format.sentinels for column in seg.outcome.columns}
        assert kept["visits"] == (999.0,)
        assert {0, 2_932_896} < set(kept["last_purchase"])

        def segments(some):
            found = seg.predict(some)
            return dict(zip(found["id"].astype(int), found["segment"], strict=True))

        together = segments(many)
        alone = {key: found for at in range(len(later)) for key, found in segments(later.iloc[[at]]).items()}
        assert alone == {key: found for key, found in together.items() if key < 1_000}
        warehouse.register("customers", many)
        assert {int(row[0]): row[1] for row in warehouse.execute(seg.sql()).fetchall()} == together
