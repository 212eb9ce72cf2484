/* Watches the kiosk: a host that no longer asks must not leave a green ring burning. */
#pragma once
#include <stdint.h>

void watch_start(void);
/* Seconds without a ping until the panel goes quiet (0 = never) and until the host is restarted
 * (0 = never). */
void watch_set(uint8_t quiet_s, uint16_t restart_s);
void watch_ping(void);
uint8_t watch_is_quiet(void);
/* To be called every 100 ms. */
void watch_tick(void);
