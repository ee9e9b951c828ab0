"""Which sheet of a workbook holds the customers, the orders, the products or the contacts: by its cells, then by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from clustera.errors import InputError
from clustera.lexicon import name_says
from clustera.read.spelling import names_in
from clustera.records import Finding

TableRole = Literal["customers", "orders", "products", "contacts"]  # what a table holds

SAMPLE_ROWS = 200
LISTED = 20  # sheets in a message
MOST = 0.8  # share of a column's cells that are numbers or dates, if it is a column of such
_NUMBER = re.compile(r"[^\w-]{0,3}-?\d[\d.,' ]*[^\w]{0,3}")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*")
_ADDRESS = re.compile(r"\S+@\S+\.\S+")
_ROLES: tuple[TableRole, ...] = ("customers", "orders", "products")


@dataclass(frozen=True, slots=True)
class SheetSample:
    """The first rows of a sheet."""

    name: str
    records: list[list[str]]  # those with cells, all of one width
    visible: bool = True  # whether people see it who open the workbook

    def columns(self) -> dict[str, list[str]]:
        """The cells below each name; empty ones are left out."""
        try:
            spelling = names_in(self.records, separator=",", encoding="", asked=None, name=self.name)
        except InputError:
            return {}
        below = self.records[spelling.skip :]
        return {
            f"{at} {name}": [row[at].strip() for row in below if at < len(row) and row[at].strip()]
            for at, name in enumerate(spelling.names)
        }


def best_sheet(samples: Sequence[SheetSample], role: TableRole) -> SheetSample:
    """The sheet that fits a role best; the first one on a tie.

    Args:
        samples: The sheets with cells, in their order; at least one.
        role: What is looked for.
    """
    return max(samples, key=lambda sample: sheet_fit(sample, role))


def sheet_fit(sample: SheetSample, role: TableRole) -> tuple[bool, bool, int, bool]:
    """How well a sheet fits: whether it is a table with numbers, whether people see it, what its name and its cells say.

    Contacts are where most addresses stand.
    """
    columns = sample.columns()
    if role == "contacts":
        addresses = sum(bool(_ADDRESS.search(cell)) for cells in columns.values() for cell in cells)
        return bool(addresses), sample.visible, addresses, len(columns) > 1
    numbers = [name for name, cells in columns.items() if _mostly(cells, _NUMBER)]
    is_table = len(columns) > 1 and bool(numbers) and max(map(len, columns.values())) > 1
    named = [each for each in _ROLES if name_says(sample.name, "sheets", each)]
    by_name = (role in named) - (bool(named) and role not in named)
    return is_table, sample.visible, by_name, is_table and _cells_fit_role(columns, numbers, role)


def _cells_fit_role(columns: dict[str, list[str]], numbers: Sequence[str], role: TableRole) -> bool:
    """Whether the cells look like what is wanted: orders have dates, and customers come again in them."""
    dates = [name for name, cells in columns.items() if _mostly(cells, _DATE)]
    codes = [name for name, cells in columns.items() if name not in dates and not any("." in cell for cell in cells)]
    alone = any(len(set(columns[name])) == len(columns[name]) > 1 for name in codes[:1])
    if role == "orders":
        again = any(1 < len(set(columns[name])) < len(columns[name]) for name in codes)
        return bool(dates) and again and len(numbers) > 0
    return alone


def _mostly(cells: Sequence[str], shape: re.Pattern[str]) -> bool:
    return bool(cells) and sum(bool(shape.fullmatch(cell)) for cell in cells) >= MOST * len(cells)


def sheets_finding(name: str, samples: Sequence[SheetSample], used: SheetSample, role: TableRole) -> Finding:
    """What a workbook of several sheets holds, and which one is read."""
    others = [sample.name for sample in samples if sample is not used]
    return Finding(
        code="several-sheets",
        severity="note",
        count=len(samples),
        values={
            "used": used.name,
            "role": role,
            "others": tuple(others[:LISTED]),
            "more": len(others) > LISTED,
            "file": name,
            "other": others[0],
        },
    )
