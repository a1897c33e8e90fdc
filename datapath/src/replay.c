#include "replay.h"

#include <string.h>

static uint64_t *word_of(struct replay *replay, uint32_t sequence)
{
    return &replay->seen[sequence / 64 % REPLAY_WORDS];
}

bool replay_acceptable(const struct replay *replay, uint32_t sequence)
{
    if (sequence == 0)
        return false;
    if (replay->window == 0 || sequence > replay->highest)
        return true;
    if (replay->highest - sequence >= replay->window)
        return false;
    return !(replay->seen[sequence / 64 % REPLAY_WORDS] >> sequence % 64 & 1);
}

void replay_advance(struct replay *replay, uint32_t sequence)
{
    if (sequence > replay->highest) {
        uint32_t passed = sequence / 64 - replay->highest / 64;
        if (passed >= REPLAY_WORDS) {
            memset(replay->seen, 0, sizeof replay->seen);
        } else {
            for (uint32_t i = 0; i < passed; i++)
                *word_of(replay, sequence - 64 * i) = 0;
        }
        replay->highest = sequence;
    }
    *word_of(replay, sequence) |= (uint64_t)1 << sequence % 64;
}
