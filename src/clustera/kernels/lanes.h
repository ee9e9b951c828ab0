/* What all kernels share: many numbers at a time, and names for one version of each kernel per level of processor. */

#ifndef LANES_H
#define LANES_H

#include <stdbool.h>
#include <stdint.h>

#define JOIN_(name, level) name##_v##level
#define JOIN(name, level) JOIN_(name, level)

/* LEVEL is given on the compiler's command line. */
#ifdef _WIN32
#define KERNEL(result, name) __declspec(dllexport) result JOIN(name, LEVEL)
#else
#define KERNEL(result, name) __attribute__((visibility("default"))) result JOIN(name, LEVEL)
#endif

#define ROWS 16 /* taken at a time in float32 */

typedef float floats __attribute__((ext_vector_type(ROWS), aligned(4)));
typedef int32_t ints __attribute__((ext_vector_type(ROWS), aligned(4)));
typedef uint8_t bytes __attribute__((ext_vector_type(ROWS), aligned(1)));
typedef bool truths __attribute__((ext_vector_type(ROWS)));

#define ALL(vector, pointer) (*(vector *)(pointer)) /* as many neighbors as the vector holds */

/* The finaliser of SplitMix64 (Steele, Lea & Flood 2014): neighboring numbers come out far apart. */
#define GOLDEN 0x9E3779B97F4A7C15u

static inline uint64_t mixed(uint64_t z)
{
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

#endif
