/* What is put together for the TUN and taken apart again is what it was, in the same order. */

#include <netinet/in.h>

#include "../src/bytes.h"
#include "../src/checksum.h"
#include "../src/coalesce.h"
#include "../src/segment.h"
#include "check.h"

enum { PACKETS = 60, ROOM = 2048, HEADROOM = 64 };

static uint8_t buffers[PACKETS][ROOM];
static uint8_t sent[PACKETS][ROOM];
static size_t sent_length[PACKETS], arrived, supers;

static void apart(void *context, const uint8_t *packet, size_t length)
{
    static uint8_t copy[70000], one[70000];
    struct virtio_net_hdr header;
    struct segments segments;
    (void)context;
    memcpy(&header, packet, sizeof header);
    memcpy(copy, packet + sizeof header, length - sizeof header);
    CHECK(segments_begin(&segments, &header, copy, length - sizeof header));
    supers += header.gso_type != VIRTIO_NET_HDR_GSO_NONE;
    for (size_t size; (size = segments_next_length(&segments)); arrived++) {
        CHECK(arrived < PACKETS && size == sent_length[arrived]);
        CHECK(segments_next(&segments, one) == size);
        CHECK(memcmp(one, sent[arrived], size) == 0);
    }
}

struct stream {
    bool ipv6, tcp;
    uint8_t host;
    uint32_t sequence;
    uint16_t id;
};

static size_t ip_header(uint8_t *ip, struct stream *stream, size_t upper, uint8_t tos, bool df)
{
    if (stream->ipv6) {
        memset(ip, 0, 40);
        store32(ip, 6u << 28 | (uint32_t)tos << 20);
        store16(ip + 4, (uint16_t)upper);
        ip[6] = stream->tcp ? IPPROTO_TCP : IPPROTO_UDP;
        ip[7] = 64;
        ip[23] = stream->host;
        ip[39] = 2;
        return 40;
    }
    memset(ip, 0, 20);
    ip[0] = 0x45;
    ip[1] = tos;
    store16(ip + 2, (uint16_t)(20 + upper));
    store16(ip + 4, stream->id++);
    store16(ip + 6, df ? 0x4000 : 0);
    ip[8] = 64;
    ip[9] = stream->tcp ? IPPROTO_TCP : IPPROTO_UDP;
    ip[15] = stream->host;
    ip[19] = 2;
    checksum_ipv4(ip);
    return 20;
}

/* The next packet of a stream: mostly alike, now and then with something that must not be merged. */
static size_t next_packet(uint8_t *ip, struct stream *stream)
{
    unsigned odd = arbitrary() % 24;
    size_t payload = odd == 0 ? arbitrary() % 900 : 1000;
    size_t upper = (stream->tcp ? 20 : 8) + payload;
    size_t at = ip_header(ip, stream, upper, odd == 1 ? 3 : 0, stream->host % 2);
    uint8_t *header = ip + at;
    for (size_t i = 0; i < upper; i++)
        header[i] = (uint8_t)arbitrary();
    store16(header, 1000);
    store16(header + 2, 2000);
    if (stream->tcp) {
        stream->sequence += odd == 2 ? 1 : 0; /* a gap */
        store32(header + 4, stream->sequence);
        store32(header + 8, 77);
        header[12] = 5 << 4;
        header[13] = odd == 3 ? 0x18 : odd == 4 ? 0x11 : 0x10;
        store32(header + 14, 0x01000000);
        store16(header + 18, 0);
        stream->sequence += (uint32_t)payload;
        checksum_upper(ip, IPPROTO_TCP, header, upper, 16);
    } else {
        store16(header + 4, (uint16_t)upper);
        checksum_upper(ip, IPPROTO_UDP, header, upper, 6);
        if (odd == 5)
            store16(header + 6, 0); /* none */
    }
    if (odd == 6 && payload)
        header[upper - 1] ^= 1; /* now its checksum is wrong */
    return at + upper;
}

static void round_trip(struct coalescer *coalescer)
{
    struct stream streams[2];
    for (size_t i = 0; i < 2; i++)
        streams[i] = (struct stream){arbitrary() % 2, arbitrary() % 3 > 0, (uint8_t)arbitrary(),
                                     arbitrary(), (uint16_t)arbitrary()};
    arrived = 0;
    size_t now = 0;
    for (size_t i = 0; i < PACKETS; i++) {
        now = arbitrary() % 8 ? now : !now;
        uint8_t *ip = buffers[i] + HEADROOM;
        sent_length[i] = next_packet(ip, &streams[now]);
        memcpy(sent[i], ip, sent_length[i]);
    }
    for (size_t i = 0; i < PACKETS; i++)
        coalesce_add(coalescer, buffers[i] + HEADROOM, sent_length[i]);
    coalesce_flush(coalescer);
    CHECK(arrived == PACKETS);
}

int main(void)
{
    static struct coalescer coalescer = {.tcp = true, .udp = true, .write = apart};
    for (int i = 0; i < 3000; i++)
        round_trip(&coalescer);
    CHECK(supers > 3000);
    return 0;
}
