/* Compiled once for each kind of processor, with its flags and -DKERNEL and -DINSTRUCTIONS. */
#include "kernel.h"

#include "roof.h"
#include "score.h"
#include "sift.h"
#if defined(__AVX512VBMI__)
#include "skim.h"
#endif

static void score_into(const uint8_t *record, const uint8_t *probe, uint32_t probe_usable,
                       uint8_t *out) {
  const struct score score = score_of(record, probe, probe_usable);
  put_word(out, 0, score.differing);
  put_word(out, 4, score.common);
  put_word(out, 8, score.turn);
}

const struct search_kernel KERNEL = {
    .instructions = INSTRUCTIONS,
    .table_bytes = TABLE_BYTES,
    .score = score_into,
    .tabulate = tabulate_probe,
    .is_table = is_table,
    .sift = sift_records,
#if defined(__AVX512VBMI__)
    .skim_table_bytes = SKIM_TABLES,
    .turn_tables = turn_tables,
    .skim = skim_records,
#endif
    .count_bits = count_bits,
};
