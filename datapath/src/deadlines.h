/* What becomes due: lifetimes that end, and what the data threads have noticed. */
#pragma once

#include "table.h"
#include "xfrm.h"

/* Takes a message for those who listen to a multicast group of XFRM's (XFRMNLGRP_*). */
typedef void tell_fn(void *context, unsigned group, const uint8_t *message, size_t length);

/* Tell all that is due, with the table locked, and remove what is past its hard limit. Returns the
 * milliseconds until more will be due; -1 when nothing will by time alone. */
int deadlines_meet(struct table *table, struct moment now, tell_fn *tell, void *context);
