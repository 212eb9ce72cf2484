/* The sounder: short tunes on timer 1. */
#pragma once
#include <stdint.h>

#define SOUND_NOTES 12
#define SOUND_MIN_HZ 100
#define SOUND_MAX_HZ 8000

struct note {
  /* 0 is a pause. */
  uint16_t hertz;
  /* In 10 ms. */
  uint8_t length;
};

/* Replaces what sounds; 0 notes are silence. */
void sound_play(const struct note *notes, uint8_t count);
/* To be called every 10 ms. */
void sound_tick(void);
