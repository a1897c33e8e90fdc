#include "outgoing.h"

#include <errno.h>
#include <string.h>

#include "counters.h"

enum { SEGMENTS_MAX = 64, DATAGRAM_MAX = 65000 };

void outgoing_init(struct outgoing *outgoing, struct endpoint *endpoint)
{
    outgoing->endpoint = endpoint;
    outgoing->used = outgoing->count = 0;
    outgoing->udp_discover = -1;
}

uint8_t *outgoing_room(struct outgoing *outgoing)
{
    if (outgoing->count == OUTGOING_MESSAGES ||
        OUTGOING_BYTES - outgoing->used < OUTGOING_PACKET_MAX)
        outgoing_send(outgoing);
    return outgoing->bytes + outgoing->used;
}

static bool alike(const struct manner *a, const struct manner *b)
{
    return a->source.s_addr == b->source.s_addr &&
           a->destination.s_addr == b->destination.s_addr && a->port == b->port &&
           a->tos == b->tos && a->dont_fragment == b->dont_fragment;
}

/* Whether a packet can be a further segment of the message before it (UDP_SEGMENT). */
static bool joins(const struct outgoing *outgoing, size_t length, const struct manner *manner)
{
    if (outgoing->count == 0 || !outgoing->endpoint->offloads.gso || !manner->port)
        return false;
    const struct outgoing_message *last = &outgoing->messages[outgoing->count - 1];
    return !last->closed && alike(&last->manner, manner) && length <= last->segment &&
           last->count < SEGMENTS_MAX && last->bytes.iov_len + length <= DATAGRAM_MAX;
}

void outgoing_add(struct outgoing *outgoing, size_t length, const struct manner *manner)
{
    uint8_t *packet = outgoing->bytes + outgoing->used;
    outgoing->used += length;
    if (joins(outgoing, length, manner)) {
        struct outgoing_message *last = &outgoing->messages[outgoing->count - 1];
        last->bytes.iov_len += length;
        last->count++;
        last->closed = length < last->segment;
        return;
    }
    struct outgoing_message *message = &outgoing->messages[outgoing->count++];
    message->manner = *manner;
    message->bytes = (struct iovec){packet, length};
    message->segment = length;
    message->count = 1;
    message->closed = false;
}

static void add_control(struct msghdr *header, int level, int type, const void *value,
                        size_t length)
{
    struct cmsghdr *control =
        (struct cmsghdr *)((uint8_t *)header->msg_control + header->msg_controllen);
    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(control), value, length);
    header->msg_controllen += CMSG_SPACE(length);
}

static struct msghdr addressed(struct outgoing_message *message)
{
    message->name = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = message->manner.port,
        .sin_addr = message->manner.destination,
    };
    return (struct msghdr){
        .msg_name = &message->name,
        .msg_namelen = sizeof message->name,
        .msg_iov = &message->bytes,
        .msg_iovlen = 1,
    };
}

/* Have the kernel make the IP header. Each packet leaves from the SA's own address, whatever others
 * there are. */
