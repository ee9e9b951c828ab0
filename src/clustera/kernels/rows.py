"""What every row goes through once: a hash of its values, and how often that occurs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustera.kernels.compiled import Kernel

_f8, _i8, _u8 = np.float64, np.int64, np.uint64
HASH_COLUMNS = Kernel("hash_columns", int, int, _f8, int, _u8)
TALLY = Kernel("tally", int, _u8, int, _u8, _i8, int, _i8, int, _i8, returns=int)


def hash_columns(values: NDArray[np.float64], *, seed: int) -> NDArray[np.uint64]:
    """A number in [0, 2**64) for every column of `values`, evenly spread, equal for equal columns.

    Source: the finaliser of SplitMix64 (Steele, Lea & Flood 2014), once per value.
    """
    out = np.empty(values.shape[1], np.uint64)
    HASH_COLUMNS(*values.shape, values, seed, out)
    return out


def tally_hashes(
    hashes: NDArray[np.uint64],
    keys: NDArray[np.uint64],
    places: NDArray[np.int64],
    counts: NDArray[np.int64],
    distinct: int,
    fresh: NDArray[np.int64],
) -> int:
    """Count equal hashes in a table with open addressing.

    Args:
        hashes: (n_rows,).
        keys: (slots,), slots a power of two, and places: (slots,), -1 where empty; both changed.
        counts: (limit,), rows per distinct hash in order of appearance; changed.
        distinct: How many distinct hashes the table holds already.
        fresh: (n_rows,), receives the rows whose hash is new.

    Returns:
        How many distinct hashes the table holds now, or -1 when there are more than `limit`.
    """
    return int(TALLY(len(hashes), hashes, len(keys), keys, places, len(counts), counts, distinct, fresh))
