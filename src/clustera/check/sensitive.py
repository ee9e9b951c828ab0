"""Columns that tell age, gender, origin, religion, health or place: whoever uses them is told."""

from __future__ import annotations

from collections.abc import Iterator

from clustera import lexicon
from clustera.check.meanings import measure_of
from clustera.records import Column, Finding

PROTECTED = frozenset({"ethnicity", "religion", "health"})  # even to describe by


def on_sensitive(column: Column, total: int) -> Iterator[Finding]:
    """What is to be said about a column that forms or describes segments by something sensitive.

    Args:
        column: The column.
        total: Rows read.
    """
    if column.role == "feature" and measure_of(column) in lexicon.sensitive():
        yield _sensitive(column, total)
    if column.role == "descriptor" and measure_of(column) in PROTECTED:
        yield _protected(column, total)


def _sensitive(column: Column, total: int) -> Finding:
    what = lexicon.sensitive()[measure_of(column)]
    return Finding(
        code="sensitive",
        severity="note",
        message=f"{column.title} forms the segments: {what} is a sensitive attribute.",
        rule="the column's name and values tell age, gender, ethnic origin, religion, health or place of living",
        cure=f"Choose whom to contact by what customers do, not by {what.split(',')[0]}. Before you treat segments differently "
        f"(prices, credit, jobs, housing), ask whether the law lets you; to segment without it, say --exclude {column.name!r}.",
        column=column.name,
        count=total,
        share=1.0,
    )


def _protected(column: Column, total: int) -> Finding:
    what = lexicon.sensitive()[measure_of(column)]
    return Finding(
        code="sensitive-descriptor",
        severity="note",
        message=f"{column.title} describes the segments: {what} is specially protected in many places.",
        rule="a column that only describes, whose name and values tell ethnic origin, religion or health",
        cure=f"It draws no border. Do not choose a segment, an offer or a price by it; to leave it out of the report, say "
        f"--exclude {column.name!r}.",
        column=column.name,
        count=total,
        share=1.0,
    )
