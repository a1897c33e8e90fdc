/* The UDP socket of port 4500, which charon opens and hands over, and the IKE on it, which is charon's
 * still. */
#pragma once

#include "endpoint.h"

/* Take the socket, and `relay`, on which its IKE goes to and from charon. Returns false, and takes
 * neither, when this is no UDP socket for IPv4 or there is one already. */
bool handover_take(struct endpoint *endpoint, int udp, int relay);

/* Send a message of charon's. Returns false when charon has closed its end. */
bool handover_send(const struct endpoint *endpoint);
