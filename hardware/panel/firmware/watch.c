#include "watch.h"
#include "firmata.h"
#include "ring.h"
#include "sound.h"
#include <avr/io.h>
#include <stddef.h>

#define TICKS_PER_S 10
#define DEFAULT_QUIET_S 10
/* The Pi's RUN pin wants low for 1 ms at least. */
#define PULSE_TICKS 3
/* A host that three restarts do not bring back needs hands. */
#define MAX_RESTARTS 3

static uint16_t silent_ticks, quiet_ticks, restart_ticks, restart_limit;
static uint8_t is_quiet, pulse, restarts;

/* Open drain: the pin is let go or pulled low, never driven high against the host's 3.3 V. */
static void release_host(void) { DDRC &= ~_BV(PC2); }
static void pull_host(void) { DDRC |= _BV(PC2); }

void watch_start(void) {
  PORTC &= ~_BV(PC2);
  release_host();
  watch_set(DEFAULT_QUIET_S, 0);
}

void watch_set(uint8_t quiet_s, uint16_t restart_s) {
  quiet_ticks = (uint16_t)quiet_s * TICKS_PER_S;
  restart_limit = restart_s * TICKS_PER_S;
  restart_ticks = 0;
  watch_ping();
}

void watch_ping(void) {
  silent_ticks = 0;
  restart_ticks = 0;
  restarts = 0;
  is_quiet = 0;
}

uint8_t watch_is_quiet(void) { return is_quiet; }

static void go_quiet(void) {
  static const struct ring_show amber = {RING_BREATHE, 120, 60, 0, 400, 0};
  is_quiet = 1;
  ring_set(&amber);
  sound_play(NULL, 0);
  firmata_lamps_off();
}

void watch_tick(void) {
  if (pulse > 0 && --pulse == 0) release_host();
  if (quiet_ticks > 0 && silent_ticks < quiet_ticks && ++silent_ticks == quiet_ticks) go_quiet();
  if (restart_limit == 0 || restarts == MAX_RESTARTS) return;
  if (++restart_ticks < restart_limit) return;
  restart_ticks = 0;
  restarts++;
  pulse = PULSE_TICKS;
  pull_host();
}
