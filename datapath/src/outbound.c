#include "outbound.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "counters.h"
#include "endpoint.h"
#include "esp.h"
#include "outgoing.h"
#include "segment.h"
#include "tos.h"

enum {
    VNET = sizeof(struct virtio_net_hdr),
    SUPER_PACKET_MAX = 65535 + VNET,
    READS_MAX = 64, /* packets taken from the TUN before they are sent */
};

/* Whether the outer header's DF is set: the inner one's, unless the SA says never. */
static bool dont_fragment(const struct sa *sa, const uint8_t *ip)
{
    return !(sa->info.flags & XFRM_STATE_NOPMTUDISC) && (ip[0] >> 4 != 4 || ip[6] & 0x40);
}

static struct manner manner_of(const struct sa *sa, const uint8_t *ip)
{
    return (struct manner){
        .source.s_addr = sa->info.saddr.a4,
        .destination.s_addr = sa->info.id.daddr.a4,
        .port = sa->encapsulated ? sa->encap_dport : 0,
        .tos = tos_encapsulated(sa, ip),
        .dont_fragment = dont_fragment(sa, ip),
    };
}

/* Seal each packet that a super-packet stands for. */
static void seal_all(struct outgoing *outgoing, struct sa *sa, struct segments *segments,
                     uint64_t now)
{
    struct table *table = &outgoing->endpoint->table;
    struct manner manner = manner_of(sa, segments->ip);
    uint64_t packets = 0, bytes = 0;
    for (size_t length; (length = segments_next_length(segments));) {
        if (length + ESP_OVERHEAD_MAX > OUTGOING_PACKET_MAX) {
            count(DROP_TOO_BIG, 1);
            break;
        }
        uint8_t *packet = outgoing_room(outgoing);
        segments_next(segments, packet + esp_text(sa));
        size_t sealed = esp_seal(table, sa, packet, length);
        if (!sealed) {
            count(DROP_SEQUENCE, 1);
            break;
        }
        outgoing_add(outgoing, sealed, &manner);
        packets++;
        bytes += length;
    }
    count(OUT_PACKETS, packets);
    count(OUT_BYTES, bytes);
    sa_account(table, sa, packets, bytes, now);
}

/* Find the policy for a packet as the TUN gave it, and the SA for the policy. */
static void protect(struct outgoing *outgoing, uint8_t *buffer, size_t length, uint64_t now)
{
    struct endpoint *endpoint = outgoing->endpoint;
    struct virtio_net_hdr header;
    struct segments segments;
    memcpy(&header, buffer, VNET);
    if (!segments_begin(&segments, &header, buffer + VNET, length - VNET)) {
        count(DROP_MALFORMED, 1);
        return;
    }
    struct policy *policy =
        policy_for(&endpoint->table, XFRM_POLICY_OUT, segments.ip, segments.length, 0);
    struct sa *sa = policy && policy->protects
                        ? sa_for_template(&endpoint->table, &policy->template)
                        : NULL;
    if (!sa) {
        count(DROP_NO_POLICY, 1);
        return;
    }
    policy->last_used = now;
    if (sa->encapsulated && atomic_load(&endpoint->udp) < 0)
        count(DROP_SEND, 1);
    else
        seal_all(outgoing, sa, &segments, now);
}

/* Take packets from the TUN until there are none or it is time to send. False: wait for more. */
static bool read_some(struct outgoing *outgoing)
{
    static uint8_t buffer[SUPER_PACKET_MAX];
    struct endpoint *endpoint = outgoing->endpoint;
    uint64_t now = monotonic_seconds();
    for (int reads = 0; reads < READS_MAX; reads++) {
        ssize_t length = read(endpoint->tun, buffer, sizeof buffer);
        if (length < 0) {
            if (errno != EAGAIN && errno != EINTR) {
                atomic_store(&endpoint->tun_gone, true);
                table_notice(&endpoint->table);
            }
            return false;
        }
        if (length > VNET)
            protect(outgoing, buffer, (size_t)length, now);
    }
    return true;
}

void *outbound_run(void *context)
{
    static struct outgoing outgoing;
    struct endpoint *endpoint = context;
    struct pollfd readable = {.fd = endpoint->tun, .events = POLLIN};
    outgoing_init(&outgoing, endpoint);
    while (!atomic_load(&endpoint->tun_gone)) {
        table_lock_outbound(&endpoint->table);
        bool more = read_some(&outgoing);
        table_unlock_outbound(&endpoint->table);
        outgoing_send(&outgoing);
        if (!more && !atomic_load(&endpoint->tun_gone))
            poll(&readable, 1, -1);
    }
    return NULL;
}
