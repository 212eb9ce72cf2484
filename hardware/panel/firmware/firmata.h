/* The part of the Firmata protocol 2.7 that buttons and lamps need. */
#pragma once
#include <stdint.h>

#define FIRMATA_SYSEX_START 0xf0
#define FIRMATA_SYSEX_END 0xf7

void firmata_start(void);
void firmata_byte(uint8_t byte);
/* Sends the ports that changed and are asked for; to be called every millisecond. */
void firmata_tick(void);
void firmata_lamps_off(void);
/* Frames thrown away: too long, or with a wrong check. */
extern uint16_t firmata_errors;
