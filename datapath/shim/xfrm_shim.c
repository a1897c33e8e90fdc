/* Preloaded into an IKE daemon: its NETLINK_XFRM sockets become connections to espd (ESPD_SOCKET), and
 * the UDP socket on which it asks for ESP decapsulation is handed over to espd. Where there is no
 * ESPD_SOCKET nothing changes.
 *
 *     socket(NETLINK_XFRM)      a SOCK_SEQPACKET connection, which keeps messages apart like netlink
 *     bind()                    says to which multicast groups it listens
 *     setsockopt(UDP_ENCAP)     espd gets the socket, and the daemon keeps, under the same number, an
 *                               end of a socket pair on which IKE comes and goes (relay.h)
 *     setsockopt(IP_XFRM_POLICY)  nothing to do: no policy of espd's applies to the daemon's sockets
 *
 * When espd ends, so does the daemon, soon: without a data path its SAs mean nothing.
 */

#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../relay.h"

enum { DESCRIPTORS_MAX = 4096, SOCKET_BUFFER = 8 << 20 };

/* What we have made of a descriptor. */
enum kind { OTHERS, XFRM, IKE };

static _Atomic(enum kind) kinds[DESCRIPTORS_MAX];

static int (*real_socket)(int, int, int);
static int (*real_bind)(int, const struct sockaddr *, socklen_t);
static int (*real_close)(int);
static int (*real_setsockopt)(int, int, int, const void *, socklen_t);
static ssize_t (*real_recv)(int, void *, size_t, int);
static ssize_t (*real_recvfrom)(int, void *, size_t, int, struct sockaddr *, socklen_t *);
static ssize_t (*real_recvmsg)(int, struct msghdr *, int);
static ssize_t (*real_sendmsg)(int, const struct msghdr *, int);

__attribute__((constructor)) static void resolve(void)
{
    *(void **)&real_socket = dlsym(RTLD_NEXT, "socket");
    *(void **)&real_bind = dlsym(RTLD_NEXT, "bind");
    *(void **)&real_close = dlsym(RTLD_NEXT, "close");
    *(void **)&real_setsockopt = dlsym(RTLD_NEXT, "setsockopt");
    *(void **)&real_recv = dlsym(RTLD_NEXT, "recv");
    *(void **)&real_recvfrom = dlsym(RTLD_NEXT, "recvfrom");
    *(void **)&real_recvmsg = dlsym(RTLD_NEXT, "recvmsg");
    *(void **)&real_sendmsg = dlsym(RTLD_NEXT, "sendmsg");
}

static enum kind kind_of(int descriptor)
{
    return descriptor >= 0 && descriptor < DESCRIPTORS_MAX ? kinds[descriptor] : OTHERS;
}

static int connect_to_espd(const char *path, int flags)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int connection = real_socket(AF_UNIX, SOCK_SEQPACKET | flags, 0);
    if (connection < 0)
        return -1;
    if (connection < DESCRIPTORS_MAX &&
        connect(connection, (struct sockaddr *)&address, sizeof address) == 0)
        return connection;
    real_close(connection);
    errno = EPROTONOSUPPORT; /* what a kernel without XFRM says */
    return -1;
}

