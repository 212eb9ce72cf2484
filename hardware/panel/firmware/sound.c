#include "sound.h"
#include <avr/io.h>
#include <string.h>

static struct note tune[SOUND_NOTES];
static uint8_t count, at, left;

static void tone_off(void) {
  TCCR1A = 0;
  TCCR1B = 0;
  PORTB &= ~_BV(PB1);
}

static void tone_on(uint16_t hertz) {
  /* Clear on compare, output toggled: 16 MHz / 8 / 2 / hertz. */
  DDRB |= _BV(PB1);
  OCR1A = (uint16_t)(F_CPU / 16 / hertz - 1);
  TCNT1 = 0;
  TCCR1A = _BV(COM1A0);
  TCCR1B = _BV(WGM12) | _BV(CS11);
}

static void start_note(void) {
  if (at == count) {
    count = 0;
    tone_off();
    return;
  }
  left = tune[at].length;
  if (tune[at].hertz == 0)
    tone_off();
  else
    tone_on(tune[at].hertz);
}

void sound_play(const struct note *notes, uint8_t notes_count) {
  memcpy(tune, notes, notes_count * sizeof *notes);
  count = notes_count;
  at = 0;
  tone_off();
  start_note();
}

void sound_tick(void) {
  if (count == 0) return;
  if (left > 0) left--;
  if (left > 0) return;
  at++;
  start_note();
}
