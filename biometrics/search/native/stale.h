/* Whether a block of slices is behind its records: a byte that threads share. */
#ifndef SEARCH_STALE_H
#define SEARCH_STALE_H

#include "layout.h"

/* To be called once the records are written. */
static inline void mark_stale(uint8_t *slices) {
  __atomic_store_n(&slices[BLOCK_SLICES], 1, __ATOMIC_RELEASE);
}

/* Clears the mark: a record that changes from now on sets it again. */
static inline int take_stale(uint8_t *slices) {
  if (__atomic_load_n(&slices[BLOCK_SLICES], __ATOMIC_ACQUIRE) == 0) return 0;
  return __atomic_exchange_n(&slices[BLOCK_SLICES], 0, __ATOMIC_ACQ_REL);
}

#endif
