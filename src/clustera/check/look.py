"""What is in every column: one pass over all of them, a second look only where a column is not plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from clustera.engines import identifier, literal
from clustera.records import Rows

Type = Literal["text", "number", "date", "boolean", "nested"]

VALUES = 1_000  # a column with more distinct values is not listed value by value
SHAPES = 2_000
SELDOM = 8  # texts that stand in fewer rows than this, on average, are not grouped before they are looked at
EXACT_ROWS = 200_000  # up to here distinct values are counted, above they are estimated (within 2 %)
AROUND = " \t\n\r\f\v\u00a0\u2007\u2009\u202f\ufeff\u200b"  # white space, and what spreadsheets leave around a cell

_NUMBERS: tuple[str, ...] = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
    "UTINYINT",
    "USMALLINT",
)
_NUMBERS += ("UINTEGER", "UBIGINT", "UHUGEINT")
_SHAPE = "translate({}, '0123456789', '9999999999')"
_AS_NINE = str.maketrans("012345678", "999999999")
_NESTED = ("STRUCT", "MAP", "UNION", "BLOB", "LIST", "INTERVAL", "TIME", "BIT", "GEOMETRY", "VARIANT")


@dataclass(frozen=True, slots=True)
class Look:
    """What one column holds."""

    name: str
    type: Type
    rows: int
    filled: int = 0  # cells that are neither NULL nor blank
    numbers: int = 0  # cells that are a plain finite number
    whole: int = 0  # of those, how many are whole
    low: float | None = None
    high: float | None = None
    distinct: int = 0
    zeros: int = 0  # numbers written with a leading zero, "00417"
    values: Mapping[str, int] | None = None  # trimmed text -> cells, unless there are more than VALUES
    shapes: Mapping[str, int] = field(default_factory=dict)  # text with digits as 9 -> cells, the commonest SHAPES
    padded: bool = True  # some cell has white space around it, as far as was looked

    @property
    def text(self) -> str:
        """SQL for a cell's text without white space around it; NULL when nothing is left."""
        return trimmed(self.name) if self.padded else identifier(self.name)

    @property
    def exact(self) -> bool:
        """Whether `distinct` is a count and no estimate."""
        return self.values is not None or self.rows <= EXACT_ROWS

    @property
    def plain(self) -> bool:
        """Whether every filled cell is a plain number."""
        return self.numbers == self.filled > 0


def trimmed(column: str) -> str:
    """SQL for a cell's text without white space around it; NULL when nothing is left."""
    return f"nullif(trim({identifier(column)}, {literal(AROUND)}), '')"


def plain_number(column: str) -> str:
    """SQL for the number in a cell that holds nothing else; what is not finite counts as no number."""
    return _finite(f"try_cast({identifier(column)} as double)")


def look(rows: Rows) -> dict[str, Look]:
    """What every column but the reader's own holds."""
    types = {name: type_of(sql) for name, sql in rows.columns.items() if name not in {"_row", "_extra"}}
    counted = _count(
        rows, types, distinct="count(distinct {})" if rows.count() <= EXACT_ROWS else "approx_count_distinct({})"
    )
    return {name: _second_look(rows, found) if _needs_it(found) else found for name, found in counted.items()}


def type_of(sql: str) -> Type:
    """What an SQL type amounts to."""
    base = sql.upper().split("(")[0].split(" ")[0]
    if sql.endswith("]") or base in _NESTED:
        return "nested"
    if base in _NUMBERS:
        return "number"
    if base.startswith(("DATE", "TIMESTAMP")):
        return "date"
    return "boolean" if base == "BOOLEAN" else "text"


