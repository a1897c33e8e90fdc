#include "tun.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool set_offloads(int tun, struct offloads *offloads)
{
    unsigned tso = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
    unsigned uso = TUN_F_CSUM | TUN_F_USO4 | TUN_F_USO6;
    if (offloads->uso && ioctl(tun, TUNSETOFFLOAD, offloads->tso ? tso | uso : uso) == 0)
        return true;
    offloads->uso = false; /* Linux before 6.2 */
    if (offloads->tso && ioctl(tun, TUNSETOFFLOAD, tso) == 0)
        return true;
    offloads->tso = false;
    return ioctl(tun, TUNSETOFFLOAD, 0) == 0;
}

static bool set_mtu(const char *name, int mtu)
{
    struct ifreq request = {.ifr_mtu = mtu};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (any < 0)
        return false;
    bool set = ioctl(any, SIOCSIFMTU, &request) == 0;
    close(any);
    return set;
}

static int make_here(const char *name, int mtu, struct offloads *offloads)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tun < 0)
        return -1;
    if (ioctl(tun, TUNSETIFF, &request) == 0 && set_offloads(tun, offloads) && set_mtu(name, mtu))
        return tun;
    int error = errno;
    close(tun);
    errno = error;
    return -1;
}

int tun_make(const char *name, const char *netns, int mtu, struct offloads *offloads)
{
    int tun = -1, error;
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int there = open(netns, O_RDONLY | O_CLOEXEC);
    if (home >= 0 && there >= 0 && setns(there, CLONE_NEWNET) == 0) {
        tun = make_here(name, mtu, offloads);
        error = errno;
        if (setns(home, CLONE_NEWNET) != 0) {
            error = errno;
            close(tun);
            tun = -1;
        }
        errno = error;
    }
    error = errno;
    close(home);
    close(there);
    errno = error;
    return tun;
}
