#include "ring.h"
#include <avr/io.h>
#include <string.h>

/* The lamps take data and clock, so that no interrupt ever has to be held off: lamps with one timed
 * wire would cost bytes on the line to the kiosk. */
#define DATA_HIGH() (PORTD |= _BV(PD7))
#define DATA_LOW() (PORTD &= ~_BV(PD7))
#define CLOCK_PULSE() (PORTB |= _BV(PB0), PORTB &= ~_BV(PB0))

/* Of 31: 24 lamps of 60 mA at 8/31 take 372 mA, which a USB port gives. */
#define BRIGHTNESS 8
#define TICK_10MS 2

static struct ring_show shown;
static uint16_t phase;

static void send_byte(uint8_t byte) {
  for (uint8_t bit = 0x80; bit; bit >>= 1) {
    if (byte & bit)
      DATA_HIGH();
    else
      DATA_LOW();
    CLOCK_PULSE();
  }
}

static void send_lamp(uint8_t share) {
  send_byte(0xe0 | BRIGHTNESS);
  send_byte((uint16_t)shown.blue * share >> 8);
  send_byte((uint16_t)shown.green * share >> 8);
  send_byte((uint16_t)shown.red * share >> 8);
}

/* 0 at the start, 255 in the middle of the period. */
static uint8_t triangle(uint8_t at) { return at < 128 ? at * 2 : (255 - at) * 2 + 1; }

/* Share of the colour, 0 or 1..255, for a lamp at a place of the period, 0..255. */
static uint8_t share_of(uint8_t lamp, uint8_t at) {
  switch (shown.pattern) {
    case RING_STEADY:
      return 255;
    case RING_BREATHE:
      return triangle(at);
    case RING_SPIN: {
      uint8_t head = (uint16_t)at * RING_LAMPS >> 8;
      uint8_t behind = (head + RING_LAMPS - lamp) % RING_LAMPS;
      return behind < 6 ? 255 >> behind : 0;
    }
    case RING_BLINK:
      return at < 128 ? 255 : 0;
    case RING_FILL:
      return lamp < shown.level ? 255 : 0;
    case RING_LEFT:
      return lamp >= RING_LAMPS / 2 ? triangle(at) : 0;
    case RING_RIGHT:
      return lamp < RING_LAMPS / 2 ? triangle(at) : 0;
    case RING_OPPOSITE:
      return lamp / 6 % 2 == (at < 128 ? 0 : 1) ? 255 : 0;
    default:
      return 0;
  }
}

void ring_start(void) {
  DDRD |= _BV(PD7);
  DDRB |= _BV(PB0);
}

void ring_set(const struct ring_show *show) {
  shown = *show;
  if (shown.period == 0) shown.period = 1;
  phase = 0;
}

uint8_t ring_pattern(void) { return shown.pattern; }

void ring_tick(void) {
  uint8_t at = ((uint32_t)phase << 8) / shown.period;
  for (uint8_t i = 0; i < 4; i++) send_byte(0x00);
  for (uint8_t lamp = 0; lamp < RING_LAMPS; lamp++) send_lamp(share_of(lamp, at));
  /* SK9822: a zero frame latches; then half a clock for each lamp carries the data round. */
  for (uint8_t i = 0; i < 4 + RING_LAMPS / 16 + 1; i++) send_byte(0x00);
  phase = (phase + TICK_10MS) % shown.period;
}
