#include "outgoing.h"

#include <errno.h>
#include <string.h>

#include "counters.h"

enum { SEGMENTS_MAX = 64, DATAGRAM_MAX = 65000 };

void outgoing_init(struct outgoing *outgoing, struct endpoint *endpoint)
{
    outgoing->endpoint = endpoint;
    outgoing->used = outgoing->count = 0;
    outgoing->raw_discover = outgoing->udp_discover = -1;
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

static struct cmsghdr *add_control(struct msghdr *header, int level, int type, const void *value,
                                   size_t length)
{
    struct cmsghdr *control =
        (struct cmsghdr *)((uint8_t *)header->msg_control + header->msg_controllen);
    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(control), value, length);
    header->msg_controllen += CMSG_SPACE(length);
    return control;
}

/* Write a message's header. Each packet leaves from the SA's own address, whatever others there are. */
static void prepare(struct outgoing_message *message, struct msghdr *header)
{
    const struct manner *manner = &message->manner;
    struct in_pktinfo from = {.ipi_spec_dst = manner->source};
    int tos = manner->tos;
    message->name = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = manner->port, .sin_addr = manner->destination};
    *header = (struct msghdr){
        .msg_name = &message->name,
        .msg_namelen = sizeof message->name,
        .msg_iov = &message->bytes,
        .msg_iovlen = 1,
        .msg_control = message->control,
    };
    add_control(header, IPPROTO_IP, IP_PKTINFO, &from, sizeof from);
    add_control(header, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    if (message->count > 1) {
        uint16_t segment = (uint16_t)message->segment;
        add_control(header, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment);
    }
}

/* DF is a matter of the socket, not of the packet: IP_PMTUDISC_PROBE sets it and goes by the link's
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

/* The kernel did not take the packets as one: some devices lack what that needs (EIO), and packets that
 * are to be fragmented go singly in any case. */
static void send_singly(struct outgoing *outgoing, int socket, size_t index)
{
    struct outgoing_message *message = &outgoing->messages[index];
    uint8_t *at = message->bytes.iov_base;
    size_t left = message->bytes.iov_len;
    struct msghdr header;
    message->count = 1;
    while (left) {
        size_t length = left < message->segment ? left : message->segment;
        message->bytes = (struct iovec){at, length};
        prepare(message, &header);
        if (sendmsg(socket, &header, 0) < 0)
            count_failure(errno, 1);
        at += length;
        left -= length;
    }
}

static void send_failed(struct outgoing *outgoing, int socket, size_t index)
{
    int error = errno;
    if (error == EINTR)
        return;
    if (outgoing->messages[index].count == 1) {
        count_failure(error, 1);
        return;
    }
    if (error == EIO)
        outgoing->endpoint->offloads.gso = false;
    send_singly(outgoing, socket, index);
}

static int socket_of(const struct outgoing *outgoing, const struct manner *manner)
{
    return manner->port ? atomic_load(&outgoing->endpoint->udp) : outgoing->endpoint->raw;
}

/* Send messages that share a socket and DF. */
static void send_run(struct outgoing *outgoing, size_t from, size_t to)
{
    const struct manner *manner = &outgoing->messages[from].manner;
    int socket = socket_of(outgoing, manner);
    set_dont_fragment(socket, manner->port ? &outgoing->udp_discover : &outgoing->raw_discover,
                      manner->dont_fragment);
    while (from < to) {
        int sent = sendmmsg(socket, outgoing->headers + from, (unsigned)(to - from), 0);
        if (sent > 0) {
            from += (size_t)sent;
        } else {
            bool again = errno == EINTR;
            send_failed(outgoing, socket, from);
            from += !again;
        }
    }
}

void outgoing_send(struct outgoing *outgoing)
{
    for (size_t i = 0; i < outgoing->count; i++)
        prepare(&outgoing->messages[i], &outgoing->headers[i].msg_hdr);
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
