"""What differs between warehouses: names in quotes, and the type of a double. All else in the query is the same in each."""

from __future__ import annotations

from dataclasses import dataclass

from clustera.errors import InputError, closest


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one warehouse spells the few things that differ."""

    name: str
    double: str  # its type of 64-bit floating point numbers
    quote: str  # around names
    escaped: str  # the quote within a name
    backslash: bool = False  # a backslash within a text begins an escape
    step: str = ""  # said of a step that is computed once; else these servers write it out wherever it is used

    def identifier(self, name: str) -> str:
        """A column's name in quotes."""
        inner = name.replace("\\", "\\\\") if self.escaped.startswith("\\") else name
        return f"{self.quote}{inner.replace(self.quote, self.escaped)}{self.quote}"

    def literal(self, text: str) -> str:
        """A text in quotes."""
        if not self.backslash:
            return "'" + text.replace("'", "''") + "'"
        inner = text.replace("\\", "\\\\").replace("\n", "\\n")
        return "'" + inner.replace("'", "\\'") + "'"

    def number(self, value: float) -> str:
        """A number with 17 significant digits, which is what it takes to come back as the same double.

        With an exponent it is a double everywhere; without, some would read an exact decimal.
        """
        text = f"{value:.16e}"
        return f"({text})" if text.startswith("-") else text


_ALL = (
    Dialect("duckdb", "double", '"', '""', step="materialized "),
    Dialect("postgres", "double precision", '"', '""', step="materialized "),
    Dialect("sqlite", "real", '"', '""', step="materialized "),
    Dialect("mysql", "double", "`", "``", backslash=True),
    Dialect("spark", "double", "`", "``", backslash=True),
    Dialect("bigquery", "float64", "`", "\\`", backslash=True),
    Dialect("snowflake", "double", '"', '""', backslash=True),
)
DIALECTS = tuple(dialect.name for dialect in _ALL)
_BY_NAME = {dialect.name: dialect for dialect in _ALL}


def dialect_of(name: str) -> Dialect:
    """The dialect of that name.

    Raises:
        InputError: there is none.

    >>> dialect_of("mysql").identifier("spend"), dialect_of("postgres").number(0.1)
    ('`spend`', '1.0000000000000001e-01')
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    near = closest(name, DIALECTS)
    raise InputError(
        f"There is no dialect {name!r}; there are: {', '.join(DIALECTS)}.",
        hint=f"Did you mean {near!r}?" if near else "Say --dialect with one of them.",
    )
