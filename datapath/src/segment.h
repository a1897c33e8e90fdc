/* A packet as the TUN gives it, with its checksum or its segmentation left to us (TSO, USO), and the
 * packets that it stands for. */
#pragma once

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct segments {
    uint8_t *ip;
    size_t length;
    size_t upper;   /* where TCP or UDP begins */
    size_t payload; /* where its payload begins; the headers before it are every segment's */
    size_t size;    /* of a segment's payload; 0: the packet is whole */
    bool tcp;
    size_t at; /* how much has been handed out */
};

/* Begin with the packet of `length` bytes at `ip`, which is written to. Returns false when the header
 * does not fit the packet. */
bool segments_begin(struct segments *segments, const struct virtio_net_hdr *header, uint8_t *ip,
                    size_t length);

/* The length of the next packet; 0 when there is none. */
size_t segments_next_length(const struct segments *segments);

/* Write the next packet, checksums included, and return its length. */
size_t segments_next(struct segments *segments, uint8_t *to);
