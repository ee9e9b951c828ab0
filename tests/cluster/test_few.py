"""Few rows are dealt with by NumPy: the answers must be those of the kernels, to the last bit."""

import numpy as np
import pytest

from clustera.cluster import few
from clustera.cluster.kernels import distances


@pytest.mark.parametrize("k", [1, 2, 3, 9])
@pytest.mark.parametrize("whole", [True, False])  # whole numbers make ties
def test_two_nearest_of_few_rows_are_those_of_the_kernel(k, whole):
    random = np.random.default_rng(k)
    X, centres = random.normal(0, 2, (5, 700)), random.normal(0, 2, (k, 5))
    if whole:
        X, centres = np.rint(X), np.rint(centres)
    n = X.shape[1]
    label, second = np.empty(n, np.int32), np.empty(n, np.int32)
    squared, squared2 = np.empty(n), np.empty(n)
    distances.two_nearest(X, centres, label, squared, second, squared2, np.empty((3, distances.BLOCK)))
    for ours, kernels in zip(few.two_nearest(X, centres), (label, squared, second, squared2), strict=True):
        np.testing.assert_array_equal(ours, kernels)


@pytest.mark.parametrize("k", [1, 2, 3, 9])
@pytest.mark.parametrize("features", [1, 3, 5, 9])
def test_the_nearest_alone_is_as_far_as_the_nearest_of_two(k, features):
    random = np.random.default_rng(k)
    X, centres = random.normal(0, 2, (features, 700)), random.normal(0, 2, (k, features))
    short = -features % distances.THREE
    squared, scratch = np.empty(700), tuple(np.empty((3, distances.BLOCK)))
    distances.nearest(np.pad(X, ((0, short), (0, 0))), np.pad(centres, ((0, 0), (0, short))), squared, scratch)
    np.testing.assert_array_equal(squared, few.two_nearest(X, centres)[1])


def test_sums_of_distances_of_few_rows_are_those_of_the_kernel():
    random = np.random.default_rng(0)
    A, X = (random.normal(0, 2, (4, n)).astype(np.float32) for n in (130, 400))
    starts = np.array([0, 10, 11, 200, 400])
    owner = np.array([[0, 1, 0, 1], [2, 3, 4, 4]])
    ours, kernels = np.zeros((5, 130)), np.zeros((5, 130))
    few.distance_sums(A, X, starts, owner, ours)
    distances.distance_sums(A, X, starts, owner, kernels, np.empty((2, 130), np.float32), np.empty(130))
    np.testing.assert_array_equal(ours, kernels)
