/* The SAs and policies of an endpoint: their order, their number, and what is left of them. */

#include "../src/table.h"

#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "packets.h"

static struct table table;

static bool all_zero(const void *memory, size_t length)
{
    const uint8_t *bytes = memory;
    for (size_t i = 0; i < length; i++)
        if (bytes[i])
            return false;
    return true;
}

static uint64_t notices(void)
{
    uint64_t number = 0;
    return read(table.notice, &number, sizeof number) == sizeof number ? number : 0;
}

static void as_many_sas_as_there_is_room(void)
{
    struct sa *added[SAS_MAX];
    for (size_t i = 0; i < SAS_MAX; i++) {
        added[i] = sa_add(&table);
        CHECK(added[i] && table.live[0] == added[i] && table.live_count == i + 1);
        added[i]->state = SA_LARVAL;
        added[i]->info.id.spi = htonl((uint32_t)i + 1);
        for (size_t j = 0; j < i; j++)
            CHECK(added[j] != added[i]);
    }
    CHECK(!sa_add(&table) && table.live_count == SAS_MAX);
    while (table.live_count) { /* in any order; the others keep theirs */
        struct sa *before[SAS_MAX];
        size_t count = table.live_count, at = below((uint32_t)count);
        memcpy(before, table.live, sizeof before);
        sa_remove(&table, before[at]);
        CHECK(table.live_count == count - 1);
        for (size_t i = 0; i < table.live_count; i++)
            CHECK(table.live[i] == before[i < at ? i : i + 1]);
    }
    for (size_t i = 0; i < SAS_MAX; i++)
        CHECK(table.slots[i].state == SA_FREE);
}

/* Not only the keys: whatever was in the slot. */
static void a_removed_sa_leaves_nothing_in_memory(void)
{
    uint8_t key[36], auth_key[32];
    struct suite suite = {.key = key, .key_length = 32, .digest = "SHA2-256", .auth_key = auth_key,
                          .auth_key_length = 32, .icv_length = 16};
    fill_arbitrarily(key, sizeof key);
    fill_arbitrarily(auth_key, sizeof auth_key);
    struct sa *sa = sa_add(&table);
    CHECK(transform_init(&sa->transform, &suite));
    sa->state = SA_ALIVE;
    memcpy(sa->attributes, key, sizeof key);
    sa->attributes_length = sizeof key;
    memset(&sa->replay, 0xff, sizeof sa->replay);
    sa_remove(&table, sa);
    CHECK(all_zero(sa, sizeof *sa));
    CHECK(all_zero(table.slots, sizeof table.slots));
}

static struct sa *an_sa(uint32_t spi, uint32_t reqid)
{
    struct sa *sa = sa_add(&table);
    sa->state = SA_ALIVE;
    sa->info.id.spi = htonl(spi);
    sa->info.id.daddr.a4 = 2;
    sa->info.saddr.a4 = 1;
    sa->info.reqid = reqid;
    memset(&sa->info.lft, 0xff, sizeof sa->info.lft); /* XFRM_INF */
    return sa;
}

static void remove_all(void)
{
    while (table.live_count)
        sa_remove(&table, table.live[0]);
    table.policy_count = 0;
}

static void sas_are_found_by_spi_and_address(void)
{
    struct sa *sa = an_sa(5, 1);
    xfrm_address_t address = {.a4 = 2}, other = {.a4 = 3};
    CHECK(sa_find(&table, htonl(5), &address) == sa);
    CHECK(!sa_find(&table, htonl(5), &other) && !sa_find(&table, htonl(6), &address));
    sa->state = SA_LARVAL;
    CHECK(sa_find(&table, htonl(5), &address) == sa); /* whatever its state */
    CHECK(!sa_for_packet(&table, htonl(5), (struct in_addr){2}));
    sa->state = SA_DEAD;
    CHECK(!sa_for_packet(&table, htonl(5), (struct in_addr){2}));
    remove_all();
}

static void who_uses_an_sa_first_has_it(void)
{
    struct xfrm_user_tmpl template = {.id.daddr.a4 = 2, .saddr.a4 = 1, .reqid = 1};
    struct sa *older = an_sa(5, 1), *newer = an_sa(6, 1), *others = an_sa(7, 2);
    CHECK(sa_for_packet(&table, htonl(6), (struct in_addr){2}) == newer);
    CHECK(sa_for_template(&table, &template) == older); /* the newer one is inbound */
    CHECK(!sa_for_packet(&table, htonl(5), (struct in_addr){2}));
    CHECK(sa_for_packet(&table, htonl(6), (struct in_addr){2}) == newer);
    CHECK(atomic_load(&others->direction) == SA_UNUSED);
    remove_all();
}

