#include "firmata.h"
#include "link.h"
#include "pins.h"
#include "uart.h"
#include <avr/io.h>

/* Firmata protocol 2.7, "Message Types" and "Sysex Message Format". */
enum {
  DIGITAL_MESSAGE = 0x90,
  REPORT_DIGITAL = 0xd0,
  ANALOG_MESSAGE = 0xe0,
  SET_PIN_MODE = 0xf4,
  SET_DIGITAL_PIN = 0xf5,
  REPORT_VERSION = 0xf9,
  SYSTEM_RESET = 0xff,
};
enum {
  ANALOG_MAPPING_QUERY = 0x69,
  ANALOG_MAPPING_RESPONSE,
  CAPABILITY_QUERY,
  CAPABILITY_RESPONSE,
  PIN_STATE_QUERY,
  PIN_STATE_RESPONSE,
  EXTENDED_ANALOG,
  REPORT_FIRMWARE = 0x79,
};
enum { MODE_INPUT = 0x00, MODE_OUTPUT = 0x01, MODE_PWM = 0x03, MODE_PULLUP = 0x0b, MODE_NONE = 0x7f };

#define PROTOCOL_MAJOR 2
#define PROTOCOL_MINOR 7
#define FIRMWARE_MAJOR 1
#define FIRMWARE_MINOR 0
#define MAX_FRAME 64
#define NO_ANALOG 0x7f
#define PORTS 3

static const char NAME[] = "personhood-panel";

static uint8_t frame[MAX_FRAME], length, is_sysex, is_too_long, wanted;
static uint8_t modes[PIN_COUNT], reported[PORTS], sent[PORTS];
uint16_t firmata_errors;

/* Generic Firmata reaches buttons and lamps only: ring, sounder, guards and the host's restart line
 * have messages of their own, with checks. */
static uint8_t is_button(uint8_t pin) { return pin >= PIN_BUTTON_HELP && pin <= PIN_BUTTON_OPERATOR; }
static uint8_t is_lamp(uint8_t pin) { return pin == PIN_LAMP_READING || pin == PIN_LAMP_OPERATOR; }

static void set_lamp(uint8_t pin, uint16_t wide) {
  uint8_t value = wide > 255 ? 255 : wide;
  /* Fast PWM at 976 Hz: 0 switches the output off, as a compare of 0 would still flash. */
  if (pin == PIN_LAMP_READING) {
    OCR0B = value;
    TCCR0A = value ? TCCR0A | _BV(COM0B1) : TCCR0A & ~_BV(COM0B1);
  } else if (pin == PIN_LAMP_OPERATOR) {
    OCR0A = value;
    TCCR0A = value ? TCCR0A | _BV(COM0A1) : TCCR0A & ~_BV(COM0A1);
  }
}

static uint8_t lamp_value(uint8_t pin) {
  if (pin == PIN_LAMP_READING) return TCCR0A & _BV(COM0B1) ? OCR0B : 0;
  return TCCR0A & _BV(COM0A1) ? OCR0A : 0;
}

/* Only the buttons' bits; a lamp is no input. */
static uint8_t read_port(uint8_t port) {
  return port == 0 ? PIND & (_BV(PD2) | _BV(PD3) | _BV(PD4)) : 0;
}

static void send_port(uint8_t port) {
  sent[port] = read_port(port);
  uart_write(DIGITAL_MESSAGE | port);
  uart_write(sent[port] & 0x7f);
  uart_write(sent[port] >> 7);
}

static void send_version(void) {
  uart_write(REPORT_VERSION);
  uart_write(PROTOCOL_MAJOR);
  uart_write(PROTOCOL_MINOR);
}

static void begin(uint8_t command) {
  uart_write(FIRMATA_SYSEX_START);
  uart_write(command);
}

static void end(void) { uart_write(FIRMATA_SYSEX_END); }

static void send_firmware(void) {
  begin(REPORT_FIRMWARE);
  uart_write(FIRMWARE_MAJOR);
  uart_write(FIRMWARE_MINOR);
  for (const char *at = NAME; *at; at++) {
    uart_write(*at & 0x7f);
    uart_write(*at >> 7 & 0x7f);
  }
  end();
}

static void send_mode(uint8_t mode, uint8_t bits) {
  uart_write(mode);
  uart_write(bits);
}

static void send_capabilities(void) {
  begin(CAPABILITY_RESPONSE);
  for (uint8_t pin = 0; pin < PIN_COUNT; pin++) {
    if (is_button(pin)) {
      send_mode(MODE_INPUT, 1);
      send_mode(MODE_PULLUP, 1);
    } else if (is_lamp(pin)) {
      send_mode(MODE_OUTPUT, 1);
      send_mode(MODE_PWM, 8);
    }
    uart_write(0x7f);
  }
  end();
}

static void send_analog_mapping(void) {
  begin(ANALOG_MAPPING_RESPONSE);
  for (uint8_t pin = 0; pin < PIN_COUNT; pin++) uart_write(NO_ANALOG);
  end();
}

static void send_pin_state(uint8_t pin) {
  uint8_t value = is_lamp(pin) ? lamp_value(pin) : modes[pin] == MODE_PULLUP;
  begin(PIN_STATE_RESPONSE);
  uart_write(pin);
  uart_write(modes[pin]);
  uart_write(value & 0x7f);
  uart_write(value >> 7);
  end();
}

