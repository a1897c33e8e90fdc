#include "flow.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "bytes.h"

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, EXTENSIONS_MAX = 8 };

bool packet_whole(const uint8_t *ip, size_t length, size_t *stated)
{
    if (length >= IPV4_HEADER && ip[0] >> 4 == 4) {
        size_t header = (ip[0] & 15) * 4u;
        *stated = load16(ip + 2);
        return header >= IPV4_HEADER && *stated >= header && *stated <= length;
    }
    if (length >= IPV6_HEADER && ip[0] >> 4 == 6) {
        *stated = IPV6_HEADER + (size_t)load16(ip + 4);
        return *stated <= length;
    }
    return false;
}

static void read_ports(struct flow *flow, const uint8_t *upper, size_t length)
{
    switch (flow->protocol) {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
    case IPPROTO_SCTP:
        if (length >= 4) {
            memcpy(&flow->source_port, upper, 2);
            memcpy(&flow->destination_port, upper + 2, 2);
        }
        return;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6: /* type and code stand for the ports (RFC 4301 section 4.4.1.1) */
        if (length >= 2) {
            flow->source_port = htons(upper[0]);
            flow->destination_port = htons(upper[1]);
        }
    }
}

static void flow_of_ipv4(struct flow *flow, const uint8_t *ip, size_t length)
{
    size_t header = (ip[0] & 15) * 4u;
    *flow = (struct flow){AF_INET, ip[9], ip + 12, ip + 16, 0, 0};
    if ((load16(ip + 6) & 0x1fff) == 0)
        read_ports(flow, ip + header, length - header);
}

/* Step over the extension headers that may precede the upper layer (RFC 8200 section 4.1). */
static void flow_of_ipv6(struct flow *flow, const uint8_t *ip, size_t length)
{
    size_t at = IPV6_HEADER;
    *flow = (struct flow){AF_INET6, ip[6], ip + 8, ip + 24, 0, 0};
    for (int i = 0; i < EXTENSIONS_MAX && length - at >= 8; i++) {
        size_t extension;
        switch (flow->protocol) {
        case IPPROTO_HOPOPTS:
        case IPPROTO_ROUTING:
        case IPPROTO_DSTOPTS:
            extension = 8 + ip[at + 1] * 8u;
            break;
        case IPPROTO_FRAGMENT:
            if (load16(ip + at + 2) & 0xfff8) {
                flow->protocol = ip[at];
                return;
            }
            extension = 8;
            break;
        default:
            read_ports(flow, ip + at, length - at);
            return;
        }
        if (extension > length - at)
            return;
        flow->protocol = ip[at];
        at += extension;
    }
    read_ports(flow, ip + at, length - at);
}

bool flow_of(struct flow *flow, const uint8_t *ip, size_t length)
{
    size_t stated;
    if (!packet_whole(ip, length, &stated))
        return false;
    if (ip[0] >> 4 == 4)
        flow_of_ipv4(flow, ip, stated);
    else
        flow_of_ipv6(flow, ip, stated);
    return true;
}

static bool in_prefix(const uint8_t *address, const xfrm_address_t *prefix, unsigned length)
{
    const uint8_t *bytes = (const uint8_t *)prefix;
    unsigned whole = length / 8, rest = length % 8;
    if (memcmp(address, bytes, whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ bytes[whole]) >> (8 - rest) == 0;
}

bool flow_matches(const struct flow *flow, const struct xfrm_selector *selector)
{
    return selector->family == flow->family &&
           in_prefix(flow->destination, &selector->daddr, selector->prefixlen_d) &&
           in_prefix(flow->source, &selector->saddr, selector->prefixlen_s) &&
           (selector->proto == 0 || selector->proto == flow->protocol) &&
           ((flow->destination_port ^ selector->dport) & selector->dport_mask) == 0 &&
           ((flow->source_port ^ selector->sport) & selector->sport_mask) == 0;
}
