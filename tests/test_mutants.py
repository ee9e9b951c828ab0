"""Thousands of broken files: no traceback, no lost line, no hang."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import clustera
from clustera.check import CheckOptions, check
from clustera.engines import Engine, identifier
from clustera.errors import ClusteraError
from clustera.features import OrderOptions, read_orders
from clustera.read import ReadOptions, read
from clustera.records import Raw
from tests.mutations import MARK, Mutant, customer_mutant, order_mutant
from tests.soaking import as_time_allows, fewest_of

SECONDS = 20.0  # of CPU
STEP = 10  # files that share an engine
SEGMENTED_EVERY = 20  # of so many files, one is segmented too


def seen_marks(raw: Raw) -> set[bytes]:
    """The marks in any cell or name."""
    cells = ", ".join(f"cast({identifier(name)} as varchar)" for name in raw.rows.columns)
    texts = raw.rows.query(f"select concat_ws(' ', {cells}) as text from {{rows}}")["text"].to_pylist()
    return set(MARK.findall(" ".join([*texts, *raw.rows.columns]).upper().encode()))


def lost_marks(mutant: Mutant, raw: Raw) -> set[bytes]:
    """The rows of the file that are nowhere, but for those above the names: a finding tells their number."""
    lost = mutant.marks - seen_marks(raw)
    above = sum(finding.count for finding in raw.findings if finding.code == "lines-above")
    return lost if len(lost) > above else set()


def check_customers(mutant: Mutant, path: Path, engine: Engine) -> str:
    path.write_bytes(mutant.data)
    try:
        raw = read(path, engine=engine, options=ReadOptions(**mutant.read))
        assert not lost_marks(mutant, raw)
        checked = check(raw, options=CheckOptions(**mutant.check))
    except ClusteraError:
        return "refused"
    kept, aside = checked.rows.count(), checked.quarantine.count()
    assert raw.source.rows == kept + aside == checked.balance.segmented + checked.balance.quarantined
    return "read"


def check_orders(mutant: Mutant, path: Path, engine: Engine) -> str:
    path.write_bytes(mutant.data)
    try:
        raw = read(path, engine=engine, options=ReadOptions(**mutant.read), role="orders")
        assert not lost_marks(mutant, raw)
        orders = read_orders(raw, options=OrderOptions(**mutant.orders))
    except ClusteraError:
        return "refused"
    money = orders.money
    assert raw.source.rows == money.lines == money.lines_used + money.lines_set_aside + money.lines_later
    assert orders.quarantine.count() == money.lines_set_aside
    assert money.read == money.used + money.set_aside + money.later
    return "read"


def segment(mutant: Mutant, path: Path, *, orders: bool) -> None:
    path.write_bytes(mutant.data)
    said = mutant.read | (mutant.orders if orders else mutant.check)
    try:
        found = clustera.segment(**{"orders" if orders else "customers": path}, progress=False, threads=1, **said)
    except ClusteraError:
        return
    found.report_html()


def hold(kind: str, first: int, count: int, folder: Path, *, every: int = SEGMENTED_EVERY) -> dict[str, int]:
    """How many files were read and refused; the first that fails says its seed."""
    make, look = (order_mutant, check_orders) if kind == "orders" else (customer_mutant, check_customers)
    seen = {"read": 0, "refused": 0}
    for start in as_time_allows(range(first, first + count, STEP)):
        with Engine(threads=1) as engine:
            for seed in range(start, min(start + STEP, first + count)):
                mutant = make(seed)
                path = folder / f"t{mutant.suffix}"
                began = time.process_time()
                try:
                    seen[look(mutant, path, engine)] += 1
                    if every and seed % every == 0:
                        segment(mutant, path, orders=kind == "orders")
                except Exception as error:
                    raise AssertionError(f"{kind} {seed}: {type(error).__name__}: {error}") from error
                took = time.process_time() - began
                assert took < SECONDS, f"{kind} {seed} took {took:.0f} s"
    return seen


@pytest.mark.parametrize("kind", ["customers", "orders"])
def test_broken_files_are_read_or_refused_and_lose_no_row(tmp_path, kind):
    seen = hold(kind, 0, 30, tmp_path, every=0)
    assert seen["read"] >= 8


@pytest.mark.soak
@pytest.mark.parametrize("first", range(100_000, 110_000, 1_000))
def test_ten_thousand_broken_customer_tables(tmp_path, first):
    assert sum(hold("customers", first, 1_000, tmp_path).values()) >= fewest_of(1_000, STEP)


@pytest.mark.soak
@pytest.mark.parametrize("first", range(100_000, 103_000, 1_000))
def test_three_thousand_broken_logs_of_orders(tmp_path, first):
    assert sum(hold("orders", first, 1_000, tmp_path).values()) >= fewest_of(1_000, STEP)
