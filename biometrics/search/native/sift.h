/*
 * Counting many records at once, a bit of a vector for each. Where record and probe are usable in a
 * position they differ in 0, 1 or 2 of its code bits. Let A be how many positions differ in 1 or 2,
 * and B in how many 0 or 1. Two that differ are counted as one in A and none in B, so that
 *
 *   step x A - masked x B <= step x differing - masked x common,
 *
 * and what is at or below zero on the right is so on the left. Both counts are sums of slices: for a
 * probe's phase c (re + 2 im) of A's slice c, and of B's slice 3 - c, made from a block's own three.
 */
#ifndef SEARCH_SIFT_H
#define SEARCH_SIFT_H

#include "lanes.h"
#include "score.h"
#include "slice.h"
#include "stale.h"

enum {
  PART = sizeof(lanes),
  POSITION = 4 * PART,
  /* Entries are added sixteen at a time. */
  ADDENDS = 16,
  MOST_ENTRIES = GROUP * ROWS,
  LIST_BYTES = 16 + 2 * MOST_ENTRIES,
  LISTS = GROUPS + TURNS - 1,
  TABLE_BYTES = LISTS * LIST_BYTES,
  WAITING = ADDENDS + MOST_ENTRIES / ADDENDS,
  COUNT_BITS = 14,
};

/* A count of up to 16,383 in each lane: bits 0-3, carries of 16 that wait, bits 4-7, bits 8-13. */
struct count {
  lanes low[4];
  lanes middle[4];
  lanes high[6];
  lanes waiting[WAITING];
};

struct turn_counts {
  struct count differing;
  struct count agreeing;
  unsigned waiting;
};

/*
 * Writes what a probe is sifted with: for each four columns a quarter of the circle apart the number
 * of entries (a multiple of 16) and the entries, each where a slice for A lies among those of
 * four columns; B's is mirrored in its position. What fills up lies behind them and is empty.
 */
static void tabulate_probe(const uint8_t *probe, uint8_t *tables) {
  for (size_t word = 0; word < LISTS; word++) {
    uint16_t entries[MOST_ENTRIES];
    size_t n = 0;
    for (size_t member = 0; member < GROUP; member++) {
      const uint8_t *at = probe + 4 * (word + GROUPS * member);
      const uint32_t re = word_at(at, 0);
      const uint32_t im = word_at(at, PROBE_PLANE);
      const uint32_t mask = word_at(at, 2 * PROBE_PLANE);
      for (size_t row = 0; row < ROWS; row++) {
        if ((mask >> row & 1) == 0) continue;
        const size_t phase = (re >> row & 1) + 2 * (im >> row & 1);
        entries[n++] = (uint16_t)(POSITION * (ROWS * member + row) + PART * phase);
      }
    }
    while (n % ADDENDS != 0) entries[n++] = (uint16_t)(POSITION * MOST_ENTRIES);
    const uint16_t count = (uint16_t)n;
    memcpy(tables + LIST_BYTES * word, &count, 2);
    memcpy(tables + LIST_BYTES * word + 16, entries, 2 * n);
  }
}

/* Whether all entries lie in a group of columns: what else is in memory must not lead out of it. */
static int is_table(const uint8_t *tables) {
  uint16_t last = 0;
  for (size_t i = 0; i < LISTS; i++, tables += LIST_BYTES) {
    uint16_t n;
    memcpy(&n, tables, 2);
    if (n > MOST_ENTRIES || n % ADDENDS != 0) return 0;
    uint16_t entries[MOST_ENTRIES];
    memcpy(entries, tables + 16, sizeof entries);
    for (size_t k = 0; k < n; k++) last = entries[k] > last ? entries[k] : last;
  }
  return last <= POSITION * MOST_ENTRIES;
}

/* The four slices of each position of a group, from its re, im and mask; code bits are masked. */
static void expand_group(const uint8_t *slices, uint8_t *expanded) {
  for (size_t i = 0; i < MOST_ENTRIES; i++) {
    const uint8_t *from = slices + 3 * SLICE * i;
    uint8_t *to = expanded + POSITION * i;
    const lanes re = load_lanes(from);
    const lanes im = load_lanes(from + SLICE);
    const lanes mask = load_lanes(from + 2 * SLICE);
    store_lanes(to, xor_lanes(re, without(im, re)));
    store_lanes(to + PART, without(mask, without(re, im)));
    store_lanes(to + 2 * PART, without(mask, without(im, re)));
    store_lanes(to + 3 * PART, without(mask, and_lanes(re, im)));
  }
}

/* Adds four slices to bits 0 and 1; the result is what they carry to bit 2. */
#define ADD_FOUR(low, at0, at1, at2, at3)                                               \
  carry_of(&(low)[1], carry_of(&(low)[0], load_lanes(at0), load_lanes(at1)),            \
           carry_of(&(low)[0], load_lanes(at2), load_lanes(at3)))

