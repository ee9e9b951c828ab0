"""How often each row occurs, by the hash of its values."""

from __future__ import annotations

import numpy as np

from clustera.cluster.kernels.apart import kernel


@kernel()
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
