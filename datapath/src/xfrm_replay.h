/* Sequence numbers and replay windows as XFRM messages describe them. */
#pragma once

#include "netlink.h"
#include "table.h"

/* Read where an SA's sequence numbers are, and its window. Returns 0 or EINVAL. */
int replay_read(struct sa *sa, const struct request *request);

/* Add the same to a message, in the form in which it was installed. */
void replay_describe(const struct sa *sa, struct message *message);