/* Adds sixteen entries to both counts; the results are what they carry to bit 4. */
static inline __attribute__((always_inline)) void add_sixteen(
    lanes *a, lanes *b, lanes *carry_a, lanes *carry_b, const uint8_t *expanded,
    const uint8_t *entries) {
  lanes four_a[4];
  lanes four_b[4];
  for (int i = 0; i < 4; i++) {
    // One load for four entries: loads are what there is least room for.
    uint64_t packed = long_at(entries, 8 * (size_t)i);
    __asm__("" : "+r"(packed));
    const uint32_t e0 = (uint16_t)packed;
    const uint32_t e1 = (uint16_t)(packed >> 16);
    const uint32_t e2 = (uint16_t)(packed >> 32);
    const uint32_t e3 = (uint16_t)(packed >> 48);
    four_a[i] = ADD_FOUR(a, expanded + e0, expanded + e1, expanded + e2, expanded + e3);
    enum { MIRROR = 3 * PART };
    four_b[i] = ADD_FOUR(b, expanded + (e0 ^ MIRROR), expanded + (e1 ^ MIRROR),
                         expanded + (e2 ^ MIRROR), expanded + (e3 ^ MIRROR));
  }
  *carry_a = carry_of(&a[3], carry_of(&a[2], four_a[0], four_a[1]),
                      carry_of(&a[2], four_a[2], four_a[3]));
  *carry_b = carry_of(&b[3], carry_of(&b[2], four_b[0], four_b[1]),
                      carry_of(&b[2], four_b[2], four_b[3]));
}

/* Adds the first sixteen carries that wait, and moves up the others of `n`. */
static void settle(struct count *count, unsigned n) {
  const uint8_t *at = (const uint8_t *)count->waiting;
  lanes carry[4];
  for (int i = 0; i < 4; i++, at += 4 * PART) {
    carry[i] = ADD_FOUR(count->middle, at, at + PART, at + 2 * PART, at + 3 * PART);
  }
  lanes *middle = count->middle;
  lanes x = carry_of(&middle[3], carry_of(&middle[2], carry[0], carry[1]),
                     carry_of(&middle[2], carry[2], carry[3]));
  for (int i = 0; i < 6; i++) {
    const lanes sum = xor_lanes(count->high[i], x);
    x = and_lanes(count->high[i], x);
    count->high[i] = sum;
  }
  for (unsigned i = ADDENDS; i < n; i++) count->waiting[i - ADDENDS] = count->waiting[i];
}

static inline void prefetch_counts(const struct turn_counts *counts) {
  const uint8_t *differing = (const uint8_t *)counts->differing.low;
  const uint8_t *agreeing = (const uint8_t *)counts->agreeing.low;
  for (size_t i = 0; i < 4 * PART; i += 64) {
    __builtin_prefetch(differing + i, 1);
    __builtin_prefetch(agreeing + i, 1);
  }
}

static void add_group(struct turn_counts *counts, const uint8_t *expanded, const uint8_t *list) {
  lanes a[4];
  lanes b[4];
  memcpy(a, counts->differing.low, sizeof a);
  memcpy(b, counts->agreeing.low, sizeof b);
  uint16_t n;
  memcpy(&n, list, 2);
  unsigned waiting = counts->waiting;
  const uint8_t *end = list + 16 + 2 * (size_t)n;
  for (const uint8_t *entries = list + 16; entries < end; entries += 2 * ADDENDS, waiting++) {
    lanes carry_a;
    lanes carry_b;
    add_sixteen(a, b, &carry_a, &carry_b, expanded, entries);
    counts->differing.waiting[waiting] = carry_a;
    counts->agreeing.waiting[waiting] = carry_b;
  }
  memcpy(counts->differing.low, a, sizeof a);
  memcpy(counts->agreeing.low, b, sizeof b);
  if (waiting >= ADDENDS) {
    settle(&counts->differing, waiting);
    settle(&counts->agreeing, waiting);
    waiting -= ADDENDS;
  }
  counts->waiting = waiting;
}

/* The count times `factor` (1 to 7). */
static void multiply(struct count *count, unsigned waiting, uint32_t factor,
                     lanes product[COUNT_BITS + 3]) {
  for (unsigned i = waiting; i < ADDENDS; i++) count->waiting[i] = no_lanes();
  settle(count, ADDENDS);
  lanes bits[COUNT_BITS];
  memcpy(bits, count->low, sizeof count->low);
  memcpy(bits + 4, count->middle, sizeof count->middle);
  memcpy(bits + 8, count->high, sizeof count->high);
  for (int i = 0; i < COUNT_BITS + 3; i++) product[i] = no_lanes();
  for (int shift = 0; shift < 3; shift++) {
    if ((factor >> shift & 1) == 0) continue;
    lanes carry = no_lanes();
    for (int i = shift; i < COUNT_BITS + 3; i++) {
      const lanes bit = i - shift < COUNT_BITS ? bits[i - shift] : no_lanes();
      carry = carry_of(&product[i], bit, carry);
    }
  }
}