static void set_mode(uint8_t pin, uint8_t mode) {
  if (is_button(pin) && (mode == MODE_INPUT || mode == MODE_PULLUP)) {
    modes[pin] = mode;
    /* The wiring relies on the pull-ups, so an input keeps its own. */
    PORTD |= _BV(pin);
  } else if (is_lamp(pin) && (mode == MODE_OUTPUT || mode == MODE_PWM)) {
    modes[pin] = mode;
    set_lamp(pin, 0);
  }
}

static void do_sysex(void) {
  uint8_t command = frame[0];
  if (length == 0) return;
  if (command <= LINK_LAST_COMMAND) {
    if (!link_frame(frame, length)) firmata_errors++;
  } else if (command == REPORT_FIRMWARE) {
    send_firmware();
  } else if (command == CAPABILITY_QUERY) {
    send_capabilities();
  } else if (command == ANALOG_MAPPING_QUERY) {
    send_analog_mapping();
  } else if (command == PIN_STATE_QUERY && length == 2 && frame[1] < PIN_COUNT) {
    send_pin_state(frame[1]);
  } else if (command == EXTENDED_ANALOG && length >= 4) {
    set_lamp(frame[1], frame[2] | frame[3] << 7);
  }
}

static void do_digital_port(uint8_t port, uint16_t value) {
  if (port != 0) return;
  for (uint8_t pin = PIN_LAMP_READING; pin <= PIN_LAMP_OPERATOR; pin++) {
    if (modes[pin] == MODE_OUTPUT) set_lamp(pin, value >> pin & 1 ? 255 : 0);
  }
}

static void do_message(void) {
  uint8_t command = frame[0] < 0xf0 ? frame[0] & 0xf0 : frame[0];
  uint8_t low = frame[0] & 0x0f;
  switch (command) {
    case DIGITAL_MESSAGE:
      do_digital_port(low, frame[1] | frame[2] << 7);
      break;
    case ANALOG_MESSAGE:
      set_lamp(low, frame[1] | frame[2] << 7);
      break;
    case REPORT_DIGITAL:
      if (low >= PORTS) break;
      reported[low] = frame[1];
      if (frame[1]) send_port(low);
      break;
    case SET_PIN_MODE:
      if (frame[1] < PIN_COUNT) set_mode(frame[1], frame[2]);
      break;
    case SET_DIGITAL_PIN:
      if (modes[frame[1] % PIN_COUNT] == MODE_OUTPUT) set_lamp(frame[1], frame[2] ? 255 : 0);
      break;
    case REPORT_VERSION:
      send_version();
      break;
    case SYSTEM_RESET:
      firmata_start();
      break;
    default:
      break;
  }
}

/* Bytes that follow a command byte. */
static uint8_t arguments_of(uint8_t command) {
  if (command >= 0xf0) return command == SET_PIN_MODE || command == SET_DIGITAL_PIN ? 2 : 0;
  return (command & 0xf0) == REPORT_DIGITAL || (command & 0xf0) == 0xc0 ? 1 : 2;
}

static void begin_message(uint8_t command) {
  is_sysex = command == FIRMATA_SYSEX_START;
  is_too_long = 0;
  length = 0;
  wanted = 0;
  if (is_sysex || command == FIRMATA_SYSEX_END) return;
  frame[length++] = command;
  wanted = 1 + arguments_of(command);
  if (wanted == 1) {
    wanted = 0;
    do_message();
  }
}

static void end_sysex(void) {
  is_sysex = 0;
  if (is_too_long)
    firmata_errors++;
  else
    do_sysex();
}

void firmata_byte(uint8_t byte) {
  if (is_sysex && byte == FIRMATA_SYSEX_END) {
    end_sysex();
  } else if (byte >= 0x80) {
    /* Any other command byte ends what was unfinished: the line had lost something. */
    if (is_sysex || wanted > 0) firmata_errors++;
    begin_message(byte);
  } else if (is_sysex) {
    if (length < MAX_FRAME)
      frame[length++] = byte;
    else
      is_too_long = 1;
  } else if (wanted > 0) {
    frame[length++] = byte;
    if (length < wanted) return;
    wanted = 0;
    do_message();
  }
}

void firmata_tick(void) {
  for (uint8_t port = 0; port < PORTS; port++) {
    if (reported[port] && read_port(port) != sent[port]) send_port(port);
  }
}

void firmata_lamps_off(void) {
  set_lamp(PIN_LAMP_READING, 0);
  set_lamp(PIN_LAMP_OPERATOR, 0);
}

void firmata_start(void) {
  for (uint8_t pin = 0; pin < PIN_COUNT; pin++) modes[pin] = MODE_NONE;
  for (uint8_t port = 0; port < PORTS; port++) reported[port] = 0;
  DDRD |= _BV(PD5) | _BV(PD6);
  PORTD |= _BV(PD2) | _BV(PD3) | _BV(PD4);
  TCCR0A = _BV(WGM01) | _BV(WGM00);
  TCCR0B = _BV(CS01) | _BV(CS00);
  firmata_lamps_off();
}
