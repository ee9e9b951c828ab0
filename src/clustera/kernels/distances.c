/* Distances in full; `distances.py` says what is what. Nothing is fused here: any processor has the same bits. */

#include "lanes.h"

#pragma STDC FP_CONTRACT OFF

#define TAKEN 8 /* rows at a time in float64 */

typedef double doubles __attribute__((ext_vector_type(TAKEN), aligned(8)));
typedef __typeof__((doubles)0.0 < (doubles)0.0) longs;
typedef int32_t labels __attribute__((ext_vector_type(TAKEN), aligned(4)));

/* Some neighbors: as many as are taken at a time, or the last few. */
__attribute__((always_inline)) static inline doubles some(const double *x, int64_t size)
{
    if (size == TAKEN) return ALL(doubles, x);
    doubles out = (doubles)0.0;
    for (int64_t i = 0; i < size; i++) out[i] = x[i];
    return out;
}

__attribute__((always_inline)) static inline void two_nearest_of(
    int64_t size, int64_t D, int64_t n, const double *X, int64_t k, const double *C, int32_t *label, double *distance,
    int32_t *second, double *distance2)
{
    doubles near = (doubles)__builtin_inf(), near2 = near;
    longs who = (longs)-1, who2 = who;
    for (int64_t c = 0; c < k; c++) {
        doubles new = (doubles)0.0;
        for (int64_t d = 0; d < D; d++) {
            doubles step = some(X + d * n, size) - C[c * D + d];
            new += step * step;
        }
        longs closer = new < near, between = new < near2;
        near2 = closer ? near : between ? new : near2;
        who2 = closer ? who : between ? (longs)c : who2;
        near = closer ? new : near;
        who = closer ? (longs)c : who;
    }
    for (int64_t i = 0; i < size; i++) {
        label[i] = (int32_t)who[i];
        distance[i] = near[i];
        second[i] = (int32_t)who2[i];
        distance2[i] = near2[i];
    }
}

KERNEL(void, two_nearest)(
    int64_t D, int64_t n, const double *X, int64_t k, const double *C, int32_t *label, double *distance, int32_t *second,
    double *distance2)
{
    int64_t i = 0;
    for (; i + TAKEN <= n; i += TAKEN)
        two_nearest_of(TAKEN, D, n, X + i, k, C, label + i, distance + i, second + i, distance2 + i);
    two_nearest_of(n - i, D, n, X + i, k, C, label + i, distance + i, second + i, distance2 + i);
}

__attribute__((always_inline)) static inline void nearest_of(
    int64_t size, int64_t D, int64_t n, const double *X, int64_t k, const double *C, double *distance)
{
    doubles near = (doubles)__builtin_inf();
    /* Two centers at a time, so that a loaded row is used twice. */
    for (int64_t c = 0; c < k; c += 2) {
        const double *p = C + c * D, *q = c + 1 < k ? p + D : p;
        doubles a = (doubles)0.0, b = a;
        for (int64_t d = 0; d < D; d++) {
            doubles x = some(X + d * n, size), u = x - p[d], v = x - q[d];
            a += u * u;
            b += v * v;
        }
        a = b < a ? b : a;
        near = a < near ? a : near;
    }
    for (int64_t i = 0; i < size; i++) distance[i] = near[i];
}

KERNEL(void, nearest)(int64_t D, int64_t n, const double *X, int64_t k, const double *C, double *distance)
{
    int64_t i = 0;
    for (; i + TAKEN <= n; i += TAKEN) nearest_of(TAKEN, D, n, X + i, k, C, distance + i);
    nearest_of(n - i, D, n, X + i, k, C, distance + i);
}

/* A row's distances are added up in float32, but never more than 64 of them. */
KERNEL(void, distance_sums)(
    int64_t D, int64_t m, const float *A, int64_t n, const float *X, int64_t groups, const int64_t *starts,
    int64_t clusterings, const int64_t *owner, double *sums)
{
    typedef double wide __attribute__((ext_vector_type(ROWS), aligned(8)));
    for (int64_t i = 0; i < m; i += ROWS)
        for (int64_t g = 0; g < groups; g++) {
            wide whole = (wide)0.0;
            for (int64_t s = starts[g]; s < starts[g + 1]; s += 64) {
                floats part = (floats)0.0f;
                for (int64_t j = s; j < least(s + 64, starts[g + 1]); j++) {
                    floats near = (floats)0.0f;
                    for (int64_t d = 0; d < D; d++) {
                        floats step = ALL(floats, A + d * m + i) - X[d * n + j];
                        near += step * step;
                    }
                    part += __builtin_elementwise_sqrt(near);
                }
                whole += __builtin_convertvector(part, wide);
            }
            for (int64_t j = 0; j < clusterings; j++) ALL(wide, sums + owner[j * groups + g] * m + i) += whole;
        }
}
