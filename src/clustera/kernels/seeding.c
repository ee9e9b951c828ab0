/* Greedy k-means++; `seeding.py` says what is what. */

#include "lanes.h"

#pragma STDC FP_CONTRACT ON

#define BLOCK 1024

typedef double doubles __attribute__((ext_vector_type(ROWS), aligned(8)));

/* SplitMix64, in [0, 1). */
static double random_number(uint64_t *state) { return (double)(mixed(*state += GOLDEN) >> 11) * 0x1p-53; }

/* What some rows would cost with one seed more: `new` receives their squared distances to the closest. */
static double with_seed(
    const float *X, int64_t n, int64_t D, int64_t row, const float *w, int64_t first, int64_t size, const float *old,
    float *new)
{
    doubles cost = (doubles)0.0;
    for (int64_t i = first; i < first + size; i += ROWS) {
        floats near = (floats)0.0f;
        for (int64_t d = 0; d < D; d++) {
            floats step = ALL(floats, X + d * n + i) - X[d * n + row];
            near += step * step;
        }
        floats before = ALL(floats, old + i);
        near = near < before ? near : before;
        ALL(floats, new + i) = near;
        near *= ALL(floats, w + i);
        cost += __builtin_convertvector(near, doubles);
    }
    double total = 0.0;
    for (int lane = 0; lane < ROWS; lane++) total += cost[lane];
    return total;
}

/* The row at which a running sum of weighted distances exceeds `target`, or -1 where all are 0. */
static int64_t drawn(const float *closest, const float *w, int64_t n, const double *potentials, int64_t blocks, double target)
{
    int64_t b = 0, row = -1;
    while (b < blocks - 1 && target >= potentials[b]) target -= potentials[b++];
    for (int64_t i = b * BLOCK; i < least(b * BLOCK + BLOCK, n); i++) {
        if (closest[i] * w[i] <= 0) continue;
        row = i;
        target -= closest[i] * w[i];
        if (target < 0) break;
    }
    return row;
}

KERNEL(void, seed)(
    int64_t D, int64_t n, const float *X, const float *w, int64_t trials, int64_t draws, int64_t k, uint64_t *states,
    float *closest, double *potentials, int64_t *seeds)
{
    int64_t blocks = (n + BLOCK - 1) / BLOCK, lines = trials + 1;
    for (int64_t r = 0; r < draws; r++) {
        int64_t now = 0; /* the line of `closest` and `potentials` that is in force; the others are tried in */
        for (int64_t b = 0; b < blocks; b++) potentials[b] = 0.0;
        for (int64_t i = 0; i < n; i++) {
            closest[i] = 1.0f;
            potentials[i / BLOCK] += w[i];
        }
        for (int64_t c = 0; c < k; c++) {
            double total = 0.0, lowest = __builtin_inf();
            int64_t kept = now;
            for (int64_t b = 0; b < blocks; b++) total += potentials[now * blocks + b];
            seeds[r * k + c] = seeds[r * k + (c ? c - 1 : 0)]; /* when all rows stand on a seed */
            for (int64_t t = 1; t < (c ? lines : 2); t++) {
                double target = random_number(states + r) * total;
                int64_t row = drawn(closest + now * n, w, n, potentials + now * blocks, blocks, target);
                if (row < 0) continue;
                /* The first is drawn by weight alone; from now on any distance is shorter than none. */
                if (c == 0)
                    for (int64_t i = 0; i < n; i++) closest[now * n + i] = __builtin_inff();
                int64_t after = (now + t) % lines;
                double cost = 0.0;
                for (int64_t b = 0; b < blocks; b++) {
                    int64_t first = b * BLOCK;
                    double part = with_seed(
                        X, n, D, row, w, first, least(BLOCK, n - first), closest + now * n, closest + after * n);
                    potentials[after * blocks + b] = part;
                    cost += part;
                }
                if (cost < lowest) {
                    lowest = cost;
                    kept = after;
                    seeds[r * k + c] = row;
                }
            }
            now = kept;
        }
    }
}
