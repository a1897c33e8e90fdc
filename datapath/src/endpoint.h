/* One tunnel endpoint: what its three threads share. */
#pragma once

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "offload.h"
#include "table.h"

struct endpoint {
    struct table table;
    struct offloads offloads; /* probed; `gso` and `gro` once there is a socket to probe */
    int tun;
    int raw;        /* protocol 50 */
    int raw_whole;  /* the same for whole IP packets, and for sending only */
    atomic_int udp; /* ESP and IKE of port 4500, once charon has handed it over; -1 before */
    int relay;      /* charon's end for the IKE of that socket; set before `udp` is */
    int wake_inbound; /* eventfd: there is a new socket */
    atomic_bool tun_gone;
};

/* The clock of lifetimes, in seconds. */
uint64_t monotonic_seconds(void);
