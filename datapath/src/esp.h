/* An ESP packet (RFC 4303) in tunnel mode: around an inner packet, and off it again. No I/O. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "counters.h"
#include "table.h"

/* Most bytes that ESP adds to an inner packet: header, IV, padding, trailer, ICV. */
enum { ESP_OVERHEAD_MAX = ESP_HEADER + IV_MAX + 15 + 2 + ICV_MAX };

/* Where in an ESP packet of this SA the inner packet begins. */
static inline size_t esp_text(const struct sa *sa)
{
    return ESP_HEADER + sa->transform.iv_length;
}

/* Make an ESP packet around the inner packet of `length` bytes at `packet` + esp_text(). There must be
 * room for ESP_OVERHEAD_MAX more. Returns its length; 0 when the sequence numbers are used up (the SA
 * is dead then), or when the cipher fails. */
size_t esp_seal(struct table *table, struct sa *sa, uint8_t *packet, size_t length);

/* Take the ESP packet of `length` bytes, at least a header, apart in place. Yields the inner packet,
 * whole by its own header, and IN_PACKETS; or the reason to drop it. `outer_tos` is the DSCP and ECN
 * of the outer header. Nothing is counted or accounted for. */
enum counter esp_open(struct sa *sa, uint8_t *packet, size_t length, uint8_t outer_tos,
                      uint8_t **inner, size_t *inner_length);
