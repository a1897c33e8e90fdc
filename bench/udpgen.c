/* Offer UDP packets at a rate, or count those that arrive; the figures are printed as JSON.
 *
 *   udpgen send ADDRESS PORT BYTES PER_SECOND SECONDS
 *   udpgen receive PORT SECONDS      says `ready` once it listens
 *
 * BYTES is the payload. The sender sends in small bursts what is due, and does not make up for what
 * it could not send in time. The receiver counts the rate over the middle half of SECONDS, which
 * begin with the first packet.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

enum {
    BATCH = 32,
    LARGEST = 2048,        /* bytes */
    RECEIVE_BUFFER = 8 << 20,
    PATIENCE_MS = 5000,    /* for the first packet */
    POLL_MS = 50,
};

static const double LONGEST_DEBT = 0.01; /* seconds of sending; what is due longer is forgotten */
static const double PAUSE_NS = 50000;
static const double AFTERMATH = 0.3; /* seconds in which the last packets come in */

static char payloads[BATCH][LARGEST];
static struct iovec vectors[BATCH];
static struct mmsghdr messages[BATCH];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void prepare(size_t bytes)
{
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){payloads[i], bytes};
        messages[i].msg_hdr.msg_iov = &vectors[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
}

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int send_packets(int socket_fd, double per_second, double seconds)
{
    unsigned long sent = 0;
    double begun = now(), due_since = begun, paid = 0, time;
    prctl(PR_SET_TIMERSLACK, 1UL);
    while ((time = now()) - begun < seconds) {
        double due = per_second * (time - due_since) - paid;
        if (due > per_second * LONGEST_DEBT) {
            due_since = time;
            paid = 0;
            due = BATCH;
        }
        if (due < 1) {
            nanosleep(&(struct timespec){.tv_nsec = (long)PAUSE_NS}, NULL);
            continue;
        }
        int done = sendmmsg(socket_fd, messages, due < BATCH ? (unsigned)due : BATCH, 0);
        if (done > 0) {
            sent += (unsigned long)done;
            paid += done;
        }
    }
    double took = now() - begun;
    printf("{\"sent\": %lu, \"per_second\": %.0f}\n", sent, (double)sent / took);
    return 0;
}

static int receive_packets(int socket_fd, double seconds)
{
    unsigned long received = 0, in_the_middle = 0;
    struct pollfd readable = {.fd = socket_fd, .events = POLLIN};
    printf("ready\n");
    fflush(stdout);
    if (poll(&readable, 1, PATIENCE_MS) > 0) {
        double begun = now(), elapsed = 0;
        while ((elapsed = now() - begun) < seconds + AFTERMATH) {
            if (poll(&readable, 1, POLL_MS) <= 0)
                continue;
            int count = recvmmsg(socket_fd, messages, BATCH, MSG_DONTWAIT, NULL);
            if (count <= 0)
                continue;
            received += (unsigned long)count;
            if (elapsed >= seconds / 4 && elapsed < seconds * 3 / 4)
                in_the_middle += (unsigned long)count;
        }
    }
    printf("{\"received\": %lu, \"per_second\": %.0f}\n", received,
           (double)in_the_middle / (seconds / 2));
    return 0;
}

int main(int count, char **arguments)
{
    int sending = count == 7 && strcmp(arguments[1], "send") == 0;
    if (!sending && !(count == 4 && strcmp(arguments[1], "receive") == 0)) {
        fprintf(stderr, "usage: udpgen send ADDRESS PORT BYTES PER_SECOND SECONDS\n"
                        "       udpgen receive PORT SECONDS\n");
        return 2;
    }
    int socket_fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (socket_fd < 0)
        return fail("socket");
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (sending) {
        size_t bytes = strtoul(arguments[4], NULL, 10);
        address.sin_port = htons((uint16_t)atoi(arguments[3]));
        if (bytes > LARGEST || inet_pton(AF_INET, arguments[2], &address.sin_addr) != 1) {
            fprintf(stderr, "udpgen: bad address or more than %d bytes\n", LARGEST);
            return 2;
        }
        if (connect(socket_fd, (struct sockaddr *)&address, sizeof address) < 0)
            return fail("connect");
        prepare(bytes);
        return send_packets(socket_fd, atof(arguments[5]), atof(arguments[6]));
    }
    int buffer = RECEIVE_BUFFER;
    setsockopt(socket_fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    address.sin_port = htons((uint16_t)atoi(arguments[2]));
    if (bind(socket_fd, (struct sockaddr *)&address, sizeof address) < 0)
        return fail("bind");
    prepare(LARGEST);
    return receive_packets(socket_fd, atof(arguments[3]));
}