static void the_newest_sa_that_a_template_means_is_used(void)
{
    struct xfrm_user_tmpl template = {.id.daddr.a4 = 2, .saddr.a4 = 1, .reqid = 1};
    struct sa *older = an_sa(5, 1), *newer = an_sa(6, 1);
    an_sa(7, 2);
    CHECK(sa_for_template(&table, &template) == newer);
    template.id.spi = htonl(5); /* charon keeps the new one back */
    CHECK(sa_for_template(&table, &template) == older);
    template.id.spi = 0;
    newer->state = SA_DEAD;
    CHECK(sa_for_template(&table, &template) == older);
    template.saddr.a4 = 9;
    CHECK(!sa_for_template(&table, &template));
    remove_all();
}

static void limits_are_noticed_once(void)
{
    struct sa *sa = an_sa(5, 1);
    sa->info.lft.soft_byte_limit = 1000;
    sa->info.lft.hard_packet_limit = 10;
    notices();
    sa_account(&table, sa, 1, 999, 50);
    CHECK(!sa->soft_due && notices() == 0 && sa->first_used == 50 && sa->last_used == 50);
    sa_account(&table, sa, 1, 1, 51);
    CHECK(sa->soft_due && sa->state == SA_ALIVE && notices() == 1);
    sa_account(&table, sa, 7, 1, 52);
    CHECK(sa->state == SA_ALIVE && notices() == 0);
    CHECK(sa->first_used == 50 && sa->last_used == 52 && sa->packets == 9 && sa->bytes == 1001);
    sa_account(&table, sa, 1, 1, 53);
    CHECK(sa->state == SA_DEAD && notices() == 1);
    remove_all();
}

static struct policy a_policy(uint8_t direction, uint32_t priority, uint32_t reqid)
{
    return (struct policy){
        .info = {.dir = direction, .priority = priority, .sel.family = AF_INET},
        .protects = reqid != 0,
        .template.reqid = reqid,
    };
}

static void policies_are_asked_by_priority(void)
{
    for (int i = 0; i < 300; i++) {
        uint32_t number = 0;
        while (table.policy_count < POLICIES_MAX) {
            struct policy policy = a_policy(XFRM_POLICY_OUT, below(5), 1);
            policy.if_id = ++number;
            CHECK(policy_add(&table, &policy));
        }
        struct policy one_more = a_policy(XFRM_POLICY_OUT, 0, 1);
        CHECK(!policy_add(&table, &one_more) && table.policy_count == POLICIES_MAX);
        for (size_t j = below(POLICIES_MAX); j; j--)
            policy_remove(&table, &table.policies[below((uint32_t)table.policy_count)]);
        for (size_t j = 1; j < table.policy_count; j++) {
            const struct policy *a = &table.policies[j - 1], *b = &table.policies[j];
            CHECK(a->info.priority < b->info.priority ||
                  (a->info.priority == b->info.priority && a->if_id < b->if_id));
        }
        table.policy_count = 0;
    }
}

/* The first of a list that it is plainly said to mean. */
static const struct policy *plainly(uint8_t direction, uint32_t reqid)
{
    for (size_t i = 0; i < table.policy_count; i++) {
        const struct policy *policy = &table.policies[i];
        bool asked = direction == XFRM_POLICY_OUT ? policy->info.dir == XFRM_POLICY_OUT
                                                  : policy->info.dir != XFRM_POLICY_OUT;
        bool own = reqid == 0 || !policy->protects || policy->template.reqid == reqid;
        if (asked && own && policy->info.sel.family == AF_INET)
            return policy;
    }
    return NULL;
}

static void the_policy_of_a_packet_is_found(void)
{
    uint8_t ip[128];
    struct packet packet = {.protocol = IPPROTO_UDP};
    size_t length = write_packet(&packet, 10, ip);
    for (int i = 0; i < 3000; i++) {
        for (size_t count = below(6); count; count--) {
            struct policy policy = a_policy((uint8_t)below(3), below(5), below(3));
            policy.info.sel.family = rarely(4) ? AF_INET6 : AF_INET;
            policy_add(&table, &policy);
        }
        uint8_t direction = rarely(2) ? XFRM_POLICY_OUT : XFRM_POLICY_IN;
        uint32_t reqid = below(3);
        CHECK(policy_for(&table, direction, ip, length, reqid) == plainly(direction, reqid));
        CHECK(!policy_for(&table, direction, ip, length - 1, reqid)); /* not whole */
        table.policy_count = 0;
    }
}

int main(void)
{
    CHECK(transforms_load());
    table_init(&table, eventfd(0, EFD_NONBLOCK));
    as_many_sas_as_there_is_room();
    a_removed_sa_leaves_nothing_in_memory();
    sas_are_found_by_spi_and_address();
    who_uses_an_sa_first_has_it();
    the_newest_sa_that_a_template_means_is_used();
    limits_are_noticed_once();
    policies_are_asked_by_priority();
    the_policy_of_a_packet_is_found();
    return 0;
}
