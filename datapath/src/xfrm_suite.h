/* Algorithms and keys as XFRM attributes name them. */
#pragma once

#include "netlink.h"
#include "transform.h"

/* Read the algorithms of an SA; the suite points into the request. Returns 0, EINVAL (lengths) or
 * ENOSYS (an algorithm that there is not here), as the kernel does. */
int suite_of(const struct request *request, struct suite *suite);
