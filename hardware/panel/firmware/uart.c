#include "uart.h"
#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#define RX_SIZE 128
#define TX_SIZE 128

static volatile uint8_t rx[RX_SIZE], rx_head, rx_tail;
static volatile uint8_t tx[TX_SIZE], tx_head, tx_tail;
volatile uint8_t uart_lost;

static void count_loss(void) {
  if (uart_lost < 255) uart_lost++;
}

ISR(USART_RX_vect) {
  uint8_t overrun = UCSR0A & _BV(DOR0);
  uint8_t byte = UDR0;
  uint8_t next = (rx_head + 1) % RX_SIZE;
  if (overrun) count_loss();
  if (next == rx_tail) {
    count_loss();
    return;
  }
  rx[rx_head] = byte;
  rx_head = next;
}

ISR(USART_UDRE_vect) {
  UDR0 = tx[tx_tail];
  tx_tail = (tx_tail + 1) % TX_SIZE;
  if (tx_head == tx_tail) UCSR0B &= ~_BV(UDRIE0);
}

void uart_start(void) {
  /* Double speed: 16 MHz / 8 / 35 = 57143 baud, 0.8 % slow. */
  UCSR0A = _BV(U2X0);
  UBRR0 = 34;
  UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
  UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

uint8_t uart_has_byte(void) { return rx_head != rx_tail; }

uint8_t uart_read(void) {
  uint8_t byte = rx[rx_tail];
  rx_tail = (rx_tail + 1) % RX_SIZE;
  return byte;
}

void uart_write(uint8_t byte) {
  uint8_t next = (tx_head + 1) % TX_SIZE;
  while (next == tx_tail) {
  }
  /* The interrupt is only ever on while a byte waits. */
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE) {
    tx[tx_head] = byte;
    tx_head = next;
    UCSR0B |= _BV(UDRIE0);
  }
}
