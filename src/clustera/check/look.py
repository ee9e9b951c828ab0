"""What is in every column: its values beside its cells, counted in one pass; a second look only where they are not plain numbers.

Where the texts of a column come again and again (categories, dates, ages), they are counted first, and every question that
concerns this column alone is asked of its different texts instead of its cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from clustera.engines import Rows, column_batches, identifier, literal
from clustera.records import own_columns

Type = Literal["text", "number", "date", "boolean", "nested"]

VALUES = 1_000  # a column with more distinct values is not listed value by value
SHAPES = 2_000
SAMPLED = 20_000  # rows that tell whether the texts of a column come again; in a smaller table it saves nothing
AGAIN = 3  # times that a text stands in them, on average, to be counted before anything else is asked
HELD_SHAPES = 50_000  # different shapes that are counted here; more are left to the engine
EXACT_ROWS = 200_000  # up to here distinct values are counted, above they are estimated (within 2 %)
EXACT = 2**53  # whole numbers beyond can't all be told apart in floating point
SPARSE = 64  # bits that a number may cost where cells are told apart by their numbers
AROUND = " \t\n\r\f\v\u00a0\u2007\u2009\u202f\ufeff\u200b"  # white space, and what spreadsheets leave around a cell

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_NUMBERS = {*_WHOLE, *(f"U{name}" for name in _WHOLE), "FLOAT", "DOUBLE", "DECIMAL"}
_SHAPE = "translate({}, '0123456789', '9999999999')"
_NINES = np.arange(256, dtype=np.uint8)
_NINES[ord("0") : ord("9") + 1] = ord("9")  # a byte of UTF-8 that looks like a figure is one
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
    padded: bool = True  # some cell has white space around it or is an empty text, as far as was looked
    cells: Rows | None = None  # if they were counted: the different texts, each with its number of cells as `_cells`

    @property
    def text(self) -> str:
        """SQL for a cell's text without white space around it; NULL when nothing is left."""
        return trimmed_sql(self.name) if self.padded else identifier(self.name)

    @property
    def exact(self) -> bool:
        """Whether `distinct` is a count and no estimate."""
        return self.values is not None or self.rows <= EXACT_ROWS

    @property
    def plain(self) -> bool:
        """Whether every filled cell is a plain number."""
        return self.numbers == self.filled > 0

    @property
    def told(self) -> bool:
        """Whether the shape of every cell is among `shapes`."""
        return 0 < len(self.shapes) < SHAPES

    def alone(self, rows: Rows) -> Rows:
        """Where to ask what concerns this column alone and how often a cell stands does not matter: its different cells."""
        return self.cells or rows


def trimmed_sql(column: str) -> str:
    """SQL for a cell's text without white space around it; NULL when nothing is left."""
    return f"nullif(trim({identifier(column)}, {literal(AROUND)}), '')"


def plain_number(column: str) -> str:
    """SQL for the number in a cell that holds nothing else; what is not finite counts as no number."""
    return _finite(f"try_cast({identifier(column)} as double)")


def value_column_sql(column: str) -> str:
    """SQL for a column's value among the rows of `with_values`; no column of a source ends in a blank."""
    return identifier(f"{column} ")


def with_values(rows: Rows, values: Mapping[str, str]) -> Rows:
    """The same rows, with the value of each column beside its cell: `value_column_sql` names it."""
    made = "".join(f", {sql} as {value_column_sql(name)}" for name, sql in values.items())
    return rows.select(f"select *{made} from {{rows}}")


def look_at_columns(rows: Rows, *, progress: Callable[[float], None] | None = None) -> dict[str, Look]:
    """What every column but the reader's own holds; `progress` is told the share of the looking that is done."""
    tell = progress or (lambda share: None)
    types = {name: type_of(rows.columns[name]) for name in own_columns(rows.columns)}
    total = rows.count()
    again = _repeating_texts(rows, [name for name, kind in types.items() if kind == "text"], total)
    with rows.engine.watched(progress and (lambda share: tell(0.3 * share))):
        counted = _scan_columns(rows, {name: kind for name, kind in types.items() if name not in again}, total)
    for at, name in enumerate(again):
        tell(0.3 + 0.3 * at / len(again))
        column = identifier(name)
        cells = rows.select(f"select {column}, count(*) as _cells from {{rows}} group by {column}").keep()
        counted[name] = replace(_scan_columns(cells, {name: "text"}, total, each="_cells")[name], cells=cells)
    for at, name in enumerate(types):
        tell(0.6 + 0.4 * at / len(types))
        counted[name] = _second_look(rows, counted[name]) if _needs_it(counted[name]) else counted[name]
    return {name: counted[name] for name in types}


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


