#include "netlink.h"

#include <string.h>

bool request_parse_header(struct request *request, const uint8_t *bytes, size_t length)
{
    memset(request, 0, sizeof *request);
    if (length < sizeof request->header)
        return false;
    memcpy(&request->header, bytes, sizeof request->header);
    size_t stated = request->header.nlmsg_len;
    if (stated < sizeof request->header || stated > length)
        return false;
    request->body = (struct span){bytes + sizeof request->header, stated - sizeof request->header};
    return true;
}

bool request_parse_attributes(struct request *request, size_t fixed)
{
    if (request->body.length < fixed)
        return false;
    size_t at = NLMSG_ALIGN(fixed), end = request->body.length;
    if (at > end)
        at = end;
    while (end - at >= sizeof(struct nlattr)) {
        struct nlattr header;
        memcpy(&header, request->body.bytes + at, sizeof header);
        if (header.nla_len < sizeof header || header.nla_len > end - at)
            return false;
        uint16_t type = header.nla_type & (uint16_t)NLA_TYPE_MASK;
        if (type <= XFRMA_MAX)
            request->attributes[type] = (struct span){request->body.bytes + at + sizeof header,
                                                      header.nla_len - sizeof header};
        else
            request->unknown = true;
        size_t step = NLA_ALIGN(header.nla_len);
        at = step > end - at ? end : at + step;
    }
    return at == end;
}

bool span_copy(struct span span, void *to, size_t length)
{
    if (!span.bytes || span.length < length)
        return false;
    memcpy(to, span.bytes, length);
    return true;
}

struct message message_begin(uint8_t *bytes, size_t capacity, uint16_t type, uint32_t sequence,
                             uint32_t port)
{
    struct message message = {bytes, capacity, 0};
    struct nlmsghdr header = {
        .nlmsg_type = type, .nlmsg_seq = sequence, .nlmsg_pid = port};
    message_add(&message, &header, sizeof header);
    return message;
}

void message_add(struct message *message, const void *bytes, size_t length)
{
    size_t aligned = NLMSG_ALIGN(length);
    if (aligned > message->capacity - message->length)
        return;
    memset(message->bytes + message->length, 0, aligned);
    memcpy(message->bytes + message->length, bytes, length);
    message->length += aligned;
}

void message_attribute(struct message *message, uint16_t type, const void *bytes, size_t length)
{
    struct nlattr header = {(uint16_t)(sizeof header + length), type};
    if (sizeof header + length + NLA_ALIGNTO > message->capacity - message->length)
        return;
    message_add(message, &header, sizeof header);
    message_add(message, bytes, length);
}

size_t message_end(struct message *message)
{
    uint32_t length = (uint32_t)message->length;
    memcpy(message->bytes, &length, sizeof length);
    return message->length;
}
