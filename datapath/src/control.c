#include "control.h"

#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../relay.h"
#include "deadlines.h"
#include "handover.h"
#include "xfrm.h"

enum {
    CLIENTS_MAX = 8,
    REQUEST_MAX = 8192,
    LISTENING = 0, /* places in the list of what is waited for */
    SIGNALS,
    NOTICE,
    RELAY,
    CLIENTS,
    SOURCES = CLIENTS + CLIENTS_MAX
};

struct control {
    struct endpoint *endpoint;
    struct pollfd sources[SOURCES]; /* free places have the descriptor -1 */
    uint32_t groups[CLIENTS_MAX];   /* of which a client wants to hear, as a bit mask */
    int clients;
    bool had_clients;
};

static struct moment moment_now(void)
{
    return (struct moment){monotonic_seconds(), (uint64_t)time(NULL)};
}

static void accept_client(struct control *control)
{
    int client = accept4(control->sources[LISTENING].fd, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        return;
    for (int i = 0; i < CLIENTS_MAX; i++) {
        if (control->sources[CLIENTS + i].fd < 0) {
            control->sources[CLIENTS + i].fd = client;
            control->groups[i] = 0;
            control->clients++;
            control->had_clients = true;
            return;
        }
    }
    close(client);
}

static void drop_client(struct control *control, int index)
{
    close(control->sources[CLIENTS + index].fd);
    control->sources[CLIENTS + index].fd = -1;
    control->clients--;
}

static void close_all(const int *descriptors, size_t count)
{
    for (size_t i = 0; i < count; i++)
        close(descriptors[i]);
}

static void answer_client(struct control *control, int index, const uint8_t *request, size_t length)
{
    static uint8_t answer[XFRM_ANSWER_MAX];
    struct table *table = &control->endpoint->table;
    table_lock(table);
    size_t answered = xfrm_answer(table, request, length, moment_now(), answer);
    table_unlock(table);
    if (answered)
        send(control->sources[CLIENTS + index].fd, answer, answered, MSG_DONTWAIT | MSG_NOSIGNAL);
    explicit_bzero(answer, sizeof answer); /* GETSA has the keys */
}

/* One packet of a client: a message of ours, or a request to XFRM. */
static void handle(struct control *control, int index, const uint8_t *request, size_t length,
                   const int *descriptors, size_t count)
{
    struct nlmsghdr header = {0};
    if (length >= sizeof header)
        memcpy(&header, request, sizeof header);
    if (header.nlmsg_type == ESPD_SOCKET && count == 2 &&
        handover_take(control->endpoint, descriptors[0], descriptors[1])) {
        control->sources[RELAY].fd = descriptors[1];
        return;
    }
    close_all(descriptors, count);
    if (header.nlmsg_type == ESPD_BIND && length >= sizeof header + 4)
        memcpy(&control->groups[index], request + sizeof header, 4);
    else if (header.nlmsg_type != ESPD_SOCKET)
        answer_client(control, index, request, length);
}

static void hear_client(struct control *control, int index)
{
    static uint8_t request[REQUEST_MAX];
    _Alignas(struct cmsghdr) uint8_t rights[CMSG_SPACE(8 * sizeof(int))];
    struct iovec part = {request, sizeof request};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = rights,
                             .msg_controllen = sizeof rights};
    int descriptors[8];
    size_t count = 0;
    ssize_t length = recvmsg(control->sources[CLIENTS + index].fd, &message,
                             MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    struct cmsghdr *passed = length > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (passed && passed->cmsg_level == SOL_SOCKET && passed->cmsg_type == SCM_RIGHTS) {
        count = (passed->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(descriptors, CMSG_DATA(passed), count * sizeof(int));
    }
    if (length <= 0)
        drop_client(control, index);
    else if (message.msg_flags & MSG_TRUNC)
        close_all(descriptors, count);
    else
        handle(control, index, request, (size_t)length, descriptors, count);
    explicit_bzero(request, sizeof request);
}

/* Tell the clients that want to hear of a multicast group. */
static void tell(void *context, unsigned group, const uint8_t *message, size_t length)
{
    struct control *control = context;
    for (int i = 0; i < CLIENTS_MAX; i++) {
        int client = control->sources[CLIENTS + i].fd;
        if (client >= 0 && control->groups[i] & 1u << (group - 1))
            send(client, message, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

/* Tell what is due, and return the time in milliseconds until something will be; -1: nothing. */
static int tell_due(struct control *control)
{
    struct table *table = &control->endpoint->table;
    table_lock(table);
    int timeout = deadlines_meet(table, moment_now(), tell, control);
    table_unlock(table);
    return timeout;
}

static void drain(int eventfd)
{
    uint64_t number;
    ssize_t got = read(eventfd, &number, sizeof number);
    (void)got; /* whether there was anything does not matter */
}

static void hear_all(struct control *control)
{
    if (control->sources[NOTICE].revents)
        drain(control->sources[NOTICE].fd);
    if (control->sources[LISTENING].revents)
        accept_client(control);
    if (control->sources[RELAY].revents && !handover_send(control->endpoint))
        control->sources[RELAY].fd = -1;
    for (int i = 0; i < CLIENTS_MAX; i++)
        if (control->sources[CLIENTS + i].revents)
            hear_client(control, i);
}

int control_run(struct endpoint *endpoint, int listening, int signals, int notice)
{
    static struct control control;
    control.endpoint = endpoint;
    for (int i = 0; i < SOURCES; i++)
        control.sources[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    control.sources[LISTENING].fd = listening;
    control.sources[SIGNALS].fd = signals;
    control.sources[NOTICE].fd = notice;
    while (!control.had_clients || control.clients) {
        poll(control.sources, SOURCES, tell_due(&control));
        if (atomic_load(&endpoint->tun_gone)) {
            fprintf(stderr, "espd: the tunnel interface is gone\n");
            return 1;
        }
        if (control.sources[SIGNALS].revents)
            break;
        hear_all(&control);
    }
    return 0;
}
