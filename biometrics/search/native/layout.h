/*
 * C of the optional native back-end (docs/search.md). Memory belongs to the caller, nothing is
 * allocated and nothing kept between calls. Records, probes, scores and sketches lie as in
 * ../kernel/layout.ts; two areas are this back-end's own:
 *
 *   slices  3073 a record  blocks of 512 records: for each position the re, im and mask bit of all
 *                          of them, 64 bytes each (positions in the order of slice.h), then a byte
 *                          that tells whether the block is behind its records, and 511 unused
 *   tables  for each four columns of a probe, which slices to add up (see sift.h)
 */
#ifndef SEARCH_LAYOUT_H
#define SEARCH_LAYOUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Changes whenever the JavaScript side and this one would misunderstand each other. */
#define SEARCH_LAYOUT 3

enum {
  RECORD = 3072,
  PLANE = 1024,
  PROBE_PLANE = 1152,
  PROBE_WORDS = PROBE_PLANE / 4,
  PROBE = 3 * PROBE_PLANE,
  TURNS = 33,
  COLUMNS = 256,
  ROWS = 32,
  /* Half of the fewest common code bits that give a score (duplicate-rule.ts). */
  LEAST_COMMON_POSITIONS = 2048,
  /* Bytes of a sketch. */
  COARSE = 96,
  FINE = 64,
  ROOM = 24,

  BLOCK = 512,
  SLICE = BLOCK / 8,
  BLOCK_SLICES = BLOCK * RECORD,
  BLOCK_BYTES = BLOCK * (RECORD + 1),
  /* Columns that are looked at together lie a quarter of the circle apart, so that eyelids even out. */
  GROUP = 4,
  GROUPS = COLUMNS / GROUP,
};

static inline uint32_t word_at(const uint8_t *bytes, size_t at) {
  uint32_t word;
  memcpy(&word, bytes + at, 4);
  return word;
}

static inline uint64_t long_at(const uint8_t *bytes, size_t at) {
  uint64_t value;
  memcpy(&value, bytes + at, 8);
  return value;
}

static inline void put_word(uint8_t *bytes, size_t at, uint32_t word) {
  memcpy(bytes + at, &word, 4);
}

#endif
