/* Lloyd's iteration over float32 rows, for many sets of centers at once; `lloyd.py` says what is what.

Rows lie as (features, rows), so that neighboring rows are taken together for any number of features; they are a multiple
of 64, so that no row goes another way than its twin elsewhere. Every distance is the same chain of fused steps wherever it
is computed. Sums are changed only by rows that changed their segment; coordinates being whole numbers, they are exact, and
neither the order of the rows nor the history of the labels can show in them. */

#include "lanes.h"

#pragma STDC FP_CONTRACT ON

#define BLOCK 512 /* rows that stay in the first cache while all sets look at them */
#define UNASSIGNED 255

typedef uint16_t places __attribute__((ext_vector_type(8), aligned(2)));
typedef float four_floats __attribute__((ext_vector_type(4), aligned(4)));
typedef double four_doubles __attribute__((ext_vector_type(4), aligned(8)));

static uint16_t set_bits[256][8]; /* of each byte, where its bits are, */
static uint8_t n_bits[256];       /* and how many */
static int32_t names[256];
static bool filled;

/* Fill the tables. Threads may do so side by side: they write the same. */
static void fill_tables(void)
{
    if (__atomic_load_n(&filled, __ATOMIC_ACQUIRE)) return;
    for (int byte = 0; byte < 256; byte++) {
        int n = 0;
        for (int bit = 0; bit < 8; bit++)
            if (byte >> bit & 1) set_bits[byte][n++] = bit;
        n_bits[byte] = n;
        names[byte] = byte;
    }
    __atomic_store_n(&filled, true, __ATOMIC_RELEASE);
}

#define CLOSER(a, c)                                                                                                      \
    {                                                                                                                     \
        ints closer = (a) < best;                                                                                         \
        label = closer ? (ints)names[c] : label;                                                                          \
        best = closer ? (a) : best;                                                                                       \
    }

/* The next so many centers, held against the rows and the best of the centers before. */
#define COMPARE(many)                                                                                                     \
    {                                                                                                                     \
        floats away[many];                                                                                                \
        for (int j = 0; j < many; j++) away[j] = half[c + j];                                                             \
        for (int64_t d = 0; d < D; d++) {                                                                                 \
            floats x = ALL(floats, X + d * n);                                                                            \
            for (int j = 0; j < many; j++) away[j] += minus[(c + j) * D + d] * x;                                         \
        }                                                                                                                 \
        for (int j = 0; j < many; j++) CLOSER(away[j], c + j)                                                             \
    }

/* The nearest of k centers for 16 rows, the lower on a tie. `minus` holds the centers, negated, `half` half their squared
norms: what is compared is half the squared distance, up to a common term. */
__attribute__((always_inline)) static inline ints nearest(
    const float *X, int64_t n, int64_t D, const float *minus, const float *half, int64_t k)
{
    floats best = (floats)__builtin_inff();
    ints label = (ints)0;
    int64_t c = 0;
    if (D == 3) {
        floats x = ALL(floats, X), y = ALL(floats, X + n), z = ALL(floats, X + 2 * n);
        best = half[0] + minus[0] * x;
        best += minus[1] * y;
        best += minus[2] * z;
        for (c = 1; c < k; c++) {
            const float *p = minus + 3 * c;
            floats a = half[c] + p[0] * x;
            a += p[1] * y;
            a += p[2] * z;
            CLOSER(a, c)
        }
        return label;
    }
    /* Several centers at a time: a loaded row serves them all, and none waits for the steps of one alone. */
    for (; k - c > 6; c += 4) COMPARE(4)
    switch (k - c) {
    case 1: COMPARE(1) break;
    case 2: COMPARE(2) break;
    case 3: COMPARE(3) break;
    case 4: COMPARE(4) break;
    case 5: COMPARE(5) break;
    case 6: COMPARE(6) break;
    }
    return label;
}

/* Label some rows of a set and list those whose label is new. Returns how many. */
__attribute__((always_inline)) static inline int64_t relabel(
    const float *X, int64_t n, int64_t D, const float *minus, const float *half, int64_t k, int64_t size,
    const uint8_t *old, uint8_t *new, uint16_t *changed)
{
    int64_t count = 0;
    for (int64_t i = 0; i < size; i += ROWS) {
        bytes label = __builtin_convertvector(nearest(X + i, n, D, minus, half, k), bytes);
        ALL(bytes, new + i) = label;
        union {
            truths all;
            uint8_t half[2];
        } differ = {.all = __builtin_convertvector(label != ALL(bytes, old + i), truths)};
        /* Listed without a branch that could be foreseen wrongly: what is written beyond the count is written over. */
        for (int h = 0; h < 2; h++) {
            ALL(places, changed + count) = ALL(places, set_bits[differ.half[h]]) + (uint16_t)(i + 8 * h);
            count += n_bits[differ.half[h]];
        }
    }
    return count;
}

