/* The line to the kiosk: 57600 baud, 8N1, interrupt driven on both sides. */
#pragma once
#include <stdint.h>

void uart_start(void);
uint8_t uart_has_byte(void);
uint8_t uart_read(void);
/* Waits while the buffer is full; at 57600 baud a place is free within 0.18 ms. */
void uart_write(uint8_t byte);
/* Bytes lost because nobody read them in time, up to 255. */
extern volatile uint8_t uart_lost;
