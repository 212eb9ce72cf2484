/*
 * Whether a block's slices are behind its records. Threads share the byte: one writes records while
 * others search, and of those one at a time slices.
 */
#ifndef SEARCH_STALE_H
#define SEARCH_STALE_H

#include "layout.h"

enum {
  IN_STEP,
  BEHIND,
  BEING_SLICED,
  /* A record changed while another thread was slicing. */
  SLICED_IN_VAIN,
};

static inline uint8_t change_state(uint8_t *slices, uint8_t from, uint8_t to) {
  __atomic_compare_exchange_n(&slices[BLOCK_SLICES], &from, to, 0, __ATOMIC_ACQ_REL,
                              __ATOMIC_ACQUIRE);
  return from;
}

/* To be called once the records are written. */
static inline void mark_behind(uint8_t *slices) {
  uint8_t state = __atomic_load_n(&slices[BLOCK_SLICES], __ATOMIC_ACQUIRE);
  while (state == IN_STEP || state == BEING_SLICED) {
    const uint8_t next = state == IN_STEP ? BEHIND : SLICED_IN_VAIN;
    const uint8_t seen = change_state(slices, state, next);
    if (seen == state) return;
    state = seen;
  }
}

/* What the block is to the caller; BEHIND: the caller slices it now, and no other thread does. */
static inline uint8_t begin_slicing(uint8_t *slices) {
  const uint8_t state = __atomic_load_n(&slices[BLOCK_SLICES], __ATOMIC_ACQUIRE);
  return state == BEHIND ? change_state(slices, BEHIND, BEING_SLICED) : state;
}

static inline void end_slicing(uint8_t *slices) {
  if (change_state(slices, BEING_SLICED, IN_STEP) == SLICED_IN_VAIN) {
    __atomic_store_n(&slices[BLOCK_SLICES], BEHIND, __ATOMIC_RELEASE);
  }
}

#endif
