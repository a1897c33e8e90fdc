/* Security associations and policies of one tunnel endpoint, as the IKE daemon installed them. */
#pragma once

#include <linux/xfrm.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "replay.h"
#include "transform.h"

enum {
    SAS_MAX = 128,
    POLICIES_MAX = 64,
    ATTRIBUTE_MAX = 256, /* bytes of one of an SA's attributes: a name and a key */
    ATTRIBUTES_MAX = 7 * (ATTRIBUTE_MAX + 4),
    LARVAL_SECONDS = 165,  /* how long an allocated SPI waits for its SA, as strongSwan asks for */
};

enum sa_state {
    SA_FREE,
    SA_LARVAL, /* an SPI, allocated */
    SA_ALIVE,
    SA_DEAD, /* past a hard limit; still to be told and removed */
};

enum sa_direction { SA_UNUSED, SA_INBOUND, SA_OUTBOUND };

struct sa {
    enum sa_state state;
    /* Whichever of the two data threads uses the SA first has it; the other never touches it. */
    _Atomic(enum sa_direction) direction;
    struct xfrm_usersa_info info; /* as installed; times and counts are below */
    uint32_t extra_flags;
    uint32_t if_id;
    size_t attributes_length;
    uint8_t attributes[ATTRIBUTES_MAX]; /* those that last, keys included */

    struct transform transform;
    uint32_t sequence; /* last one sent */
    uint64_t iv;       /* of the next packet, with GCM; begins at random, never repeats */
    struct replay replay;
    bool replay_bitmap;  /* its window was given, and is reported, as XFRMA_REPLAY_ESN_VAL */
    bool encapsulated;   /* ESP in UDP */
    uint16_t encap_sport; /* network byte order, as in the packets of this SA */
    uint16_t encap_dport;

    uint64_t bytes, packets; /* of inner packets */
    uint64_t added;          /* seconds on the monotonic clock */
    uint64_t first_used, last_used; /* likewise; 0: never */

    /* What the data threads leave for the control thread to tell. */
    bool soft_due, soft_told;
    bool mapping_due;
    struct in_addr mapped_address; /* where authentic packets come from, if not from `info.saddr` */
    uint16_t mapped_port;
};

struct policy {
    struct xfrm_userpolicy_info info;
    uint32_t if_id;
    bool protects; /* has a template; otherwise it blocks */
    struct xfrm_user_tmpl template;
    uint64_t added, last_used; /* seconds on the monotonic clock; 0: never */
};

struct table {
    struct sa slots[SAS_MAX];
    struct sa *live[SAS_MAX]; /* larval, alive or dead; the newest first */
    size_t live_count;
    struct policy policies[POLICIES_MAX]; /* by priority, the one to be asked first in front */
    size_t policy_count;
    uint32_t last_index; /* of a policy */
    /* The data threads hold a direction while they work on a batch; control holds both to change
     * anything. The gates keep a busy data thread from locking control out. */
    pthread_mutex_t inbound, inbound_gate, outbound, outbound_gate;
    int notice; /* eventfd that wakes control */
};

void table_init(struct table *table, int notice);

void table_lock_inbound(struct table *table);
void table_unlock_inbound(struct table *table);
void table_lock_outbound(struct table *table);
void table_unlock_outbound(struct table *table);
void table_lock(struct table *table);
void table_unlock(struct table *table);

/* Wake the control thread: an SA has something due. */
void table_notice(const struct table *table);

/* A new SA, cleared, in front of the others; NULL when there are too many. */
struct sa *sa_add(struct table *table);

/* Remove an SA and wipe its keys. */
void sa_remove(struct table *table, struct sa *sa);

/* The SA with this SPI and destination, whatever its state; NULL if there is none. */
struct sa *sa_find(const struct table *table, uint32_t spi, const xfrm_address_t *daddr);

/* The inbound SA, alive, for a packet from outside. */
struct sa *sa_for_packet(const struct table *table, uint32_t spi, struct in_addr daddr);

/* The newest outbound SA, alive, that does what a policy's template asks for. A template may name the
 * SPI: charon installs an SA before the peer has its other end, and has it used later, by the policy. */
struct sa *sa_for_template(const struct table *table, const struct xfrm_user_tmpl *template);

/* Take note of packets of an SA that were sent or received, and of the limits that they reach. */
void sa_account(struct table *table, struct sa *sa, uint64_t packets, uint64_t bytes, uint64_t now);

/* Insert by priority; false when there are too many. */
bool policy_add(struct table *table, const struct policy *policy);

void policy_remove(struct table *table, struct policy *policy);

/* The first policy for an inner packet: `direction` is XFRM_POLICY_OUT, or XFRM_POLICY_IN, which
 * means FWD as well; with a `reqid` not zero only policies whose template has it, or that block. */
struct policy *policy_for(struct table *table, uint8_t direction, const uint8_t *ip, size_t length,
                          uint32_t reqid);
