#include "packets.h"

#include <netinet/in.h>
#include <string.h>

#include "../src/bytes.h"
#include "check.h"

static size_t write_ipv4(const struct packet *packet, size_t upper, uint8_t *ip)
{
    size_t header = 20u + packet->ip_options;
    memset(ip, 0, header);
    ip[0] = (uint8_t)(0x40 | header / 4);
    ip[1] = packet->tos;
    store16(ip + 2, (uint16_t)(header + upper));
    store16(ip + 4, packet->id);
    store16(ip + 6, packet->fragment);
    ip[8] = packet->ttl;
    ip[9] = packet->protocol;
    ip[12] = ip[16] = 10;
    ip[15] = packet->source;
    ip[19] = packet->destination;
    memset(ip + 20, 1, packet->ip_options); /* no operation */
    return header;
}

static size_t write_ipv6(const struct packet *packet, size_t upper, uint8_t *ip)
{
    memset(ip, 0, 40);
    store32(ip, 6u << 28 | (uint32_t)packet->tos << 20);
    store16(ip + 4, (uint16_t)upper);
    ip[6] = packet->protocol;
    ip[7] = packet->ttl;
    ip[8] = ip[24] = 0xfd;
    ip[23] = packet->source;
    ip[39] = packet->destination;
    return 40;
}

static size_t upper_header(const struct packet *packet)
{
    switch (packet->protocol) {
    case IPPROTO_TCP:
        return 20u + packet->tcp_options;
    case IPPROTO_UDP:
        return 8;
    default:
        return 4;
    }
}

static void write_tcp(const struct packet *packet, uint8_t *tcp)
{
    store32(tcp + 4, packet->sequence);
    store32(tcp + 8, packet->acknowledgement);
    tcp[12] = (uint8_t)((20 + packet->tcp_options) / 4 << 4);
    tcp[13] = packet->flags;
    store16(tcp + 14, packet->window);
    store16(tcp + 18, packet->urgent);
    for (size_t i = 0; i < packet->tcp_options; i += 4)
        store32(tcp + 20 + i, packet->timestamp);
}

size_t write_packet(const struct packet *packet, size_t payload, uint8_t *to)
{
    size_t header = upper_header(packet), length = header + payload;
    size_t at = packet->ipv6 ? write_ipv6(packet, length, to) : write_ipv4(packet, length, to);
    uint8_t *upper = to + at;
    memset(upper, 0, header);
    store16(upper, packet->source_port);
    store16(upper + 2, packet->destination_port);
    if (packet->protocol == IPPROTO_TCP)
        write_tcp(packet, upper);
    else if (packet->protocol == IPPROTO_UDP)
        store16(upper + 4, (uint16_t)length);
    fill_arbitrarily(upper + header, payload);
    repair_checksums(to, at + length);
    return at + length;
}

size_t upper_of(const uint8_t *ip)
{
    return ip[0] >> 4 == 4 ? (ip[0] & 15) * 4u : 40;
}

static uint8_t protocol_of(const uint8_t *ip)
{
    return ip[ip[0] >> 4 == 4 ? 9 : 6];
}

size_t payload_of(const uint8_t *ip)
{
    size_t upper = upper_of(ip);
    return upper + (protocol_of(ip) == IPPROTO_TCP ? (ip[upper + 12] >> 4) * 4u : 8);
}

uint16_t plain_checksum(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i += 2) {
        sum += (uint32_t)bytes[i] << 8 | (i + 1 < length ? bytes[i + 1] : 0);
        if (sum > 0xffff)
            sum -= 0xffff; /* the carry comes back in at the end */
    }
    return (uint16_t)~sum;
}

/* Where the checksum is in TCP or UDP. */
static size_t field_of(const uint8_t *ip)
{
    return protocol_of(ip) == IPPROTO_TCP ? 16 : 6;
}

uint16_t plain_upper_checksum(const uint8_t *ip, size_t length)
{
    static uint8_t bytes[40 + 70000];
    size_t upper = upper_of(ip), at = 0;
    size_t addresses = ip[0] >> 4 == 4 ? 8 : 32;
    memcpy(bytes, ip + (ip[0] >> 4 == 4 ? 12 : 8), addresses);
    at += addresses;
    store32(bytes + at, (uint32_t)(length - upper));
    store32(bytes + at + 4, protocol_of(ip));
    at += 8;
    memcpy(bytes + at, ip + upper, length - upper);
    store16(bytes + at + field_of(ip), 0);
    return plain_checksum(bytes, at + length - upper);
}

bool ip_checksum_right(const uint8_t *ip)
{
    return ip[0] >> 4 != 4 || plain_checksum(ip, (ip[0] & 15) * 4u) == 0;
}

bool upper_checksum_right(const uint8_t *ip, size_t length)
{
    uint16_t stated = load16(ip + upper_of(ip) + field_of(ip));
    uint16_t right = plain_upper_checksum(ip, length);
    return stated == right || (right == 0 && stated == 0xffff); /* the two zeros are one number */
}

void repair_checksums(uint8_t *ip, size_t length)
{
    uint8_t protocol = protocol_of(ip);
    if (ip[0] >> 4 == 4) {
        store16(ip + 10, 0);
        store16(ip + 10, plain_checksum(ip, (ip[0] & 15) * 4u));
    }
    if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
        return;
    uint16_t checksum = plain_upper_checksum(ip, length);
    if (checksum == 0 && protocol == IPPROTO_UDP)
        checksum = 0xffff; /* zero would say that there is none (RFC 768) */
    store16(ip + upper_of(ip) + field_of(ip), checksum);
}
