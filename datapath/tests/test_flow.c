/* Which packets a selector means. */

#include "../src/flow.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "../src/bytes.h"
#include "check.h"
#include "packets.h"

static bool whole(const uint8_t *ip, size_t length, size_t *stated)
{
    uint8_t *copy = malloc(length ? length : 1); /* so that the sanitizer sees its end */
    memcpy(copy, ip, length);
    bool is = packet_whole(copy, length, stated);
    free(copy);
    return is;
}

static void a_packet_is_whole_with_its_stated_length(void)
{
    uint8_t ip[256] = {0};
    size_t stated;
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        struct packet packet = {.ipv6 = ipv6, .protocol = IPPROTO_UDP, .ip_options = ipv6 ? 0 : 12};
        size_t length = write_packet(&packet, 30, ip);
        for (size_t cut = 0; cut < length; cut++)
            CHECK(!whole(ip, cut, &stated));
        for (size_t more = 0; more < 20; more++)
            CHECK(whole(ip, length + more, &stated) && stated == length);
    }
}

static void a_wrong_header_is_refused(void)
{
    uint8_t ip[256] = {0};
    size_t stated;
    struct packet packet = {.protocol = IPPROTO_UDP};
    write_packet(&packet, 30, ip);
    for (unsigned first = 0; first < 256; first++) {
        ip[0] = (uint8_t)first;
        unsigned version = first >> 4, words = first & 15;
        bool right = (version == 4 && words >= 5 && words * 4 <= 58) || version == 6;
        if (version == 6)
            store16(ip + 4, 10); /* the payload's length is there */
        else
            store16(ip + 2, 58);
        CHECK(whole(ip, 60, &stated) == right);
    }
    ip[0] = 0x45;
    for (unsigned length = 0; length < 65536; length++) {
        store16(ip + 2, (uint16_t)length);
        CHECK(packet_whole(ip, 200, &stated) == (length >= 20 && length <= 200));
    }
}

/* The flow of a packet, which is looked at in memory that ends with it. */
static struct flow flow(const uint8_t *ip, size_t length)
{
    static uint8_t *copy;
    struct flow flow;
    free(copy);
    copy = malloc(length);
    memcpy(copy, ip, length);
    CHECK(flow_of(&flow, copy, length));
    return flow;
}

static bool ports_are(const struct flow *flow, uint16_t source, uint16_t destination)
{
    return ntohs(flow->source_port) == source && ntohs(flow->destination_port) == destination;
}

static void ports_are_read_of_what_has_some(void)
{
    static const uint8_t with[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_SCTP};
    uint8_t ip[256];
    for (int protocol = 0; protocol < 256; protocol++) {
        struct packet packet = {.protocol = (uint8_t)protocol, .source = 1, .destination = 2,
                                .source_port = 0x0304, .destination_port = 0x0506};
        size_t length = write_packet(&packet, 20, ip);
        struct flow seen = flow(ip, length);
        CHECK(seen.family == AF_INET && seen.protocol == protocol);
        CHECK(seen.source[3] == 1 && seen.destination[3] == 2);
        if (memchr(with, protocol, sizeof with))
            CHECK(ports_are(&seen, 0x0304, 0x0506));
        else if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6)
            CHECK(ports_are(&seen, 3, 4)); /* type and code */
        else
            CHECK(ports_are(&seen, 0, 0));
    }
}

static void a_later_fragment_has_no_ports(void)
{
    uint8_t ip[256];
    struct packet packet = {.protocol = IPPROTO_UDP, .source_port = 7, .destination_port = 8,
                            .fragment = MORE_FRAGMENTS};
    struct flow seen = flow(ip, write_packet(&packet, 20, ip));
    CHECK(ports_are(&seen, 7, 8));
    for (uint16_t offset = 1; offset < 0x2000; offset = (uint16_t)(offset * 2)) {
        packet.fragment = offset;
        seen = flow(ip, write_packet(&packet, 20, ip));
        CHECK(seen.protocol == IPPROTO_UDP && ports_are(&seen, 0, 0));
    }
}

