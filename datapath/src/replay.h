/* The anti-replay window (RFC 4303 section 3.4.3), a ring of bits as in RFC 6479. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { REPLAY_WINDOW_MAX = 4096, REPLAY_WORDS = 2 * REPLAY_WINDOW_MAX / 64 };

struct replay {
    uint32_t window;  /* packets, at most REPLAY_WINDOW_MAX; 0: replays are not detected */
    uint32_t highest; /* sequence number authenticated so far */
    uint64_t seen[REPLAY_WORDS];
};

/* Whether a sequence number is neither stale nor seen. Zero never is. */
bool replay_acceptable(const struct replay *replay, uint32_t sequence);

/* Remember an acceptable sequence number whose packet has been authenticated. */
void replay_advance(struct replay *replay, uint32_t sequence);
