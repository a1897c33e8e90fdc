/* What is put together for the TUN and taken apart again is what it was, in the same order. */

#include <netinet/in.h>

#include "../src/bytes.h"
#include "../src/coalesce.h"
#include "../src/offload.h"
#include "../src/segment.h"
#include "check.h"
#include "packets.h"

enum { PACKETS = 80, FLOWS = 4, PACKET_MAX = 65535 };

/* What was given to the coalescer, and how much of it has come out. */
struct record {
    struct {
        uint8_t *bytes;
        size_t length;
    } given[PACKETS];
    size_t count, arrived;
    size_t supers, largest; /* super-packets, and most packets in one */
};

/* Byte by byte. Where a packet may not be fragmented its identification means nothing (RFC 6864
 * section 4.1), and may change. */
static bool same(const uint8_t *given, const uint8_t *got, size_t length)
{
    static uint8_t copy[PACKET_MAX];
    memcpy(copy, got, length);
    if (given[0] >> 4 == 4 && load16(given + 6) & DONT_FRAGMENT &&
        load16(given + 4) != load16(got + 4)) {
        if (!ip_checksum_right(given) || !ip_checksum_right(got))
            return false;
        memcpy(copy + 4, given + 4, 2);
        memcpy(copy + 10, given + 10, 2);
    }
    return memcmp(given, copy, length) == 0;
}

/* What the kernel wants to know of a super-packet: lengths, and the sum of the pseudo-header. */
static void check_description(const struct virtio_net_hdr *header, const uint8_t *ip, size_t length)
{
    uint8_t pseudo[40] = {0};
    bool ipv4 = ip[0] >> 4 == 4;
    uint8_t protocol = ip[ipv4 ? 9 : 6];
    size_t upper = upper_of(ip), addresses = ipv4 ? 8 : 32;
    memcpy(pseudo, ip + (ipv4 ? 12 : 8), addresses);
    store16(pseudo + addresses + 2, (uint16_t)(length - upper));
    pseudo[addresses + 7] = protocol;
    CHECK(header->flags == VIRTIO_NET_HDR_F_NEEDS_CSUM);
    CHECK(header->csum_start == upper && header->hdr_len == payload_of(ip));
    CHECK(header->csum_offset == (protocol == IPPROTO_TCP ? 16 : 6));
    uint16_t partial = load16(ip + upper + header->csum_offset);
    uint16_t sum = (uint16_t)~plain_checksum(pseudo, addresses + 8);
    CHECK(partial == sum);
    CHECK(ip_checksum_right(ip));
    CHECK(length == (ipv4 ? load16(ip + 2) : 40u + load16(ip + 4)));
    CHECK(protocol != IPPROTO_UDP || load16(ip + upper + 4) == length - upper);
}

/* What the kernel does with what is written to the TUN: take it apart. */
static void take_apart(void *context, const uint8_t *packet, size_t length)
{
    static uint8_t copy[PACKET_MAX + 1], one[PACKET_MAX + 1];
    struct record *record = context;
    struct virtio_net_hdr header;
    struct segments segments;
    size_t count = 0;
    memcpy(&header, packet, sizeof header);
    memcpy(copy, packet + sizeof header, length - sizeof header);
    if (header.gso_type != VIRTIO_NET_HDR_GSO_NONE)
        check_description(&header, copy, length - sizeof header);
    CHECK(segments_begin(&segments, &header, copy, length - sizeof header));
    for (size_t size; (size = segments_next_length(&segments)); count++) {
        CHECK(record->arrived < record->count);
        CHECK(size == record->given[record->arrived].length);
        CHECK(segments_next(&segments, one) == size);
        CHECK(same(record->given[record->arrived].bytes, one, size));
        record->arrived++;
    }
    CHECK((count > 1) == (header.gso_type != VIRTIO_NET_HDR_GSO_NONE));
    record->supers += count > 1;
    record->largest = count > record->largest ? count : record->largest;
}

/* Give the coalescer packets, in memory of their own so that the sanitizer sees their ends. */
static void give(struct coalescer *coalescer, struct record *record)
{
    uint8_t *buffers[PACKETS];
    coalescer->write = take_apart;
    coalescer->context = record;
    for (size_t i = 0; i < record->count; i++) {
        size_t length = record->given[i].length;
        buffers[i] = malloc(VNET_HEADER + length);
        memcpy(buffers[i] + VNET_HEADER, record->given[i].bytes, length);
        coalesce_add(coalescer, buffers[i] + VNET_HEADER, length);
    }
    coalesce_flush(coalescer);
    coalesce_flush(coalescer); /* writes nothing more */
    CHECK(record->arrived == record->count);
    for (size_t i = 0; i < record->count; i++) {
        free(buffers[i]);
        free(record->given[i].bytes);
    }
    record->count = record->arrived = 0;
}

static void add(struct record *record, const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length);
    memcpy(copy, bytes, length);
    record->given[record->count].bytes = copy;
    record->given[record->count++].length = length;
}

struct flow {
    struct packet next;
    size_t payload; /* of most of its packets */
};

static struct flow a_flow(void)
{
    static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP,
                                        IPPROTO_ICMP};
    static const size_t sizes[] = {1, 2, 100, 535, 1000, 1399, 1400, 8900};
    return (struct flow){
        .next = {
            .ipv6 = below(2),
            .protocol = protocols[below(COUNT(protocols))],
            .ttl = 64,
            .source = (uint8_t)below(2),
            .destination = (uint8_t)below(2),
            .id = (uint16_t)arbitrary(),
            .fragment = below(2) ? DONT_FRAGMENT : 0,
            .source_port = (uint16_t)(1000 + below(2)),
            .destination_port = (uint16_t)(1000 + below(2)),
            .sequence = rarely(4) ? UINT32_MAX - below(10000) : arbitrary(),
            .acknowledgement = arbitrary(),
            .flags = ACK,
            .window = 500,
            .tcp_options = below(2) ? 12 : 0,
            .timestamp = arbitrary(),
        },
        .payload = sizes[below(COUNT(sizes))],
    };
}

