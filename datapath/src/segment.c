#include "segment.h"

#include <netinet/in.h>
#include <string.h>

#include "bytes.h"
#include "checksum.h"
#include "flow.h"
#include "offload.h"

enum { TCP_HEADER = 20, UDP_HEADER = 8, TCP_FIN = 0x01, TCP_PSH = 0x08, TCP_CWR = 0x80 };

/* Finish a checksum of which the kernel has summed the pseudo-header only. */
static bool complete_checksum(const struct virtio_net_hdr *header, uint8_t *ip, size_t length)
{
    size_t start = header->csum_start, field = start + header->csum_offset;
    if (field + 2 > length)
        return false;
    uint16_t checksum = (uint16_t)~sum_fold(sum_bytes(ip + start, length - start, 0));
    if (checksum == 0)
        checksum = 0xffff;
    memcpy(ip + field, &checksum, 2);
    return true;
}

bool segments_begin(struct segments *segments, const struct virtio_net_hdr *header, uint8_t *ip,
                    size_t length)
{
    size_t stated;
    *segments = (struct segments){.ip = ip, .length = length};
    if (!packet_whole(ip, length, &stated))
        return false;
    uint8_t type = header->gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
    if (type == VIRTIO_NET_HDR_GSO_NONE) {
        segments->length = stated;
        return !(header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ||
               complete_checksum(header, ip, stated);
    }
    segments->tcp = type == VIRTIO_NET_HDR_GSO_TCPV4 || type == VIRTIO_NET_HDR_GSO_TCPV6;
    if (!segments->tcp && type != VIRTIO_NET_HDR_GSO_UDP_L4)
        return false;
    segments->upper = header->csum_start;
    segments->size = header->gso_size;
    size_t least = segments->upper + (segments->tcp ? TCP_HEADER : UDP_HEADER);
    size_t ip_header = ip[0] >> 4 == 4 ? (ip[0] & 15) * 4u : 40;
    if (segments->size == 0 || segments->upper < ip_header || least > length)
        return false;
    segments->payload = segments->tcp ? segments->upper + (ip[segments->upper + 12] >> 4) * 4u : least;
    return segments->payload >= least && segments->payload < length;
}

size_t segments_next_length(const struct segments *segments)
{
    if (segments->size == 0)
        return segments->at ? 0 : segments->length;
    size_t left = segments->length - segments->payload - segments->at;
    if (left == 0)
        return 0;
    return segments->payload + (left < segments->size ? left : segments->size);
}

static void set_ip(const struct segments *segments, uint8_t *ip, size_t length)
{
    if (ip[0] >> 4 == 4) {
        size_t number = segments->at / segments->size;
        store16(ip + 2, (uint16_t)length);
        store16(ip + 4, (uint16_t)(load16(ip + 4) + number));
        checksum_ipv4(ip);
    } else {
        store16(ip + 4, (uint16_t)(length - 40));
    }
}

static void set_tcp(const struct segments *segments, uint8_t *tcp, bool last)
{
    store32(tcp + 4, load32(tcp + 4) + (uint32_t)segments->at);
    if (!last)
        tcp[13] &= (uint8_t)~(TCP_FIN | TCP_PSH);
    if (segments->at)
        tcp[13] &= (uint8_t)~TCP_CWR; /* said once (RFC 3168 section 6.1.2) */
}

size_t segments_next(struct segments *segments, uint8_t *to)
{
    size_t length = segments_next_length(segments);
    if (segments->size == 0) {
        memcpy(to, segments->ip, length);
        segments->at = length;
        return length;
    }
    size_t payload = length - segments->payload, upper = segments->upper;
    memcpy(to, segments->ip, segments->payload);
    memcpy(to + segments->payload, segments->ip + segments->payload + segments->at, payload);
    set_ip(segments, to, length);
    if (segments->tcp) {
        set_tcp(segments, to + upper, segments->payload + segments->at + payload == segments->length);
        checksum_upper(to, IPPROTO_TCP, to + upper, length - upper, 16);
    } else {
        store16(to + upper + 4, (uint16_t)(length - upper));
        checksum_upper(to, IPPROTO_UDP, to + upper, length - upper, 6);
    }
    segments->at += payload;
    return length;
}
