/* DSCP and ECN across a tunnel (RFC 2983, RFC 6040). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct sa;

/* The type of service, or traffic class, of an inner packet. */
uint8_t tos_of(const uint8_t *ip);

/* What an inner packet's outer header gets, as the SA is configured. */
uint8_t tos_encapsulated(const struct sa *sa, const uint8_t *ip);

/* Let the outer header's DSCP and ECN act on the inner packet, as the SA is configured. Returns false
 * when the packet must be dropped: congestion was signalled and its transport would not hear of it. */
bool tos_decapsulate(const struct sa *sa, uint8_t *ip, uint8_t outer);
