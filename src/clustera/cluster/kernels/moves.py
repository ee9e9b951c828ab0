"""Descent by single rows, for few rows: a row changes its segment as soon as that lowers the inertia.

Lloyd's iterations stop where no row is nearer to another centre; many of these places are poor when rows are few.
Here a row also counts what its leaving and coming does to both means, which rules most of them out.
"""

from __future__ import annotations

import numpy as np

from clustera.cluster.kernels.apart import kernel

LANES = 8  # centres that are measured in one breath
FAR = 1e300
LEAST = 1e-9  # part of its cost that a row must save, or rounding could send it to and fro


@kernel(fastmath={"contract", "reassoc", "nnan"})
def single_moves(rows, w, offsets, labels, sums, passes, centre, size, cost, joined):  # type: ignore[no-untyped-def]
    """Bring every set of segments to where no single row can better it.

    Args:
        rows: float64 (n_rows, n_features); w: float32 (n_rows,), above 0.
        offsets: int64 (sets + 1,), where each set begins in `sums`.
        labels: uint8 (sets, n_rows or more), changed.
        sums: float64 (total, n_features + 1), weighted sums of the labelled rows and, last, weights; changed.
        passes: Over the rows at most.
        centre: float64 (groups, n_features, 8), scratch, groups being the largest k over 8, rounded up; and size, cost,
            joined: float64 (groups, 8). Made outside: what a kernel allocates itself takes long to compile.

    Cost: O(n_rows n_features) per segment and pass; as a rule 5 to 15 passes.
    Source: Hartigan (1975), Clustering Algorithms, chapter 4; Telgarsky & Vattani (2010), Hartigan's method: k-means
        clustering without Voronoi.
    """
    n, n_features = rows.shape
    # Centre c stands in lane c % 8 of group c // 8; in lanes without a centre every cost is too high.
    for j in range(offsets.size - 1):
        first, label = offsets[j], labels[j]
        k = offsets[j + 1] - first
        groups = (k + LANES - 1) // LANES
        for c in range(groups * LANES):
            g, lane = c // LANES, c % LANES
            size[g, lane], joined[g, lane] = sums[first + c, n_features] if c < k else 0.0, 1.0
            for d in range(n_features):
                centre[g, d, lane] = sums[first + c, d] / max(size[g, lane], LEAST) if c < k else FAR
        i, stayed, last = -1, 0, 0.0
        for _ in range(passes * n):
            i = i + 1 if i + 1 < n else 0
            a, by = np.int64(label[i]), np.float64(w[i])
            own, at = a // LANES, a % LANES
            stayed += 1
            if by != last:
                last = by
                for c in range(k):
                    joined[c // LANES, c % LANES] = size[c // LANES, c % LANES] / (size[c // LANES, c % LANES] + by)
            for g in range(groups):
                part = cost[g]
                for c in range(LANES):
                    part[c] = 0.0
                for d in range(n_features):
                    x, middle = rows[i, d], centre[g, d]
                    for c in range(LANES):
                        part[c] += (x - middle[c]) * (x - middle[c])
            # The last row of a segment stays: leaving would change k.
            left = size[own, at] - by
            here = cost[own, at] * size[own, at] / left * (1 - LEAST) if left > 0 else 0.0
            cost[own, at] = FAR
            least = FAR
            for g in range(groups):
                for c in range(LANES):
                    least = min(least, cost[g, c] * joined[g, c])
            if least < here:
                b = np.int64(0)
                while b < k - 1 and cost[b // LANES, b % LANES] * joined[b // LANES, b % LANES] > least:
                    b += 1
                label[i] = b
                stayed = 0
                for joins in range(2):
                    c, change = (b, by) if joins else (a, -by)  # type: ignore[assignment]
                    g, lane = c // LANES, c % LANES
                    size[g, lane] += change
                    joined[g, lane] = size[g, lane] / (size[g, lane] + by)
                    sums[first + c, n_features] = size[g, lane]
                    for d in range(n_features):
                        sums[first + c, d] += change * rows[i, d]
                        centre[g, d, lane] = sums[first + c, d] / size[g, lane]
            if stayed == n:
                break
