"""Tables that are awkward for K-Means, drawn by a seed: every kind with any number of features."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

KINDS = (
    *("too many centers", "rounded", "counts", "cauchy", "lognormal", "duplicates", "near constant", "equal rows"),
    *("almost equal", "other scales", "far from zero", "a few far rows", "lattice", "tiny", "huge"),
)


def table(seed: int, *, n_features: int | None = None, kind: str = "", most_rows: int = 600) -> np.ndarray:
    """An awkward table of 12 to `most_rows` rows and 1 to 30 features, or as many as asked for."""
    random = np.random.default_rng(seed)
    d = int(random.integers(1, 31)) if n_features is None else n_features
    n, k = int(random.integers(12, most_rows)), int(random.integers(1, 9))
    blobs = random.normal(size=(k, d))[random.integers(0, k, n)] * random.choice([2, 6, 20]) + random.normal(
        size=(n, d)
    )
    made = {
        "too many centers": lambda: blobs,
        "rounded": lambda: np.round(blobs * random.choice([0.3, 0.6, 1.0])),
        "counts": lambda: random.poisson(random.choice([0.3, 2, 8]), (n, d)).astype(float),
        "cauchy": lambda: random.standard_cauchy((n, d)),
        "lognormal": lambda: np.exp(random.normal(size=(n, d)) * 1.5),
        "duplicates": lambda: blobs[random.integers(0, max(2, n // 20), n)],
        "near constant": lambda: np.where(random.random((n, d)) < 0.02, 7.0, 1.0),
        "equal rows": lambda: np.full((n, d), random.normal()),
        "almost equal": lambda: random.normal() * 1e3 + 1e-9 * random.integers(0, 3, (n, d)),
        "other scales": lambda: blobs * 10.0 ** random.integers(-6, 9, d) + 10.0 ** random.integers(0, 7, d),
        "far from zero": lambda: blobs + 1e9,
        "a few far rows": lambda: np.where(random.random((n, 1)) < 0.01, blobs * 1e6, blobs),
        "lattice": lambda: random.integers(0, 3, (n, d)).astype(float),
        "tiny": lambda: blobs * 1e-160,
        "huge": lambda: blobs * 1e100,
    }
    return made[kind or str(random.choice(KINDS))]()


class Streamed:
    """A table in blocks of random sizes."""

    def __init__(self, table: np.ndarray, seed: int) -> None:
        self._table = table
        self._size = int(np.random.default_rng(seed).integers(5, len(table) + 1))
        self.n_rows, self.n_features = table.shape

    def __iter__(self) -> Iterator[np.ndarray]:
        for start in range(0, self.n_rows, self._size):
            yield self._table[start : start + self._size]
