/* What a super-packet stands for, against a plain description of it. */

#include "../src/segment.h"

#include <netinet/in.h>

#include "../src/bytes.h"
#include "../src/offload.h"
#include "check.h"
#include "packets.h"

enum { PAYLOAD_MAX = 60000, ROOM = 66000 };

static uint8_t super[ROOM];

static struct packet a_packet(void)
{
    struct packet packet = {
        .ipv6 = below(2),
        .protocol = below(2) ? IPPROTO_TCP : IPPROTO_UDP,
        .tos = (uint8_t)arbitrary(),
        .ttl = (uint8_t)arbitrary(),
        .source = (uint8_t)arbitrary(),
        .destination = (uint8_t)arbitrary(),
        .id = (uint16_t)arbitrary(),
        .fragment = below(2) ? DONT_FRAGMENT : 0,
        .ip_options = rarely(4) ? (uint8_t)(4 * below(11)) : 0,
        .source_port = (uint16_t)arbitrary(),
        .destination_port = (uint16_t)arbitrary(),
        .sequence = arbitrary(),
        .acknowledgement = arbitrary(),
        .flags = (uint8_t)arbitrary(),
        .window = (uint16_t)arbitrary(),
        .tcp_options = (uint8_t)(4 * below(11)),
        .timestamp = arbitrary(),
    };
    return packet;
}

static struct virtio_net_hdr header_for(const uint8_t *ip, size_t size)
{
    bool tcp = ip[ip[0] >> 4 == 4 ? 9 : 6] == IPPROTO_TCP;
    uint8_t type = !tcp              ? VIRTIO_NET_HDR_GSO_UDP_L4
                   : ip[0] >> 4 == 4 ? VIRTIO_NET_HDR_GSO_TCPV4
                                     : VIRTIO_NET_HDR_GSO_TCPV6;
    return (struct virtio_net_hdr){
        .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type = type,
        .hdr_len = (uint16_t)payload_of(ip),
        .gso_size = (uint16_t)size,
        .csum_start = (uint16_t)upper_of(ip),
        .csum_offset = tcp ? 16 : 6,
    };
}

/* The segment that begins `at` bytes into the payload, written from the description of the whole. */
static size_t write_segment(struct packet packet, size_t number, size_t at, size_t size,
                            size_t payload, uint8_t *to)
{
    size_t left = payload - at, own = left < size ? left : size;
    packet.id = (uint16_t)(packet.id + number);
    packet.sequence += (uint32_t)at;
    if (own < left)
        packet.flags &= (uint8_t)~(FIN | PSH);
    if (number > 0)
        packet.flags &= (uint8_t)~CWR;
    size_t length = write_packet(&packet, own, to);
    memcpy(to + length - own, super + payload_of(super) + at, own);
    repair_checksums(to, length);
    return length;
}

static void a_super_packet_is_taken_apart(void)
{
    static uint8_t expected[ROOM];
    struct packet packet = a_packet();
    size_t payload = 1 + below(rarely(8) ? PAYLOAD_MAX : 8000), size = 1 + below(1500);
    size_t length = write_packet(&packet, payload, super), at = 0;
    struct virtio_net_hdr header = header_for(super, size);
    header.gso_type |= rarely(2) ? VIRTIO_NET_HDR_GSO_ECN : 0;
    struct segments segments;
    CHECK(segments_begin(&segments, &header, super, length));
    for (size_t number = 0; at < payload; number++, at += size) {
        size_t own = write_segment(packet, number, at, size, payload, expected);
        CHECK(segments_next_length(&segments) == own);
        uint8_t *segment = malloc(own); /* so that the sanitizer sees its end */
        CHECK(segments_next(&segments, segment) == own);
        CHECK(memcmp(segment, expected, own) == 0);
        CHECK(ip_checksum_right(segment) && upper_checksum_right(segment, own));
        free(segment);
    }
    CHECK(segments_next_length(&segments) == 0);
}

