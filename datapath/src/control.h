/* The thread that talks: to charon about SAs, policies and IKE, and with the supervisor by signals. */
#pragma once

#include "endpoint.h"

/* Serve the listening socket until a signal (`signals` is a signalfd), until charon has come and gone,
 * or until the TUN has vanished; wake-ups come by `notice`, an eventfd. Returns the exit status. */
int control_run(struct endpoint *endpoint, int listening, int signals, int notice);