/* Something in the packet, and in those after it or not, is other than in the one before. */
static void make_odd(struct flow *flow, struct packet *packet, size_t *payload)
{
    switch (below(20)) {
    case 0: *payload = below((uint32_t)*payload + 1); break;
    case 1: *payload = 0; break;
    case 2: flow->payload = *payload = *payload + 1 + below(50); break;
    case 3: packet->flags |= PSH; break;
    case 4: packet->flags = (uint8_t)arbitrary(); break;
    case 5: packet->tos = (uint8_t)arbitrary(); break;
    case 6: flow->next.tos = packet->tos = (uint8_t)arbitrary(); break;
    case 7: packet->ttl = (uint8_t)arbitrary(); break;
    case 8: packet->id = flow->next.id = (uint16_t)arbitrary(); break;
    case 9: packet->fragment = (uint16_t)arbitrary(); break;
    case 10: packet->ip_options = 4; break;
    case 11: packet->sequence = flow->next.sequence = arbitrary(); break; /* a gap */
    case 12: packet->acknowledgement = flow->next.acknowledgement = arbitrary(); break;
    case 13: packet->window = flow->next.window = (uint16_t)arbitrary(); break;
    case 14: packet->timestamp = flow->next.timestamp = arbitrary(); break;
    case 15: packet->tcp_options = (uint8_t)(4 * below(11)); break;
    case 16: packet->urgent = (uint16_t)arbitrary(); break;
    case 17: packet->source_port++; break;
    case 18: packet->source++; break;
    default: *payload = 64700 + below(700); /* hardly less than IP can carry */
    }
}

/* Break a packet that has been written: what is not right must arrive as wrong as it was. */
static void spoil(uint8_t *ip, size_t length)
{
    size_t upper = upper_of(ip);
    switch (below(6)) {
    case 0: ip[length - 1] ^= 1; break;        /* the checksum of TCP or UDP is wrong */
    case 1: ip[upper + 2] ^= 0x10; break;      /* likewise */
    case 2: ip[ip[0] >> 4 == 4 ? 10 : 7] ^= 1; break; /* IPv4: the header's */
    case 3: store16(ip + upper + 6, 0); break; /* UDP: no checksum */
    case 4: store16(ip + upper + 4, (uint16_t)arbitrary()); repair_checksums(ip, length); break;
    default: ip[upper + 12 % (length - upper)] ^= 0x50; repair_checksums(ip, length);
    }
}

static void add_next(struct record *record, struct flow *flow, uint32_t oddity)
{
    static uint8_t bytes[PACKET_MAX + 1];
    struct packet packet = flow->next;
    size_t payload = flow->payload;
    if (rarely(oddity))
        make_odd(flow, &packet, &payload);
    size_t length = write_packet(&packet, payload, bytes);
    flow->next.id++;
    flow->next.sequence = packet.sequence + (uint32_t)payload;
    if (rarely(oddity) && length >= upper_of(bytes) + 8)
        spoil(bytes, length);
    add(record, bytes, length);
}

/* Several flows, in bursts, as they come. */
static size_t any_packets_arrive_as_they_were(void)
{
    static struct coalescer coalescer;
    struct record record = {0};
    struct flow flows[FLOWS];
    size_t now = 0;
    uint32_t oddity = 3 + below(30);
    coalescer.tcp = !rarely(10);
    coalescer.udp = !rarely(10);
    for (size_t i = 0; i < FLOWS; i++)
        flows[i] = a_flow();
    for (size_t i = 0; i < PACKETS; i++) {
        now = rarely(12) ? below(FLOWS) : now;
        add_next(&record, &flows[now], oddity);
    }
    give(&coalescer, &record);
    return record.supers;
}

/* How many super-packets become of so many packets alike. */
static struct record merged(struct packet packet, size_t count, size_t payload)
{
    static struct coalescer coalescer;
    struct record record = {0};
    struct flow flow = {packet, payload};
    coalescer.tcp = coalescer.udp = true;
    for (size_t i = 0; i < count; i++)
        add_next(&record, &flow, UINT32_MAX);
    give(&coalescer, &record);
    return record;
}

static void what_belongs_together_is_put_together(void)
{
    for (unsigned kind = 0; kind < 4; kind++) {
        struct packet packet = {.ipv6 = kind & 1, .ttl = 64, .flags = ACK,
                                .protocol = kind & 2 ? IPPROTO_TCP : IPPROTO_UDP};
        struct record record = merged(packet, 40, 1400);
        CHECK(record.supers == 1 && record.largest == 40);
        record = merged(packet, 60, 1400); /* more than IP can carry */
        CHECK(record.supers == 2 && record.largest == 46);
        record = merged(packet, 70, 100);
        CHECK(record.largest == (packet.protocol == IPPROTO_UDP ? 64 : 70));
        record = merged(packet, 1, 100);
        CHECK(record.supers == 0 && record.largest == 1);
    }
}

int main(void)
{
    size_t supers = 0;
    for (int i = 0; i < 1500; i++)
        supers += any_packets_arrive_as_they_were();
    CHECK(supers > 1500);
    what_belongs_together_is_put_together();
    return 0;
}
