/* Neighbors, looked at only as far as the question needs; `neighbors.py` says what is what. */

#include "lanes.h"

#pragma STDC FP_CONTRACT OFF

#define TAKEN 8 /* reference rows looked at before it is asked whether that is enough */

typedef double doubles __attribute__((ext_vector_type(TAKEN), aligned(8)));
typedef __typeof__((doubles)0.0 < (doubles)0.0) longs;

/* Squared distances from one row to the next few of the reference, which stands in columns. */
static inline doubles squared(int64_t D, const double *row, int64_t m, const double *reference)
{
    doubles out = (doubles)0.0;
    for (int64_t d = 0; d < D; d++) {
        doubles step = row[d] - ALL(doubles, reference + d * m);
        out += step * step;
    }
    return out;
}

KERNEL(void, lacks_neighbors)(
    int64_t D, int64_t n, const double *z, int64_t m, const double *reference, const int64_t *needed, double square,
    bool *out)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t left = needed[i];
        for (int64_t j = 0; j < m && left > 0; j += TAKEN) {
            doubles distance = squared(D, z + i * D, m, reference + j);
            left += __builtin_reduce_add((longs)(distance <= square)); /* a truth is -1 */
        }
        out[i] = left > 0;
    }
}

/* The nearest so far stand in rising order; few of the rows still to come are among them. */
KERNEL(void, nth_nearest)(
    int64_t D, int64_t n, const double *z, int64_t m, const double *reference, int64_t nth, double *nearest, double *out)
{
    for (int64_t i = 0; i < n; i++) {
        for (int64_t r = 0; r < nth; r++) nearest[r] = __builtin_inf();
        for (int64_t j = 0; j < m; j += TAKEN) {
            doubles distance = squared(D, z + i * D, m, reference + j);
            if (!__builtin_reduce_or((longs)(distance < nearest[nth - 1]))) continue;
            for (int lane = 0; lane < TAKEN; lane++) {
                double new = distance[lane];
                if (new >= nearest[nth - 1]) continue;
                int64_t r = nth - 1;
                for (; r > 0 && nearest[r - 1] > new; r--) nearest[r] = nearest[r - 1];
                nearest[r] = new;
            }
        }
        out[i] = nearest[nth - 1];
    }
}
