"""The customers of a run as conditions see them: one table, with the kind of every column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from clustera.audiences.tokens import unknown_definition_name
from clustera.engines import Rows, identifier, mapped_sql
from clustera.records import Column, columns_told
from clustera.texts import load_language

ColumnKind = Literal["number", "integer", "boolean", "date", "text", "segment"]
CONSENTED = "_consented"  # of the rows: whether a customer may be written to, where contacts are known
FEATURE = "feature."  # before a feature whose name a column of customers.csv has as well
_SEGMENTS = {"segment": "segment", "name": "segment", "second_segment": "second_segment",
             "segment_before": "segment_before", "name_before": "segment_before"}  # fmt: skip
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_RECENCY = "days_since_last_order"


@dataclass(frozen=True, slots=True)
class AudienceColumn:
    """One column that a condition may ask for."""

    name: str
    kind: ColumnKind
    sql: str
    title: str = ""  # for people
    unit: str = ""
    source: Literal["customers", "features"] = "customers"


@dataclass(frozen=True)
class Population:
    """The customers of one run.

    Args:
        rows: Columns of customers.parquet under their own names, features and descriptors as "feature.NAME".
        names: Names of segments, people's own first.
        names_before: Names of the segments before, where they are others.
        label: What to call the run in a sentence.
        as_of: Snapshot date, since 1970-01-01; None for a customer table.
        days_before: How long before it the segments before were; None where that is not known.
        described: Columns of the source, for their titles and units.
        frozen: Parquet files with the customers of audiences that were frozen, by name.
    """

    rows: Rows
    names: Mapping[int, str]
    label: str
    names_before: Mapping[int, str] = field(default_factory=dict)
    as_of: int | None = None
    days_before: int | None = None
    described: tuple[Column, ...] = ()
    frozen: Mapping[str, Path] = field(default_factory=dict)

    @cached_property
    def columns(self) -> Mapping[str, AudienceColumn]:
        """What conditions may ask for, by name: those of customers.csv first, then features and descriptors."""
        titles = {column.name: column for column in self.described}
        told = columns_told(self.described)
        found: dict[str, AudienceColumn] = {}
        features = []
        for name, kind in self.rows.columns.items():
            if name == CONSENTED:
                continue
            if name.startswith(FEATURE):
                features.append((name.removeprefix(FEATURE), kind))
            else:
                found[name] = AudienceColumn(name, _kind_of(name, kind), identifier(_SEGMENTS.get(name, name)))
        own = {name.lower() for name in found}
        for name, kind in features:
            called = told.get(name, name)
            if called.lower() in own:  # the customers' own columns keep their names, in capitals too
                called = FEATURE + name if name in found else name
            known = titles.get(name)
            found[called] = AudienceColumn(
                called,
                _kind_of("", kind),
                identifier(FEATURE + name),
                title=known.title if known else "",
                unit=known.unit if known else "",
                source="features",
            )
        if self.as_of is not None and FEATURE + _RECENCY in self.rows.columns:
            days = f"cast({identifier(FEATURE + _RECENCY)} as integer)"
            day = f"date '1970-01-01' + ({self.as_of} - {days})"
            found.setdefault("last_purchase", AudienceColumn("last_purchase", "date", day, title="Last purchase"))
        return found

    def readable(self, rows: Rows) -> Rows:
        """Some of the customers with the columns as conditions call them, and the names that people gave to segments."""
        segments = mapped_sql("segment", self.names, otherwise="name")
        wanted = [
            f"{segments if column.name == 'name' else _own(column)} as {identifier(column.name)}"
            for column in self.columns.values()
        ]
        return rows.select(f"select {', '.join(wanted)} from {{rows}}")

    def column(self, name: str, at: int = 0) -> AudienceColumn:
        """The column that a name means: exactly, or with other capitals, blanks or its title.

        Raises:
            DefinitionError: there is none.
        """
        if name in self.columns:
            return self.columns[name]
        if name.startswith(FEATURE) and (feature := self.columns.get(name.removeprefix(FEATURE))):
            return feature
        alike = [
            column
            for column in self.columns.values()
            if _plain_letters(name)
            in (_plain_letters(column.name), _plain_letters(column.title) if column.title else None)
        ]
        if len(alike) == 1:
            return alike[0]
        near = next(iter(self.alike_in_meaning(name)), "")
        raise unknown_definition_name("column", name, at, self.columns, kind=f"{self.label} has", near=near)

    def alike_in_meaning(self, name: str) -> list[str]:
        """Columns that mean what a name says, such as `spend` for "revenue" and `order_days` for "frequency".

        The best first: a column whose own name or title is one of the words for that meaning, then those that contain one.
        """
        asked = _words(name)
        known = load_language().meanings.items()
        meant = [(key, [*meaning.names, key]) for key, meaning in known if asked in map(_words, [*meaning.names, key])]
        words = {_words(word) for _, listed in meant for word in listed}
        spellings = {column.name: {_words(column.name), _words(column.title)} for column in self.columns.values()}
        same = [column for column, spelled in spellings.items() if spelled & words]
        within = [
            column
            for column, spelled in spellings.items()
            if column not in same and any(f" {word} " in f" {one} " for one in spelled for word in words)
        ]
        return [*same, *within]


def join_values(customers: Rows, values: Rows | None) -> Rows:
    """Customers with their features and descriptors beside them, as `Population` takes them.

    Args:
        customers: As in customers.parquet.
        values: Features and descriptors by id; None in runs of older versions.
    """
    if values is None:
        return customers
    wanted = ", ".join(
        f"v.{identifier(name)} as {identifier(FEATURE + name)}" for name in values.columns if name.lower() != "id"
    )
    if not wanted:
        return customers
    return _beside(customers, values, wanted)


def join_consent(rows: Rows, consent: Rows) -> Rows:
    """Customers with `CONSENTED` beside them.

    Args:
        rows: As `join_values` made them.
        consent: id and `consented` of every customer.
    """
    return _beside(rows, consent, f"coalesce(v.consented, false) as {CONSENTED}")


def _beside(customers: Rows, values: Rows, wanted: str) -> Rows:
    """Customers with what another table says of them, one row for each."""
    differ = customers.value(
        "select count(*) filter (c.id is distinct from v.id) as n from {rows} c positional join {values} v",
        values=values,
    )
    # Both files are in one order, so that nothing must be looked up; a join by id says the same at ten times the cost.
    join = "left join {values} v on v.id = c.id" if differ else "positional join {values} v"
    return customers.select(f"select c.*, {wanted} from {{rows}} c {join}", values=values)


def _own(column: AudienceColumn) -> str:
    return identifier(column.name) if column.source == "customers" and column.name != "last_purchase" else column.sql


def _kind_of(name: str, kind: str) -> ColumnKind:
    if name in _SEGMENTS:
        return "segment"
    if kind == "BOOLEAN":
        return "boolean"
    if kind == "DATE":
        return "date"
    if kind in _INTEGERS:
        return "integer"
    return "number" if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL") else "text"


def _words(name: str) -> str:
    """A name as its words: "order_days", "Order days" and "orderDays" are alike."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[^\W_]+", parted.casefold()))


def _plain_letters(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
