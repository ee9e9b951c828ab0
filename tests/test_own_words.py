"""A source may call its columns whatever our own queries call theirs: nothing else comes of it."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera.engines import Engine
from clustera.features import OrderOptions, read_orders
from clustera.pipeline.inspect import inspect
from clustera.read import read
from clustera.settings import gather_settings

SOURCE = Path(clustera.__file__).parent
ROOMS = ("read", "check", "features", "engines", "prepare", "pipeline")
ALIASES = sorted(
    {
        alias
        for room in ROOMS
        for file in (SOURCE / room).rglob("*.py")
        for alias in re.findall(r"\bas ([a-z][a-z_]*)\b(?!\()", file.read_text(encoding="utf-8"))
    }
)
CHUNK = 40


def _dates(count):
    """The first half has the day first, the second the month."""
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(count), "D")
    half = count // 2
    return [*days[:half].strftime("%d/%m/%Y"), *days[half:].strftime("%m/%d/%Y")]


def _beside(frame, names, *, texts):
    cells = [f"text {at % texts} of it" for at in range(len(frame))]
    return frame.assign(**dict.fromkeys(names, cells))


@pytest.mark.parametrize("start", range(0, len(ALIASES), CHUNK))
def test_a_table_is_read_alike_beside_columns_called_like_ours(start):
    names = ALIASES[start : start + CHUNK]
    draw = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"customer no": range(120), "signup on": _dates(120), "worth": draw.normal(50, 9, 120).round(2)}
    )
    with Engine(threads=1) as engine:
        asked = gather_settings(today="2025-01-01")
        plain = inspect(frame, asked, engine)
        found = inspect(_beside(frame, [name for name in names if name not in frame], texts=7), asked, engine)
    told = {column.name: (column.role, column.kind) for column in found.columns}
    assert {name: told[name] for name in frame} == {c.name: (c.role, c.kind) for c in plain.columns}


@pytest.mark.parametrize("start", range(0, len(ALIASES), CHUNK))
def test_a_log_is_read_alike_beside_columns_called_like_ours(start):
    names = ALIASES[start : start + CHUNK]
    frame = pd.DataFrame(
        {"customer id": [f"C{at % 30}" for at in range(240)], "order date": _dates(240), "amount": 9.5}
    )
    options = OrderOptions(customer="customer id", date="order date", amount="amount", today="2025-12-31")
    with Engine(threads=1) as engine:
        beside = _beside(frame, [name for name in names if name not in frame], texts=1)  # one currency, one status
        plain, found = (
            read_orders(read(one, engine=engine, role="orders"), options=options).money for one in (frame, beside)
        )
    assert (found.used, found.lines_used) == (plain.used, plain.lines_used)
