/* IP packets to test with, and checksums as RFC 1071 first explains them: 16 bits at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, PSH = 0x08, ACK = 0x10, URG = 0x20, ECE = 0x40, CWR = 0x80 };
enum { DONT_FRAGMENT = 0x4000, MORE_FRAGMENTS = 0x2000 };

struct packet {
    bool ipv6;
    uint8_t protocol;
    uint8_t tos, ttl;
    uint8_t source, destination; /* last byte of 10.0.0.x, or of fd00::x */
    uint16_t id, fragment;       /* IPv4: identification; flags and offset */
    uint8_t ip_options;          /* IPv4: bytes, a multiple of 4 */
    uint16_t source_port, destination_port;
    uint32_t sequence, acknowledgement; /* from here on TCP's */
    uint8_t flags;
    uint16_t window, urgent;
    uint8_t tcp_options; /* bytes, a multiple of 4 */
    uint32_t timestamp;  /* what the options hold */
};

/* Write the packet, with `payload` arbitrary bytes; returns its length. The checksums are right. */
size_t write_packet(const struct packet *packet, size_t payload, uint8_t *to);

/* Where TCP, UDP or whatever begins; without extension headers. */
size_t upper_of(const uint8_t *ip);

/* Where the payload of a TCP or UDP packet begins. */
size_t payload_of(const uint8_t *ip);

/* The one's complement of the one's complement sum. */
uint16_t plain_checksum(const uint8_t *bytes, size_t length);

/* The same over pseudo-header and upper layer, the checksum's own field taken for 0. */
uint16_t plain_upper_checksum(const uint8_t *ip, size_t length);

/* Whether the checksums of an IP header and of TCP or UDP behind it are right. */
bool ip_checksum_right(const uint8_t *ip);
bool upper_checksum_right(const uint8_t *ip, size_t length);

/* Put the right checksums into a packet that was changed. */
void repair_checksums(uint8_t *ip, size_t length);
