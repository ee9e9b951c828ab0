"""Greedy k-means++, with a random generator of its own, so that a seed means the same everywhere."""

from __future__ import annotations

import numpy as np

from clustera.cluster.kernels.apart import kernel

BLOCK = 1024


@kernel(fastmath={"contract"})
def seed(X, w, trials, states, closest, potentials, near, seeds):  # type: ignore[no-untyped-def]
    """Greedy k-means++ seeds; the first k of them serve every smaller k.

    Args:
        X: float32 (n_features, n_rows); w: float32 (n_rows,).
        trials: Candidates per seed, of which the one that lowers the cost most is kept.
        states: uint64 (draws,), one random state per draw; changed.
        closest: float32 (1 + trials, n_rows), scratch: squared distance to the closest seed, one line in force and one
            per candidate.
        potentials: float64 (1 + trials, blocks of 1024 rows), scratch: their weighted sums per block.
        near: float32 (1024,), scratch. Made outside: what a kernel allocates itself takes long to compile.
        seeds: int64 (draws, k), receives row numbers.

    Source: Arthur & Vassilvitskii (2007), k-means++: the advantages of careful seeding; greedy variant of section 5.
        Random numbers: SplitMix64 (Steele, Lea & Flood 2014).
    Cost: O(draws * k * trials * rows * n_features).
    """
    n_features, n = X.shape
    blocks, lines = potentials.shape[1], trials + 1
    for r in range(seeds.shape[0]):
        now = 0
        for b in range(blocks):
            potentials[now, b] = 0.0
        for i in range(n):
            closest[now, i] = 1.0
            potentials[now, i // BLOCK] += w[i]
        for c in range(seeds.shape[1]):
            total, lowest, kept = 0.0, np.inf, now
            for b in range(blocks):
                total += potentials[now, b]
            seeds[r, c] = seeds[r, max(c - 1, 0)]  # when all rows stand on a seed
            for t in range(1, 2 if c == 0 else lines):
                states[r] += np.uint64(0x9E3779B97F4A7C15)
                z = states[r]
                z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                z = z ^ (z >> np.uint64(31))
                target = np.float64(z >> np.uint64(11)) * 2.0**-53 * total
                b = 0
                while b < blocks - 1 and target >= potentials[now, b]:
                    target -= potentials[now, b]
                    b += 1
                row = -1
                for i in range(b * BLOCK, min(b * BLOCK + BLOCK, n)):
                    if closest[now, i] * w[i] > 0:
                        row = i
                        target -= closest[now, i] * w[i]
                        if target < 0:
                            break
                if row < 0:
                    continue
                if c == 0:
                    # Drawn by weight alone; from now on any distance is shorter than none.
                    for i in range(n):
                        closest[now, i] = np.inf
                after, cost = (now + t) % lines, 0.0
                for b in range(blocks):
                    s, m = b * BLOCK, min(BLOCK, n - b * BLOCK)
                    for i in range(m):
                        near[i] = 0.0
                    for d in range(n_features):
                        x, centre = X[d, s : s + m], X[d, row]
                        for i in range(m):
                            near[i] += (x[i] - centre) * (x[i] - centre)
                    old, new, weight = closest[now, s : s + m], closest[after, s : s + m], w[s : s + m]
                    potential = 0.0
                    for i in range(m):
                        new[i] = near[i] if near[i] < old[i] else old[i]
                        potential += new[i] * weight[i]
                    potentials[after, b] = potential
                    cost += potential
                if cost < lowest:
                    lowest, kept = cost, after
                    seeds[r, c] = row
            now = kept
