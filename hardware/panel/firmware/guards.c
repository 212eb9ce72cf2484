#include "guards.h"
#include <avr/eeprom.h>
#include <avr/io.h>

/* Both contacts close to ground behind the internal pull-up, so a cut wire reads as open. */
#define DOOR_OPEN() (PINC & _BV(PC0))
#define LOOP_OPEN() (PINC & _BV(PC1))
/* 30 ms of the same reading. */
#define STEADY_TICKS 3
#define COUNT_MASK 0x3fff
#define TAMPERED 0x8000

/* Mark and count in one word, twice. An erased EEPROM fails both checks and counts as untouched; one
 * failing check is a write that lost its power half-way, and the safe reading of that is a mark. */
struct record {
  uint16_t word, inverse;
};
static struct record EEMEM copies[2];

static uint16_t word;
static uint8_t bits, steady_door, steady_loop;

static void store(void) {
  struct record record = {word, (uint16_t)~word};
  eeprom_update_block(&record, &copies[0], sizeof record);
  eeprom_update_block(&record, &copies[1], sizeof record);
}

static void load(void) {
  uint8_t good = 0;
  for (uint8_t i = 0; i < 2; i++) {
    struct record record;
    eeprom_read_block(&record, &copies[i], sizeof record);
    if (record.word != (uint16_t)~record.inverse) continue;
    if (good == 0 || record.word & TAMPERED) word = record.word;
    good++;
  }
  if (good == 1) word |= TAMPERED;
}

static void note_opening(void) {
  uint8_t is_first = !(word & TAMPERED);
  word = TAMPERED | ((word + 1) & COUNT_MASK);
  /* Only the first opening is written: a loop opened a hundred thousand times would wear the EEPROM
   * out, and the mark stays anyway. */
  if (is_first) store();
}

static uint8_t settle(uint8_t is_open, uint8_t bit, uint8_t *steady) {
  uint8_t was = (bits & bit) != 0;
  if (is_open == was) {
    *steady = 0;
    return 0;
  }
  if (++*steady < STEADY_TICKS) return 0;
  *steady = 0;
  bits ^= bit;
  return 1;
}

void guards_start(void) {
  DDRC &= ~(_BV(PC0) | _BV(PC1));
  PORTC |= _BV(PC0) | _BV(PC1);
  load();
}

uint8_t guards_tick(void) {
  uint8_t changed = settle(DOOR_OPEN() != 0, GUARD_DOOR_OPEN, &steady_door);
  if (settle(LOOP_OPEN() != 0, GUARD_LOOP_OPEN, &steady_loop)) {
    if (bits & GUARD_LOOP_OPEN) note_opening();
    changed = 1;
  }
  return changed;
}

uint8_t guards_bits(void) { return bits | (word & TAMPERED ? GUARD_TAMPERED : 0); }

uint16_t guards_tamper_count(void) { return word & COUNT_MASK; }

uint8_t guards_clear(uint16_t known_count) {
  if (known_count != guards_tamper_count() || (bits & GUARD_LOOP_OPEN)) return 0;
  word &= COUNT_MASK;
  store();
  return 1;
}
