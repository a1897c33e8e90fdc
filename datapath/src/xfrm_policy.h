/* Policies as XFRM messages describe them. */
#pragma once

#include "netlink.h"
#include "table.h"
#include "xfrm.h"

/* As in xfrm_sa.h. */
int policy_install(struct table *table, const struct request *request, struct moment now);
int policy_delete(struct table *table, const struct request *request);
int policy_get(struct table *table, const struct request *request, struct moment now,
               struct message *answer);
int policy_flush(struct table *table);

/* The prefix lengths from which policies are kept in hash tables. There are none here: as the kernel
 * says by default, which asks charon for nothing. */
int policy_get_thresholds(struct message *answer);