static void a_short_upper_layer_has_no_ports(void)
{
    uint8_t ip[256];
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        struct packet packet = {.ipv6 = ipv6, .protocol = IPPROTO_UDP, .source_port = 7,
                                .destination_port = 8};
        write_packet(&packet, 0, ip);
        for (size_t upper = 0; upper < 8; upper++) {
            size_t length = upper_of(ip) + upper;
            store16(ip + (ipv6 ? 4 : 2), (uint16_t)(ipv6 ? upper : length));
            struct flow seen = flow(ip, length);
            CHECK(ports_are(&seen, upper < 4 ? 0 : 7, upper < 4 ? 0 : 8));
        }
    }
}

/* Put extension headers between the IPv6 header and UDP; each is a type, and a length in units of 8
 * bytes, of which the first does not count. */
static size_t with_extensions(const uint8_t *extensions, size_t count, uint8_t *ip)
{
    struct packet packet = {.ipv6 = true, .protocol = IPPROTO_UDP, .source_port = 7,
                            .destination_port = 8};
    uint8_t udp[64];
    size_t length = write_packet(&packet, 10, ip), at = 40;
    memcpy(udp, ip + 40, length - 40);
    uint8_t *next = ip + 6;
    for (size_t i = 0; i < count; i++) {
        size_t size = 8 + 8u * extensions[2 * i + 1];
        *next = extensions[2 * i];
        memset(ip + at, 0, size);
        ip[at + 1] = extensions[2 * i + 1];
        next = ip + at;
        at += size;
    }
    *next = IPPROTO_UDP;
    memcpy(ip + at, udp, length - 40);
    store16(ip + 4, (uint16_t)(at + length - 80));
    return at + length - 40;
}

static void extension_headers_are_stepped_over(void)
{
    static const uint8_t kinds[] = {IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS};
    static uint8_t ip[20000];
    uint8_t extensions[16];
    for (int i = 0; i < 2000; i++) {
        size_t count = below(8);
        for (size_t j = 0; j < count; j++) {
            extensions[2 * j] = kinds[below(3)];
            extensions[2 * j + 1] = (uint8_t)(rarely(8) ? 255 : below(4));
        }
        size_t length = with_extensions(extensions, count, ip);
        struct flow seen = flow(ip, length);
        CHECK(seen.family == AF_INET6 && seen.protocol == IPPROTO_UDP && ports_are(&seen, 7, 8));
        for (size_t cut = 40; cut < length; cut += 1 + cut / 20) {
            store16(ip + 4, (uint16_t)(cut - 40));
            flow(ip, cut); /* whatever it says, it reads no further */
        }
    }
}

/* Someone who sends more of them than any host does shall not hide the ports from a policy that has
 * some: then there are none, and it does not match. */
static void too_many_extension_headers_hide_everything(void)
{
    static uint8_t ip[2000];
    uint8_t extensions[2 * 20];
    for (size_t i = 0; i < 20; i++) {
        extensions[2 * i] = IPPROTO_DSTOPTS;
        extensions[2 * i + 1] = 0;
    }
    struct flow seen = flow(ip, with_extensions(extensions, 20, ip));
    CHECK(seen.protocol == IPPROTO_DSTOPTS && ports_are(&seen, 0, 0));
}

static void an_ipv6_fragment_is_seen(void)
{
    static const uint8_t extensions[] = {IPPROTO_HOPOPTS, 0, IPPROTO_FRAGMENT, 0};
    uint8_t ip[256];
    size_t length = with_extensions(extensions, 2, ip);
    struct flow seen = flow(ip, length);
    CHECK(seen.protocol == IPPROTO_UDP && ports_are(&seen, 7, 8)); /* the first fragment */
    store16(ip + 48 + 2, 0x0008);
    seen = flow(ip, length);
    CHECK(seen.protocol == IPPROTO_UDP && ports_are(&seen, 0, 0));
    store16(ip + 48 + 2, 0x0001); /* more follow; still the first */
    seen = flow(ip, length);
    CHECK(ports_are(&seen, 7, 8));
}

