/* The ring: 24 SK9822 lamps, each 8 bits of red, green and blue. */
#pragma once
#include <stdint.h>

#define RING_LAMPS 24

enum ring_pattern {
  RING_OFF,
  RING_STEADY,
  RING_BREATHE,
  RING_SPIN,
  RING_BLINK,
  RING_FILL,
  RING_LEFT,
  RING_RIGHT,
  RING_OPPOSITE,
  RING_PATTERNS
};

struct ring_show {
  uint8_t pattern;
  uint8_t red, green, blue;
  /* Of one repetition, in 10 ms; 0 counts as 1. */
  uint16_t period;
  /* RING_FILL: how many lamps are lit. */
  uint8_t level;
};

void ring_start(void);
/* Shows this from its first moment on. */
void ring_set(const struct ring_show *show);
uint8_t ring_pattern(void);
/* To be called every 20 ms: sends one picture. */
void ring_tick(void);
