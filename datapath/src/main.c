/* espd: ESP for one tunnel endpoint, in the kernel's place. See README.md. */

#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "counters.h"
#include "endpoint.h"
#include "inbound.h"
#include "outbound.h"
#include "sandbox.h"
#include "tun.h"

enum {
    MTU_MIN = 576,
    MTU_MAX = 9216,
    THREAD_STACK = 128 * 1024,
    SOCKET_BUFFER = 8 << 20, /* bytes: bursts of several super-packets, several times over */
};

struct options {
    const char *tun, *netns, *listen, *counters;
    int mtu;
    struct offloads offloads; /* wanted */
};

static struct endpoint endpoint;

uint64_t monotonic_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec;
}

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "espd: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    exit(1);
}

static void switch_off(struct offloads *offloads, char *list)
{
    for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
        if (strcmp(name, "tso") == 0)
            offloads->tso = false;
        else if (strcmp(name, "uso") == 0)
            offloads->uso = false;
        else if (strcmp(name, "gso") == 0)
            offloads->gso = false;
        else if (strcmp(name, "gro") == 0)
            offloads->gro = false;
        else
            die("--without %s: the offloads are tso, uso, gso and gro", name);
    }
}

static int parse_mtu(const char *text)
{
    char *end;
    long mtu = strtol(text, &end, 10);
    if (*end || mtu < MTU_MIN || mtu > MTU_MAX)
        die("--mtu %s: must be a number from %d to %d", text, MTU_MIN, MTU_MAX);
    return (int)mtu;
}

static struct options parse(int argc, char **argv)
{
    static const struct option known[] = {
        {"tun", required_argument, NULL, 't'},      {"tun-netns", required_argument, NULL, 'n'},
        {"mtu", required_argument, NULL, 'm'},      {"listen", required_argument, NULL, 'l'},
        {"counters", required_argument, NULL, 'c'}, {"without", required_argument, NULL, 'w'},
        {NULL, 0, NULL, 0}};
    struct options options = {.offloads = {true, true, true, true}};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (option) {
        case 't': options.tun = optarg; break;
        case 'n': options.netns = optarg; break;
        case 'm': options.mtu = parse_mtu(optarg); break;
        case 'l': options.listen = optarg; break;
        case 'c': options.counters = optarg; break;
        case 'w': switch_off(&options.offloads, optarg); break;
        default: exit(1); /* getopt has said why */
        }
    }
    if (optind < argc)
        die("%s: options only, please", argv[optind]);
    if (!options.tun || !options.netns || !options.mtu || !options.listen || !options.counters)
        die("--tun, --tun-netns, --mtu, --listen and --counters are all needed");
    if (strlen(options.tun) >= IFNAMSIZ)
        die("--tun %s: longer than %d characters", options.tun, IFNAMSIZ - 1);
    return options;
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        die("--listen %s: longer than %zu characters", path, sizeof address.sun_path - 1);
    strcpy(address.sun_path, path);
    int listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    umask(077);
    unlink(path);
    if (listening < 0 || bind(listening, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(listening, 8) < 0)
        die("--listen %s: %s", path, strerror(errno));
    return listening;
}

/* A socket for plain ESP; the kernel may fragment what it sends. Our own address arrives with each
 * packet. The buffers are larger than an administrator's limit. */
static int open_raw(int protocol)
{
    int size = SOCKET_BUFFER, fragment = IP_PMTUDISC_DONT;
    int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (raw < 0 || setsockopt(raw, IPPROTO_IP, IP_MTU_DISCOVER, &fragment, sizeof fragment) < 0 ||
        setsockopt(raw, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0 ||
        setsockopt(raw, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0)
        die("the socket for protocol %d: %s", protocol, strerror(errno));
    return raw;
}

static int make_eventfd(void)
{
    int made = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (made < 0)
        die("eventfd: %s", strerror(errno));
    return made;
}

/* Signals arrive as readable data, in whichever thread; none interrupts. */
static int take_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    int taken = signalfd(-1, &signals, SFD_CLOEXEC);
    if (taken < 0)
        die("signalfd: %s", strerror(errno));
    return taken;
}

static void start(void *(*run)(void *), const char *name, uint8_t stack[THREAD_STACK])
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, THREAD_STACK);
    if (pthread_create(&thread, &attributes, run, &endpoint) != 0)
        die("cannot start a thread");
    pthread_setname_np(thread, name);
    pthread_attr_destroy(&attributes);
}

/* The supervisor's socket (sd_notify), or -1. */
static int open_notify(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || strlen(path) >= sizeof address.sun_path)
        return -1;
    strcpy(address.sun_path, path);
    int notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (connect(notify, (struct sockaddr *)&address, sizeof address) < 0)
        die("NOTIFY_SOCKET %s: %s", path, strerror(errno));
    return notify;
}

static void set_up(const struct options *options, int notice)
{
    table_init(&endpoint.table, notice);
    endpoint.offloads = options->offloads;
    endpoint.wake_inbound = make_eventfd();
    endpoint.raw = open_raw(IPPROTO_ESP);
    endpoint.raw_whole = open_raw(IPPROTO_RAW);
    atomic_init(&endpoint.udp, -1);
    if (!counters_open(options->counters))
        die("--counters %s: %s", options->counters, strerror(errno));
    if (!transforms_load())
        die("libcrypto lacks AES-GCM, AES-CBC or HMAC");
    endpoint.tun = tun_make(options->tun, options->netns, options->mtu, &endpoint.offloads);
    if (endpoint.tun < 0)
        die("TUN %s in %s: %s", options->tun, options->netns, strerror(errno));
}

int main(int argc, char **argv)
{
    _Alignas(4096) static uint8_t stacks[2][THREAD_STACK];
    struct options options = parse(argc, argv);
    int notice = make_eventfd(), signals = take_signals(), notify = open_notify();
    set_up(&options, notice);
    int listening = listen_at(options.listen);
    if (!sandbox_lock_memory() || !sandbox_drop_privileges())
        die("giving up privileges: %s", strerror(errno));
    start(inbound_run, "espd-inbound", stacks[0]);
    start(outbound_run, "espd-outbound", stacks[1]);
    if (!sandbox_filter_calls())
        die("filtering system calls: %s", strerror(errno));
    if (notify >= 0)
        send(notify, "READY=1", 7, MSG_NOSIGNAL);
    int status = control_run(&endpoint, listening, signals, notice);
    table_lock(&endpoint.table);
    while (endpoint.table.live_count)
        sa_remove(&endpoint.table, endpoint.table.live[0]);
    _exit(status);
}
