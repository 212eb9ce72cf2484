/* Panel co-processor: lamps, sounder, buttons, guards, and a watch over the kiosk's computer. */
#include "clock.h"
#include "firmata.h"
#include "guards.h"
#include "link.h"
#include "ring.h"
#include "sound.h"
#include "uart.h"
#include "watch.h"
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>

static uint8_t reset_flags __attribute__((section(".noinit")));

/* A watchdog that has bitten stays on at its shortest time until it is told otherwise, which must
 * be before the first line of C has run. */
void keep_reset_flags(void) __attribute__((naked, used, section(".init3")));
void keep_reset_flags(void) {
  reset_flags = MCUSR;
  MCUSR = 0;
  wdt_disable();
}

static void show_start(void) {
  static const struct ring_show white = {RING_BREATHE, 40, 40, 40, 200, 0};
  ring_set(&white);
}

static void every_second(void) {
  PINB = _BV(PB5);
  link_second();
}

static void run_due(void) {
  static uint16_t at_1, at_10, at_20, at_100, at_1000;
  while (clock_every(&at_1, 1)) firmata_tick();
  while (clock_every(&at_10, 10)) {
    sound_tick();
    if (guards_tick()) link_send_guards();
  }
  if (clock_every(&at_20, 20)) ring_tick();
  while (clock_every(&at_100, 100)) watch_tick();
  while (clock_every(&at_1000, 1000)) every_second();
}

static void sleep_until_next(void) {
  cli();
  if (!uart_has_byte()) {
    sleep_enable();
    sei();
    sleep_cpu();
    sleep_disable();
  }
  sei();
}

int main(void) {
  wdt_enable(WDTO_500MS);
  DDRB |= _BV(PB5);
  clock_start();
  uart_start();
  ring_start();
  guards_start();
  watch_start();
  firmata_start();
  link_start(reset_flags);
  show_start();
  set_sleep_mode(SLEEP_MODE_IDLE);
  sei();
  for (;;) {
    wdt_reset();
    while (uart_has_byte()) {
      firmata_byte(uart_read());
      wdt_reset();
      run_due();
    }
    run_due();
    sleep_until_next();
  }
}
