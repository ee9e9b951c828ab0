/* The assignment of least cost, by shortest augmenting paths; `matching.py` says what is what. */

#include "lanes.h"

#pragma STDC FP_CONTRACT OFF

KERNEL(void, match)(int64_t k, const double *cost, int64_t *chosen, double *row_price, double *price, double *reach,
                    int64_t *owner, int64_t *before, bool *done)
{
    /* Prices keep every row's reduced costs at least 0, and 0 where it is matched. Column k stands for "no column yet". */
    for (int64_t j = 0; j <= k; j++) {
        price[j] = 0.0;
        owner[j] = -1;
    }
    for (int64_t i = 0; i < k; i++) row_price[i] = 0.0;
    for (int64_t i = 0; i < k; i++) {
        int64_t at = k;
        owner[k] = i;
        for (int64_t j = 0; j <= k; j++) {
            reach[j] = __builtin_inf();
            done[j] = false;
        }
        /* The cheapest way from row i, over rows that would have to change, to a column nobody owns. */
        while (owner[at] >= 0) {
            int64_t row = owner[at], next = -1;
            double least = __builtin_inf();
            done[at] = true;
            for (int64_t j = 0; j < k; j++) {
                if (done[j]) continue;
                double reduced = cost[row * k + j] - row_price[row] - price[j];
                if (reduced < reach[j]) {
                    reach[j] = reduced;
                    before[j] = at;
                }
                if (reach[j] < least) {
                    least = reach[j];
                    next = j;
                }
            }
            for (int64_t j = 0; j <= k; j++) {
                if (done[j]) {
                    row_price[owner[j]] += least;
                    price[j] -= least;
                } else {
                    reach[j] -= least;
                }
            }
            at = next;
        }
        for (; at != k; at = before[at]) owner[at] = owner[before[at]];
    }
    for (int64_t j = 0; j < k; j++) chosen[owner[j]] = j;
}
