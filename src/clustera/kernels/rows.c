/* What every row goes through once: a hash, and a count of it; `rows.py` says what is what. */

#include "lanes.h"

#pragma STDC FP_CONTRACT OFF

KERNEL(void, hash_columns)(int64_t D, int64_t n, const uint64_t *values, uint64_t seed, uint64_t *out)
{
    for (int64_t i = 0; i < n; i++) out[i] = seed ^ GOLDEN;
    for (int64_t d = 0; d < D; d++)
        for (int64_t i = 0; i < n; i++) out[i] = mixed(out[i] ^ values[d * n + i]) + GOLDEN;
}

KERNEL(int64_t, tally)(
    int64_t n, const uint64_t *hashes, int64_t slots, uint64_t *keys, int64_t *places, int64_t limit, int64_t *counts,
    int64_t distinct, int64_t *fresh)
{
    uint64_t mask = (uint64_t)slots - 1;
    int64_t before = distinct;
    for (int64_t i = 0; i < n; i++) {
        uint64_t slot = hashes[i] & mask;
        while (places[slot] >= 0 && keys[slot] != hashes[i]) slot = (slot + 1) & mask;
        if (places[slot] < 0) {
            if (distinct == limit) return -1;
            keys[slot] = hashes[i];
            places[slot] = distinct;
            fresh[distinct++ - before] = i;
        }
        counts[places[slot]]++;
    }
    return distinct;
}