def measure_columns(rows: Rows, values: Mapping[str, str], *, each: str = "1") -> dict[str, dict[str, Any]]:
    """Count, bounds and distinct values of numbers given as SQL, by column.

    Args:
        rows: Where they stand.
        values: SQL for the numbers of each column.
        each: SQL for the number of cells that one of `rows` stands for.
    """
    if not values:
        return {}
    names = list(values)
    inner = ", ".join(f"{values[name]} as v{at}" for at, name in enumerate(names))
    if each != "1":
        inner += f", {each}"
    # An estimate takes two values for one now and then.
    distinct = "count(distinct {0})" if rows.count() <= EXACT_ROWS else "approx_count_distinct({0})"
    outer = ", ".join(
        f"{_number_measures(at, each)}, {distinct.format(f'v{at}')} as distinct{at}" for at in range(len(names))
    )
    found = rows.query(f"select {outer} from (select {inner} from {{rows}})").to_pylist()[0]
    keys = ("numbers", "whole", "low", "high", "distinct")
    return {name: {key: found[f"{key}{at}"] for key in keys} for at, name in enumerate(names)}


def all_cells_differ(rows: Rows, found: Look) -> bool:
    """Whether all cells of a column differ from each other, counted exactly."""
    column = identifier(found.name)
    low, high = found.low or 0.0, found.high or 0.0
    if found.whole == found.filled > 0 and low > -EXACT and high < EXACT and high - low < SPARSE * found.filled:
        # One bit for each number takes a third of the time. Where two numbers are equal, "1" and "01" may differ.
        bits = f"bit_count(bitstring_agg(try_cast({column} as bigint), {int(low)}, {int(high)}))"
        if rows.value(f"select {bits} as n from {{rows}}") == found.filled:
            return True
    twice = rows.value(f"select count({column}) - count(distinct {column}) as n from {{rows}}")
    return bool(twice == 0)


def only_copies_repeat(rows: Rows, name: str) -> bool:
    """Whether rows that share a cell of a column are equal in all their cells."""
    column = identifier(name)
    whole = f"hash({', '.join(identifier(each) for each in rows.columns if each not in ('_row', '_label'))})"
    shared = f"select {column} from {{rows}} where {column} is not null group by {column} having min({whole}) <> max({whole})"
    return bool(rows.value(f"select count(*) as n from ({shared})") == 0)


def _number_measures(at: int, each: str) -> str:
    return (
        f"{_filled_sql(f'v{at}', each)} as numbers{at}, {_count_sql(f'v{at} = floor(v{at})', each)} as whole{at}, "
        f"min(v{at}) as low{at}, max(v{at}) as high{at}"
    )


def _count_sql(test: str, each: str) -> str:
    """SQL for the number of cells that pass a test; a filter takes twice as long as the count of a value."""
    return (
        f"count(case when {test} then 1 end)"
        if each == "1"
        else f"cast(coalesce(sum({each}) filter ({test}), 0) as bigint)"
    )


def _filled_sql(column: str, each: str) -> str:
    """SQL for the number of cells that are not empty."""
    return f"count({column})" if each == "1" else _count_sql(f"{column} is not null", each)


def _finite(value: str) -> str:
    return f"(case when isfinite({value}) then {value} end)"


def _repeating_texts(rows: Rows, names: Sequence[str], total: int) -> list[str]:
    """Of columns of text, those whose texts come again and again, by the rows in the middle."""
    if total <= SAMPLED or not names:
        return []
    counts = ", ".join(
        f"count({identifier(name)}) as filled{at}, count(distinct {identifier(name)}) as distinct{at}"
        for at, name in enumerate(names)
    )
    # Rows in a row, which the engine finds without reading the others.
    first = (total - SAMPLED) // 2
    seen = rows.query(
        f"select {counts} from {{rows}} where _row between {first + 1} and {first + SAMPLED}"
    ).to_pylist()[0]
    return [name for at, name in enumerate(names) if AGAIN * seen[f"distinct{at}"] <= seen[f"filled{at}"]]


def _scan_columns(rows: Rows, types: Mapping[str, Type], total: int, *, each: str = "1") -> dict[str, Look]:
    """What a scan for every few columns shows."""
    counted: dict[str, Look] = {}
    for some in column_batches(list(types)):
        counted |= _count_together(rows, {name: types[name] for name in some}, total, each=each)
    return counted


