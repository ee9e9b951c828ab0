"""Rows as keys: a hash of their values, and how often each occurs."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def hash_rows(bits, seed, out):  # type: ignore[no-untyped-def]
    """A number for every row, evenly spread over 64 bits, equal for equal rows.

    Args:
        bits: uint64 (n_features, n_rows), the bits of the float64 values.
        seed: uint64.
        out: uint64 (n_rows,), receives the hashes.

    Source: the finaliser of SplitMix64 (Steele, Lea & Flood 2014), once per value.
    """
    step = np.uint64(0x9E3779B97F4A7C15)
    for i in range(out.size):
        out[i] = seed ^ step
    for d in range(bits.shape[0]):
        column = bits[d]
        for i in range(out.size):
            z = out[i] ^ column[i]
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            out[i] = (z ^ (z >> np.uint64(31))) + step


@njit(cache=True, nogil=True, error_model="numpy")
def tally(hashes, keys, places, counts, distinct, fresh):  # type: ignore[no-untyped-def]
    """Count equal hashes in a table with open addressing.

    Args:
        hashes: uint64 (n_rows,).
        keys: uint64 (slots,), slots a power of two, and places: int64 (slots,), -1 where empty; both changed.
        counts: int64 (limit,), rows per distinct hash in order of appearance; changed.
        distinct: How many distinct hashes the table holds already.
        fresh: int64 (n_rows,), receives the rows whose hash is new.

    Returns:
        How many distinct hashes the table holds now, or -1 when there are more than `limit`.
    """
    mask = np.uint64(keys.size - 1)
    before = distinct
    for i in range(hashes.size):
        slot = hashes[i] & mask
        while places[slot] >= 0 and keys[slot] != hashes[i]:
            slot = (slot + np.uint64(1)) & mask
        if places[slot] < 0:
            if distinct == counts.size:
                return -1
            keys[slot] = hashes[i]
            places[slot] = distinct
            fresh[distinct - before] = i
            distinct += 1
        counts[places[slot]] += 1
    return distinct
