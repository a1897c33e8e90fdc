#include "incoming.h"

#include <linux/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "bytes.h"
#include "counters.h"

enum {
    POOL = 512 * 1024,
    GRO_BUFFER = 64 * 1024,   /* what the kernel puts together at most */
    PACKET_BUFFER = 16 * 1024, /* one packet, from a link of any MTU in use */
    BATCH_MAX = POOL / PACKET_BUFFER,
};

struct batch {
    struct mmsghdr headers[BATCH_MAX];
    struct iovec buffers[BATCH_MAX];
    struct sockaddr_in sources[BATCH_MAX];
    _Alignas(struct cmsghdr) uint8_t controls[BATCH_MAX][128];
};

/* One thread receives. */
static struct batch batch;
static uint8_t pool[POOL];

static int receive(int socket, size_t buffer)
{
    unsigned number = (unsigned)(POOL / buffer);
    for (unsigned i = 0; i < number; i++) {
        batch.buffers[i] = (struct iovec){pool + i * buffer, buffer};
        batch.headers[i].msg_hdr = (struct msghdr){
            .msg_name = &batch.sources[i],
            .msg_namelen = sizeof batch.sources[i],
            .msg_iov = &batch.buffers[i],
            .msg_iovlen = 1,
            .msg_control = batch.controls[i],
            .msg_controllen = sizeof batch.controls[i],
        };
    }
    return recvmmsg(socket, batch.headers, number, MSG_DONTWAIT, NULL);
}

/* Read what the kernel says of a datagram; returns the size of the packets in it. */
static size_t read_controls(struct msghdr *header, size_t length, struct arrival *arrival)
{
    size_t segment = length;
    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control;
         control = CMSG_NXTHDR(header, control)) {
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_TOS) {
            arrival->tos = *CMSG_DATA(control);
        } else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(control), sizeof info);
            arrival->destination = info.ipi_addr;
        } else if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO) {
            int size;
            memcpy(&size, CMSG_DATA(control), sizeof size);
            if (size > 0)
                segment = (size_t)size;
        }
    }
    return segment;
}

void incoming_udp(int socket, bool gro, incoming_fn *take, void *context)
{
    size_t buffer = gro ? GRO_BUFFER : PACKET_BUFFER;
    int received = receive(socket, buffer);
    for (int i = 0; i < received; i++) {
        struct msghdr *header = &batch.headers[i].msg_hdr;
        uint8_t *at = batch.buffers[i].iov_base;
        size_t left = batch.headers[i].msg_len;
        struct arrival arrival = {.source = batch.sources[i].sin_addr,
                                  .port = batch.sources[i].sin_port};
        size_t segment = read_controls(header, left, &arrival);
        if (header->msg_flags & MSG_TRUNC) {
            count(DROP_MALFORMED, 1);
            continue;
        }
        while (left) {
            size_t length = left < segment ? left : segment;
            take(context, at, length, &arrival);
            at += length;
            left -= length;
        }
    }
}

void incoming_raw(int socket, incoming_fn *take, void *context)
{
    int received = receive(socket, PACKET_BUFFER);
    for (int i = 0; i < received; i++) {
        const uint8_t *ip = batch.buffers[i].iov_base;
        size_t length = batch.headers[i].msg_len;
        size_t header = length >= 20 ? (ip[0] & 15) * 4u : 0;
        if (batch.headers[i].msg_hdr.msg_flags & MSG_TRUNC || header < 20 || header > length) {
            count(DROP_MALFORMED, 1);
            continue;
        }
        struct arrival arrival = {.tos = ip[1]};
        memcpy(&arrival.source, ip + 12, 4);
        memcpy(&arrival.destination, ip + 16, 4);
        take(context, (uint8_t *)batch.buffers[i].iov_base + header, length - header, &arrival);
    }
}