def _count_together(rows: Rows, types: Mapping[str, Type], total: int, *, each: str) -> dict[str, Look]:
    names = list(types)
    # An estimate may exceed what there is.
    distinct = "count(distinct {0})" if total <= EXACT_ROWS else "least(approx_count_distinct({0}), count({0}))"
    inner, outer = [each if each != "1" else "1 as one"], ["count(*) as n"]
    for at, name in enumerate(names):
        column, kind = identifier(name), types[name]
        inner.append(f"{column} as c{at}")
        outer.append(f"{_filled_sql(f'c{at}', each)} as filled{at}")
        if kind != "nested":
            outer.append(f"{distinct.format(f'c{at}')} as distinct{at}")
        if kind in {"text", "number"}:
            # No number begins with what follows the figures in ASCII, and a failed cast costs ten times a comparison.
            number = f"try_cast(case when {column} < ':' then {column} end as double)"
            inner.append(f"{_finite(number) if kind == 'text' else plain_number(name)} as v{at}")
            outer.append(_number_measures(at, each))
        if kind == "text":
            # Between '00' and '0:' lie the texts that begin with a zero and another figure.
            zero = f"c{at} >= '00' and c{at} < '0:'"
            outer.append(f"{_count_sql(zero, each)} as zeros{at}")
    found = rows.query(f"select {', '.join(outer)} from (select {', '.join(inner)} from {{rows}})").to_pylist()[0]
    keys = ("filled", "distinct", "numbers", "whole", "low", "high", "zeros")
    return {
        name: Look(
            name=name,
            type=types[name],
            rows=total,
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
        cells = _count_texts(found.alone(rows), column, VALUES + 1, each="_cells" if found.cells else "1")
        if len(cells) <= VALUES:
            values = _merged_counts(cells, lambda text: text.strip(AROUND))
            return replace(
                found,
                filled=sum(values.values()),
                distinct=len(values),
                values=values,
                shapes=_merged_counts(values, _shape),
                padded=_any_padded(cells),
            )
    return with_shapes(rows, found)


def with_shapes(rows: Rows, found: Look) -> Look:
    """The same look at a column of text, with its shapes."""
    cells = _shapes(rows, found)
    shapes = _merged_counts(cells, lambda text: text.strip(AROUND))
    if len(cells) < SHAPES:
        padded = _any_padded(cells)
        return replace(found, filled=sum(shapes.values()), shapes=shapes, padded=padded)
    filled = rows.value(f"select count({trimmed_sql(found.name)}) as n from {{rows}}")
    return replace(found, filled=filled, shapes=shapes)


def _shapes(rows: Rows, found: Look) -> dict[str, int]:
    """The commonest SHAPES, white space around them included, and how many cells have each."""
    shape = _SHAPE.format(identifier(found.name))
    if found.cells:
        return _count_texts(found.cells, shape, SHAPES, each="_cells")
    counts: dict[str, int] = {}
    for batch in rows.select(f"select cast({identifier(found.name)} as varchar) as t from {{rows}}").batches():
        seen = _with_nines(batch.column(0)).value_counts()
        for text, n in zip(seen.field("values").to_pylist(), seen.field("counts").to_pylist(), strict=True):
            if text is not None:
                counts[text] = counts.get(text, 0) + n
        if len(counts) > HELD_SHAPES:
            # Free text: the engine counts on the disk what outgrows its memory.
            return _count_texts(rows, shape, SHAPES)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:SHAPES])


def _with_nines(texts: pa.Array) -> pa.Array:
    """Texts with every figure as 9: all bytes at once, where the engine would go through the letters one by one."""
    present, ends, data = texts.buffers()
    if data is None:
        return texts
    nines = pa.py_buffer(_NINES[np.frombuffer(data, np.uint8)])
    return pa.Array.from_buffers(texts.type, len(texts), [present, ends, nines], texts.null_count, texts.offset)


def _count_texts(rows: Rows, text: str, limit: int, *, each: str = "1") -> dict[str, int]:
    found = rows.query(
        f"select t, cast(sum(m) as bigint) as n from (select {text} as t, {each} as m from {{rows}}) where t is not null "
        f"group by t order by n desc, t limit {limit}"
    )
    return dict(zip(found["t"].to_pylist(), found["n"].to_pylist(), strict=True))


def _any_padded(texts: Iterable[str]) -> bool:
    return any(not text or text != text.strip(AROUND) for text in texts)


def _merged_counts(counts: Mapping[str, int], same: Callable[[str], str]) -> dict[str, int]:
    merged: dict[str, int] = {}
    for text, count in counts.items():
        if key := same(text):
            merged[key] = merged.get(key, 0) + count
    return merged


def _shape(text: str) -> str:
    return text.translate(_AS_NINE)
