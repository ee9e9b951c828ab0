"""Thousands of tables with types, in every kind of source: no traceback, no lost row, a cure in every refusal."""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path

import pytest

import clustera
from clustera.check import CheckOptions, check
from clustera.engines import Engine
from clustera.errors import ClusteraError
from clustera.features import OrderOptions, read_orders
from clustera.read import ReadOptions, read
from tests.soaking import as_time_allows, fewest_of
from tests.typed_mutations import TypedMutant, typed_mutant

SECONDS = 20.0  # of CPU
STEP = 10  # tables that share an engine
SEGMENTED_EVERY = 20


def account_for(mutant: TypedMutant, engine: Engine) -> str:
    refused = None
    try:
        role = "orders" if mutant.orders else "customers"
        raw = read(mutant.source, engine=engine, options=ReadOptions(**mutant.read), role=role)
        assert mutant.rows in (None, raw.source.rows)
        if mutant.orders:
            money = read_orders(raw, options=OrderOptions(**mutant.log)).money
            assert raw.source.rows == money.lines == money.lines_used + money.lines_set_aside + money.lines_later
            assert money.closes
        else:
            checked = check(raw, options=CheckOptions(**mutant.check))
            assert raw.source.rows == checked.rows.count() + checked.quarantine.count() == checked.balance.read
    except ClusteraError as error:
        refused = error
    if refused is None:
        return "read"
    assert refused.hint or "say" in refused.message, refused
    return "refused"


def segment_typed(mutant: TypedMutant) -> None:
    said = mutant.read | (mutant.log if mutant.orders else mutant.check)
    with contextlib.suppress(ClusteraError):
        found = clustera.segment(
            **{"orders" if mutant.orders else "customers": mutant.source}, progress=False, threads=1, **said
        )
        found.report_html()


def hold_typed(first: int, count: int, folder: Path, *, every: int = SEGMENTED_EVERY) -> dict[str, int]:
    """How many tables were read and refused; the first that fails says its seed."""
    seen = {"read": 0, "refused": 0}
    for start in as_time_allows(range(first, first + count, STEP)):
        with Engine(threads=1) as engine:
            for seed in range(start, min(start + STEP, first + count)):
                place = folder / str(seed)
                place.mkdir()
                began = time.process_time()
                try:
                    mutant = typed_mutant(seed, place)
                    seen[account_for(mutant, engine)] += 1
                    if every and seed % every == 0:
                        segment_typed(mutant)
                except Exception as error:
                    raise AssertionError(f"typed {seed}: {type(error).__name__}: {error}") from error
                took = time.process_time() - began
                assert took < SECONDS, f"typed {seed} took {took:.0f} s"
                shutil.rmtree(place)
    return seen


def test_tables_with_types_are_read_or_refused_with_a_cure_and_lose_no_row(tmp_path):
    assert hold_typed(0, 40, tmp_path, every=0)["read"] >= 10


@pytest.mark.soak
@pytest.mark.parametrize("first", range(100_000, 103_000, 1_000))
def test_three_thousand_tables_with_types(tmp_path, first):
    assert sum(hold_typed(first, 1_000, tmp_path).values()) >= fewest_of(1_000, STEP)
