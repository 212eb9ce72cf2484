/* Door switch and tamper loop. A loop that was ever found open stays told until it is cleared, over
 * power cuts too. */
#pragma once
#include <stdint.h>

#define GUARD_DOOR_OPEN 0x01
#define GUARD_LOOP_OPEN 0x02
#define GUARD_TAMPERED 0x04

void guards_start(void);
/* To be called every 10 ms; true when something changed. */
uint8_t guards_tick(void);
uint8_t guards_bits(void);
/* Openings of the loop: stored with the mark, and those since; modulo 16384. */
uint16_t guards_tamper_count(void);
/* Clears the mark if that many openings are known to whoever clears; false where there were more,
 * or the loop is open still. */
uint8_t guards_clear(uint16_t known_count);
