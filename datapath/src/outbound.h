/* From the tunnel interface to the outside: the life of a packet in the order of the functions of
 * outbound.c, from the last to the first. */
#pragma once

/* Runs for ever with a `struct endpoint`. */
void *outbound_run(void *endpoint);