/* One bit at a time. */
static bool plainly_in_prefix(const uint8_t *address, const uint8_t *prefix, unsigned length)
{
    for (unsigned bit = 0; bit < length; bit++)
        if ((address[bit / 8] ^ prefix[bit / 8]) & 0x80 >> bit % 8)
            return false;
    return true;
}

static void prefixes_match_by_their_bits(void)
{
    for (int i = 0; i < 20000; i++) {
        bool ipv6 = below(2);
        unsigned bits = ipv6 ? 128 : 32;
        uint8_t source[16], destination[16];
        struct xfrm_selector selector = {.family = ipv6 ? AF_INET6 : AF_INET,
                                         .prefixlen_s = (uint8_t)below(bits + 1),
                                         .prefixlen_d = (uint8_t)below(bits + 1)};
        fill_arbitrarily(source, sizeof source);
        fill_arbitrarily(destination, sizeof destination);
        memcpy(&selector.saddr, source, 16);
        memcpy(&selector.daddr, destination, 16);
        for (unsigned flips = below(3); flips; flips--) {
            source[below(bits) / 8] ^= (uint8_t)(1 << below(8));
            destination[below(bits) / 8] ^= (uint8_t)(1 << below(8));
        }
        struct flow seen = {selector.family, 17, source, destination, 0, 0};
        CHECK(flow_matches(&seen, &selector) ==
              (plainly_in_prefix(source, (uint8_t *)&selector.saddr, selector.prefixlen_s) &&
               plainly_in_prefix(destination, (uint8_t *)&selector.daddr, selector.prefixlen_d)));
    }
}

static void the_longest_and_shortest_prefixes_match(void)
{
    uint8_t zero[16] = {0}, last[16] = {0};
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        uint16_t family = ipv6 ? AF_INET6 : AF_INET;
        uint8_t bits = ipv6 ? 128 : 32;
        struct xfrm_selector all = {.family = family};
        struct xfrm_selector one = {.family = family, .prefixlen_s = bits, .prefixlen_d = bits};
        last[bits / 8 - 1] = 1;
        struct flow here = {family, 6, zero, zero, 0, 0}, other = {family, 6, zero, last, 0, 0};
        CHECK(flow_matches(&here, &all) && flow_matches(&other, &all));
        CHECK(flow_matches(&here, &one) && !flow_matches(&other, &one));
        all.family = ipv6 ? AF_INET : AF_INET6;
        CHECK(!flow_matches(&here, &all));
        last[bits / 8 - 1] = 0;
    }
}

static void protocols_and_ports_match(void)
{
    uint8_t address[16] = {0};
    struct flow seen = {AF_INET, IPPROTO_TCP, address, address, htons(1234), htons(443)};
    struct xfrm_selector selector = {.family = AF_INET};
    CHECK(flow_matches(&seen, &selector));
    selector.proto = IPPROTO_UDP;
    CHECK(!flow_matches(&seen, &selector));
    selector.proto = IPPROTO_TCP;
    CHECK(flow_matches(&seen, &selector));
    selector.dport = htons(443);
    selector.dport_mask = htons(0xffff);
    CHECK(flow_matches(&seen, &selector));
    selector.dport = htons(444);
    CHECK(!flow_matches(&seen, &selector));
    selector.dport_mask = htons(0xfff8); /* 440 to 447 */
    CHECK(flow_matches(&seen, &selector));
    selector.sport = htons(1235);
    selector.sport_mask = htons(0xffff);
    CHECK(!flow_matches(&seen, &selector));
    selector.sport_mask = htons(0xfffe);
    CHECK(flow_matches(&seen, &selector));
}

int main(void)
{
    a_packet_is_whole_with_its_stated_length();
    a_wrong_header_is_refused();
    ports_are_read_of_what_has_some();
    a_later_fragment_has_no_ports();
    a_short_upper_layer_has_no_ports();
    extension_headers_are_stepped_over();
    too_many_extension_headers_hide_everything();
    an_ipv6_fragment_is_seen();
    prefixes_match_by_their_bits();
    the_longest_and_shortest_prefixes_match();
    protocols_and_ports_match();
    return 0;
}
