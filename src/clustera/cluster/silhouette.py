"""The silhouette with Euclidean distances, for every clustering of the same points at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.layout import MIN_FEATURES
from clustera.cluster.sampling import sample_rows
from clustera.errors import InputError
from clustera.kernels.distances import LANES, distance_sums

EXACT = 100_000  # rows up to which every pair is measured
ANCHORS, REFERENCES = 4_000, 50_000  # above: rows that are judged, rows they are judged by
_TOGETHER = 1_024  # anchors in one call of the kernel
_REACH = 50  # the farthest value as a power of two: squares of it and of values far below are numbers of float32


def mean_silhouettes(
    points: NDArray[Any],
    labels_by_k: Mapping[int, NDArray[Any]],
    *,
    sample: int | None = None,
    seed: int = 0,
) -> dict[int, tuple[float, float]]:
    """Mean silhouette of each clustering, with its standard error.

    Args:
        points: (n_points, n_features), finite.
        labels_by_k: For each k a label in 0 .. k-1 per point.
        sample: Rows to judge. By default all up to 100,000 points, 4,000 above; a judged row is held against all
            points up to 100,000, else against 50,000.
        seed: Of the samples.

    Returns:
        For each k the mean silhouette and its standard error: 0 when every pair of points was measured. A segment of
        one point counts 0, as Rousseeuw has it; one segment alone has no silhouette and gives nan.

    Source: Rousseeuw (1987), Silhouettes: a graphical aid to the interpretation and validation of cluster analysis.
    """
    n = len(points)
    if any(len(labels) != n for labels in labels_by_k.values()):
        raise InputError(f"silhouette: there are {n} points, but a labelling has another length.")
    if sample is None:
        sample = n if n <= EXACT else ANCHORS
    sample = min(sample, n)
    ks = list(labels_by_k)
    order = sample_rows(points, n if n <= EXACT else REFERENCES + sample, seed=seed)
    anchors = order[:sample]
    references = order if n <= EXACT else order[sample:]
    labels = np.stack([np.asarray(labels_by_k[k])[references] for k in ks]).astype(np.int64)
    own = np.stack([np.asarray(labels_by_k[k])[anchors] for k in ks]).astype(np.int64)
    among = n <= EXACT  # whether an anchor is one of its own references
    A, X = _centered_columns(points, anchors, references)
    values = _anchor_silhouettes(A, own, X, labels, ks, among=among)
    error = 0.0 if sample == n and n <= EXACT else 1.0
    return {
        k: (float(value.mean()), error * float(value.std(ddof=min(1, sample - 1)) / np.sqrt(sample)))
        for k, value in zip(ks, values, strict=True)
    }


def _centered_columns(points: NDArray[Any], *samples: NDArray[np.intp]) -> list[NDArray[np.float32]]:
    """The rows of each sample as centered float32 columns, all in the same power of two: the silhouette has no unit."""
    moved = [np.asarray(points[rows], np.float64) - np.asarray(points[:1], np.float64) for rows in samples]
    shift = _REACH - int(np.frexp(max(np.abs(some).max() for some in moved))[1])
    columns = [np.zeros((max(MIN_FEATURES, points.shape[1]), len(rows)), np.float32) for rows in samples]
    for out, some in zip(columns, moved, strict=True):
        out[: points.shape[1]] = np.ldexp(some, shift).T
    return columns


def _anchor_silhouettes(
    A: NDArray[np.float32],
    own: NDArray[np.int64],
    X: NDArray[np.float32],
    labels: NDArray[np.int64],
    ks: list[int],
    *,
    among: bool,
) -> list[NDArray[np.float64]]:
    """Silhouette of every anchor in every clustering."""
    order = np.lexsort(labels)
    labels, X = labels[:, order], np.ascontiguousarray(X[:, order])
    new = np.flatnonzero(np.any(labels[:, 1:] != labels[:, :-1], axis=0)) + 1
    starts = np.concatenate([[0], new, [labels.shape[1]]])
    sizes = [max(k, int(some.max()) + 1, int(mine.max()) + 1) for k, some, mine in zip(ks, labels, own, strict=True)]
    offsets = np.cumsum([0, *sizes])
    owner = np.ascontiguousarray(labels[:, starts[:-1]] + offsets[:-1, None])
    counts = [np.bincount(some, minlength=size) for some, size in zip(labels, sizes, strict=True)]
    values = [np.empty(A.shape[1]) for _ in ks]
    for begin in range(0, A.shape[1], _TOGETHER):
        some = slice(begin, min(begin + _TOGETHER, A.shape[1]))
        n = some.stop - begin
        anchors = np.pad(A[:, some], ((0, 0), (0, -n % LANES)))
        sums = np.zeros((int(offsets[-1]), anchors.shape[1]))
        distance_sums(anchors, X, starts, owner, sums)
        for j, count in enumerate(counts):
            part = sums[offsets[j] : offsets[j + 1], :n]
            values[j][some] = _from_sums(part, own[j, some], count, among=among)
    return values


def _from_sums(
    sums: NDArray[np.float64], own: NDArray[np.int64], count: NDArray[np.int64], *, among: bool
) -> NDArray[np.float64]:
    """Silhouettes from the summed distances (k, anchors) to each segment."""
    if np.count_nonzero(count) < 2:
        return np.full(sums.shape[1], np.nan)
    here = np.arange(sums.shape[1])
    others = count[own] - (1 if among else 0)
    inside = sums[own, here] / np.maximum(others, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(count[:, None] > 0, sums / count[:, None], np.inf)
    mean[own, here] = np.inf
    outside = mean.min(axis=0)
    larger = np.maximum(inside, outside)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(larger > 0, (outside - inside) / larger, 0.0)
    return np.where(others > 0, value, 0.0)
