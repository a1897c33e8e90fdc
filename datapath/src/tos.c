#include "tos.h"

#include "bytes.h"
#include "checksum.h"
#include "table.h"

enum { NOT_ECT, ECT_1, ECT_0, CE, ECN_MASK = 3 };

uint8_t tos_of(const uint8_t *ip)
{
    return ip[0] >> 4 == 4 ? ip[1] : (uint8_t)(load16(ip) >> 4);
}

static void set_tos(uint8_t *ip, uint8_t tos)
{
    if (ip[0] >> 4 == 4) {
        uint16_t before = load16(ip);
        ip[1] = tos;
        checksum_ipv4_change(ip, before, load16(ip));
    } else {
        store16(ip, (uint16_t)((load16(ip) & 0xf00f) | tos << 4));
    }
}

uint8_t tos_encapsulated(const struct sa *sa, const uint8_t *ip)
{
    uint8_t tos = tos_of(ip);
    if (sa->extra_flags & XFRM_SA_XFLAG_DONT_ENCAP_DSCP)
        tos &= ECN_MASK;
    if (sa->info.flags & XFRM_STATE_NOECN)
        tos &= (uint8_t)~ECN_MASK;
    return tos;
}

/* RFC 6040 figure 4: inner codepoints down, outer across; -1 is to be dropped. */
static int ecn_decapsulated(uint8_t inner, uint8_t outer)
{
    static const int8_t out[4][4] = {
        [NOT_ECT] = {[NOT_ECT] = NOT_ECT, [ECT_0] = NOT_ECT, [ECT_1] = NOT_ECT, [CE] = -1},
        [ECT_0] = {[NOT_ECT] = ECT_0, [ECT_0] = ECT_0, [ECT_1] = ECT_1, [CE] = CE},
        [ECT_1] = {[NOT_ECT] = ECT_1, [ECT_0] = ECT_1, [ECT_1] = ECT_1, [CE] = CE},
        [CE] = {[NOT_ECT] = CE, [ECT_0] = CE, [ECT_1] = CE, [CE] = CE},
    };
    return out[inner][outer];
}

bool tos_decapsulate(const struct sa *sa, uint8_t *ip, uint8_t outer)
{
    uint8_t before = tos_of(ip);
    int ecn = before & ECN_MASK;
    uint8_t dscp = before & (uint8_t)~ECN_MASK;
    if (!(sa->info.flags & XFRM_STATE_NOECN))
        ecn = ecn_decapsulated((uint8_t)ecn, outer & ECN_MASK);
    if (ecn < 0)
        return false;
    if (sa->info.flags & XFRM_STATE_DECAP_DSCP)
        dscp = outer & (uint8_t)~ECN_MASK;
    if ((dscp | ecn) != before)
        set_tos(ip, (uint8_t)(dscp | ecn));
    return true;
}