/* Lanes where step x A > masked x B. */
static lanes lanes_above(struct turn_counts *counts, uint32_t step, uint32_t masked) {
  lanes a[COUNT_BITS + 3];
  lanes b[COUNT_BITS + 3];
  multiply(&counts->differing, counts->waiting, step, a);
  multiply(&counts->agreeing, counts->waiting, masked, b);
  lanes borrow = no_lanes();
  for (int i = 0; i < COUNT_BITS + 3; i++) {
    const lanes differ = xor_lanes(a[i], b[i]);
    borrow = xor_lanes(and_lanes(differ, a[i]), without(borrow, differ));
  }
  return borrow;
}

/* Writes for each record of a block's part (as many as a vector has bits) whether all turns are above. */
static void sift_part(const uint8_t *slices, const uint8_t *tables, uint32_t step, uint32_t masked,
                      uint8_t *above) {
  struct turn_counts counts[TURNS];
  uint8_t expanded[POSITION * (MOST_ENTRIES + 1)] __attribute__((aligned(64)));
  for (size_t i = 0; i < TURNS; i++) {
    memset(&counts[i].differing, 0, offsetof(struct count, waiting));
    memset(&counts[i].agreeing, 0, offsetof(struct count, waiting));
    counts[i].waiting = 0;
  }
  memset(expanded + POSITION * MOST_ENTRIES, 0, POSITION);
  for (size_t group = 0; group < GROUPS; group++) {
    const uint8_t *own = slices + 3 * SLICE * MOST_ENTRIES * group;
    expand_group(own, expanded);
    const uint8_t *next = own + 3 * SLICE * MOST_ENTRIES;
    for (size_t i = 0; i < TURNS; i++) {
      // To and fro: the counts of all turns do not fit the first cache.
      const size_t turn = group % 2 == 0 ? i : TURNS - 1 - i;
      if (i + 1 < TURNS) prefetch_counts(&counts[group % 2 == 0 ? turn + 1 : turn - 1]);
      // The next group's slices, some each turn: 33 x 12 lines of 64 bytes.
      for (size_t k = 12 * i; k < 12 * i + 12; k++) __builtin_prefetch(next + 64 * k);
      add_group(&counts[turn], expanded, tables + LIST_BYTES * (group + turn));
    }
  }
  lanes all = lanes_above(&counts[0], step, masked);
  for (size_t i = 1; i < TURNS; i++) {
    all = and_lanes(all, lanes_above(&counts[i], step, masked));
  }
  store_lanes(above, all);
}

/* Lists the records of one block at or below masked / (2 step) at some turn. */
static uint32_t sift_block(const uint8_t *records, uint8_t *slices, size_t count,
                           const uint8_t *probe, uint32_t probe_usable, const uint8_t *tables,
                           uint32_t step, uint32_t masked, uint32_t first, uint8_t *found) {
  uint8_t above[SLICE] = {0};
  const uint8_t state = begin_slicing(slices);
  if (state == BEHIND) {
    slice_block(records, slices);
    end_slicing(slices);
  }
  // While another thread slices, all are counted bit by bit.
  if (state == BEHIND || state == IN_STEP) {
    for (size_t part = 0; part < SLICE && 8 * part < count; part += PART) {
      sift_part(slices + part, tables, step, masked, above + part);
    }
  }
  uint32_t n = 0;
  for (size_t i = 0; i < count; i++) {
    if (above[i / 8] >> (i % 8) & 1) continue;
    const struct score score = score_of(records + RECORD * i, probe, probe_usable);
    if (score.common == 0 || step * score.differing > masked * score.common) continue;
    put_word(found, 4 * n++, first + (uint32_t)i);
  }
  return n;
}

/* As `sift` of ../kernel/sift.ts, but what it lists has been counted: none is above the threshold. */
static uint32_t sift_records(const uint8_t *records, uint8_t *slices, uint32_t count,
                             const uint8_t *probe, const uint8_t *tables, uint32_t step,
                             uint32_t masked, uint8_t *found) {
  uint32_t probe_usable = 0;
  for (size_t word = 0; word < COLUMNS; word++) {
    const uint32_t mask = word_at(probe, 2 * PROBE_PLANE + 4 * (word + TURNS / 2));
    probe_usable += (uint32_t)__builtin_popcount(mask);
  }
  uint32_t n = 0;
  for (uint32_t first = 0; first < count; first += BLOCK) {
    const size_t rest = count - first;
    n += sift_block(records + (size_t)RECORD * first, slices + (size_t)BLOCK_BYTES * (first / BLOCK),
                    rest < BLOCK ? rest : BLOCK, probe, probe_usable, tables, step, masked, first,
                    found + 4 * n);
  }
  return n;
}

#endif
