#include "link.h"
#include "firmata.h"
#include "guards.h"
#include "ring.h"
#include "sound.h"
#include "uart.h"
#include "watch.h"
#include <avr/io.h>

enum { RING = 0x01, SOUND, PING, CLEAR_TAMPER, WATCH, DONE = 0x08, STATE, GUARDS };
enum { OK, UNKNOWN, WRONG_LENGTH, WRONG_VALUE, STALE };

#define HEAD 2
#define CHECK 1
#define NO_SEQ 0xff
#define STATE_BYTES 11

static uint32_t uptime_s;
static uint8_t reset_cause, event_seq, last_sound_seq = NO_SEQ;

/* CRC-7 with polynomial x^7 + x^3 + 1, each byte's seven bits from the top. */
static uint8_t crc7(uint8_t crc, uint8_t byte) {
  for (uint8_t bit = 0x40; bit; bit >>= 1) {
    uint8_t top = ((crc & 0x40) != 0) ^ ((byte & bit) != 0);
    crc = (uint8_t)(crc << 1 & 0x7f) ^ (top ? 0x09 : 0);
  }
  return crc;
}

static uint16_t pair(const uint8_t *bytes) { return bytes[0] | (uint16_t)bytes[1] << 7; }

static void send(uint8_t command, uint8_t seq, const uint8_t *payload, uint8_t length) {
  uint8_t crc = crc7(crc7(0, command), seq);
  uart_write(FIRMATA_SYSEX_START);
  uart_write(command);
  uart_write(seq);
  for (uint8_t i = 0; i < length; i++) {
    uart_write(payload[i]);
    crc = crc7(crc, payload[i]);
  }
  uart_write(crc);
  uart_write(FIRMATA_SYSEX_END);
}

static uint8_t state_bits(void) { return guards_bits() | (watch_is_quiet() ? 0x08 : 0); }

static void send_state(uint8_t seq) {
  uint16_t count = guards_tamper_count();
  uint16_t errors = firmata_errors + uart_lost;
  uint8_t payload[STATE_BYTES] = {
      uptime_s & 0x7f,       uptime_s >> 7 & 0x7f, uptime_s >> 14 & 0x7f, uptime_s >> 21 & 0x7f,
      reset_cause,           state_bits(),         count & 0x7f,          count >> 7 & 0x7f,
      ring_pattern(),        errors & 0x7f,        errors >> 7 & 0x7f,
  };
  send(STATE, seq, payload, sizeof payload);
}

static uint8_t do_ring(const uint8_t *payload, uint8_t length) {
  if (length != 7) return WRONG_LENGTH;
  if (payload[0] >= RING_PATTERNS || payload[6] > RING_LAMPS) return WRONG_VALUE;
  struct ring_show show = {payload[0],      payload[1] << 1,    payload[2] << 1,
                           payload[3] << 1, pair(&payload[4]),  payload[6]};
  ring_set(&show);
  return OK;
}

static uint8_t do_sound(const uint8_t *payload, uint8_t length) {
  struct note notes[SOUND_NOTES];
  uint8_t count = length / 3;
  if (length % 3 != 0 || count > SOUND_NOTES) return WRONG_LENGTH;
  for (uint8_t i = 0; i < count; i++) {
    uint16_t hertz = pair(&payload[i * 3]);
    if (hertz != 0 && (hertz < SOUND_MIN_HZ || hertz > SOUND_MAX_HZ)) return WRONG_VALUE;
    notes[i].hertz = hertz;
    notes[i].length = payload[i * 3 + 2];
  }
  sound_play(notes, count);
  return OK;
}

static uint8_t run(uint8_t command, uint8_t seq, const uint8_t *payload, uint8_t length) {
  switch (command) {
    case RING:
      return do_ring(payload, length);
    case SOUND:
      /* Sent again because our answer was lost: it has sounded. */
      if (seq == last_sound_seq) return OK;
      last_sound_seq = seq;
      return do_sound(payload, length);
    case CLEAR_TAMPER:
      if (length != 2) return WRONG_LENGTH;
      return guards_clear(pair(payload)) ? OK : STALE;
    case WATCH:
      if (length != 3) return WRONG_LENGTH;
      if (pair(&payload[1]) > 6000) return WRONG_VALUE;
      watch_set(payload[0], pair(&payload[1]));
      return OK;
    default:
      return UNKNOWN;
  }
}

uint8_t link_frame(const uint8_t *bytes, uint8_t length) {
  uint8_t crc = 0;
  if (length < HEAD + CHECK) return 0;
  for (uint8_t i = 0; i < length - CHECK; i++) crc = crc7(crc, bytes[i]);
  if (crc != bytes[length - 1]) return 0;
  uint8_t command = bytes[0], seq = bytes[1];
  uint8_t payload_length = length - HEAD - CHECK;
  if (command == PING && payload_length == 0) {
    /* Answered before the ping counts, so that the host learns that the panel was quiet. */
    send_state(seq);
    watch_ping();
    return 1;
  }
  uint8_t answer[2] = {command, run(command, seq, &bytes[HEAD], payload_length)};
  send(DONE, seq, answer, sizeof answer);
  return 1;
}

void link_send_guards(void) {
  uint16_t count = guards_tamper_count();
  uint8_t payload[3] = {state_bits(), count & 0x7f, count >> 7 & 0x7f};
  send(GUARDS, event_seq, payload, sizeof payload);
  event_seq = (event_seq + 1) & 0x7f;
}

void link_start(uint8_t reset_flags) {
  if (reset_flags & _BV(WDRF))
    reset_cause = 3;
  else if (reset_flags & _BV(BORF))
    reset_cause = 2;
  else if (reset_flags & _BV(EXTRF))
    reset_cause = 1;
  else
    reset_cause = reset_flags & _BV(PORF) ? 0 : 4;
}

void link_second(void) { uptime_s++; }
