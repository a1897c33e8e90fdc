/* The tunnel interface. */
#pragma once

#include "offload.h"

/* Make the TUN, down, in the network namespace at a path, without changing our own for longer than
 * that takes. Of the offloads wanted it leaves those that the kernel has. Returns its descriptor, non-
 * blocking, or -1 with errno set. */
int tun_make(const char *name, const char *netns, int mtu, struct offloads *offloads);