/* Take the listed rows from the sums of their old segment, if they had one, to those of their new one. `flat` holds the
block's rows one after the other, each with a 1 at its end; where that is not worth while, it is null. */
__attribute__((always_inline)) static inline void rebook(
    const float *X, int64_t n, int64_t D, int64_t width, const float *flat, const float *w, const uint16_t *changed,
    int64_t count, const uint8_t *new, const uint8_t *old, double *sums)
{
    bool fresh = old[changed[0]] == UNASSIGNED;
    for (int64_t m = 0; m < count; m++) {
        int64_t row = changed[m];
        double *to = sums + new[row] * width, *from = sums + old[row] * width, by = w[row];
        if (flat) {
            for (int64_t d = 0; d < width; d += 4) {
                four_doubles moved = __builtin_convertvector(ALL(four_floats, flat + row * width + d), four_doubles) * by;
                ALL(four_doubles, to + d) += moved;
                if (!fresh) ALL(four_doubles, from + d) -= moved;
            }
            continue;
        }
        for (int64_t d = 0; d < D; d++) {
            double moved = by * X[d * n + row];
            to[d] += moved;
            if (!fresh) from[d] -= moved;
        }
        to[width - 1] += by;
        if (!fresh) from[width - 1] -= by;
    }
}

/* Move the centers of a set to the means of its rows. Returns the sum of the squared steps. */
static double move(int64_t D, int64_t first, int64_t last, int64_t width, const double *sums, double *C, float *minus, float *half)
{
    double total = 0;
    for (int64_t c = first; c < last; c++) {
        double square = 0;
        for (int64_t d = 0; d < D; d++) {
            double mean = sums[c * width + d] / sums[c * width + width - 1], step = mean - C[c * D + d];
            float narrow = (float)mean;
            total += step * step;
            square += (double)narrow * narrow;
            C[c * D + d] = mean;
            minus[c * D + d] = -narrow;
        }
        half[c] = (float)(square / 2);
    }
    return total;
}

KERNEL(int64_t, iterate)(
    int64_t D, int64_t n, const float *X, const float *w, double *C, float *minus, float *half, const int64_t *offsets,
    int64_t live, int64_t *which, uint8_t *labels, int64_t width, double *sums, float *flat, double enough,
    int64_t rounds, int64_t *going)
{
    uint8_t new[BLOCK];
    uint16_t changed[BLOCK + 16];
    fill_tables();
    *going = live;
    for (int64_t done = 0; done < rounds || done == 0; done++) {
        for (int64_t s = 0; s < n; s += BLOCK) {
            int64_t size = least(BLOCK, n - s);
            const float *x = X + s;
            bool laid = false;
            for (int64_t j = 0; j < live; j++) {
                int64_t first = offsets[which[j]], k = offsets[which[j] + 1] - first;
                const float *p = minus + first * D, *h = half + first;
                uint8_t *old = labels + which[j] * n + s;
                int64_t count = D == 3 ? relabel(x, n, 3, p, h, k, size, old, new, changed)
                                       : relabel(x, n, D, p, h, k, size, old, new, changed);
                if (!count) continue;
                if (!laid && count * live > size) {
                    laid = true;
                    for (int64_t d = 0; d < D; d++)
                        for (int64_t i = 0; i < size; i++) flat[i * width + d] = x[d * n + i];
                }
                const float *rows = laid ? flat : 0;
                if (D == 3) rebook(x, n, 3, 4, rows, w + s, changed, count, new, old, sums + first * 4);
                else rebook(x, n, D, width, rows, w + s, changed, count, new, old, sums + first * width);
                for (int64_t i = 0; i < size; i += ROWS) ALL(bytes, old + i) = ALL(bytes, new + i);
            }
        }
        if (!rounds) return 0;
        for (int64_t j = 0; j < live; j++)
            for (int64_t c = offsets[which[j]]; c < offsets[which[j] + 1]; c++)
                if (sums[c * width + width - 1] <= 0) return done;
        int64_t kept = 0;
        for (int64_t j = 0; j < live; j++) {
            int64_t set = which[j];
            which[kept] = set;
            kept += move(D, offsets[set], offsets[set + 1], width, sums, C, minus, half) > enough;
        }
        *going = live = kept;
        if (!live) return done + 1;
    }
    return rounds;
}
