/* Descent by single rows, for few rows; `moves.py` says what is what. */

#include "lanes.h"

#pragma STDC FP_CONTRACT ON

#define LANES 8 /* centers that are measured at a time */
#define FAR 1e300
#define LEAST 1e-9 /* part of its cost that a row must save, or rounding could send it to and fro */

typedef double doubles __attribute__((ext_vector_type(LANES), aligned(8)));

/* Center c stands in lane c % 8 of group c / 8; in lanes without a center every cost is too high. */
KERNEL(void, single_moves)(
    int64_t D, int64_t n, const double *rows, const float *w, int64_t sets, const int64_t *offsets, int64_t stride,
    uint8_t *labels, int64_t width, double *sums, int64_t passes, int64_t most, double *scratch)
{
    double *size = scratch, *joined = size + most, *cost = joined + most, *center = cost + most;
    for (int64_t j = 0; j < sets; j++) {
        double *own_sums = sums + offsets[j] * width;
        uint8_t *label = labels + j * stride;
        int64_t k = offsets[j + 1] - offsets[j], groups = (k + LANES - 1) / LANES;
        for (int64_t c = 0; c < groups * LANES; c++) {
            size[c] = c < k ? own_sums[c * width + width - 1] : 0.0;
            joined[c] = 1.0;
            double divisor = size[c] > LEAST ? size[c] : LEAST;
            for (int64_t d = 0; d < D; d++)
                center[(c / LANES * D + d) * LANES + c % LANES] = c < k ? own_sums[c * width + d] / divisor : FAR;
        }
        double last = 0.0;
        int64_t i = -1, stayed = 0;
        for (int64_t step = 0; step < passes * n && stayed < n; step++) {
            i = i + 1 < n ? i + 1 : 0;
            const double *x = rows + i * D;
            double by = w[i];
            int64_t a = label[i];
            stayed++;
            if (by != last) {
                last = by;
                for (int64_t c = 0; c < k; c++) joined[c] = size[c] / (size[c] + by);
            }
            for (int64_t g = 0; g < groups; g++) {
                doubles squared = (doubles)0.0;
                for (int64_t d = 0; d < D; d++) {
                    doubles step_ = x[d] - ALL(doubles, center + (g * D + d) * LANES);
                    squared += step_ * step_;
                }
                ALL(doubles, cost + g * LANES) = squared;
            }
            /* The last row of a segment stays: leaving would change k. */
            double left = size[a] - by, here = left > 0 ? cost[a] * size[a] / left * (1 - LEAST) : 0.0;
            cost[a] = FAR;
            doubles lowest = (doubles)FAR;
            for (int64_t g = 0; g < groups; g++) {
                doubles saved = ALL(doubles, cost + g * LANES) * ALL(doubles, joined + g * LANES);
                lowest = saved < lowest ? saved : lowest;
            }
            double least = __builtin_reduce_min(lowest);
            if (least >= here) continue;
            int64_t b = 0;
            while (b < k - 1 && cost[b] * joined[b] > least) b++;
            label[i] = (uint8_t)b;
            stayed = 0;
            for (int joins = 0; joins < 2; joins++) {
                int64_t c = joins ? b : a;
                double change = joins ? by : -by, *sum = own_sums + c * width;
                size[c] += change;
                joined[c] = size[c] / (size[c] + by);
                sum[width - 1] = size[c];
                for (int64_t d = 0; d < D; d++) {
                    sum[d] += change * x[d];
                    center[(c / LANES * D + d) * LANES + c % LANES] = sum[d] / size[c];
                }
            }
        }
    }
}
