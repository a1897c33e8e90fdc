/* Counters that others may read at any time, in a file that is mapped (README.md has its form). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum counter {
    IN_PACKETS,  /* inner packets, after decryption */
    IN_BYTES,
    OUT_PACKETS, /* inner packets, before encryption */
    OUT_BYTES,
    DROP_NO_SA,         /* from outside: no SA has this SPI and address */
    DROP_REPLAY,        /* seen already, or older than the window */
    DROP_ICV,           /* not authentic */
    DROP_MALFORMED,     /* too short, wrong length, wrong padding, no IP packet inside */
    DROP_ENCAPSULATION, /* in UDP for an SA without, or the other way round */
    DROP_POLICY,        /* from outside: not what the SA's policies let in */
    DROP_NO_POLICY,     /* from inside: no policy, or no SA for it */
    DROP_DUMMY,         /* traffic flow confidentiality (RFC 4303 section 2.6) */
    DROP_ECN,           /* congestion that the inner packet cannot express (RFC 6040) */
    DROP_TOO_BIG,       /* longer than the way to the peer takes, and not to be fragmented */
    DROP_SEQUENCE,      /* the SA's sequence numbers are used up */
    DROP_SEND,          /* the network did not take the packet */
    DROP_TUN,           /* the tunnel interface did not take the packet, or is down */
    COUNTERS
};

/* Map the file, which is made or emptied. Returns false with errno set. */
bool counters_open(const char *path);

/* Add to a counter; from any thread. Counts before `counters_open` go nowhere that lasts. */
void count(enum counter which, uint64_t number);

/* The value of a counter. */
uint64_t counted(enum counter which);
