#include "table.h"

#include <openssl/crypto.h>
#include <string.h>
#include <unistd.h>

#include "flow.h"

void table_init(struct table *table, int notice)
{
    memset(table, 0, sizeof *table);
    pthread_mutex_init(&table->inbound, NULL);
    pthread_mutex_init(&table->inbound_gate, NULL);
    pthread_mutex_init(&table->outbound, NULL);
    pthread_mutex_init(&table->outbound_gate, NULL);
    table->notice = notice;
}

/* Who waits for the lock holds the gate, so that whoever had the lock cannot take it again first. */
static void lock_through(pthread_mutex_t *gate, pthread_mutex_t *lock)
{
    pthread_mutex_lock(gate);
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(gate);
}

void table_lock_inbound(struct table *table)
{
    lock_through(&table->inbound_gate, &table->inbound);
}

void table_unlock_inbound(struct table *table)
{
    pthread_mutex_unlock(&table->inbound);
}

void table_lock_outbound(struct table *table)
{
    lock_through(&table->outbound_gate, &table->outbound);
}

void table_unlock_outbound(struct table *table)
{
    pthread_mutex_unlock(&table->outbound);
}

void table_lock(struct table *table)
{
    table_lock_inbound(table);
    table_lock_outbound(table);
}

void table_unlock(struct table *table)
{
    table_unlock_outbound(table);
    table_unlock_inbound(table);
}

void table_notice(const struct table *table)
{
    uint64_t one = 1;
    ssize_t written = write(table->notice, &one, sizeof one);
    (void)written; /* it can fail only when control has been woken very often and not looked yet */
}

struct sa *sa_add(struct table *table)
{
    for (struct sa *sa = table->slots; sa < table->slots + SAS_MAX; sa++) {
        if (sa->state != SA_FREE)
            continue;
        memset(sa, 0, sizeof *sa);
        memmove(table->live + 1, table->live, table->live_count * sizeof *table->live);
        table->live[0] = sa;
        table->live_count++;
        return sa;
    }
    return NULL;
}

void sa_remove(struct table *table, struct sa *sa)
{
    size_t at = 0;
    while (table->live[at] != sa)
        at++;
    table->live_count--;
    memmove(table->live + at, table->live + at + 1, (table->live_count - at) * sizeof *table->live);
    transform_wipe(&sa->transform);
    OPENSSL_cleanse(sa, sizeof *sa);
}

struct sa *sa_find(const struct table *table, uint32_t spi, const xfrm_address_t *daddr)
{
    for (size_t i = 0; i < table->live_count; i++) {
        struct sa *sa = table->live[i];
        if (sa->info.id.spi == spi && sa->info.id.daddr.a4 == daddr->a4)
            return sa;
    }
    return NULL;
}

/* Whether an SA is for this direction; the first to ask decides. */
static bool claimed(struct sa *sa, enum sa_direction direction)
{
    enum sa_direction unused = SA_UNUSED;
    return (atomic_load_explicit(&sa->direction, memory_order_relaxed) == direction ||
            atomic_compare_exchange_strong(&sa->direction, &unused, direction)) &&
           sa->state == SA_ALIVE;
}

struct sa *sa_for_packet(const struct table *table, uint32_t spi, struct in_addr daddr)
{
    xfrm_address_t address = {.a4 = daddr.s_addr};
    struct sa *sa = sa_find(table, spi, &address);
    return sa && claimed(sa, SA_INBOUND) ? sa : NULL;
}

struct sa *sa_for_template(const struct table *table, const struct xfrm_user_tmpl *template)
{
    for (size_t i = 0; i < table->live_count; i++) {
        struct sa *sa = table->live[i];
        if (sa->info.reqid == template->reqid && sa->info.id.daddr.a4 == template->id.daddr.a4 &&
            sa->info.saddr.a4 == template->saddr.a4 &&
            (!template->id.spi || sa->info.id.spi == template->id.spi) &&
            claimed(sa, SA_OUTBOUND))
            return sa;
    }
    return NULL;
}

void sa_account(struct table *table, struct sa *sa, uint64_t packets, uint64_t bytes, uint64_t now)
{
    const struct xfrm_lifetime_cfg *limit = &sa->info.lft;
    sa->packets += packets;
    sa->bytes += bytes;
    sa->last_used = now;
    if (!sa->first_used)
        sa->first_used = now;
    if (sa->bytes >= limit->hard_byte_limit || sa->packets >= limit->hard_packet_limit) {
        sa->state = SA_DEAD;
        table_notice(table);
    } else if (!sa->soft_due &&
               (sa->bytes >= limit->soft_byte_limit || sa->packets >= limit->soft_packet_limit)) {
        sa->soft_due = true;
        table_notice(table);
    }
}

bool policy_add(struct table *table, const struct policy *policy)
{
    if (table->policy_count == POLICIES_MAX)
        return false;
    size_t at = 0;
    while (at < table->policy_count &&
           table->policies[at].info.priority <= policy->info.priority)
        at++;
    memmove(table->policies + at + 1, table->policies + at,
            (table->policy_count - at) * sizeof *table->policies);
    table->policies[at] = *policy;
    table->policy_count++;
    return true;
}

void policy_remove(struct table *table, struct policy *policy)
{
    size_t at = (size_t)(policy - table->policies);
    table->policy_count--;
    memmove(policy, policy + 1, (table->policy_count - at) * sizeof *policy);
}

struct policy *policy_for(struct table *table, uint8_t direction, const uint8_t *ip, size_t length,
                          uint32_t reqid)
{
    struct flow flow;
    if (!flow_of(&flow, ip, length))
        return NULL;
    for (size_t i = 0; i < table->policy_count; i++) {
        struct policy *policy = &table->policies[i];
        bool inwards = policy->info.dir == XFRM_POLICY_IN || policy->info.dir == XFRM_POLICY_FWD;
        if ((direction == XFRM_POLICY_IN ? inwards : policy->info.dir == direction) &&
            (!reqid || !policy->protects || policy->template.reqid == reqid) &&
            flow_matches(&flow, &policy->info.sel))
            return policy;
    }
    return NULL;
}
