#include "handover.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../relay.h"

static bool is_udp_over_ipv4(int socket)
{
    int domain = 0, protocol = 0;
    socklen_t length = sizeof domain;
    return getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 &&
           domain == AF_INET &&
           getsockopt(socket, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) == 0 &&
           protocol == IPPROTO_UDP;
}

static void probe(struct endpoint *endpoint, int udp)
{
    struct offloads *offloads = &endpoint->offloads;
    int segment = 0, one = 1;
    socklen_t length = sizeof segment;
    offloads->gso =
        offloads->gso && getsockopt(udp, IPPROTO_UDP, UDP_SEGMENT, &segment, &length) == 0;
    offloads->gro =
        offloads->gro && setsockopt(udp, IPPROTO_UDP, UDP_GRO, &one, sizeof one) == 0;
}

bool handover_take(struct endpoint *endpoint, int udp, int relay)
{
    int one = 1;
    if (atomic_load(&endpoint->udp) >= 0 || !is_udp_over_ipv4(udp) ||
        setsockopt(udp, IPPROTO_IP, IP_PKTINFO, &one, sizeof one) < 0 ||
        setsockopt(udp, IPPROTO_IP, IP_RECVTOS, &one, sizeof one) < 0)
        return false;
    probe(endpoint, udp);
    endpoint->relay = relay;
    atomic_store(&endpoint->udp, udp);
    uint64_t wake = 1;
    return write(endpoint->wake_inbound, &wake, sizeof wake) == sizeof wake;
}

bool handover_send(const struct endpoint *endpoint)
{
    static uint8_t packet[65536];
    struct relay_header header;
    ssize_t length = recv(endpoint->relay, packet, sizeof packet, MSG_DONTWAIT);
    if (length < 0)
        return errno == EAGAIN || errno == EINTR;
    if (length < (ssize_t)sizeof header)
        return length > 0;
    memcpy(&header, packet, sizeof header);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = header.port};
    struct in_pktinfo from = {0};
    memcpy(&to.sin_addr, header.peer, 4);
    memcpy(&from.ipi_spec_dst, header.local, 4);
    struct iovec part = {packet + sizeof header, (size_t)length - sizeof header};
    union {
        struct cmsghdr header;
        uint8_t bytes[CMSG_SPACE(sizeof from)];
    } control = {.header = {CMSG_LEN(sizeof from), IPPROTO_IP, IP_PKTINFO}};
    memcpy(CMSG_DATA(&control.header), &from, sizeof from);
    struct msghdr message = {
        .msg_name = &to,
        .msg_namelen = sizeof to,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control,
    };
    sendmsg(atomic_load(&endpoint->udp), &message, MSG_DONTWAIT);
    return true;
}
