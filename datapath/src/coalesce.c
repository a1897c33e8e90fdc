#include "coalesce.h"

#include <netinet/in.h>
#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "offload.h"

enum {
    TCP_HEADER = 20,
    UDP_HEADER = 8,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
    UDP_SEGMENTS_MAX = 64,
    DONT_FRAGMENT = 0x4000,
};

/* One packet, looked at as a candidate. */
struct candidate {
    uint8_t *ip;
    size_t length, upper, payload;
    bool ipv4, tcp;
};

/* Whether a packet may be part of a super-packet at all: TCP with payload and no other flag than ACK
 * and PSH, or UDP with payload and checksum; no IP options, extension headers or fragments. */
static bool candidate_of(const struct coalescer *coalescer, struct candidate *candidate,
                         uint8_t *ip, size_t length)
{
    bool ipv4 = ip[0] >> 4 == 4;
    size_t upper = ipv4 ? 20 : 40;
    if (length < upper + UDP_HEADER || (ipv4 && (ip[0] != 0x45 || load16(ip + 6) & 0x3fff)))
        return false;
    uint8_t protocol = ip[ipv4 ? 9 : 6];
    size_t payload = upper + UDP_HEADER;
    if (protocol == IPPROTO_TCP && coalescer->tcp && length >= upper + TCP_HEADER) {
        payload = upper + (ip[upper + 12] >> 4) * 4u;
        if (payload < upper + TCP_HEADER || (ip[upper + 13] & ~TCP_PSH) != TCP_ACK)
            return false;
    } else if (protocol != IPPROTO_UDP || !coalescer->udp || load16(ip + upper + 6) == 0 ||
               load16(ip + upper + 4) != length - upper) {
        return false;
    }
    *candidate = (struct candidate){ip, length, upper, payload, ipv4, protocol == IPPROTO_TCP};
    return payload < length;
}

/* A header that is wrong must not be made right: whoever routes the packet is to drop it. */
static bool checksums_right(const struct candidate *candidate)
{
    if (candidate->ipv4 && sum_fold(sum_bytes(candidate->ip, 20, 0)) != 0xffff)
        return false;
    size_t length = candidate->length - candidate->upper;
    uint8_t protocol = candidate->tcp ? IPPROTO_TCP : IPPROTO_UDP;
    uint64_t sum = sum_pseudo_header(candidate->ip, protocol, length);
    return sum_fold(sum_bytes(candidate->ip + candidate->upper, length, sum)) == 0xffff;
}

static bool same_ip_header(const struct coalescer *coalescer, const struct candidate *candidate)
{
    const uint8_t *a = coalescer->first, *b = candidate->ip;
    if (a[0] != b[0])
        return false;
    if (candidate->ipv4) {
        uint16_t id = load16(b + 4);
        return a[1] == b[1] && memcmp(a + 6, b + 6, 4) == 0 && memcmp(a + 12, b + 12, 8) == 0 &&
               (load16(b + 6) & DONT_FRAGMENT || id == coalescer->next_id);
    }
    return memcmp(a, b, 4) == 0 && memcmp(a + 6, b + 6, 34) == 0;
}

static bool same_tcp_header(const struct coalescer *coalescer, const struct candidate *candidate)
{
    const uint8_t *a = coalescer->first + coalescer->upper, *b = candidate->ip + candidate->upper;
    size_t options = coalescer->payload - coalescer->upper - TCP_HEADER;
    return memcmp(a, b, 4) == 0 && load32(b + 4) == coalescer->next_sequence &&
           memcmp(a + 8, b + 8, 4) == 0 && a[12] == b[12] && memcmp(a + 14, b + 14, 2) == 0 &&
           memcmp(a + 18, b + 18, 2) == 0 &&
           memcmp(a + TCP_HEADER, b + TCP_HEADER, options) == 0;
}

/* Whether a candidate goes on where the waiting packet ends. */
static bool follows(const struct coalescer *coalescer, const struct candidate *candidate)
{
    size_t size = candidate->length - candidate->payload;
    if (!coalescer->first || coalescer->closed || coalescer->upper != candidate->upper ||
        coalescer->payload != candidate->payload || size > coalescer->size ||
        coalescer->length + size > SUPER_MAX || !same_ip_header(coalescer, candidate))
        return false;
    if (candidate->tcp)
        return same_tcp_header(coalescer, candidate);
    return coalescer->count < UDP_SEGMENTS_MAX &&
           memcmp(coalescer->first + coalescer->upper, candidate->ip + candidate->upper, 4) == 0;
}

