/* From the outside to the tunnel interface: the life of a packet in the order of the functions of
 * inbound.c, from the last to the first. */
#pragma once

/* Runs for ever with a `struct endpoint`. */
void *inbound_run(void *endpoint);
