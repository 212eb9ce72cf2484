/* Counting bit by bit, as ../kernel/score.ts does. */
#ifndef SEARCH_SCORE_H
#define SEARCH_SCORE_H

#include "layout.h"

struct score {
  uint32_t differing;
  /* Common positions; 0: could not compare. */
  uint32_t common;
  uint32_t turn;
};

/* Set bits of a record's half mask: at most this many positions are common with any probe. */
static uint32_t usable_positions(const uint8_t *record) {
  uint64_t count = 0;
  for (size_t k = 0; k < PLANE; k += 8) {
    count += (uint64_t)__builtin_popcountll(long_at(record, 2 * PLANE + k));
  }
  return (uint32_t)count;
}

/* Positions that are usable in both; `probe` is already moved by 4 bytes a turn. */
static uint32_t common_positions(const uint8_t *record, const uint8_t *probe) {
  uint64_t count = 0;
  for (size_t k = 0; k < PLANE; k += 8) {
    const uint64_t mask = long_at(record, 2 * PLANE + k) & long_at(probe, 2 * PROBE_PLANE + k);
    count += (uint64_t)__builtin_popcountll(mask);
  }
  return (uint32_t)count;
}

/* Differing code bits of a record and a probe that is already moved. */
static uint32_t differing_bits(const uint8_t *record, const uint8_t *probe) {
  uint64_t count = 0;
  for (size_t k = 0; k < PLANE; k += 8) {
    const uint64_t mask = long_at(record, 2 * PLANE + k) & long_at(probe, 2 * PROBE_PLANE + k);
    const uint64_t re = (long_at(record, k) ^ long_at(probe, k)) & mask;
    const uint64_t im = (long_at(record, PLANE + k) ^ long_at(probe, PROBE_PLANE + k)) & mask;
    count += (uint64_t)__builtin_popcountll(re) + (uint64_t)__builtin_popcountll(im);
  }
  return (uint32_t)count;
}

/* From the middle outwards: 16, 17, 15, 18, 14 ... */
static inline uint32_t turn_at(uint32_t i) { return i & 1 ? 16 + ((i + 1) >> 1) : 16 - (i >> 1); }

/* The least fraction over all turns, of equal ones the nearest to turn 16, then the higher turn. */
static struct score score_of(const uint8_t *record, const uint8_t *probe, uint32_t probe_usable) {
  const uint32_t usable = usable_positions(record);
  const uint32_t at_most = usable < probe_usable ? usable : probe_usable;
  struct score best = {0, 0, 0};
  if (at_most < LEAST_COMMON_POSITIONS) return best;
  for (uint32_t i = 0; i < TURNS; i++) {
    const uint32_t turn = turn_at(i);
    const uint32_t differing = differing_bits(record, probe + 4 * turn);
    if (best.common != 0 && differing * best.common >= best.differing * at_most) continue;
    const uint32_t common = common_positions(record, probe + 4 * turn);
    if (common < LEAST_COMMON_POSITIONS) continue;
    if (best.common == 0 || differing * best.common < best.differing * common) {
      best = (struct score){differing, common, turn};
    }
  }
  return best;
}

#endif
