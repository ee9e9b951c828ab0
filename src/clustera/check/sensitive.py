"""Columns that tell age, gender, origin, religion, health, opinions or place: whoever uses them is told."""

from __future__ import annotations

from collections.abc import Iterator

from clustera import lexicon
from clustera.check.meanings import measure_of
from clustera.records import Column, Finding

PROTECTED = frozenset({"ethnicity", "religion", "health", "politics", "orientation"})  # even to describe by


def on_sensitive(column: Column, total: int) -> Iterator[Finding]:
    """What is to be said about a column that forms or describes segments by something sensitive.

    Args:
        column: The column.
        total: Rows read.
    """
    if column.role == "feature" and measure_of(column) in lexicon.sensitive_words():
        yield _sensitive(column, total)
    if column.role == "descriptor" and measure_of(column) in PROTECTED:
        yield _protected(column, total)


def _sensitive(column: Column, total: int) -> Finding:
    return Finding(
        code="sensitive",
        severity="note",
        column=column.name,
        count=total,
        share=1.0,
        values={"title": column.title, "what": measure_of(column), "short": measure_of(column)},
    )


def _protected(column: Column, total: int) -> Finding:
    return Finding(
        code="sensitive-descriptor",
        severity="note",
        column=column.name,
        count=total,
        share=1.0,
        values={"title": column.title, "what": measure_of(column)},
    )
