/* How IKE travels between espd, which has the UDP socket of port 4500, and the shim in charon: each
 * packet of the socket pair is this header and one datagram of that socket. */
#pragma once

#include <stdint.h>

struct relay_header {
    uint16_t family;    /* AF_INET */
    uint16_t port;      /* the peer's, network byte order */
    uint8_t peer[16];   /* its address, in the first 4 bytes */
    uint8_t local[16];  /* ours, likewise */
};

/* Messages of ours on the XFRM socket (README.md). */
enum { ESPD_BIND = 0xfff0, ESPD_SOCKET = 0xfff1 };
