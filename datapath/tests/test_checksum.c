/* The internet checksum against one that takes 16 bits at a time. */

#include "../src/checksum.h"

#include <netinet/in.h>
#include <stdbool.h>

#include "../src/bytes.h"
#include "check.h"
#include "packets.h"

static uint16_t checksum(const uint8_t *bytes, size_t length)
{
    uint16_t folded = (uint16_t)~sum_fold(sum_bytes(bytes, length, 0));
    uint8_t stored[2];
    memcpy(stored, &folded, 2);
    return load16(stored);
}

static void sums_are_right_at_any_length_and_alignment(void)
{
    for (size_t length = 0; length < 300; length++)
        for (size_t alignment = 0; alignment < 8; alignment++) {
            uint8_t *bytes = malloc(alignment + length + 1);
            fill_arbitrarily(bytes + alignment, length);
            CHECK(checksum(bytes + alignment, length) == plain_checksum(bytes + alignment, length));
            free(bytes);
        }
}

static void sums_do_not_overflow(void)
{
    static uint8_t most[65535];
    for (int byte = 0; byte < 256; byte += 255) {
        memset(most, byte, sizeof most);
        for (size_t length = sizeof most - 5; length <= sizeof most; length++)
            CHECK(checksum(most, length) == plain_checksum(most, length));
    }
}

static void sums_go_on_where_others_end(void)
{
    uint8_t bytes[257];
    fill_arbitrarily(bytes, sizeof bytes);
    for (size_t even = 0; even < sizeof bytes; even += 2) {
        uint64_t sum = sum_bytes(bytes + even, sizeof bytes - even, sum_bytes(bytes, even, 0));
        CHECK(sum_fold(sum) == sum_fold(sum_bytes(bytes, sizeof bytes, 0)));
    }
}

static void ip_headers_get_their_checksum(void)
{
    for (int i = 0; i < 1000; i++) {
        uint8_t header[60];
        fill_arbitrarily(header, sizeof header);
        header[0] = (uint8_t)(0x40 | (5 + below(11)));
        checksum_ipv4(header);
        CHECK(ip_checksum_right(header));
    }
}

static struct packet a_packet(void)
{
    return (struct packet){
        .ipv6 = below(2),
        .protocol = below(2) ? IPPROTO_TCP : IPPROTO_UDP,
        .source = (uint8_t)arbitrary(),
        .destination = (uint8_t)arbitrary(),
        .source_port = (uint16_t)arbitrary(),
        .sequence = arbitrary(),
        .tcp_options = (uint8_t)(4 * below(11)),
    };
}

static void packets_get_their_checksum(void)
{
    static uint8_t ip[2048];
    for (int i = 0; i < 2000; i++) {
        struct packet packet = a_packet();
        size_t length = write_packet(&packet, below(600), ip), upper = upper_of(ip);
        size_t field = packet.protocol == IPPROTO_TCP ? 16 : 6;
        uint16_t right = load16(ip + upper + field);
        uint64_t sum = sum_pseudo_header(ip, packet.protocol, length - upper);
        CHECK(sum_fold(sum_bytes(ip + upper, length - upper, sum)) == 0xffff);
        store16(ip + upper + field, (uint16_t)arbitrary());
        checksum_upper(ip, packet.protocol, ip + upper, length - upper, field);
        CHECK(load16(ip + upper + field) == right);
    }
}

/* A sum of 0xffff makes a checksum of 0, which in UDP means that there is none (RFC 768). */
static void zero_is_written_differently_in_udp(void)
{
    uint8_t ip[64];
    for (int tcp = 0; tcp < 2; tcp++) {
        struct packet packet = a_packet();
        packet.protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP;
        packet.tcp_options = 0;
        size_t length = write_packet(&packet, 2, ip), upper = upper_of(ip), field = tcp ? 16 : 6;
        store16(ip + length - 2, 0);
        store16(ip + length - 2, plain_upper_checksum(ip, length));
        CHECK(plain_upper_checksum(ip, length) == 0);
        checksum_upper(ip, packet.protocol, ip + upper, length - upper, field);
        CHECK(load16(ip + upper + field) == (tcp ? 0 : 0xffff));
    }
}

int main(void)
{
    sums_are_right_at_any_length_and_alignment();
    sums_do_not_overflow();
    sums_go_on_where_others_end();
    ip_headers_get_their_checksum();
    packets_get_their_checksum();
    zero_is_written_differently_in_udp();
    return 0;
}
