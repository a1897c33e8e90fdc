/* DSCP and ECN across the tunnel, against RFC 6040 in words. */

#include "../src/tos.h"

#include <netinet/in.h>

#include "../src/bytes.h"
#include "../src/table.h"
#include "check.h"
#include "packets.h"

enum { NOT_ECT, ECT_1, ECT_0, CE, DROPPED = -1 };

/* RFC 6040 section 4.2: a not-ECT inner header hears of no congestion; otherwise the more severe of the
 * two marks is kept, where CE is the most severe and an outer ECT(1) counts for more than ECT(0). */
static int decapsulated(int inner, int outer)
{
    if (inner == NOT_ECT)
        return outer == CE ? DROPPED : NOT_ECT;
    if (inner == CE || outer == CE)
        return CE;
    if (inner == ECT_1 || outer == ECT_1)
        return ECT_1;
    return ECT_0;
}

static size_t a_packet(bool ipv6, uint8_t tos, uint8_t *ip)
{
    struct packet packet = {.ipv6 = ipv6, .protocol = IPPROTO_UDP, .tos = tos, .ttl = 9,
                            .id = (uint16_t)arbitrary(), .ip_options = ipv6 ? 0 : 8};
    size_t length = write_packet(&packet, 20, ip);
    if (ipv6)
        store32(ip, load32(ip) | below(1 << 20)); /* a flow label */
    return length;
}

/* The packet as it was, but for its type of service. */
static void check_only_tos_changed(const uint8_t *before, uint8_t *ip, size_t length, uint8_t tos)
{
    CHECK(tos_of(ip) == tos);
    CHECK(ip_checksum_right(ip));
    uint8_t expected[256];
    memcpy(expected, before, length);
    if (ip[0] >> 4 == 4)
        expected[1] = tos;
    else
        store32(expected, (load32(before) & 0xf00fffff) | (uint32_t)tos << 20);
    repair_checksums(expected, length);
    CHECK(memcmp(expected, ip, length) == 0);
}

static void every_pair_is_decapsulated(bool ipv6, uint8_t flags)
{
    struct sa sa = {.info.flags = flags};
    for (int tos = 0; tos < 256; tos++)
        for (int outer = 0; outer < 256; outer++) {
            uint8_t ip[256], before[256];
            size_t length = a_packet(ipv6, (uint8_t)tos, ip);
            memcpy(before, ip, length);
            int ecn = flags & XFRM_STATE_NOECN ? tos & 3 : decapsulated(tos & 3, outer & 3);
            int dscp = (flags & XFRM_STATE_DECAP_DSCP ? outer : tos) & 0xfc;
            CHECK(tos_decapsulate(&sa, ip, (uint8_t)outer) == (ecn != DROPPED));
            if (ecn != DROPPED)
                check_only_tos_changed(before, ip, length, (uint8_t)(dscp | ecn));
        }
}

static void every_value_is_encapsulated(bool ipv6)
{
    for (int tos = 0; tos < 256; tos++) {
        uint8_t ip[256];
        struct sa sa = {0};
        a_packet(ipv6, (uint8_t)tos, ip);
        CHECK(tos_of(ip) == tos);
        CHECK(tos_encapsulated(&sa, ip) == tos);
        sa.extra_flags = XFRM_SA_XFLAG_DONT_ENCAP_DSCP;
        CHECK(tos_encapsulated(&sa, ip) == (tos & 3));
        sa.info.flags = XFRM_STATE_NOECN;
        CHECK(tos_encapsulated(&sa, ip) == 0);
        sa.extra_flags = 0;
        CHECK(tos_encapsulated(&sa, ip) == (tos & 0xfc));
    }
}

/* Whoever gets the packet must see that its header was damaged on the way. */
static void a_wrong_checksum_stays_wrong(void)
{
    struct sa sa = {.info.flags = XFRM_STATE_DECAP_DSCP};
    for (int outer = 0; outer < 256; outer++) {
        uint8_t ip[256];
        a_packet(false, ECT_0, ip);
        ip[8] ^= 1;
        CHECK(tos_decapsulate(&sa, ip, (uint8_t)outer));
        CHECK(!ip_checksum_right(ip));
    }
}

int main(void)
{
    static const uint8_t flags[] = {0, XFRM_STATE_NOECN, XFRM_STATE_DECAP_DSCP,
                                    XFRM_STATE_NOECN | XFRM_STATE_DECAP_DSCP};
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        for (size_t i = 0; i < COUNT(flags); i++)
            every_pair_is_decapsulated(ipv6, flags[i]);
        every_value_is_encapsulated(ipv6);
    }
    a_wrong_checksum_stays_wrong();
    return 0;
}
