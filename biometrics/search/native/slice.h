/* Turning 512 records by a right angle: from all bits of one record to one bit of all records. */
#ifndef SEARCH_SLICE_H
#define SEARCH_SLICE_H

#include "layout.h"

/* Eight squares of 64 x 64 bits are turned side by side; the compiler splits what is too wide. */
typedef uint64_t longs8 __attribute__((vector_size(64)));
typedef uint32_t words8 __attribute__((vector_size(32)));

/* Three slices (re, im, mask) a position; positions by group of columns, column in it, row. */
static inline size_t slices_of(size_t column) {
  return (column % GROUPS * GROUP + column / GROUPS) * ROWS * 3 * SLICE;
}

/* Transposes each of eight squares: bit i of row k becomes bit k of row i. */
static void turn_bits(longs8 rows[64]) {
  uint64_t mask = 0x00000000ffffffff;
  for (unsigned half = 32; half != 0; half >>= 1, mask ^= mask << half) {
    for (unsigned base = 0; base < 64; base += 2 * half) {
      for (unsigned k = base; k < base + half; k++) {
        const longs8 differing = ((rows[k] >> half) ^ rows[k + half]) & mask;
        rows[k] ^= differing << half;
        rows[k + half] ^= differing;
      }
    }
  }
}

/* Words of eight columns, each with those of another plane or of other columns above it. */
static inline longs8 paired_words(const uint8_t *low, const uint8_t *high) {
  words8 a;
  words8 b;
  memcpy(&a, low, sizeof a);
  memcpy(&b, high, sizeof b);
  return __builtin_convertvector(a, longs8) | __builtin_convertvector(b, longs8) << 32;
}

/* Writes 64 records' part of the slices of eight columns, from a row of them on. */
static inline void put_slices(const longs8 *rows, uint8_t *slices, size_t column, size_t plane) {
  for (size_t i = 0; i < 8; i++) {
    uint8_t *out = slices + slices_of(column + i) + SLICE * plane;
    for (size_t row = 0; row < ROWS; row++) {
      const uint64_t bits = rows[row][i];
      memcpy(out + 3 * SLICE * row, &bits, 8);
    }
  }
}

/* Writes the slices of a block from its records, sixteen columns of 64 records at a time. */
static void slice_block(const uint8_t *records, uint8_t *slices) {
  longs8 rows[64];
  for (size_t column = 0; column < COLUMNS; column += 16) {
    for (size_t first = 0; first < BLOCK; first += 64) {
      const uint8_t *from = records + RECORD * first + 4 * column;
      uint8_t *to = slices + first / 8;
      for (size_t part = 0; part < 16; part += 8) {
        for (size_t i = 0; i < 64; i++) {
          const uint8_t *re = from + RECORD * i + 4 * part;
          rows[i] = paired_words(re, re + PLANE);
        }
        turn_bits(rows);
        put_slices(rows, to, column + part, 0);
        put_slices(rows + ROWS, to, column + part, 1);
      }
      for (size_t i = 0; i < 64; i++) {
        const uint8_t *mask = from + RECORD * i + 2 * PLANE;
        rows[i] = paired_words(mask, mask + 32);
      }
      turn_bits(rows);
      put_slices(rows, to, column, 2);
      put_slices(rows + ROWS, to, column + 8, 2);
    }
  }
}

#endif
