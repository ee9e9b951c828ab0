/* Which level of the kernels this processor can run: 3 with AVX2 and FMA (x86-64-v3), else 1. */

#include <stdint.h>

#ifdef _WIN32
__declspec(dllexport)
#else
__attribute__((visibility("default")))
#endif
int64_t level(void);

#if defined(__x86_64__)
#include <cpuid.h>

static int64_t has(uint64_t bits, uint64_t wanted) { return (bits & wanted) == wanted; }

int64_t level(void)
{
    unsigned a, b, c, d, low, high, extended;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 1;
    /* FMA, MOVBE, OSXSAVE, AVX, F16C */
    if (!has(c, 1u << 12 | 1u << 22 | 1u << 27 | 1u << 28 | 1u << 29)) return 1;
    /* The system keeps the wide registers of a process. */
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if (!has(low, 6)) return 1;
    if (!__get_cpuid(0x80000001, &a, &b, &extended, &d) || !has(extended, 1u << 5)) return 1; /* LZCNT */
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 1;
    return has(b, 1u << 3 | 1u << 5 | 1u << 8) ? 3 : 1; /* BMI1, AVX2, BMI2 */
}
#else
int64_t level(void) { return 1; }
#endif
