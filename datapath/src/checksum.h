/* The internet checksum (RFC 1071), over IP headers and over TCP and UDP with their pseudo-header. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Add bytes to a sum that is not yet folded. All but the last piece must be of even length. */
uint64_t sum_bytes(const uint8_t *bytes, size_t length, uint64_t sum);

/* Fold a sum to 16 bits, in network byte order as it lies in memory; 0xffff over a packet whose
 * checksum is right. */
uint16_t sum_fold(uint64_t sum);

/* Sum the pseudo-header of the IP packet `ip`, version 4 or 6, whose upper layer has this length. */
uint64_t sum_pseudo_header(const uint8_t *ip, uint8_t protocol, size_t length);

/* Write the checksum of an IPv4 header. */
void checksum_ipv4(uint8_t *ip);

/* Change the checksum of an IPv4 header of which 16 bits have changed (RFC 1624): one that was wrong
 * stays wrong. */
void checksum_ipv4_change(uint8_t *ip, uint16_t before, uint16_t after);

/* Write a checksum over `length` bytes at `upper`, of which `field` is the checksum's offset. */
void checksum_upper(const uint8_t *ip, uint8_t protocol, uint8_t *upper, size_t length,
                    size_t field);
