/* Milliseconds since reset, from timer 2. */
#pragma once
#include <stdint.h>

void clock_start(void);
/* Wraps after 65.5 s: only differences are meant. */
uint16_t clock_ms(void);
/* True once per period of the caller's own stamp, which moves on by whole periods. */
uint8_t clock_every(uint16_t *stamp, uint16_t period_ms);
