/* Counting neighbours, only as far as the question needs; `neighbours.py` says what is what. */

#include "lanes.h"

#pragma STDC FP_CONTRACT OFF

KERNEL(void, lacks_neighbours)(
    int64_t D, int64_t n, const double *z, int64_t m, const double *reference, const int64_t *needed, double square,
    bool *out)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t left = needed[i];
        for (int64_t j = 0; j < m && left > 0; j++) {
            double distance = 0.0;
            for (int64_t d = 0; d < D; d++) {
                double step = z[i * D + d] - reference[j * D + d];
                distance += step * step;
            }
            left -= distance <= square;
        }
        out[i] = left > 0;
    }
}
