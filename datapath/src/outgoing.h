/* ESP packets on their way out, collected and sent with few system calls, in order. */
#pragma once

#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "endpoint.h"

enum {
    OUTGOING_MESSAGES = 64,
    OUTGOING_BYTES = 256 * 1024,
    OUTGOING_PACKET_MAX = 10 * 1024, /* bytes of one ESP packet */
};

/* How a packet is to be sent; packets sent alike may go as one message. */
struct manner {
    struct in_addr source, destination;
    uint16_t port; /* network byte order; 0: not in UDP */
    uint8_t tos;
    bool dont_fragment;
};

struct outgoing_message {
    struct manner manner;
    struct sockaddr_in name;
    struct iphdr ip; /* of a packet that is not in UDP */
    struct iovec parts[2];
    struct iovec bytes; /* one packet, or several alike */
    size_t segment; /* bytes of each packet but the last, which may be shorter */
    unsigned count;
    bool closed;
    _Alignas(struct cmsghdr) uint8_t control[96];
};

struct outgoing {
    struct endpoint *endpoint;
    int udp_discover; /* IP_MTU_DISCOVER as the UDP socket has it; -1: not set yet */
    size_t used, count;
    struct outgoing_message messages[OUTGOING_MESSAGES];
    struct mmsghdr headers[OUTGOING_MESSAGES];
    uint8_t bytes[OUTGOING_BYTES];
};

void outgoing_init(struct outgoing *outgoing, struct endpoint *endpoint);

/* Where the next packet is to be made: OUTGOING_PACKET_MAX bytes. Sends first, if need be. */
uint8_t *outgoing_room(struct outgoing *outgoing);

/* Take the packet that was made there. */
void outgoing_add(struct outgoing *outgoing, size_t length, const struct manner *manner);

/* Send all. What the network does not take is counted. */
void outgoing_send(struct outgoing *outgoing);
