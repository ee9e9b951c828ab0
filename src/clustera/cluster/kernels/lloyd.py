"""Lloyd's iterations and greedy k-means++ over blocks of float32 rows, for many sets of centres in one scan.

Rows lie as (n_features, n_rows) so that the inner loops run over neighbouring rows and vectorise for every number of
features: one compiled version serves them all. The number of rows is a multiple of 64 (`layout.pad`), so no row ever
goes through a scalar remainder loop and is rounded differently from its twin elsewhere.

Sums are changed only by rows that changed their segment. When coordinates and weights are whole numbers the float64
sums are exact, so neither the order of the rows nor the history of the labels can show in them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

BLOCK = 1024
UNASSIGNED = 255  # label of a row that no scan has seen yet; so at most 255 centres in a set


@njit(cache=True, nogil=True, fastmath={"contract"})
def nearest(X, start, m, C, half, best, label, u, v):  # type: ignore[no-untyped-def]
    """Nearest of k centres for the rows [start, start + m).

    Args:
        X: float32 (n_features, n_rows), at least 3 features.
        C: float32 (k, n_features).
        half: float32 (k,), half the squared norm of each centre.
        best, label, u, v: scratch of at least m; `label` int32 receives the answer, the lower index on a tie.

    Cost: O(m k n_features); two centres at a time, so that a loaded row is used twice.
    """
    k, n_features = C.shape
    for i in range(m):
        best[i] = np.inf
        label[i] = 0
    for c in range(0, k, 2):
        e = min(c + 1, k - 1)
        h, g = half[c], half[e]
        lower, upper = np.int32(c), np.int32(e)
        x, y, z = X[0, start : start + m], X[1, start : start + m], X[2, start : start + m]
        p0, p1, p2 = C[c, 0], C[c, 1], C[c, 2]
        q0, q1, q2 = C[e, 0], C[e, 1], C[e, 2]
        if n_features == 3:
            for i in range(m):
                a = h - p0 * x[i] - p1 * y[i] - p2 * z[i]
                b = g - q0 * x[i] - q1 * y[i] - q2 * z[i]
                which = upper if b < a else lower
                a = b if b < a else a
                o = best[i]
                label[i] = which if a < o else label[i]
                best[i] = a if a < o else o
            continue
        for i in range(m):
            u[i] = h - p0 * x[i] - p1 * y[i] - p2 * z[i]
            v[i] = g - q0 * x[i] - q1 * y[i] - q2 * z[i]
        d = 3
        while d + 4 <= n_features:
            x, y, z, t = (
                X[d, start : start + m],
                X[d + 1, start : start + m],
                X[d + 2, start : start + m],
                X[d + 3, start : start + m],
            )
            p0, p1, p2, p3 = C[c, d], C[c, d + 1], C[c, d + 2], C[c, d + 3]
            q0, q1, q2, q3 = C[e, d], C[e, d + 1], C[e, d + 2], C[e, d + 3]
            for i in range(m):
                u[i] = u[i] - p0 * x[i] - p1 * y[i] - p2 * z[i] - p3 * t[i]
                v[i] = v[i] - q0 * x[i] - q1 * y[i] - q2 * z[i] - q3 * t[i]
            d += 4
        while d < n_features:
            x = X[d, start : start + m]
            p0, q0 = C[c, d], C[e, d]
            for i in range(m):
                u[i] -= p0 * x[i]
                v[i] -= q0 * x[i]
            d += 1
        for i in range(m):
            a, b = u[i], v[i]
            which = upper if b < a else lower
            a = b if b < a else a
            o = best[i]
            label[i] = which if a < o else label[i]
            best[i] = a if a < o else o


@njit(cache=True, nogil=True, fastmath={"contract"})
def scan(X, w, C, offsets, labels, sums, start, stop):  # type: ignore[no-untyped-def]
    """Assign the rows [start, stop) to every set of centres and bring the sums up to date.

    Args:
        X: float32 (n_features, n_rows), rows a multiple of 64.
        w: float32 (n_rows,), 0 for padding.
        C: float64 (total, n_features), the centres of all sets, one set after the other.
        offsets: int64 (sets + 1,), where each set begins in C.
        labels: uint8 (sets, n_rows), as the last scan left them; rewritten.
        sums: float64 (total, n_features + 1), weighted sums and, last, weights; changed in place.

    Returns:
        How many rows changed their label, per set: int64 (sets,).
    """
    n_features = X.shape[0]
    sets = offsets.size - 1
    best, u, v = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    label = np.empty(BLOCK, np.int32)
    fresh = np.empty(BLOCK, np.uint8)
    words = fresh.view(np.uint64)
    narrow = C.astype(np.float32)
    half = np.empty(C.shape[0], np.float32)
    for c in range(C.shape[0]):
        total = np.float64(0)
        for d in range(n_features):
            total += np.float64(narrow[c, d]) * np.float64(narrow[c, d])
        half[c] = total / 2
    changed = np.zeros(sets, np.int64)
    for s in range(start, stop, BLOCK):
        m = min(BLOCK, stop - s)
        for j in range(sets):
            first, last = offsets[j], offsets[j + 1]
            nearest(X, s, m, narrow[first:last], half[first:last], best, label, u, v)
            for i in range(m):
                fresh[i] = label[i]
            old = labels[j, s : s + m]
            before = old.view(np.uint64)
            for q in range(m // 8):
                if words[q] == before[q]:
                    continue
                for i in range(8 * q, 8 * q + 8):
                    if fresh[i] == old[i]:
                        continue
                    weight = np.float64(w[s + i])
                    to = first + fresh[i]
                    for d in range(n_features):
                        sums[to, d] += weight * X[d, s + i]
                    sums[to, n_features] += weight
                    if old[i] != UNASSIGNED:
                        of = first + old[i]
                        for d in range(n_features):
                            sums[of, d] -= weight * X[d, s + i]
                        sums[of, n_features] -= weight
                    old[i] = fresh[i]
                    changed[j] += 1
    return changed


@njit(cache=True, nogil=True)
def fill_empty(X, w, C, labels, sums):  # type: ignore[no-untyped-def]
    """Give every empty centre the row that lies farthest from its own centre.

    Args:
        C: float64 (k, n_features), the centres the labels were drawn with.
        labels: uint8 (n_rows,); sums: float64 (k, n_features + 1); both changed in place.

    Returns:
        Whether a row was moved. On a tie the first row in the given order is taken.
    """
    n_features, n = X.shape
    moved = False
    for c in range(C.shape[0]):
        if sums[c, n_features] > 0:
            continue
        far, row = 0.0, -1
        for i in range(n):
            own = labels[i]
            if w[i] <= 0 or sums[own, n_features] <= w[i]:
                continue
            distance = 0.0
            for d in range(n_features):
                distance += (X[d, i] - C[own, d]) ** 2
            if distance > far:
                far, row = distance, i
        if row < 0:
            continue
        own = labels[row]
        for d in range(n_features):
            value = np.float64(w[row]) * X[d, row]
            sums[own, d] -= value
            sums[c, d] += value
        sums[own, n_features] -= w[row]
        sums[c, n_features] += w[row]
        labels[row] = c
        moved = True
    return moved


@njit(cache=True, nogil=True)
def update(C, sums):  # type: ignore[no-untyped-def]
    """Move every centre that has rows to their mean; returns the sum of the squared steps."""
    k, n_features = C.shape
    shift = 0.0
    for c in range(k):
        weight = sums[c, n_features]
        if weight > 0:
            for d in range(n_features):
                value = sums[c, d] / weight
                shift += (value - C[c, d]) ** 2
                C[c, d] = value
    return shift


@njit(cache=True, nogil=True)
def lloyd(X, w, C, offsets, tolerance, max_iter, inertia, iterations):  # type: ignore[no-untyped-def]
    """Lloyd's iterations for every set of centres on its own, in place.

    Args:
        C: float64 (total, n_features), starts; becomes the centres.
        tolerance: Stop when the squared steps of a set sum to no more than this.
        inertia: float64 (sets,), of the returned centres' own rows; iterations: int64 (sets,).

    Cost: O(rows * total * n_features) per iteration; labels are scratch.
    """
    n_features, n = X.shape
    labels = np.empty((1, n), np.uint8)
    for j in range(offsets.size - 1):
        first, last = offsets[j], offsets[j + 1]
        own = C[first:last]
        sums = np.zeros((last - first, n_features + 1))
        alone = np.array([0, last - first])
        labels[:] = UNASSIGNED
        for iteration in range(max_iter):
            changed = scan(X, w, own, alone, labels, sums, 0, n)[0]
            moved = fill_empty(X, w, own, labels[0], sums)
            shift = update(own, sums)
            iterations[j] = iteration + 1
            if (changed == 0 and not moved) or shift <= tolerance:
                break
        inertia[j] = _inertia(X, w, own, labels[0])


@njit(cache=True, nogil=True)
def _inertia(X, w, C, labels):  # type: ignore[no-untyped-def]
    """Weighted sum of squared distances to the own centre, by direct differences: no far row drowns the others."""
    total = 0.0
    for i in range(labels.size):
        squared = 0.0
        for d in range(X.shape[0]):
            squared += (X[d, i] - C[labels[i], d]) ** 2
        total += w[i] * squared
    return total


@njit(cache=True, nogil=True)
def _uniform(state):  # type: ignore[no-untyped-def]
    """Next number in [0, 1) of SplitMix64 (Steele, Lea & Flood 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.float64(z >> np.uint64(11)) * 2.0**-53


@njit(cache=True, nogil=True, fastmath={"contract"})
def _approach(X, w, row, closest, out, potentials):  # type: ignore[no-untyped-def]
    """Squared distance of every row to the closest seed if `row` became one; weighted sum per block."""
    n_features, n = X.shape
    total = 0.0
    for b in range(potentials.size):
        s = b * BLOCK
        e = min(s + BLOCK, n)
        near = out[s:e]
        near[:] = 0
        for d in range(n_features):
            x = X[d, s:e]
            centre = X[d, row]
            for i in range(e - s):
                near[i] += (x[i] - centre) * (x[i] - centre)
        before = closest[s:e]
        weight = w[s:e]
        potential = 0.0
        for i in range(e - s):
            near[i] = near[i] if near[i] < before[i] else before[i]
            potential += near[i] * weight[i]
        potentials[b] = potential
        total += potential
    return total


@njit(cache=True, nogil=True)
def _draw(target, mass, w, potentials):  # type: ignore[no-untyped-def]
    """The row in which the running sum of weight times mass passes `target`."""
    b = 0
    while b < potentials.size - 1 and target >= potentials[b]:
        target -= potentials[b]
        b += 1
    row = -1
    for i in range(b * BLOCK, min((b + 1) * BLOCK, w.size)):
        if mass[i] * w[i] > 0:
            row = i
            target -= mass[i] * w[i]
            if target < 0:
                break
    return row


@njit(cache=True, nogil=True)
def seed(X, w, trials, states, seeds):  # type: ignore[no-untyped-def]
    """Greedy k-means++ seeds; the first k of them serve every smaller k.

    Args:
        trials: Candidates per seed, of which the one that lowers the cost most is kept.
        states: uint64 (draws,), one random state per draw; changed.
        seeds: int64 (draws, k), receives row numbers.

    Source: Arthur & Vassilvitskii (2007), k-means++: the advantages of careful seeding; greedy variant of section 5.
    Cost: O(draws * k * trials * rows * n_features).
    """
    n = X.shape[1]
    blocks = (n + BLOCK - 1) // BLOCK
    closest, ones = np.empty(n, np.float32), np.ones(n, np.float32)
    near, kept = np.empty(n, np.float32), np.empty(n, np.float32)
    potentials, fresh, chosen = np.zeros(blocks), np.zeros(blocks), np.zeros(blocks)
    weights = np.zeros(blocks)
    for i in range(n):
        weights[i // BLOCK] += w[i]
    for r in range(seeds.shape[0]):
        state = states[r : r + 1]
        first = _draw(_uniform(state) * weights.sum(), ones, w, weights)
        seeds[r, 0] = first
        closest[:] = np.inf
        _approach(X, w, first, closest, near, potentials)
        closest[:] = near
        for c in range(1, seeds.shape[1]):
            lowest, pick = np.inf, first
            total = potentials.sum()
            for _ in range(trials):
                row = _draw(_uniform(state) * total, closest, w, potentials)
                if row < 0:
                    continue
                cost = _approach(X, w, row, closest, near, fresh)
                if cost < lowest:
                    lowest, pick = cost, row
                    kept[:] = near
                    chosen[:] = fresh
            if lowest < np.inf:
                closest[:] = kept
                potentials[:] = chosen
            seeds[r, c] = pick
