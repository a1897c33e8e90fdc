/* What a policy's selector looks at in an inner packet. */
#pragma once

#include <linux/xfrm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flow {
    uint16_t family;
    uint8_t protocol;
    const uint8_t *source, *destination;
    uint16_t source_port, destination_port; /* network byte order; 0 when there are none */
};

/* Whether this is a whole IPv4 or IPv6 packet: header and lengths fit. Yields the length that its
 * header states, which may be less than `length` (padding for traffic flow confidentiality). */
bool packet_whole(const uint8_t *ip, size_t length, size_t *stated);

/* Read a packet's addresses, protocol and ports; of a later fragment there are no ports. */
bool flow_of(struct flow *flow, const uint8_t *ip, size_t length);

bool flow_matches(const struct flow *flow, const struct xfrm_selector *selector);
