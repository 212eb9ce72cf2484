/* Our own system exclusive messages (docs/panel-link.md). */
#pragma once
#include <stdint.h>

#define LINK_LAST_COMMAND 0x0f

/* One frame between start and end, `bytes[0]` its command; false where its check is wrong. */
uint8_t link_frame(const uint8_t *bytes, uint8_t length);
void link_send_guards(void);
/* Why the panel last started: MCUSR as it was. */
void link_start(uint8_t reset_flags);
/* To be called once a second. */
void link_second(void);
