/* The kernel's part in XFRM netlink messages (linux/xfrm.h): what the IKE daemon asks, and what it is
 * told. No I/O: requests and answers are bytes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "table.h"

enum { XFRM_ANSWER_MAX = 4096 };

struct moment {
    uint64_t monotonic; /* seconds; what lifetimes are measured by */
    uint64_t real;      /* seconds since 1970; what is reported */
};

/* Carry out one request, with the table locked, and write the answer, of which there is none when the
 * request succeeds and wants none. Returns the answer's length. A request that cannot be carried out
 * as it says is refused with the kernel's error and changes nothing. */
size_t xfrm_answer(struct table *table, const uint8_t *request, size_t length, struct moment now,
                   uint8_t answer[XFRM_ANSWER_MAX]);

/* The message that an SA should be (soft), or has been (hard), given up. */
size_t xfrm_expire(const struct sa *sa, bool hard, struct moment now,
                   uint8_t message[XFRM_ANSWER_MAX]);

/* The message that an SA's authentic packets come from another address or port: `mapped_address`. */
size_t xfrm_mapping(const struct sa *sa, uint8_t message[XFRM_ANSWER_MAX]);
