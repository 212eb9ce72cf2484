/* Turning 512 records by a right angle: from all bits of one record to one bit of all records. */
#ifndef SEARCH_SLICE_H
#define SEARCH_SLICE_H

#include "layout.h"

/* Three slices (re, im, mask) a position; positions by group of columns, column in it, row. */
static inline size_t slices_of(size_t column) {
  return (column % GROUPS * GROUP + column / GROUPS) * ROWS * 3 * SLICE;
}

/* Transposes 64 x 64 bits: bit i of row k becomes bit k of row i. */
static inline void turn_bits(uint64_t rows[64]) {
  uint64_t mask = 0x00000000ffffffff;
  for (unsigned half = 32; half != 0; half >>= 1, mask ^= mask << half) {
    for (unsigned base = 0; base < 64; base += 2 * half) {
      for (unsigned k = base; k < base + half; k++) {
        const uint64_t differing = ((rows[k] >> half) ^ rows[k + half]) & mask;
        rows[k] ^= differing << half;
        rows[k + half] ^= differing;
      }
    }
  }
}

/* Writes the slices of a block from its records. */
static void slice_block(const uint8_t *records, uint8_t *slices) {
  for (size_t column = 0; column < COLUMNS; column++) {
    uint8_t *out = slices + slices_of(column);
    for (size_t first = 0; first < BLOCK; first += 64) {
      uint64_t codes[64];
      uint64_t masks[64];
      for (size_t i = 0; i < 64; i++) {
        const uint8_t *record = records + RECORD * (first + i) + 4 * column;
        codes[i] = word_at(record, 0) | (uint64_t)word_at(record, PLANE) << 32;
        masks[i] = word_at(record, 2 * PLANE);
      }
      turn_bits(codes);
      turn_bits(masks);
      for (size_t row = 0; row < ROWS; row++) {
        uint8_t *at = out + 3 * SLICE * row + first / 8;
        memcpy(at, &codes[row], 8);
        memcpy(at + SLICE, &codes[ROWS + row], 8);
        memcpy(at + 2 * SLICE, &masks[row], 8);
      }
    }
  }
}

#endif
