#include "inbound.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../relay.h"
#include "bytes.h"
#include "coalesce.h"
#include "counters.h"
#include "endpoint.h"
#include "esp.h"
#include "incoming.h"

_Static_assert(ESP_HEADER + 8 >= VNET_HEADER, "an inner packet has room for a header before it");

struct inbound {
    struct endpoint *endpoint;
    uint64_t now;
    uint64_t packets, bytes; /* of this batch */
    struct coalescer coalescer;
};

static void write_to_tun(void *context, const uint8_t *packet, size_t length)
{
    struct endpoint *endpoint = context;
    if (write(endpoint->tun, packet, length) < 0)
        count(DROP_TUN, 1);
}

/* A NAT before the peer has given it another address or port: charon is told, once. */
static void note_mapping(struct inbound *inbound, struct sa *sa, const struct arrival *arrival)
{
    if (arrival->source.s_addr == sa->info.saddr.a4 && arrival->port == sa->encap_sport) {
        sa->mapped_port = 0; /* at home */
        return;
    }
    if (arrival->source.s_addr == sa->mapped_address.s_addr && arrival->port == sa->mapped_port)
        return; /* told already */
    sa->mapped_address = arrival->source;
    sa->mapped_port = arrival->port;
    sa->mapping_due = true;
    table_notice(&inbound->endpoint->table);
}

/* An authentic packet: does a policy let it in? */
static void deliver(struct inbound *inbound, struct sa *sa, uint8_t *ip, size_t length)
{
    struct policy *policy = policy_for(&inbound->endpoint->table, XFRM_POLICY_IN, ip, length,
                                       sa->info.reqid);
    if (!policy || !policy->protects) {
        count(DROP_POLICY, 1);
        return;
    }
    policy->last_used = inbound->now;
    inbound->packets++;
    inbound->bytes += length;
    coalesce_add(&inbound->coalescer, ip, length);
}

static void take_esp(void *context, uint8_t *packet, size_t length, const struct arrival *arrival)
{
    struct inbound *inbound = context;
    struct table *table = &inbound->endpoint->table;
    uint32_t spi;
    if (length < ESP_HEADER) {
        count(DROP_MALFORMED, 1);
        return;
    }
    memcpy(&spi, packet, sizeof spi);
    struct sa *sa = sa_for_packet(table, spi, arrival->destination);
    if (!sa) {
        count(DROP_NO_SA, 1);
        return;
    }
    if (sa->encapsulated != (arrival->port != 0)) {
        count(DROP_ENCAPSULATION, 1);
        return;
    }
    uint8_t *inner;
    size_t inner_length;
    enum counter verdict = esp_open(sa, packet, length, arrival->tos, &inner, &inner_length);
    if (verdict != DROP_MALFORMED && verdict != DROP_REPLAY && verdict != DROP_ICV &&
        sa->encapsulated)
        note_mapping(inbound, sa, arrival);
    if (verdict != IN_PACKETS) {
        count(verdict, 1);
        return;
    }
    sa_account(table, sa, 1, inner_length, inbound->now);
    deliver(inbound, sa, inner, inner_length);
}

/* IKE of port 4500 is charon's. What it does not take is lost, as from a full socket. */
static void relay_ike(const struct inbound *inbound, uint8_t *packet, size_t length,
                      const struct arrival *arrival)
{
    struct relay_header header = {.family = AF_INET, .port = arrival->port};
    memcpy(header.peer, &arrival->source, 4);
    memcpy(header.local, &arrival->destination, 4);
    struct iovec parts[] = {{&header, sizeof header}, {packet, length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    sendmsg(inbound->endpoint->relay, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* RFC 3948 section 2: one byte 0xff keeps a NAT's state, four bytes of zero mark IKE. */
static void take_udp(void *context, uint8_t *packet, size_t length, const struct arrival *arrival)
{
    if (length == 1 && packet[0] == 0xff)
        return;
    if (length >= 4 && load32(packet) == 0)
        relay_ike(context, packet, length, arrival);
    else
        take_esp(context, packet, length, arrival);
}

static void receive(struct inbound *inbound, int socket, bool udp)
{
    struct endpoint *endpoint = inbound->endpoint;
    inbound->now = monotonic_seconds();
    table_lock_inbound(&endpoint->table);
    if (udp)
        incoming_udp(socket, endpoint->offloads.gro, take_udp, inbound);
    else
        incoming_raw(socket, take_esp, inbound);
    table_unlock_inbound(&endpoint->table);
    coalesce_flush(&inbound->coalescer);
    count(IN_PACKETS, inbound->packets);
    count(IN_BYTES, inbound->bytes);
    inbound->packets = inbound->bytes = 0;
}

void *inbound_run(void *context)
{
    static struct inbound inbound;
    struct endpoint *endpoint = context;
    inbound.endpoint = endpoint;
    inbound.coalescer.tcp = endpoint->offloads.tso;
    inbound.coalescer.udp = endpoint->offloads.uso;
    inbound.coalescer.write = write_to_tun;
    inbound.coalescer.context = endpoint;
    for (;;) {
        struct pollfd sources[] = {
            {.fd = endpoint->wake_inbound, .events = POLLIN},
            {.fd = endpoint->raw, .events = POLLIN},
            {.fd = atomic_load(&endpoint->udp), .events = POLLIN}, /* -1 is passed over */
        };
        poll(sources, 3, -1);
        uint64_t woken;
        if (sources[0].revents && read(endpoint->wake_inbound, &woken, sizeof woken) < 0)
            continue;
        for (int i = 1; i < 3; i++)
            if (sources[i].revents)
                receive(&inbound, sources[i].fd, i == 2);
    }
}
