"""Where rows live. One engine so far: DuckDB, in memory and out of core."""

from __future__ import annotations

from clustera.engines.columns import DAMAGED_PARQUET, array_of, column_batches, column_of
from clustera.engines.duck import Engine, Rows
from clustera.engines.duckfile import duckdb_file
from clustera.engines.quoting import (
    AROUND_WORDS,
    BETWEEN_WORDS,
    exact_sum_sql,
    hash_sql,
    identifier,
    is_called_sql,
    literal,
    mapped_sql,
)
from clustera.engines.ranks import quantiles
from clustera.engines.workspace import Workspace, temporary_files

__all__ = [
    "AROUND_WORDS",
    "BETWEEN_WORDS",
    "DAMAGED_PARQUET",
    "Engine",
    "Rows",
    "Workspace",
    "array_of",
    "column_batches",
    "column_of",
    "duckdb_file",
    "exact_sum_sql",
    "hash_sql",
    "identifier",
    "is_called_sql",
    "literal",
    "mapped_sql",
    "quantiles",
    "temporary_files",
]
