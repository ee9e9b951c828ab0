"""All prepared customers of a table at once, for benchmarks and tests; the product goes through them in blocks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clustera.prepare import Block


def gather(parts: Iterator[Block]) -> Block:
    """All blocks as one, ordered by key: the same points whatever the order of the rows."""
    held = list(parts)
    columns = {name: np.concatenate([getattr(part, name) for part in held]) for name in Block.__slots__}
    order = np.argsort(columns["key"], kind="stable")
    return Block(**{name: column[order] for name, column in columns.items()})


def drawing(block: Block) -> NDArray[np.bool_]:
    """Who takes part in drawing the segments."""
    return block.complete & ~block.outlier
