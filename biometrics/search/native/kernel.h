/* What addon.c calls: the same functions for each kind of processor. */
#ifndef SEARCH_KERNEL_H
#define SEARCH_KERNEL_H

#include "layout.h"

struct search_kernel {
  /* Names the instructions that it is built for. */
  const char *instructions;
  uint32_t table_bytes;
  void (*score)(const uint8_t *record, const uint8_t *probe, uint32_t probe_usable, uint8_t *out);
  void (*tabulate)(const uint8_t *probe, uint8_t *tables);
  int (*is_table)(const uint8_t *tables);
  uint32_t (*sift)(const uint8_t *records, uint8_t *slices, uint32_t count, const uint8_t *probe,
                   const uint8_t *tables, uint32_t step, uint32_t masked, uint8_t *found);
  /* Where WebAssembly is as good at sketches there are none of these. */
  uint32_t skim_table_bytes;
  void (*turn_tables)(uint8_t *tables);
  uint32_t (*skim)(const uint8_t *coarse, const uint8_t *fine, const uint8_t *room, size_t count,
                   const uint8_t *tables, int32_t two, int32_t three, int32_t all, uint8_t *found);
  uint32_t (*count_bits)(uint32_t rounds);
};

#if defined(KERNEL)
extern const struct search_kernel KERNEL;
#endif
extern const struct search_kernel kernel_plain;
#if defined(__x86_64__)
extern const struct search_kernel kernel_avx2;
extern const struct search_kernel kernel_avx512;
#endif

#endif
