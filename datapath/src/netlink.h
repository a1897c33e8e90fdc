/* Netlink messages: taken apart with every length checked, and put together. */
#pragma once

#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
    const uint8_t *bytes; /* NULL: there is none */
    size_t length;
};

struct request {
    struct nlmsghdr header;
    struct span body; /* all behind the header */
    struct span attributes[XFRMA_MAX + 1];
    bool unknown;               /* one is of a type that this program does not know */
};

/* Take a message apart, whose body begins with `fixed` bytes (see `request_fixed`). Returns false when
 * a length is wrong. */
bool request_parse_header(struct request *request, const uint8_t *bytes, size_t length);
bool request_parse_attributes(struct request *request, size_t fixed);

/* Copy the fixed part of the body, or an attribute of exactly or at least this length. */
bool span_copy(struct span span, void *to, size_t length);

struct message {
    uint8_t *bytes;
    size_t capacity;
    size_t length;
};

/* Begin a message; the functions below add to it. Nothing is added for which there is no room. */
struct message message_begin(uint8_t *bytes, size_t capacity, uint16_t type, uint32_t sequence,
                             uint32_t port);
void message_add(struct message *message, const void *bytes, size_t length);
void message_attribute(struct message *message, uint16_t type, const void *bytes, size_t length);

/* Write the length into the header and return it. */
size_t message_end(struct message *message);
