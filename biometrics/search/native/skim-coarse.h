/* The first two looks at sketches, which nearly all are passed over in. */
#ifndef SEARCH_SKIM_COARSE_H
#define SEARCH_SKIM_COARSE_H

#include <immintrin.h>

/*
 * Symbols of 64 records at a time, each in a byte lane, looked up in what a word's 125 symbols add.
 * Odd word 4 k + t serves symbol k of a set at turn 2 t + 1; the turns t = 4 u + r of one remainder
 * r have four tables in registers, of which each is the next symbol's too.
 */

/* Dwords of 16 rows: `columns[d]` gets dword d of each row. */
static inline void turn_dwords(__m512i rows[16], __m512i columns[16]) {
  __m512i pairs[16];
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  __m512i fours[16];
  for (int i = 0; i < 16; i += 4) {
    fours[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
    fours[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
    fours[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    fours[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
  for (int j = 0; j < 4; j++) {
    const __m512i a = _mm512_shuffle_i32x4(fours[j], fours[4 + j], 0x88);
    const __m512i b = _mm512_shuffle_i32x4(fours[8 + j], fours[12 + j], 0x88);
    const __m512i c = _mm512_shuffle_i32x4(fours[j], fours[4 + j], 0xdd);
    const __m512i d = _mm512_shuffle_i32x4(fours[8 + j], fours[12 + j], 0xdd);
    columns[j] = _mm512_shuffle_i32x4(a, b, 0x88);
    columns[4 + j] = _mm512_shuffle_i32x4(c, d, 0x88);
    columns[8 + j] = _mm512_shuffle_i32x4(a, b, 0xdd);
    columns[12 + j] = _mm512_shuffle_i32x4(c, d, 0xdd);
  }
}

enum { BATCH = 64 };

/* Symbols of 64 sketches from byte `from` on, 64 of them, or 32 where no more are left. */
static inline __attribute__((always_inline)) void turn_symbols(const uint8_t *const sketches[BATCH],
                                                               size_t from, __m512i *symbols) {
  const size_t dwords = from < COARSE - 64 ? 16 : 8;
  __m512i columns[4][16];
  for (size_t z = 0; z < 4; z++) {
    __m512i rows[16];
    for (size_t i = 0; i < 16; i++) {
      // This order of rows puts sketch p into byte p in the end.
      const uint8_t *own = sketches[16 * (i / 4) + 4 * z + i % 4] + from;
      rows[i] = dwords == 16 ? _mm512_loadu_si512(own)
                             : _mm512_zextsi256_si512(_mm256_loadu_si256((const void *)own));
    }
    turn_dwords(rows, columns[z]);
  }
  const __m512i by_byte = _mm512_broadcast_i32x4(
      _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  for (size_t d = 0; d < dwords; d++) {
    const __m512i a = _mm512_shuffle_epi8(columns[0][d], by_byte);
    const __m512i b = _mm512_shuffle_epi8(columns[1][d], by_byte);
    const __m512i c = _mm512_shuffle_epi8(columns[2][d], by_byte);
    const __m512i e = _mm512_shuffle_epi8(columns[3][d], by_byte);
    const __m512i low_ab = _mm512_unpacklo_epi32(a, b);
    const __m512i low_ce = _mm512_unpacklo_epi32(c, e);
    const __m512i high_ab = _mm512_unpackhi_epi32(a, b);
    const __m512i high_ce = _mm512_unpackhi_epi32(c, e);
    symbols[4 * d] = _mm512_unpacklo_epi64(low_ab, low_ce);
    symbols[4 * d + 1] = _mm512_unpackhi_epi64(low_ab, low_ce);
    symbols[4 * d + 2] = _mm512_unpacklo_epi64(high_ab, high_ce);
    symbols[4 * d + 3] = _mm512_unpackhi_epi64(high_ab, high_ce);
  }
}

/* Sums of 64 records at one turn: those in even byte lanes, and those in odd ones. */
struct sums {
  __m512i even;
  __m512i odd;
};

/* Adds the 32 symbols of a set at the turns 4 u + r. */
static inline void add_set(const __m512i symbols[SET], const uint8_t *words, struct sums sums[4]) {
  const __m512i low_bytes = _mm512_set1_epi16(0xff);
  struct sums own[4] = {sums[0], sums[1], sums[2], sums[3]};
  __m512i low[4];
  __m512i high[4];
  for (size_t u = 0; u < 3; u++) {
    low[u] = _mm512_loadu_si512(words + 4 * TURNED_WORD * u);
    high[u] = _mm512_loadu_si512(words + 4 * TURNED_WORD * u + 64);
  }
  // A byte lane takes eight symbols of three rows, each at most 2 x step 5.
  for (size_t first = 0; first < SET; first += 8) {
    __m512i bytes[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                        _mm512_setzero_si512()};
#pragma GCC unroll 8
    for (size_t i = 0; i < 8; i++) {
      const uint8_t *next = words + 4 * TURNED_WORD * (first + i + 3);
      low[3] = _mm512_loadu_si512(next);
      high[3] = _mm512_loadu_si512(next + 64);
      const __m512i symbol = symbols[first + i];
#pragma GCC unroll 4
      for (size_t u = 0; u < 4; u++) {
        const __m512i added = _mm512_permutex2var_epi8(low[u], symbol, high[u]);
        bytes[u] = _mm512_add_epi8(bytes[u], added);
        // In this order: a tree of sums would not fit the registers.
        __asm__("" : "+v"(bytes[u]));
      }
#pragma GCC unroll 3
      for (size_t u = 0; u < 3; u++) {
        low[u] = low[u + 1];
        high[u] = high[u + 1];
      }
    }
#pragma GCC unroll 4
    for (size_t u = 0; u < 4; u++) {
      own[u].even = _mm512_add_epi16(own[u].even, _mm512_and_si512(bytes[u], low_bytes));
      own[u].odd = _mm512_add_epi16(own[u].odd, _mm512_srli_epi16(bytes[u], 8));
    }
  }
  for (size_t u = 0; u < 4; u++) sums[u] = own[u];
}

/* Looks at 64 sketches: their first sets' least sums over all turns, and those of turn 31. */
static inline __attribute__((always_inline)) void look(const uint8_t *const sketches[BATCH],
                                                       const uint8_t *tables, size_t sets,
                                                       struct sums *least, struct sums *last) {
  __m512i symbols[COARSE];
  turn_symbols(sketches, 0, symbols);
  if (sets == COARSE_SETS) turn_symbols(sketches, 2 * SET, symbols + 2 * SET);
  least->even = least->odd = _mm512_set1_epi16(INT16_MAX);
  struct sums sums[4];
  for (size_t r = 0; r < 4; r++) {
    memset(sums, 0, sizeof sums);
    for (size_t set = 0; set < sets; set++) {
      const uint8_t *words = tables + TURNED + TURNED_SET * set;
      add_set(symbols + SET * set, words + TURNED_WORD * (COARSE_COLUMN[set] / 2 + r), sums);
    }
    for (size_t u = 0; u < 4; u++) {
      least->even = _mm512_min_epi16(least->even, sums[u].even);
      least->odd = _mm512_min_epi16(least->odd, sums[u].odd);
    }
  }
  *last = sums[3];
}

/* Which of 64 records have a sum at or below the limit. */
static inline uint64_t at_or_below(struct sums sums, int16_t limit) {
  const __m512i most = _mm512_set1_epi16(limit);
  const uint64_t even = _mm512_cmple_epi16_mask(sums.even, most);
  const uint64_t odd = _mm512_cmple_epi16_mask(sums.odd, most);
  return _pdep_u64(even, 0x5555555555555555) | _pdep_u64(odd, 0xaaaaaaaaaaaaaaaa);
}

/* Of a number of records that may be less than 64, those that there are. */
static inline uint64_t present(size_t count) {
  return count < BATCH ? ((uint64_t)1 << count) - 1 : UINT64_MAX;
}

static size_t skim_coarse(const uint8_t *coarse, size_t count, const uint8_t *tables, int16_t two,
                          int16_t three, uint8_t *found) {
  const uint8_t *sketches[BATCH];
  struct sums least;
  struct sums last;
  size_t likely = 0;
  for (size_t first = 0; first < count; first += BATCH) {
    // Where there are no more the first stands in.
    for (size_t i = 0; i < BATCH; i++) {
      sketches[i] = coarse + COARSE * (first + i < count ? first + i : 0);
    }
    // The next ones, which the processor does not foresee from the order they are read in.
    const uint8_t *next = coarse + COARSE * (first + BATCH);
    for (size_t k = 0; k < COARSE * BATCH; k += 64) __builtin_prefetch(next + k);
    look(sketches, tables, COARSE_SETS - 1, &least, &last);
    uint64_t left = at_or_below(least, two) & present(count - first);
    for (; left != 0; left &= left - 1) {
      put_word(found, 4 * likely++, (uint32_t)(first + (size_t)__builtin_ctzll(left)));
    }
  }
  size_t n = 0;
  for (size_t first = 0; first < likely; first += BATCH) {
    uint32_t indices[BATCH] = {0};
    const size_t rest = likely - first;
    memcpy(indices, found + 4 * first, 4 * (rest < BATCH ? rest : BATCH));
    for (size_t i = 0; i < BATCH; i++) sketches[i] = coarse + (size_t)COARSE * indices[i];
    look(sketches, tables, COARSE_SETS, &least, &last);
    const uint64_t at_the_end = at_or_below(last, three);
    uint64_t left = at_or_below(least, three) & present(rest);
    for (; left != 0; left &= left - 1) {
      const int i = __builtin_ctzll(left);
      put_word(found, 4 * n++, indices[i] | (at_the_end >> i & 1 ? AT_THE_END : 0));
    }
  }
  return n;
}

#endif