int socket(int domain, int type, int protocol)
{
    const char *path = getenv("ESPD_SOCKET");
    if (domain != AF_NETLINK || protocol != NETLINK_XFRM || !path)
        return real_socket(domain, type, protocol);
    int connection = connect_to_espd(path, type & (SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection >= 0)
        kinds[connection] = XFRM;
    return connection;
}

int bind(int descriptor, const struct sockaddr *address, socklen_t length)
{
    if (kind_of(descriptor) != XFRM)
        return real_bind(descriptor, address, length);
    struct sockaddr_nl wanted = {0};
    memcpy(&wanted, address, length < sizeof wanted ? length : sizeof wanted);
    struct {
        struct nlmsghdr header;
        uint32_t groups;
    } message = {{sizeof message, ESPD_BIND, 0, 0, 0}, wanted.nl_groups};
    return send(descriptor, &message, sizeof message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int close(int descriptor)
{
    if (kind_of(descriptor) != OTHERS)
        kinds[descriptor] = OTHERS;
    return real_close(descriptor);
}

/* espd is gone. The daemon is asked to end; it says goodbye to its peers, if it can without a data path,
 * but has 200 ms for that only. Meanwhile it does not spin on the closed socket. */
static ssize_t espd_gone(void)
{
    static atomic_flag asked = ATOMIC_FLAG_INIT;
    struct sigevent killed = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    struct itimerspec soon = {.it_value.tv_nsec = 200 * 1000 * 1000};
    timer_t timer;
    if (!atomic_flag_test_and_set(&asked)) {
        if (timer_create(CLOCK_MONOTONIC, &killed, &timer) == 0)
            timer_settime(timer, 0, &soon, NULL);
        kill(getpid(), SIGTERM);
    }
    poll(NULL, 0, 10);
    errno = EAGAIN;
    return -1;
}

static ssize_t received(int descriptor, ssize_t length)
{
    return length == 0 && kind_of(descriptor) == XFRM ? espd_gone() : length;
}

ssize_t recv(int descriptor, void *buffer, size_t size, int flags)
{
    return received(descriptor, real_recv(descriptor, buffer, size, flags));
}

ssize_t recvfrom(int descriptor, void *buffer, size_t size, int flags,
                 struct sockaddr *restrict address, socklen_t *restrict address_length)
{
    if (kind_of(descriptor) != XFRM)
        return real_recvfrom(descriptor, buffer, size, flags, address, address_length);
    ssize_t length = received(descriptor, real_recv(descriptor, buffer, size, flags));
    if (length >= 0 && address && address_length) {
        struct sockaddr_nl kernel = {.nl_family = AF_NETLINK}; /* port 0 */
        memcpy(address, &kernel,
               *address_length < sizeof kernel ? *address_length : sizeof kernel);
        *address_length = sizeof kernel;
    }
    return length;
}

/* What programs built with fortification call. */
ssize_t __recv_chk(int descriptor, void *buffer, size_t size, size_t buffer_size, int flags);
ssize_t __recv_chk(int descriptor, void *buffer, size_t size, size_t buffer_size, int flags)
{
    if (size > buffer_size)
        abort();
    return recv(descriptor, buffer, size, flags);
}

ssize_t __recvfrom_chk(int descriptor, void *buffer, size_t size, size_t buffer_size, int flags,
                       struct sockaddr *address, socklen_t *address_length);
ssize_t __recvfrom_chk(int descriptor, void *buffer, size_t size, size_t buffer_size, int flags,
                       struct sockaddr *address, socklen_t *address_length)
{
    if (size > buffer_size)
        abort();
    return recvfrom(descriptor, buffer, size, flags, address, address_length);
}

/* Send the socket and an end of the pair to espd, on a connection of their own. */
static bool hand_over(int udp, int relay)
{
    struct nlmsghdr header = {sizeof header, ESPD_SOCKET, 0, 0, 0};
    struct iovec part = {&header, sizeof header};
    int descriptors[2] = {udp, relay};
    union {
        struct cmsghdr header;
        uint8_t bytes[CMSG_SPACE(sizeof descriptors)];
    } control = {.header = {CMSG_LEN(sizeof descriptors), SOL_SOCKET, SCM_RIGHTS}};
    memcpy(CMSG_DATA(&control.header), descriptors, sizeof descriptors);
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    int connection = connect_to_espd(getenv("ESPD_SOCKET"), SOCK_CLOEXEC);
    if (connection < 0)
        return false;
    bool sent = real_sendmsg(connection, &message, MSG_NOSIGNAL) == (ssize_t)sizeof header;
    real_close(connection);
    return sent;
}

/* The buffers are made large here: espd has no privileges to do it. */
static int give_away(int udp)
{
    int pair[2], size = SOCKET_BUFFER;
    real_setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    real_setsockopt(udp, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    if (udp >= DESCRIPTORS_MAX || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    bool given = hand_over(udp, pair[1]) && dup2(pair[0], udp) == udp;
    real_close(pair[0]);
    real_close(pair[1]);
    if (!given)
        return -1;
    kinds[udp] = IKE;
    return 0;
}

static bool is_ipv4(int descriptor)
{
    int domain = 0;
    socklen_t length = sizeof domain;
    return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 &&
           domain == AF_INET;
}

int setsockopt(int descriptor, int level, int option, const void *value, socklen_t length)
{
    if (!getenv("ESPD_SOCKET"))
        return real_setsockopt(descriptor, level, option, value, length);
    if ((level == IPPROTO_IP && option == IP_XFRM_POLICY) ||
        (level == IPPROTO_IPV6 && option == IPV6_XFRM_POLICY))
        return 0;
    if (level == IPPROTO_UDP && option == UDP_ENCAP) {
        if (is_ipv4(descriptor))
            return give_away(descriptor);
        errno = ENOPROTOOPT;
        return -1;
    }
    return real_setsockopt(descriptor, level, option, value, length);
}

/* Fill in what recvmsg() on the UDP socket would have said: the peer and our own address. */
static void describe(struct msghdr *message, const struct relay_header *header)
{
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = header->port};
    struct in_pktinfo local = {0};
    memcpy(&peer.sin_addr, header->peer, sizeof peer.sin_addr);
    memcpy(&local.ipi_addr, header->local, sizeof local.ipi_addr);
    local.ipi_spec_dst = local.ipi_addr;
    if (message->msg_name && message->msg_namelen >= sizeof peer) {
        memcpy(message->msg_name, &peer, sizeof peer);
        message->msg_namelen = sizeof peer;
    }
    if (!message->msg_control || message->msg_controllen < CMSG_SPACE(sizeof local)) {
        message->msg_controllen = 0;
        return;
    }
    struct cmsghdr *control = message->msg_control;
    *control = (struct cmsghdr){CMSG_LEN(sizeof local), IPPROTO_IP, IP_PKTINFO};
    memcpy(CMSG_DATA(control), &local, sizeof local);
    message->msg_controllen = CMSG_SPACE(sizeof local);
}

ssize_t recvmsg(int descriptor, struct msghdr *message, int flags)
{
    if (kind_of(descriptor) != IKE)
        return received(descriptor, real_recvmsg(descriptor, message, flags));
    struct relay_header header;
    struct iovec parts[] = {{&header, sizeof header}, message->msg_iov[0]};
    struct msghdr packet = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t length = real_recvmsg(descriptor, &packet, flags);
    if (length == 0)
        return espd_gone();
    if (length < (ssize_t)sizeof header) {
        errno = length < 0 ? errno : EAGAIN;
        return -1;
    }
    message->msg_flags = packet.msg_flags;
    describe(message, &header);
    return length - (ssize_t)sizeof header;
}

/* The addresses of a datagram to send, as sendmsg() has them. */
static struct relay_header addresses_of(const struct msghdr *message)
{
    struct relay_header header = {.family = AF_INET};
    struct sockaddr_in peer;
    if (message->msg_name && message->msg_namelen >= sizeof peer) {
        memcpy(&peer, message->msg_name, sizeof peer);
        header.port = peer.sin_port;
        memcpy(header.peer, &peer.sin_addr, sizeof peer.sin_addr);
    }
    for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control;
         control = CMSG_NXTHDR((struct msghdr *)message, control)) {
        struct in_pktinfo local;
        if (control->cmsg_level != IPPROTO_IP || control->cmsg_type != IP_PKTINFO)
            continue;
        memcpy(&local, CMSG_DATA(control), sizeof local);
        memcpy(header.local, &local.ipi_spec_dst, sizeof local.ipi_spec_dst);
    }
    return header;
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags)
{
    if (kind_of(descriptor) != IKE)
        return real_sendmsg(descriptor, message, flags);
    struct relay_header header = addresses_of(message);
    struct iovec parts[] = {{&header, sizeof header}, message->msg_iov[0]};
    struct msghdr packet = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t length = real_sendmsg(descriptor, &packet, flags | MSG_NOSIGNAL);
    return length < 0 ? -1 : length - (ssize_t)sizeof header;
}
