/* Packets as they come from a socket of the outside, with few system calls. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What came with a packet. */
struct arrival {
    struct in_addr source, destination;
    uint16_t port; /* of the source, network byte order; 0: not in UDP */
    uint8_t tos;
};

/* Called for each packet, which may be written to. */
typedef void incoming_fn(void *context, uint8_t *packet, size_t length,
                         const struct arrival *arrival);

/* Receive what there is, as much as fits the buffers at once. */
void incoming_udp(int socket, bool gro, incoming_fn *take, void *context);
void incoming_raw(int socket, incoming_fn *take, void *context);
