/* Pins of the ATmega328P as hardware/pinmap.yaml has them; a test compares the two. */
#pragma once

/* Firmata numbers: 0..7 = PD0..PD7, 8..13 = PB0..PB5, 14..19 = PC0..PC5. */
#define PIN_UART_RX 0
#define PIN_UART_TX 1
#define PIN_BUTTON_HELP 2
#define PIN_BUTTON_STOP 3
#define PIN_BUTTON_OPERATOR 4
#define PIN_LAMP_READING 5
#define PIN_LAMP_OPERATOR 6
#define PIN_RING_DATA 7
#define PIN_RING_CLOCK 8
#define PIN_SOUNDER 9
#define PIN_LAMP_ALIVE 13
#define PIN_DOOR 14
#define PIN_TAMPER_LOOP 15
#define PIN_HOST_RESTART 16
#define PIN_COUNT 20