static struct msghdr prepared(struct outgoing_message *message)
{
    struct in_pktinfo from = {.ipi_spec_dst = message->manner.source};
    int tos = message->manner.tos;
    struct msghdr header = addressed(message);
    header.msg_control = message->control;
    add_control(&header, IPPROTO_IP, IP_PKTINFO, &from, sizeof from);
    add_control(&header, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    if (message->count > 1) {
        uint16_t segment = (uint16_t)message->segment;
        add_control(&header, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment);
    }
    return header;
}

/* Make the IP header here, which costs the kernel less; but it does not fragment such a packet. The
 * identification and the checksum are the kernel's. */
static struct msghdr prepared_whole(struct outgoing_message *message)
{
    const struct manner *manner = &message->manner;
    struct msghdr header = addressed(message);
    message->ip = (struct iphdr){
        .version = 4,
        .ihl = sizeof message->ip / 4,
        .tos = manner->tos,
        .tot_len = htons((uint16_t)(sizeof message->ip + message->bytes.iov_len)),
        .frag_off = htons(manner->dont_fragment ? IP_DF : 0),
        .ttl = IPDEFTTL,
        .protocol = IPPROTO_ESP,
        .saddr = manner->source.s_addr,
        .daddr = manner->destination.s_addr,
    };
    message->parts[0] = (struct iovec){&message->ip, sizeof message->ip};
    message->parts[1] = message->bytes;
    header.msg_iov = message->parts;
    header.msg_iovlen = 2;
    return header;
}

/* In UDP, DF is a matter of the socket, not of the packet: IP_PMTUDISC_PROBE sets it and goes by the link's
 * MTU, IP_PMTUDISC_DONT lets the kernel fragment. */
static void set_dont_fragment(int socket, int *set, bool wanted)
{
    int discover = wanted ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT;
    if (*set != discover &&
        setsockopt(socket, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof discover) == 0)
        *set = discover;
}

static void count_failure(int error, uint64_t packets)
{
    count(error == EMSGSIZE ? DROP_TOO_BIG : DROP_SEND, packets);
}

/* Send the packets of a message one by one. */
static void send_singly(struct outgoing *outgoing, int socket, size_t index)
{
    struct outgoing_message *message = &outgoing->messages[index];
    uint8_t *at = message->bytes.iov_base;
    size_t left = message->bytes.iov_len;
    message->count = 1;
    while (left) {
        size_t length = left < message->segment ? left : message->segment;
        message->bytes = (struct iovec){at, length};
        struct msghdr header = prepared(message);
        if (sendmsg(socket, &header, 0) < 0)
            count_failure(errno, 1);
        at += length;
        left -= length;
    }
}

/* What the kernel did not take. Packets that were to go as one message may go singly: some devices lack
 * what that needs (EIO), and packets are fragmented singly only. */
static void send_failed(struct outgoing *outgoing, size_t index)
{
    struct outgoing_message *message = &outgoing->messages[index];
    const struct manner *manner = &message->manner;
    int error = errno;
    bool whole = !manner->port;
    if (error == EIO && message->count > 1)
        outgoing->endpoint->offloads.gso = false;
    if (message->count > 1 || (whole && error == EMSGSIZE && !manner->dont_fragment))
        send_singly(outgoing, whole ? outgoing->endpoint->raw : atomic_load(&outgoing->endpoint->udp),
                    index);
    else
        count_failure(error, 1);
}

/* Send messages that share a socket and, in UDP, DF. */
static void send_run(struct outgoing *outgoing, size_t from, size_t to)
{
    const struct manner *manner = &outgoing->messages[from].manner;
    int socket = outgoing->endpoint->raw_whole;
    if (manner->port) {
        socket = atomic_load(&outgoing->endpoint->udp);
        set_dont_fragment(socket, &outgoing->udp_discover, manner->dont_fragment);
    }
    while (from < to) {
        int sent = sendmmsg(socket, outgoing->headers + from, (unsigned)(to - from), 0);
        if (sent > 0) {
            from += (size_t)sent;
        } else if (errno != EINTR) {
            send_failed(outgoing, from);
            from++;
        }
    }
}

void outgoing_send(struct outgoing *outgoing)
{
    for (size_t i = 0; i < outgoing->count; i++) {
        struct outgoing_message *message = &outgoing->messages[i];
        outgoing->headers[i].msg_hdr =
            message->manner.port ? prepared(message) : prepared_whole(message);
    }
    for (size_t from = 0, to; from < outgoing->count; from = to) {
        const struct manner *first = &outgoing->messages[from].manner;
        for (to = from + 1; to < outgoing->count; to++) {
            const struct manner *next = &outgoing->messages[to].manner;
            if (!next->port != !first->port || next->dont_fragment != first->dont_fragment)
                break;
        }
        send_run(outgoing, from, to);
    }
    outgoing->used = outgoing->count = 0;
}
