"""Between Arrow columns and NumPy arrays, without pandas: PyArrow's own ways load it, which takes a third of a second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

TOGETHER = 32  # columns that one query asks about; planning a query costs more than in proportion to its length

Item = TypeVar("Item")

DAMAGED_PARQUET = (OSError, pa.ArrowException, UnicodeDecodeError)  # what Arrow raises at one


def column_batches(columns: Sequence[Item], *, most: int = TOGETHER) -> Iterator[Sequence[Item]]:
    """The columns in parts that one query may ask about: the cost of many columns grows with their number.

    Args:
        columns: What the queries are about.
        most: Columns in a part, where that is fewer than `TOGETHER`.

    >>> [len(part) for part in column_batches(range(70))]
    [32, 32, 6]
    """
    size = min(most, TOGETHER)
    return (columns[at : at + size] for at in range(0, len(columns), size))


def array_of(column: pa.Array | pa.ChunkedArray) -> npt.NDArray[Any]:
    """The values of a column of numbers or booleans; NULL becomes NaN, so a column that has some must be of floats.

    >>> array_of(pa.chunked_array([[1.5, None], [2.0]])).tolist()
    [1.5, nan, 2.0]
    """
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    parts = [_chunk_values(chunk) for chunk in chunks if len(chunk)]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, _dtype(column.type))


def column_of(values: npt.NDArray[Any]) -> pa.Array:
    """A column of numbers or booleans, none missing; numbers are not copied.

    >>> column_of(np.array([True, False])).to_pylist(), column_of(np.arange(2.0)).to_pylist()
    ([True, False], [0.0, 1.0])
    """
    if values.dtype == np.bool_:
        held = np.packbits(values, bitorder="little")
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(held)])
    held = np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(held.dtype), len(held), [None, pa.py_buffer(held)])


def _chunk_values(chunk: pa.Array) -> npt.NDArray[Any]:
    missing, held = chunk.buffers()
    end = chunk.offset + len(chunk)
    if pa.types.is_boolean(chunk.type):
        assert not chunk.null_count, "a boolean has no NaN"
        return _bits(held, chunk.offset, end)
    values = np.frombuffer(held, _dtype(chunk.type), end)[chunk.offset :]
    if not chunk.null_count:
        return values
    assert values.dtype.kind == "f", "only floats have NaN"
    return np.where(_bits(missing, chunk.offset, end), values, values.dtype.type(np.nan))


def _bits(buffer: pa.Buffer, start: int, end: int) -> npt.NDArray[np.bool_]:
    return np.unpackbits(np.frombuffer(buffer, np.uint8), count=end, bitorder="little")[start:].view(np.bool_)


def _dtype(of: pa.DataType) -> np.dtype[Any]:
    return np.dtype(np.bool_ if pa.types.is_boolean(of) else of.to_pandas_dtype())
