/*
 * Looking at sketches as ../kernel/sketch.ts does, with the same sums and so the same survivors; the
 * layouts are told there. Of the tables, `turned` is this back-end's own: for each coarse set and odd
 * word of the probe what each of 125 symbols adds, 128 bytes apart.
 */
#ifndef SEARCH_SKIM_H
#define SEARCH_SKIM_H

#include "layout.h"

enum {
  SET = 32,
  COARSE_SETS = 3,
  SYMBOLS = 125,
  STRIDE = 304,
  TABLE = SYMBOLS * STRIDE,
  ODD_STRIDE = 160,
  ODD_TABLE = SYMBOLS * ODD_STRIDE,
  ODD_WORDS = 144,
  ODD_MASKED = 4,
  ALL_MASKED = 3,
  SKETCH_TABLES = COARSE_SETS * ODD_TABLE + (COARSE_SETS + 1) * TABLE,
  TURNED = (SKETCH_TABLES + 63) / 64 * 64,
  TURNED_WORD = 128,
  TURNED_SET = ODD_WORDS * TURNED_WORD,
  SKIM_TABLES = TURNED + COARSE_SETS * TURNED_SET,
  /* Marks what is good at turn 31 in the list that a skim makes on the way. */
  INDEX_BITS = 0x7fffffff,
};
#define AT_THE_END 0x80000000u

typedef uint8_t bytes32 __attribute__((vector_size(32)));
typedef int16_t shorts32 __attribute__((vector_size(64)));

/* Column of a coarse set's first symbol; the others are 8 apart. */
static const uint8_t COARSE_COLUMN[COARSE_SETS] = {0, 4, 2};

/* Writes what the tables have by symbol again by word. */
static void turn_tables(uint8_t *tables) {
  for (size_t set = 0; set < COARSE_SETS; set++) {
    const uint8_t *from = tables + ODD_TABLE * set;
    uint8_t *to = tables + TURNED + TURNED_SET * set;
    for (size_t first = 0; first < ODD_WORDS; first += 16) {
      for (size_t symbol = 0; symbol < SYMBOLS; symbol++) {
        for (size_t word = first; word < first + 16; word++) {
          to[TURNED_WORD * word + symbol] = from[ODD_STRIDE * symbol + word];
        }
      }
    }
  }
}

/* Whether an eye may have enough usable positions for a score, by the most its room may stand for. */
static int has_room(const uint8_t *room) {
  static const uint8_t MOST[16] = {18, 37,  53,  65,  76,  83,  90,  95,
                                   99, 101, 104, 106, 109, 112, 115, 128};
  uint32_t inner = 0;
  uint32_t outer = 0;
  for (size_t i = 0; i < 16; i++) inner += (uint32_t)MOST[room[i] & 15] + MOST[room[i] >> 4];
  for (size_t i = 16; i < ROOM; i++) outer += (uint32_t)MOST[room[i] & 15] + MOST[room[i] >> 4];
  // A half may leave out one position.
  return inner + 2 * outer + 16 >= LEAST_COMMON_POSITIONS;
}

/* Adds eight symbols whose columns are `every` words apart, turns 0 to 31. */
static inline void add_eight(const uint8_t *symbols, const uint8_t *table, size_t every,
                             shorts32 *sums) {
  bytes32 sum = {0};
  for (size_t i = 0; i < 8; i++) {
    bytes32 row;
    memcpy(&row, table + STRIDE * (size_t)symbols[i] + every * i, sizeof row);
    sum += row;
  }
  *sums += __builtin_convertvector(sum, shorts32);
}

/* Where in the tables the coarse symbols 8 k ... are: their set, and the first one's column. */
static inline size_t coarse_at(size_t k) {
  const size_t set = k >> 2;
  return TABLE * set + COARSE_COLUMN[set] + 64 * (k & 3);
}

/* Sums a sketch at the turns 0 ... 31; `limit` counts the tables' bias in. */
static int is_sketch_below(const uint8_t *coarse, const uint8_t *fine, const uint8_t *tables,
                           int32_t limit) {
  shorts32 sums = {0};
  for (size_t k = 0; k < COARSE / 8; k++) add_eight(coarse + 8 * k, tables + coarse_at(k), 8, &sums);
  for (size_t k = 0; k < FINE / 8; k++) {
    add_eight(fine + 8 * k, tables + COARSE_SETS * TABLE + 32 * k, 4, &sums);
  }
  const shorts32 is_below = sums <= (int16_t)limit;
  uint64_t any[8];
  memcpy(any, &is_below, sizeof any);
  return (any[0] | any[1] | any[2] | any[3] | any[4] | any[5] | any[6] | any[7]) != 0;
}

/* Sums a sketch at turn 32. */
static int is_last_below(const uint8_t *coarse, const uint8_t *fine, const uint8_t *tables,
                         int32_t limit) {
  int32_t sum = 0;
  for (size_t i = 0; i < COARSE; i++) {
    sum += tables[coarse_at(i >> 3) + 8 * (i & 7) + STRIDE * (size_t)coarse[i] + TURNS - 1];
  }
  for (size_t i = 0; i < FINE; i++) {
    sum += tables[COARSE_SETS * TABLE + 4 * i + STRIDE * (size_t)fine[i] + TURNS - 1];
  }
  return sum <= limit;
}

#include "skim-coarse.h"

static uint32_t skim_records(const uint8_t *coarse, const uint8_t *fine, const uint8_t *room,
                             size_t count, const uint8_t *tables, int32_t two_limit,
                             int32_t three_limit, int32_t all_limit, uint8_t *found) {
  const int16_t two = (int16_t)(two_limit + 6 * SET * ODD_MASKED);
  const int16_t three = (int16_t)(three_limit + 9 * SET * ODD_MASKED);
  const int32_t all = all_limit + 3 * (COARSE + FINE) * ALL_MASKED;
  const uint8_t *wide = tables + COARSE_SETS * ODD_TABLE;
  const size_t likely = skim_coarse(coarse, count, tables, two, three, found);
  // What is near is fetched while others are looked at.
  for (size_t k = 0; k < likely; k++) {
    const uint32_t index = word_at(found, 4 * k) & INDEX_BITS;
    __builtin_prefetch(fine + (size_t)FINE * index);
    __builtin_prefetch(room + (size_t)ROOM * index);
  }
  uint32_t n = 0;
  for (size_t k = 0; k < likely; k++) {
    const uint32_t marked = word_at(found, 4 * k);
    const uint32_t index = marked & INDEX_BITS;
    if (!has_room(room + (size_t)ROOM * index)) continue;
    const uint8_t *own = coarse + (size_t)COARSE * index;
    const uint8_t *others = fine + (size_t)FINE * index;
    // Turn 32 has no lane: it is looked at where its neighbour was good.
    if (!is_sketch_below(own, others, wide, all) &&
        !(marked != index && is_last_below(own, others, wide, all))) {
      continue;
    }
    put_word(found, 4 * n++, index);
  }
  return n;
}

#endif
