"""One pass of Lloyd's iteration over float32 rows, for many sets of centres at once.

Rows lie as (n_features, n_rows) so that the inner loops run over neighbouring rows and vectorise for every number of
features: one compiled version serves them all. The number of rows is a multiple of 64 (`layout.Columns`), so no row
goes through a scalar remainder loop and is rounded differently from its twin elsewhere.

Sums are changed only by rows that changed their segment. When coordinates and weights are whole numbers the float64
sums are exact, so neither the order of the rows nor the history of the labels can show in them.
"""

from __future__ import annotations

import numpy as np

from clustera.cluster.kernels.apart import kernel

BLOCK = 1024
LANES = 64
UNASSIGNED = 255  # label of a row that no scan has seen yet; so at most 255 centres in a set


@kernel(fastmath={"contract"})
def iterate(X, w, narrow, half, C, offsets, which, labels, sums, near, label, moved, enough, rounds):  # type: ignore[no-untyped-def]
    """Assign all rows to some sets of centres, bring the sums up to date and move the centres to their means.

    Again and again, each set until it hardly moves. All is one function: one that calls another is compiled twice.

    Args:
        X: float32 (n_features, n_rows), at least 3 features, rows a multiple of 64.
        w: float32 (n_rows,), 0 for padding.
        narrow: float32 (total, n_features rounded up to whole fours), the centres of all sets, one set after the other;
            0 beyond their features. Changed, as are half and C.
        half: float32 (total,), half the squared norm of each centre.
        C: float64 (total, n_features), the centres.
        offsets: int64 (sets + 1,), where each set begins among the centres.
        which: int64, the sets that take part; those that go on come to its front.
        labels: uint8 (sets, n_rows), as the last scan left them; rewritten. The lower label on a tie.
        sums: float64 (total, n_features + 1), weighted sums and, last, weights; changed in place.
        near: Three arrays float32 (1024,), scratch, like all that follow. Made outside: what a kernel allocates itself
            takes long to compile. Not the rows of one array: LLVM could not tell them apart, and without AVX-512 more
            than three features took several times as long.
        label: int32 (1024,).
        moved: int64 (64,).
        enough: A set is left where the sum of its squared steps is no more.
        rounds: At most; 0 assigns the rows once and moves nothing.

    Returns:
        How many rounds are done, and how many sets go on. Where a centre has no rows left the round is left before its
        move: somebody must fill the centre, and move.

    Cost: O(n_rows n_features) per centre and round, and per set O(n_features) for every row that changed its label.
    """
    n_features, n = X.shape
    best, u, v = near
    # Beyond three, features are taken four at a time; those that are missing count nothing.
    fours = (n_features + 3) // 4
    live = which.size
    for done in range(max(rounds, 1)):
        for s in range(0, n, BLOCK):
            m = min(BLOCK, n - s)
            weight = w[s : s + m]
            x0, x1, x2 = X[0, s : s + m], X[1, s : s + m], X[2, s : s + m]
            for j in which[:live]:
                first, last = offsets[j], offsets[j + 1]
                for i in range(m):
                    best[i] = np.inf
                    label[i] = 0
                # Two centres at a time, so that a loaded row is used twice; up to a common term, half the squared distance.
                for c in range(first, last, 2):
                    e = min(c + 1, last - 1)
                    h, g = half[c], half[e]
                    lower, upper = np.int32(c - first), np.int32(e - first)
                    if n_features == 3:
                        p0, p1, p2 = narrow[c, 0], narrow[c, 1], narrow[c, 2]
                        q0, q1, q2 = narrow[e, 0], narrow[e, 1], narrow[e, 2]
                        for i in range(m):
                            a = h - p0 * x0[i] - p1 * x1[i] - p2 * x2[i]
                            b = g - q0 * x0[i] - q1 * x1[i] - q2 * x2[i]
                            nearer = upper if b < a else lower
                            a = b if b < a else a
                            o = best[i]
                            label[i] = nearer if a < o else label[i]
                            best[i] = a if a < o else o
                        continue
                    for i in range(m):
                        u[i] = h
                        v[i] = g
                    for step in range(fours):
                        d, end = 4 * step, n_features - 1
                        x, y = X[min(d, end), s : s + m], X[min(d + 1, end), s : s + m]
                        z, t = X[min(d + 2, end), s : s + m], X[min(d + 3, end), s : s + m]
                        p0, p1, p2, p3 = narrow[c, d], narrow[c, d + 1], narrow[c, d + 2], narrow[c, d + 3]
                        q0, q1, q2, q3 = narrow[e, d], narrow[e, d + 1], narrow[e, d + 2], narrow[e, d + 3]
                        if step + 1 < fours:
                            for i in range(m):
                                u[i] = u[i] - p0 * x[i] - p1 * y[i] - p2 * z[i] - p3 * t[i]
                                v[i] = v[i] - q0 * x[i] - q1 * y[i] - q2 * z[i] - q3 * t[i]
                            continue
                        for i in range(m):
                            a = u[i] - p0 * x[i] - p1 * y[i] - p2 * z[i] - p3 * t[i]
                            b = v[i] - q0 * x[i] - q1 * y[i] - q2 * z[i] - q3 * t[i]
                            nearer = upper if b < a else lower
                            a = b if b < a else a
                            o = best[i]
                            label[i] = nearer if a < o else label[i]
                            best[i] = a if a < o else o
                old = labels[j, s : s + m]
                for q in range(m // LANES):
                    differ = np.int32(0)
                    for i in range(LANES):
                        differ |= label[q * LANES + i] != np.int32(old[q * LANES + i])
                    if differ == 0:
                        continue
                    # First a list of the rows, without a branch that could be foreseen wrongly for every one of them.
                    count = 0
                    for i in range(q * LANES, q * LANES + LANES):
                        moved[count] = i
                        count += label[i] != old[i]
                    for r in range(count):
                        i = moved[r]
                        own, by = first + label[i], np.float64(weight[i])
                        if old[i] == UNASSIGNED:
                            for d in range(n_features):
                                sums[own, d] += by * X[d, s + i]
                        else:
                            other = first + old[i]
                            for d in range(n_features):
                                sums[own, d] += by * X[d, s + i]
                                sums[other, d] -= by * X[d, s + i]
                            sums[other, n_features] -= by
                        sums[own, n_features] += by
                        old[i] = label[i]
        if rounds == 0:
            break
        for j in which[:live]:
            for c in range(offsets[j], offsets[j + 1]):
                if sums[c, n_features] <= 0:
                    return done, live
        kept = 0
        for q in range(live):
            total = 0.0
            for c in range(offsets[which[q]], offsets[which[q] + 1]):
                square = 0.0
                for d in range(n_features):
                    mean = sums[c, d] / sums[c, n_features]
                    total += (mean - C[c, d]) * (mean - C[c, d])
                    C[c, d] = mean
                    narrow[c, d] = mean
                    square += np.float64(narrow[c, d]) * narrow[c, d]
                half[c] = square / 2
            which[kept] = which[q]
            kept += total > enough
        live = kept
        if live == 0:
            return done + 1, live
    return rounds, live
