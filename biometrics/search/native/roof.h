/* How fast the processor counts bits: what a search that counts each code bit cannot pass. */
#ifndef SEARCH_ROOF_H
#define SEARCH_ROOF_H

#include "lanes.h"

enum { ROOF_REGISTERS = 8 };

#if defined(__AVX512VPOPCNTDQ__)
typedef __m512i countable;
static inline countable bits_of(countable x) { return _mm512_popcnt_epi64(x); }
static inline countable countable_of(uint64_t x) { return _mm512_set1_epi64((long long)x); }
#define KEEP(p, q, r, s) __asm__ volatile("" : "+v"(p), "+v"(q), "+v"(r), "+v"(s))
#elif defined(__ARM_NEON)
typedef uint8x16_t countable;
static inline countable bits_of(countable x) { return vcntq_u8(x); }
static inline countable countable_of(uint64_t x) { return vdupq_n_u8((uint8_t)x); }
#define KEEP(p, q, r, s) __asm__ volatile("" : "+w"(p), "+w"(q), "+w"(r), "+w"(s))
#else
typedef uint64_t countable;
static inline countable bits_of(countable x) { return (uint64_t)__builtin_popcountll(x); }
static inline countable countable_of(uint64_t x) { return x; }
#define KEEP(p, q, r, s) __asm__ volatile("" : "+r"(p), "+r"(q), "+r"(r), "+r"(s))
#endif

/* Counts bits in registers `rounds` times over; the result is how many 64-bit words were counted. */
static uint32_t count_bits(uint32_t rounds) {
  // Enough of them that none waits for its last result.
  countable a = countable_of(1), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  for (uint32_t round = 0; round < rounds; round++) {
    a = bits_of(a);
    b = bits_of(b);
    c = bits_of(c);
    d = bits_of(d);
    e = bits_of(e);
    f = bits_of(f);
    g = bits_of(g);
    h = bits_of(h);
    // Neither left out nor done ahead.
    KEEP(a, b, c, d);
    KEEP(e, f, g, h);
  }
  return rounds * ROOF_REGISTERS * (uint32_t)(sizeof(countable) / 8);
}

#endif
