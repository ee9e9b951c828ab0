"""Columns that tell age, gender, origin, religion, health, opinions or place: whoever uses them is told."""

from __future__ import annotations

from collections.abc import Iterator

from clustera import lexicon
from clustera.check.findings import whole_column_finding
from clustera.check.meanings import measure_of
from clustera.records import Column, Finding

PROTECTED = frozenset({"ethnicity", "religion", "health", "politics", "orientation"})  # even to describe by


def on_sensitive(column: Column, total: int) -> Iterator[Finding]:
    """What is to be said about a column that forms or describes segments by something sensitive.

    Args:
        column: The column.
        total: Rows read.
    """
    what = measure_of(column)
    if column.role == "feature" and what in lexicon.sensitive_words():
        yield whole_column_finding("sensitive", column, total, what=what, short=what)
    if column.role == "descriptor" and what in PROTECTED:
        yield whole_column_finding("sensitive-descriptor", column, total, what=what)
