#include "checksum.h"

#include <netinet/in.h>
#include <string.h>

#include "bytes.h"

uint64_t sum_bytes(const uint8_t *bytes, size_t length, uint64_t sum)
{
    /* 32-bit words into a 64-bit sum: no carry to look after, and compilers make vectors of it. */
    for (; length >= 4; bytes += 4, length -= 4) {
        uint32_t word;
        memcpy(&word, bytes, 4);
        sum += word;
    }
    uint32_t rest = 0;
    memcpy(&rest, bytes, length);
    return sum + rest;
}

uint16_t sum_fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

uint64_t sum_pseudo_header(const uint8_t *ip, uint8_t protocol, size_t length)
{
    uint8_t tail[8] = {0};
    store32(tail, (uint32_t)length);
    tail[7] = protocol;
    uint64_t sum = sum_bytes(tail, sizeof tail, 0);
    return ip[0] >> 4 == 4 ? sum_bytes(ip + 12, 8, sum) : sum_bytes(ip + 8, 32, sum);
}

static void store_sum(uint8_t *to, uint16_t folded)
{
    memcpy(to, &folded, 2);
}

void checksum_ipv4(uint8_t *ip)
{
    store16(ip + 10, 0);
    store_sum(ip + 10, (uint16_t)~sum_fold(sum_bytes(ip, (ip[0] & 15) * 4u, 0)));
}

void checksum_ipv4_change(uint8_t *ip, uint16_t before, uint16_t after)
{
    uint32_t sum = (uint32_t)(uint16_t)~load16(ip + 10) + (uint16_t)~before + after;
    store16(ip + 10, (uint16_t)~sum_fold(sum));
}

void checksum_upper(const uint8_t *ip, uint8_t protocol, uint8_t *upper, size_t length,
                    size_t field)
{
    store16(upper + field, 0);
    uint64_t sum = sum_bytes(upper, length, sum_pseudo_header(ip, protocol, length));
    uint16_t checksum = (uint16_t)~sum_fold(sum);
    if (checksum == 0 && protocol == IPPROTO_UDP)
        checksum = 0xffff; /* zero means that there is none (RFC 768) */
    store_sum(upper + field, checksum);
}
