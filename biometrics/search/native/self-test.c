/*
 * A program for processors on which no Node runs at hand: the sift of its kernel must list whom
 * counting bit by bit, written anew here, finds at or below the threshold.
 *
 *   aarch64-linux-gnu-gcc -std=gnu11 -O3 -static -DKERNEL=kernel_plain '-DINSTRUCTIONS="neon"' \
 *     self-test.c kernel.c -o self-test && qemu-aarch64 self-test
 */
#include <stdio.h>

#include "kernel.h"
#include "stale.h"

enum { RECORDS = 2 * BLOCK, COUNT = 900, STEP = 4, MASKED = 3 };

static uint64_t state = 88172645463325252;

static uint32_t any_word(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 32);
}

/* Bits set one in 2, 4 ... 2^n times. */
static uint32_t rare_bits(unsigned n) {
  uint32_t word = any_word();
  while (--n > 0) word &= any_word();
  return word;
}

static int bit_of(const uint8_t *plane, size_t column, size_t row) {
  return word_at(plane, 4 * (column % COLUMNS)) >> row & 1;
}

/* Whether 2 x step x differing <= masked x common code bits at some turn with enough in common. */
static int is_below(const uint8_t *record, const uint8_t *own) {
  for (size_t turn = 0; turn < TURNS; turn++) {
    uint32_t differing = 0;
    uint32_t common = 0;
    for (size_t column = 0; column < COLUMNS; column++) {
      const size_t other = column + turn + COLUMNS - 16;
      for (size_t row = 0; row < ROWS; row++) {
        if (!bit_of(record + 2 * PLANE, column, row) || !bit_of(own + 2 * PLANE, other, row)) continue;
        common++;
        differing += (uint32_t)(bit_of(record, column, row) != bit_of(own, other, row));
        differing += (uint32_t)(bit_of(record + PLANE, column, row) !=
                                bit_of(own + PLANE, other, row));
      }
    }
    if (common >= LEAST_COMMON_POSITIONS && STEP * differing <= MASKED * common) return 1;
  }
  return 0;
}

/* A template turned by some columns, with one bit in 2^noise changed and its own mask. */
static void put_mate(const uint8_t *own, size_t shift, unsigned noise, unsigned mask_kind,
                     uint8_t *record) {
  for (size_t column = 0; column < COLUMNS; column++) {
    const size_t from = 4 * ((column + shift) % COLUMNS);
    uint32_t mask = any_word();
    if (mask_kind != 1) mask |= mask_kind == 0 ? ~0u : any_word();
    for (size_t plane = 0; plane < 2; plane++) {
      const uint32_t code = word_at(own, PLANE * plane + from) ^ rare_bits(noise);
      put_word(record, PLANE * plane + 4 * column, code & mask);
    }
    put_word(record, 2 * PLANE + 4 * column, mask);
  }
}

int main(void) {
  static uint8_t own[RECORD];
  static uint8_t probe[PROBE];
  static uint8_t records[RECORDS * RECORD];
  static uint8_t slices[RECORDS * (RECORD + 1)];
  static uint8_t tables[65536];
  static uint8_t found[4 * RECORDS];
  static uint8_t noise[RECORD];
  for (size_t i = 0; i < RECORD; i += 4) put_word(noise, i, any_word());
  put_mate(noise, 0, 3, 2, own);
  for (size_t plane = 0; plane < 3; plane++) {
    for (size_t word = 0; word < PROBE_WORDS; word++) {
      put_word(probe, PROBE_PLANE * plane + 4 * word,
               word_at(own, PLANE * plane + 4 * ((word + COLUMNS - 16) % COLUMNS)));
    }
  }
  for (size_t i = 0; i < COUNT; i++) {
    const size_t shift = any_word() % 40;
    const unsigned bits = 1 + any_word() % 4;
    put_mate(own, shift, bits, (unsigned)i % 3, records + RECORD * i);
  }
  mark_behind(slices);
  mark_behind(slices + BLOCK_BYTES);
  if (KERNEL.table_bytes > sizeof tables) return 2;
  KERNEL.tabulate(probe, tables);
  if (!KERNEL.is_table(tables)) return 2;
  const uint32_t n = KERNEL.sift(records, slices, COUNT, probe, tables, STEP, MASKED, found);
  uint32_t at = 0;
  for (uint32_t i = 0; i < COUNT; i++) {
    const int is_found = at < n && word_at(found, 4 * at) == i;
    at += (uint32_t)is_found;
    if (is_found == is_below(records + (size_t)RECORD * i, own)) continue;
    printf("%s: record %u is %sfound\n", KERNEL.instructions, i, is_found ? "" : "not ");
    return 1;
  }
  printf("%s: %u of %d records found, as counted bit by bit\n", KERNEL.instructions, n, COUNT);
  return at == n && n > 0 && n < COUNT ? 0 : 1;
}