def measure(rows: Rows, values: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Count, bounds and distinct values of numbers given as SQL, by column."""
    if not values:
        return {}
    names = list(values)
    inner = ", ".join(f"{values[name]} as v{at}" for at, name in enumerate(names))
    outer = ", ".join(
        f"count(v{at}) as numbers{at}, count_if(v{at} = floor(v{at})) as whole{at}, min(v{at}) as low{at}, "
        f"max(v{at}) as high{at}, approx_count_distinct(v{at}) as distinct{at}"
        for at in range(len(names))
    )
    found = rows.query(f"select {outer} from (select {inner} from {{rows}})").to_pylist()[0]
    keys = ("numbers", "whole", "low", "high", "distinct")
    return {name: {key: found[f"{key}{at}"] for key in keys} for at, name in enumerate(names)}


def _finite(value: str) -> str:
    return f"(case when isfinite({value}) then {value} end)"


def _count(rows: Rows, types: Mapping[str, Type], *, distinct: str) -> dict[str, Look]:
    names = list(types)
    inner, outer = ["1 as one"], ["count(*) as n"]
    for at, name in enumerate(names):
        column = identifier(name)
        outer.append(f"count(c{at}) as filled{at}")
        if types[name] != "nested":
            outer.append(f"{distinct.format(f'c{at}')} as distinct{at}")
        inner.append(f"{column} as c{at}")
        if types[name] in {"text", "number"}:
            inner.append(f"{plain_number(name)} as v{at}")
            outer.append(f"count(v{at}) as numbers{at}, count_if(v{at} = floor(v{at})) as whole{at}")
            outer.append(f"min(v{at}) as low{at}, max(v{at}) as high{at}")
        if types[name] == "text":
            # Between '00' and '0:' lie the texts that begin with a zero and another figure.
            outer.append(f"count_if(c{at} >= '00' and c{at} < '0:') as zeros{at}")
    found = rows.query(f"select {', '.join(outer)} from (select {', '.join(inner)} from {{rows}})").to_pylist()[0]
    keys = ("filled", "distinct", "numbers", "whole", "low", "high", "zeros")
    return {
        name: Look(
            name=name,
            type=types[name],
            rows=found["n"],
            **{key: found[f"{key}{at}"] for key in keys if found.get(f"{key}{at}") is not None},
        )
        for at, name in enumerate(names)
    }


def _needs_it(found: Look) -> bool:
    """Text that is not plain numbers, and anything with so few values that each may be a category."""
    if found.type in {"date", "nested"} or not found.filled:
        return False
    return (found.type == "text" and not found.plain) or found.distinct <= 40


def _second_look(rows: Rows, found: Look) -> Look:
    column = identifier(found.name) if found.type == "text" else f"cast({identifier(found.name)} as varchar)"
    if found.distinct <= 1.2 * VALUES:  # the count may be an estimate
        cells = _counts(rows, column, VALUES + 1)
        if len(cells) <= VALUES:
            values = _merged(cells, lambda text: text.strip(AROUND))
            return replace(
                found,
                filled=sum(values.values()),
                distinct=len(values),
                values=values,
                shapes=_merged(values, _shape),
                padded=any(text != text.strip(AROUND) for text in cells),
            )
    return with_shapes(rows, found)


def with_shapes(rows: Rows, found: Look) -> Look:
    """The same look at a column of text, with its shapes."""
    text = identifier(found.name)
    if found.distinct * SELDOM < found.rows:
        # Texts that come again and again, such as dates: each is turned into its shape once.
        texts = rows.select(f"select {text}, count(*) as _cells from {{rows}} group by {text}")
        cells = _counts(texts, _SHAPE.format(text), SHAPES, each="_cells")
    else:
        cells = _counts(rows, _SHAPE.format(text), SHAPES)
    shapes = _merged(cells, lambda text: text.strip(AROUND))
    if len(cells) < SHAPES:
        padded = any(text != text.strip(AROUND) for text in cells)
        return replace(found, filled=sum(shapes.values()), shapes=shapes, padded=padded)
    filled = rows.query(f"select count({trimmed(found.name)}) as n from {{rows}}")["n"][0].as_py()
    return replace(found, filled=filled, shapes=shapes)


def _counts(rows: Rows, text: str, limit: int, *, each: str = "1") -> dict[str, int]:
    found = rows.query(
        f"select t, cast(sum(m) as bigint) as n from (select {text} as t, {each} as m from {{rows}}) where t is not null "
        f"group by t order by n desc, t limit {limit}"
    )
    return dict(zip(found["t"].to_pylist(), found["n"].to_pylist(), strict=True))


def _merged(counts: Mapping[str, int], same: Callable[[str], str]) -> dict[str, int]:
    merged: dict[str, int] = {}
    for text, count in counts.items():
        if key := same(text):
            merged[key] = merged.get(key, 0) + count
    return merged


def _shape(text: str) -> str:
    return text.translate(_AS_NINE)
