/* One bit of as many records as a vector has bits; what a vector is depends on the compiler's flags. */
#ifndef SEARCH_LANES_H
#define SEARCH_LANES_H

#include "layout.h"

#if defined(__AVX512F__)
#include <immintrin.h>
typedef __m512i lanes;
static inline lanes load_lanes(const uint8_t *at) { return _mm512_loadu_si512(at); }
static inline void store_lanes(uint8_t *at, lanes x) { _mm512_storeu_si512(at, x); }
static inline lanes and_lanes(lanes a, lanes b) { return _mm512_and_si512(a, b); }
static inline lanes xor_lanes(lanes a, lanes b) { return _mm512_xor_si512(a, b); }
/* a and not b. */
static inline lanes without(lanes a, lanes b) { return _mm512_andnot_si512(b, a); }
static inline lanes odd(lanes a, lanes b, lanes c) {
  return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}
static inline lanes most(lanes a, lanes b, lanes c) {
  return _mm512_ternarylogic_epi64(a, b, c, 0xe8);
}
static inline lanes no_lanes(void) { return _mm512_setzero_si512(); }

#elif defined(__AVX2__)
#include <immintrin.h>
typedef __m256i lanes;
static inline lanes load_lanes(const uint8_t *at) {
  return _mm256_loadu_si256((const __m256i *)(const void *)at);
}
static inline void store_lanes(uint8_t *at, lanes x) {
  _mm256_storeu_si256((__m256i *)(void *)at, x);
}
static inline lanes and_lanes(lanes a, lanes b) { return _mm256_and_si256(a, b); }
static inline lanes xor_lanes(lanes a, lanes b) { return _mm256_xor_si256(a, b); }
static inline lanes without(lanes a, lanes b) { return _mm256_andnot_si256(b, a); }
static inline lanes odd(lanes a, lanes b, lanes c) {
  return _mm256_xor_si256(_mm256_xor_si256(a, b), c);
}
static inline lanes most(lanes a, lanes b, lanes c) {
  return _mm256_or_si256(_mm256_and_si256(a, b),
                         _mm256_and_si256(_mm256_xor_si256(a, b), c));
}
static inline lanes no_lanes(void) { return _mm256_setzero_si256(); }

#elif defined(__ARM_NEON)
#include <arm_neon.h>
typedef uint8x16_t lanes;
static inline lanes load_lanes(const uint8_t *at) { return vld1q_u8(at); }
static inline void store_lanes(uint8_t *at, lanes x) { vst1q_u8(at, x); }
static inline lanes and_lanes(lanes a, lanes b) { return vandq_u8(a, b); }
static inline lanes xor_lanes(lanes a, lanes b) { return veorq_u8(a, b); }
static inline lanes without(lanes a, lanes b) { return vbicq_u8(a, b); }
static inline lanes odd(lanes a, lanes b, lanes c) { return veorq_u8(veorq_u8(a, b), c); }
static inline lanes most(lanes a, lanes b, lanes c) { return vbslq_u8(veorq_u8(a, b), c, a); }
static inline lanes no_lanes(void) { return vdupq_n_u8(0); }

#elif defined(__SSE2__)
#include <emmintrin.h>
typedef __m128i lanes;
static inline lanes load_lanes(const uint8_t *at) {
  return _mm_loadu_si128((const __m128i *)(const void *)at);
}
static inline void store_lanes(uint8_t *at, lanes x) { _mm_storeu_si128((__m128i *)(void *)at, x); }
static inline lanes and_lanes(lanes a, lanes b) { return _mm_and_si128(a, b); }
static inline lanes xor_lanes(lanes a, lanes b) { return _mm_xor_si128(a, b); }
static inline lanes without(lanes a, lanes b) { return _mm_andnot_si128(b, a); }
static inline lanes odd(lanes a, lanes b, lanes c) { return _mm_xor_si128(_mm_xor_si128(a, b), c); }
static inline lanes most(lanes a, lanes b, lanes c) {
  return _mm_or_si128(_mm_and_si128(a, b), _mm_and_si128(_mm_xor_si128(a, b), c));
}
static inline lanes no_lanes(void) { return _mm_setzero_si128(); }

#else
typedef uint64_t lanes;
static inline lanes load_lanes(const uint8_t *at) { return long_at(at, 0); }
static inline void store_lanes(uint8_t *at, lanes x) { memcpy(at, &x, 8); }
static inline lanes and_lanes(lanes a, lanes b) { return a & b; }
static inline lanes xor_lanes(lanes a, lanes b) { return a ^ b; }
static inline lanes without(lanes a, lanes b) { return a & ~b; }
static inline lanes odd(lanes a, lanes b, lanes c) { return a ^ b ^ c; }
static inline lanes most(lanes a, lanes b, lanes c) { return (a & b) | ((a ^ b) & c); }
static inline lanes no_lanes(void) { return 0; }
#endif

/* Full adder: `sum` becomes the odd bit of three, the result is their carry. */
static inline lanes carry_of(lanes *sum, lanes a, lanes b) {
  const lanes carry = most(*sum, a, b);
  *sum = odd(*sum, a, b);
  return carry;
}

#endif
