"""Random customer tables: columns of every kind under names of every kind, and later rows with gaps and wild cells."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

DAY = datetime.date(2025, 6, 30)
LATER = 80


def _days(draw, n, low, high):
    return [DAY - datetime.timedelta(days=int(days)) for days in draw.integers(low, high, n)]


def _grouped(values, group, decimal):
    return [f"{v:,.2f}".replace(",", "#").replace(".", decimal).replace("#", group) for v in values]


# Kind -> what its columns may be called, and its cells.
KINDS: dict[str, tuple[tuple[str, ...], Any]] = {
    "normal": (("x",), lambda r, n: r.normal(0, r.choice([1e-3, 1, 1e3]), n)),
    "lognormal": (("amount",), lambda r, n: np.exp(r.normal(4, 1.5, n)).round(2)),
    "count": (("orders", "visits"), lambda r, n: r.poisson(r.integers(1, 30), n)),
    "zeros": (("Wert",), lambda r, n: np.where(r.random(n) < 0.7, 0, r.poisson(5, n))),
    "negative": (("x",), lambda r, n: (-np.exp(r.normal(3, 1, n))).round(2)),
    "big": (("x",), lambda r, n: r.integers(10**12, 9 * 10**14, n)),
    "tiny": (("width",), lambda r, n: r.lognormal(-40, 2, n)),
    "dollars": (("spend", "revenue"), lambda r, n: ["$" + v for v in _grouped(np.exp(r.normal(6, 1, n)), ",", ".")]),
    "euros": (("Umsatz",), lambda r, n: [v + " €" for v in _grouped(np.exp(r.normal(7, 1, n)), ".", ",")]),
    "spaced": (("amount",), lambda r, n: _grouped(np.exp(r.normal(7, 1, n)), str(r.choice([" ", "\u202f", "'"])), ",")),
    "brackets around": (
        ("balance",),
        lambda r, n: [f"({-v:.2f})" if v < 0 else f"{v:.2f}" for v in r.normal(0, 50, n)],
    ),
    "percent": (("discount share",), lambda r, n: [f"{v:.1f} %".replace(".", ",") for v in r.uniform(0, 100, n)]),
    "thousands": (("x",), lambda r, n: [f"{v:.1f}k" for v in r.uniform(1, 90, n)]),
    "zero in words": (("clicks",), lambda r, n: [str(v) if v else "none" for v in r.integers(0, 9, n)]),
    "units": (("x",), lambda r, n: [f"{v} pcs" for v in r.integers(0, 99, n)]),
    "date": (("signup_date", "last_purchase"), lambda r, n: [str(day) for day in _days(r, n, 1, 2_000)]),
    "date, day first": (("last_order_date",), lambda r, n: [f"{day:%d.%m.%Y}" for day in _days(r, n, 1, 2_000)]),
    "date, time": (("last_seen_at",), lambda r, n: [f"{day}T10:20:30" for day in _days(r, n, 1, 900)]),
    "date in figures": (("last_visit_date",), lambda r, n: [int(f"{day:%Y%m%d}") for day in _days(r, n, 1, 900)]),
    "date of six figures": (("last_contact_date",), lambda r, n: [int(f"{day:%y%m%d}") for day in _days(r, n, 1, 900)]),
    "date and time in figures": (
        ("last_seen_at",),
        lambda r, n: [int(f"{day:%Y%m%d}{r.integers(24):02}3059") for day in _days(r, n, 1, 900)],
    ),
    "months in figures": (("signup_yyyymm",), lambda r, n: [int(f"{day:%Y%m}") for day in _days(r, n, 1, 900)]),
    "seconds": (
        ("registered_at",),
        lambda r, n: [86_400 * (day - datetime.date(1970, 1, 1)).days for day in _days(r, n, 1, 900)],
    ),
    "date ahead": (("renewal_date",), lambda r, n: [str(day) for day in _days(r, n, -900, 900)]),
    "birth": (("birth_date",), lambda r, n: [f"{day:%d.%m.%Y}" for day in _days(r, n, 6_000, 30_000)]),
    "birth year": (("birth_year",), lambda r, n: r.integers(1940, 2007, n)),
    "bracket": (("age_group",), lambda r, n: r.choice(["18-24", "25-34", "35-44", "45-54", "65+"], n).tolist()),
    "income bracket": (("income",), lambda r, n: r.choice(["Under 15K", "15-24K", "25-34K", "250K+"], n).tolist()),
}
NAMES = ("{}", "{}", 'the "{}"', "it's {}", "{} (€)", "{}.b", "{};", "naïve {}", "列 {}", "{{rows}} {}", "%{}", "{}/y", "`{}`",
         "{}?", ":{}", "--{}", "{} /* x */", "$1 {}")  # fmt: skip
WILD = (0.0, -0.0, 2.0, 7.0, 999.0, 1_234_567.0, 99_999_999.0, 1e9, 1 - 1e9, 5e14, 1e300, -1e300, 1e-300)
GAPS = ("", "n/a", "?", "-", None)


@dataclass(frozen=True)
class RandomTables:
    """A table to segment, rows that come later, and the options of the segmentation."""

    table: pd.DataFrame
    later: pd.DataFrame
    options: dict[str, Any]


def random_tables(seed: int) -> RandomTables:
    """Tables of 40 to 129 customers with 1 to 5 columns, and 80 later rows."""
    draw = np.random.default_rng(seed)
    n = int(draw.integers(40, 130))
    columns: dict[str, list[Any]] = {}
    for kind in draw.permutation(list(KINDS))[: int(draw.integers(1, 6))]:
        names, cells = KINDS[kind]
        name = str(draw.choice(NAMES)).format(draw.choice(names))
        if name in columns:
            continue
        share = float(draw.choice([0, 0, 0.03, 0.3]))
        columns[name] = _with_gaps(draw, list(cells(draw, n)), share)
    table = pd.DataFrame({"id": [f"c{at}" for at in range(n)], **{name: _column(own) for name, own in columns.items()}})
    later = {"id": [f"L{at}" for at in range(LATER)]}
    for name, own in columns.items():
        later[name] = _column(_with_wild(draw, [own[at] for at in draw.integers(0, n, LATER)]))
    options: dict[str, Any] = {"id": "id", "features": list(columns), "dates": "dmy", "k": int(draw.integers(2, 5))}
    if draw.random() < 0.2:
        options["unskew"] = False
    return RandomTables(table, pd.DataFrame(later), options)


def _with_gaps(draw: np.random.Generator, cells: list[Any], share: float) -> list[Any]:
    gaps = GAPS if isinstance(cells[0], str) else (None,)
    return [gaps[int(draw.integers(len(gaps)))] if draw.random() < share else cell for cell in cells]


def _with_wild(draw: np.random.Generator, cells: list[Any]) -> list[Any]:
    """Some cells are empty; among numbers some are of any size."""
    numbers = not any(isinstance(cell, str) for cell in cells)
    for at in draw.integers(0, LATER, 5):
        cells[at] = None
    for at in draw.integers(0, LATER, 4 if numbers else 0):
        cells[at] = float(draw.choice(WILD))
    return cells


def _column(cells: list[Any]) -> pd.Series:
    column = pd.Series(cells, dtype=object)
    return column if any(isinstance(cell, str) for cell in cells) else pd.to_numeric(column)
