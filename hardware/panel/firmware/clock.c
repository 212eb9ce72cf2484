#include "clock.h"
#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

static volatile uint16_t ticks;

ISR(TIMER2_COMPA_vect) { ticks++; }

void clock_start(void) {
  /* Clear on compare, 16 MHz / 64 / 250 = 1 kHz. */
  TCCR2A = _BV(WGM21);
  TCCR2B = _BV(CS22);
  OCR2A = 249;
  TIMSK2 = _BV(OCIE2A);
}

uint16_t clock_ms(void) {
  uint16_t now;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { now = ticks; }
  return now;
}

uint8_t clock_every(uint16_t *stamp, uint16_t period_ms) {
  if ((uint16_t)(clock_ms() - *stamp) < period_ms) return 0;
  *stamp += period_ms;
  return 1;
}
