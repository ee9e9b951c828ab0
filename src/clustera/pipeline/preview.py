"""What a segmentation would see, before it is made: the first rows, the columns with their roles, the findings."""

from __future__ import annotations

from dataclasses import dataclass

from clustera import features
from clustera.engines import Engine, identifier
from clustera.pipeline.inspect import read_and_check
from clustera.pipeline.sources import Sources
from clustera.read import read
from clustera.records import Balance, Column, Finding, Money, OrderColumn, own_columns
from clustera.settings import Settings

_ROWS = 5


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The beginning of a file as it stands, and whether it looks like a log of orders."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_log: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What was found without drawing segments."""

    columns: tuple[Column, ...]  # of the customers: of the table, or what is computed from the orders
    findings: tuple[Finding, ...]
    balance: Balance
    orders: tuple[OrderColumn, ...] = ()  # columns of the log
    money: Money | None = None
    as_of: int | None = None  # snapshot date of the log, since 1970-01-01


def first_rows(source: object, settings: Settings | None = None) -> FirstRows:
    """The first rows of a table.

    Raises:
        InputError: it can't be read.
    """
    asked = settings or Settings()
    with Engine(memory_limit=asked.run.memory_limit, threads=asked.run.threads) as engine:
        raw = read(source, engine=engine, options=asked.read)
        names = own_columns(raw.rows.columns)
        wanted = ", ".join(f"cast({identifier(name)} as varchar)" for name in names)
        table = raw.rows.query(f"select {wanted} from {{rows}} order by _row limit {_ROWS}")
        cells = zip(*(column.to_pylist() for column in table.columns), strict=True)
        rows = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in cells)
        return FirstRows(tuple(names), rows, features.log_finding(raw) is not None)


def preview(sources: Sources, settings: Settings) -> Preview:
    """Read and check what would be segmented.

    Args:
        sources: Paths, or any tables that speak Arrow.
        settings: What is asked for.

    Raises:
        InputError: it can't be segmented as it is.
    """
    with Engine(memory_limit=settings.run.memory_limit, threads=settings.run.threads) as engine:
        found = read_and_check(sources, settings, engine, refuse_log=True)
        checked, log = found.checked, found.log
        if log is None:
            return Preview(checked.columns, checked.findings, checked.balance)
        return Preview(
            checked.columns, checked.findings, checked.balance, log.orders.columns, log.orders.money, log.as_of
        )
