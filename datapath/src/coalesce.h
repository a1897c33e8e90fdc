/* Consecutive packets of one flow become one super-packet on their way to the TUN. Packets that do not
 * fit together go singly; the order is never changed. */
#pragma once

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VNET_HEADER = sizeof(struct virtio_net_hdr),
    SUPER_MAX = 65000, /* bytes of a super-packet; IPv4 has room for 65,535 */
};

/* Takes a packet with its virtio_net_hdr in front. */
typedef void coalesced_fn(void *context, const uint8_t *packet, size_t length);

struct coalescer {
    bool tcp, udp; /* what may be put together */
    coalesced_fn *write;
    void *context;

    uint8_t *first; /* the packet that waits, in the caller's buffer; NULL: none does */
    size_t length;
    size_t upper, payload; /* offsets, once it is known to be a candidate; 0: it is not */
    size_t size;           /* of a segment's payload */
    uint32_t next_sequence; /* of TCP */
    uint16_t next_id;       /* of IPv4 */
    unsigned count;         /* packets put together */
    bool closed;            /* nothing can follow */
    uint8_t super[VNET_HEADER + SUPER_MAX];
};

/* Take a whole IP packet. It and the VNET_HEADER bytes before it belong to the coalescer until the
 * next flush. */
void coalesce_add(struct coalescer *coalescer, uint8_t *ip, size_t length);

/* Write what waits. */
void coalesce_flush(struct coalescer *coalescer);
