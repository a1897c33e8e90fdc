#include "deadlines.h"

#include <limits.h>

/* The second at which an SA's limit in seconds falls; UINT64_MAX: never. */
static uint64_t falls(const struct sa *sa, uint64_t limit)
{
    return limit == 0 || limit > UINT64_MAX - sa->added ? UINT64_MAX : sa->added + limit;
}

static uint64_t hard_deadline(const struct sa *sa)
{
    if (sa->state == SA_LARVAL)
        return falls(sa, LARVAL_SECONDS);
    return falls(sa, sa->info.lft.hard_add_expires_seconds);
}

static uint64_t soft_deadline(const struct sa *sa)
{
    if (sa->state != SA_ALIVE || sa->soft_told)
        return UINT64_MAX;
    return falls(sa, sa->info.lft.soft_add_expires_seconds);
}

static void meet(struct table *table, struct sa *sa, struct moment now, tell_fn *tell,
                 void *context)
{
    uint8_t message[XFRM_ANSWER_MAX];
    if (sa->mapping_due) {
        sa->mapping_due = false;
        tell(context, XFRMNLGRP_MAPPING, message, xfrm_mapping(sa, message));
    }
    if (sa->state == SA_DEAD || hard_deadline(sa) <= now.monotonic) {
        tell(context, XFRMNLGRP_EXPIRE, message, xfrm_expire(sa, true, now, message));
        sa_remove(table, sa);
    } else if ((sa->soft_due && !sa->soft_told) || soft_deadline(sa) <= now.monotonic) {
        sa->soft_due = sa->soft_told = true;
        tell(context, XFRMNLGRP_EXPIRE, message, xfrm_expire(sa, false, now, message));
    }
}

int deadlines_meet(struct table *table, struct moment now, tell_fn *tell, void *context)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = table->live_count; i-- > 0;)
        meet(table, table->live[i], now, tell, context);
    for (size_t i = 0; i < table->live_count; i++) {
        uint64_t soft = soft_deadline(table->live[i]), hard = hard_deadline(table->live[i]);
        uint64_t sooner = soft < hard ? soft : hard;
        next = sooner < next ? sooner : next;
    }
    if (next == UINT64_MAX)
        return -1;
    uint64_t left = next - now.monotonic;
    return left > INT_MAX / 1000 ? INT_MAX : (int)(left * 1000);
}
