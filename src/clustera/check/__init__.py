"""From cells to values: what every column is, what is wrong with the table, and which rows can be used."""

from __future__ import annotations

from clustera.check.cells import cell_readings, cell_sql, cell_value_sql, has_counted_days
from clustera.check.checking import check, check_descriptions, check_features_like, check_like
from clustera.check.matching_ids import id_by_values
from clustera.check.options import CheckOptions
from clustera.check.rows import keyed_by_values

__all__ = [
    "CheckOptions",
    "cell_readings",
    "cell_sql",
    "cell_value_sql",
    "check",
    "check_descriptions",
    "check_features_like",
    "check_like",
    "has_counted_days",
    "id_by_values",
    "keyed_by_values",
]