/* A whole packet whose checksum is left to us holds the sum of its pseudo-header in the place of it. */
static void a_checksum_is_completed(void)
{
    struct packet packet = a_packet();
    size_t length = write_packet(&packet, below(1500), super), upper = upper_of(super);
    struct virtio_net_hdr header = header_for(super, 0);
    struct segments segments;
    uint8_t expected[2048], only[2048];
    memcpy(expected, super, length);
    uint8_t pseudo[40] = {0};
    size_t addresses = packet.ipv6 ? 32 : 8;
    memcpy(pseudo, super + (packet.ipv6 ? 8 : 12), addresses);
    store16(pseudo + addresses + 2, (uint16_t)(length - upper));
    pseudo[addresses + 7] = packet.protocol;
    store16(super + upper + header.csum_offset, (uint16_t)~plain_checksum(pseudo, addresses + 8));
    header.gso_type = VIRTIO_NET_HDR_GSO_NONE;
    CHECK(segments_begin(&segments, &header, super, length));
    CHECK(segments_next_length(&segments) == length && segments_next(&segments, only) == length);
    CHECK(segments_next_length(&segments) == 0);
    CHECK(upper_checksum_right(only, length));
    store16(only + upper + header.csum_offset, load16(expected + upper + header.csum_offset));
    CHECK(memcmp(only, expected, length) == 0);
}

static void other_packets_are_left_alone(void)
{
    struct packet packet = a_packet();
    size_t length = write_packet(&packet, below(1500), super);
    struct virtio_net_hdr header = {0};
    struct segments segments;
    uint8_t expected[2048], only[2048];
    memcpy(expected, super, length);
    CHECK(segments_begin(&segments, &header, super, length + below(20))); /* a link's padding */
    CHECK(segments_next_length(&segments) == length && segments_next(&segments, only) == length);
    CHECK(memcmp(only, expected, length) == 0 && segments_next_length(&segments) == 0);
}

static bool refused(struct virtio_net_hdr header, size_t length)
{
    struct segments segments;
    uint8_t *copy = malloc(length ? length : 1);
    memcpy(copy, super, length);
    bool begun = segments_begin(&segments, &header, copy, length);
    free(copy);
    return !begun;
}

static void what_does_not_fit_is_refused(bool ipv6, bool tcp)
{
    struct packet packet = {.ipv6 = ipv6, .protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP};
    size_t length = write_packet(&packet, 1000, super), upper = upper_of(super);
    struct virtio_net_hdr right = header_for(super, 100), header = right;
    CHECK(!refused(right, length));
    for (size_t cut = 0; cut < length; cut++)
        CHECK(refused(right, cut));
    header.gso_size = 0;
    CHECK(refused(header, length));
    for (unsigned type = 0; type < 128; type++) {
        header = right;
        header.gso_type = (uint8_t)type;
        bool known = type == 0 || type == VIRTIO_NET_HDR_GSO_TCPV4 ||
                     type == VIRTIO_NET_HDR_GSO_TCPV6 || type == VIRTIO_NET_HDR_GSO_UDP_L4;
        CHECK(known || refused(header, length));
    }
    header = right;
    for (size_t start = 0; start < upper; start++) { /* inside the IP header */
        header.csum_start = (uint16_t)start;
        CHECK(refused(header, length));
    }
    for (size_t start = length - 7; start < 65536; start += 1 + start % 100) {
        header.csum_start = (uint16_t)start;
        CHECK(refused(header, length));
    }
    header = right;
    header.gso_type = VIRTIO_NET_HDR_GSO_NONE;
    for (size_t offset = length - upper - 1; offset < 65536; offset += 1 + offset % 100) {
        header.csum_offset = (uint16_t)offset;
        CHECK(refused(header, length));
    }
}

static void a_tcp_header_that_does_not_fit_is_refused(void)
{
    struct packet packet = {.protocol = IPPROTO_TCP};
    size_t length = write_packet(&packet, 20, super);
    struct virtio_net_hdr header = header_for(super, 10);
    for (unsigned words = 0; words < 16; words++) {
        super[20 + 12] = (uint8_t)(words << 4);
        CHECK(refused(header, length) == (words < 5 || words >= 10)); /* too short, or no payload */
    }
}

int main(void)
{
    for (int i = 0; i < 2000; i++)
        a_super_packet_is_taken_apart();
    for (int i = 0; i < 2000; i++) {
        a_checksum_is_completed();
        other_packets_are_left_alone();
    }
    for (unsigned kind = 0; kind < 4; kind++)
        what_does_not_fit_is_refused(kind & 1, kind & 2);
    a_tcp_header_that_does_not_fit_is_refused();
    return 0;
}
