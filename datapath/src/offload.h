/* What of segmentation the kernel takes off us, each probed; and what older headers lack. */
#pragma once

#include <linux/if_tun.h>
#include <linux/udp.h>
#include <linux/virtio_net.h>
#include <stdbool.h>

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

struct offloads {
    bool tso; /* TCP super-packets to and from the TUN */
    bool uso; /* UDP super-packets to and from the TUN */
    bool gso; /* several ESP-in-UDP packets sent as one */
    bool gro; /* and received as one */
};