/* The waiting packet, which is single so far, becomes a super-packet's beginning. */
static bool open_super(struct coalescer *coalescer)
{
    struct candidate first = {coalescer->first, coalescer->length, coalescer->upper,
                              coalescer->payload, coalescer->first[0] >> 4 == 4,
                              coalescer->payload - coalescer->upper >= TCP_HEADER};
    if (!checksums_right(&first))
        return false;
    memcpy(coalescer->super + VNET_HEADER, coalescer->first, coalescer->length);
    coalescer->first = coalescer->super + VNET_HEADER;
    return true;
}

static void append(struct coalescer *coalescer, const struct candidate *candidate)
{
    size_t size = candidate->length - candidate->payload;
    memcpy(coalescer->first + coalescer->length, candidate->ip + candidate->payload, size);
    coalescer->length += size;
    coalescer->next_sequence += (uint32_t)size;
    coalescer->next_id++;
    coalescer->count++;
    coalescer->closed = size < coalescer->size;
    if (candidate->tcp && candidate->ip[candidate->upper + 13] & TCP_PSH) {
        coalescer->first[coalescer->upper + 13] |= TCP_PSH;
        coalescer->closed = true;
    }
}

static void hold(struct coalescer *coalescer, uint8_t *ip, size_t length,
                 const struct candidate *candidate)
{
    coalescer->first = ip;
    coalescer->length = length;
    coalescer->count = 1;
    coalescer->closed = !candidate;
    if (!candidate)
        return;
    coalescer->upper = candidate->upper;
    coalescer->payload = candidate->payload;
    coalescer->size = length - candidate->payload;
    coalescer->next_id = (uint16_t)(load16(ip + 4) + 1);
    if (candidate->tcp) {
        coalescer->next_sequence = load32(ip + candidate->upper + 4) + (uint32_t)coalescer->size;
        coalescer->closed = ip[candidate->upper + 13] & TCP_PSH;
    }
}

void coalesce_add(struct coalescer *coalescer, uint8_t *ip, size_t length)
{
    struct candidate candidate;
    bool mergeable = length < SUPER_MAX && candidate_of(coalescer, &candidate, ip, length);
    if (mergeable && follows(coalescer, &candidate) && checksums_right(&candidate) &&
        (coalescer->count > 1 || open_super(coalescer))) {
        append(coalescer, &candidate);
        return;
    }
    coalesce_flush(coalescer);
    hold(coalescer, ip, length, mergeable ? &candidate : NULL);
}

/* Describe a super-packet to the kernel, which will take it apart again where that is needed. */
static void describe(struct coalescer *coalescer, struct virtio_net_hdr *header)
{
    uint8_t *ip = coalescer->first, *upper = ip + coalescer->upper;
    size_t length = coalescer->length - coalescer->upper;
    bool ipv4 = ip[0] >> 4 == 4, tcp = coalescer->payload - coalescer->upper >= TCP_HEADER;
    if (ipv4) {
        store16(ip + 2, (uint16_t)coalescer->length);
        checksum_ipv4(ip);
    } else {
        store16(ip + 4, (uint16_t)(coalescer->length - 40));
    }
    if (!tcp)
        store16(upper + 4, (uint16_t)length);
    uint16_t partial = sum_fold(sum_pseudo_header(ip, tcp ? IPPROTO_TCP : IPPROTO_UDP, length));
    memcpy(upper + (tcp ? 16 : 6), &partial, 2);
    *header = (struct virtio_net_hdr){
        .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type = !tcp   ? VIRTIO_NET_HDR_GSO_UDP_L4
                    : ipv4 ? VIRTIO_NET_HDR_GSO_TCPV4
                           : VIRTIO_NET_HDR_GSO_TCPV6,
        .hdr_len = (uint16_t)coalescer->payload,
        .gso_size = (uint16_t)coalescer->size,
        .csum_start = (uint16_t)coalescer->upper,
        .csum_offset = tcp ? 16 : 6,
    };
}

void coalesce_flush(struct coalescer *coalescer)
{
    struct virtio_net_hdr header = {0};
    if (!coalescer->first)
        return;
    if (coalescer->count > 1)
        describe(coalescer, &header);
    uint8_t *packet = coalescer->first - VNET_HEADER;
    memcpy(packet, &header, VNET_HEADER);
    coalescer->write(coalescer->context, packet, VNET_HEADER + coalescer->length);
    coalescer->first = NULL;
}
