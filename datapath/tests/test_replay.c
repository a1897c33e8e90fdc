/* The replay window against a twin that is slow and plain: it keeps all numbers taken so far. */

#include "../src/replay.h"

#include "check.h"

enum { STEPS = 6000 };

struct twin {
    uint32_t window, highest, count, taken[STEPS];
};

/* RFC 4303 section 3.4.3 in so many words. */
static bool twin_takes(struct twin *twin, uint32_t sequence)
{
    if (sequence == 0)
        return false;
    if (twin->window && sequence <= twin->highest && twin->highest - sequence >= twin->window)
        return false;
    for (uint32_t i = 0; twin->window && i < twin->count; i++)
        if (twin->taken[i] == sequence)
            return false;
    twin->taken[twin->count++] = sequence;
    if (sequence > twin->highest)
        twin->highest = sequence;
    return true;
}

/* How a walk goes on from the highest number: at most so far on, at most so far back. */
static uint32_t next(const struct twin *twin, uint32_t reach)
{
    if (rarely(50))
        return twin->highest; /* the newest again */
    if (rarely(50))
        return rarely(2) ? 0 : below(UINT32_MAX);
    uint64_t furthest = (uint64_t)twin->highest + below(reach);
    uint32_t back = below(2 * twin->window + 2);
    uint64_t sequence = furthest > back ? furthest - back : 1;
    return sequence > UINT32_MAX ? UINT32_MAX : (uint32_t)sequence;
}

static void walk(uint32_t window, uint32_t start, uint32_t reach)
{
    static struct twin twin;
    struct replay replay = {.window = window, .highest = start};
    twin.window = window;
    twin.highest = start;
    twin.count = 0;
    for (int step = 0; step < STEPS; step++) {
        uint32_t sequence = next(&twin, reach);
        bool acceptable = replay_acceptable(&replay, sequence);
        if (acceptable)
            replay_advance(&replay, sequence);
        CHECK(acceptable == twin_takes(&twin, sequence));
        CHECK(replay.highest == twin.highest);
    }
}

/* A number stays remembered as long as it is in the window, and is then refused for its age, however
 * far the window moves and in what steps. */
static void nothing_is_taken_twice(uint32_t window, uint32_t step)
{
    struct replay replay = {.window = window};
    uint32_t first = 1 + below(200);
    replay_advance(&replay, first);
    for (uint32_t moved = 0; moved < 3 * 8192; moved += step) {
        CHECK(!replay_acceptable(&replay, first));
        replay_advance(&replay, first + moved + step);
    }
}

int main(void)
{
    static const uint32_t windows[] = {0, 1, 31, 32, 33, 64, 100, 1024, 4095, REPLAY_WINDOW_MAX};
    static const uint32_t steps[] = {1, 63, 64, 65, 4095, 4096, 8191, 8192, 8193};
    for (size_t i = 0; i < COUNT(windows); i++) {
        walk(windows[i], 0, 4);
        walk(windows[i], 0, 300);
        walk(windows[i], 0, 20000);
        walk(windows[i], UINT32_MAX - 2000, 3);
        walk(windows[i], UINT32_MAX - 100000, 9000);
        walk(windows[i], 0x7fffff00, 0x10000000);
        for (size_t j = 0; windows[i] && j < COUNT(steps); j++)
            nothing_is_taken_twice(windows[i], steps[j]);
    }
    return 0;
}
