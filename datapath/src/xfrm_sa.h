/* Security associations as XFRM messages describe them. */
#pragma once

#include "netlink.h"
#include "table.h"
#include "xfrm.h"

/* Each carries out one kind of request and returns 0 or an error number of the kernel's. Those with an
 * `answer` add to it, or begin it. */
int sa_allocate_spi(struct table *table, const struct request *request, struct moment now,
                    struct message *answer);
int sa_install(struct table *table, const struct request *request, struct moment now);
int sa_delete(struct table *table, const struct request *request);
int sa_get(struct table *table, const struct request *request, struct moment now,
           struct message *answer);
int sa_get_replay(struct table *table, const struct request *request, struct moment now,
                  struct message *answer);
int sa_flush(struct table *table);

/* The SA with its counts and times filled in. */
struct xfrm_usersa_info sa_described(const struct sa *sa, struct moment now);
