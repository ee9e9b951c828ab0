"""Distances in full: to the nearest centres in float64, and sums of Euclidean distances for the silhouette."""

from __future__ import annotations

import numpy as np

from clustera.cluster.kernels.apart import kernel

BLOCK = 512
THREE = 3  # features that `nearest` takes at a time


@kernel()
def two_nearest(X, C, label, distance, second, distance2, scratch):  # type: ignore[no-untyped-def]
    """The nearest and the second nearest of k centres for every row, by direct differences.

    Args:
        X: float64 (n_features, n_rows).
        C: float64 (k, n_features).
        label, second: int32 (n_rows,); the lower index on a tie; `second` is -1 when k is 1.
        distance, distance2: float64 (n_rows,), squared.
        scratch: float64 (3, 512). Made outside: what a kernel allocates itself takes long to compile.

    Cost: O(n_rows k n_features).
    """
    n_features, n = X.shape
    squared, who, who2 = scratch[0], scratch[1], scratch[2]
    for s in range(0, n, BLOCK):
        m = min(BLOCK, n - s)
        near, near2 = distance[s : s + m], distance2[s : s + m]
        for i in range(m):
            near[i] = near2[i] = np.inf
            who[i] = who2[i] = -1.0
        for c in range(C.shape[0]):
            this = float(c)
            for i in range(m):
                squared[i] = 0.0
            for d in range(n_features):
                x, centre = X[d, s : s + m], C[c, d]
                for i in range(m):
                    squared[i] += (x[i] - centre) * (x[i] - centre)
            # Everything is loaded and every choice is a plain select, or the loop does not vectorise.
            for i in range(m):
                new, a, b, p, q = squared[i], near[i], near2[i], who[i], who2[i]
                loser = a if new < a else new
                lost = p if new < a else this
                near[i] = new if new < a else a
                who[i] = this if new < a else p
                near2[i] = loser if loser < b else b
                who2[i] = lost if loser < b else q
        for i in range(m):
            label[s + i] = who[i]
            second[s + i] = who2[i]


@kernel()
def nearest(X, C, squared, scratch):  # type: ignore[no-untyped-def]
    """The squared distance of every row to the nearest of k centres: `two_nearest` has the same to the last bit.

    Args:
        X: float64 (n_features, n_rows), whole threes of features; zeros, here and in C, make them whole.
        C: float64 (k, n_features).
        squared: float64 (n_rows,), receives the distances.
        scratch: Three arrays float64 (512,), apart from each other so that the loops vectorise.

    Cost: O(n_rows k n_features), half of what the second nearest and their names would cost.
    """
    n_features, n = X.shape
    least, u, v = scratch
    for s in range(0, n, BLOCK):
        m = min(BLOCK, n - s)
        for i in range(m):
            least[i] = np.inf
        # Two centres at a time, so that a loaded row is used twice.
        for c in range(0, C.shape[0], 2):
            e = min(c + 1, C.shape[0] - 1)
            for i in range(m):
                u[i] = v[i] = 0.0
            for d in range(0, n_features, THREE):
                x, y, z = X[d, s : s + m], X[d + 1, s : s + m], X[d + 2, s : s + m]
                p0, p1, p2 = C[c, d], C[c, d + 1], C[c, d + 2]
                q0, q1, q2 = C[e, d], C[e, d + 1], C[e, d + 2]
                if d + THREE < n_features:
                    for i in range(m):
                        u[i] = u[i] + (x[i] - p0) * (x[i] - p0) + (y[i] - p1) * (y[i] - p1) + (z[i] - p2) * (z[i] - p2)
                        v[i] = v[i] + (x[i] - q0) * (x[i] - q0) + (y[i] - q1) * (y[i] - q1) + (z[i] - q2) * (z[i] - q2)
                    continue
                for i in range(m):
                    a = u[i] + (x[i] - p0) * (x[i] - p0) + (y[i] - p1) * (y[i] - p1) + (z[i] - p2) * (z[i] - p2)
                    b = v[i] + (x[i] - q0) * (x[i] - q0) + (y[i] - q1) * (y[i] - q1) + (z[i] - q2) * (z[i] - q2)
                    a = b if b < a else a
                    o = least[i]
                    least[i] = a if a < o else o
        for i in range(m):
            squared[s + i] = least[i]


@kernel()
def distance_sums(A, X, starts, owner, sums, scratch, whole):  # type: ignore[no-untyped-def]
    """Sum of the Euclidean distances from every anchor to the rows of every segment of every clustering.

    Rows of X are ordered so that those that share their segment in all clusterings stand together: each distance is
    computed once and each such group is added once per clustering.

    Args:
        A: float32 (n_features, n_anchors).
        X: float32 (n_features, n_rows).
        starts: int64 (groups + 1,), where each group begins in X.
        owner: int64 (clusterings, groups), the row of `sums` a group belongs to.
        sums: float64 (segments, n_anchors), added to.
        scratch: float32 (2, n_anchors), and whole: float64 (n_anchors,), to work in.

    Cost: O(n_anchors (n_rows n_features + groups clusterings)).
    """
    n_features, m = A.shape
    near, part = scratch[0], scratch[1]
    for g in range(starts.size - 1):
        for i in range(m):
            whole[i] = 0.0
        for s in range(starts[g], starts[g + 1], 64):
            for i in range(m):
                part[i] = 0.0
            for j in range(s, min(s + 64, starts[g + 1])):
                for i in range(m):
                    near[i] = (A[0, i] - X[0, j]) * (A[0, i] - X[0, j])
                for d in range(1, n_features):
                    a, x = A[d], X[d, j]
                    for i in range(m):
                        near[i] += (a[i] - x) * (a[i] - x)
                for i in range(m):
                    part[i] += np.sqrt(near[i])
            for i in range(m):
                whole[i] += part[i]
        for j in range(owner.shape[0]):
            row = sums[owner[j, g]]
            for i in range(m):
                row[i] += whole[i]
