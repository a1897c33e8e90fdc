/* The replay window against a twin that is slow and plain. */

#include "../src/replay.h"
#include "check.h"

enum { STEPS = 20000 };

/* All numbers taken so far, and the window's rule in so many words. */
struct twin {
    uint32_t window, highest, count, taken[STEPS];
};

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

static void walk(uint32_t window, uint32_t start, uint32_t reach)
{
    static struct twin twin;
    struct replay replay = {.window = window, .highest = start};
    memset(&twin, 0, sizeof twin);
    twin.window = window;
    twin.highest = start;
    for (int step = 0; step < STEPS; step++) {
        uint32_t back = arbitrary() % (2 * window + 2), on = arbitrary() % reach;
        uint64_t next = (uint64_t)twin.highest + on;
        uint32_t sequence = next > back && next - back <= UINT32_MAX ? (uint32_t)(next - back)
                                                                     : arbitrary();
        bool acceptable = replay_acceptable(&replay, sequence);
        if (acceptable)
            replay_advance(&replay, sequence);
        CHECK(acceptable == twin_takes(&twin, sequence));
        if (window)
            CHECK(replay.highest == twin.highest);
    }
}

int main(void)
{
    static const uint32_t windows[] = {1, 32, 33, 64, 100, 1024, 4096};
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        walk(windows[i], 0, 4);
        walk(windows[i], 0, 300);
        walk(windows[i], 0, 20000);
        walk(windows[i], UINT32_MAX - 5000, 3);
    }
    struct replay off = {.window = 0};
    CHECK(replay_acceptable(&off, 1));
    replay_advance(&off, 1);
    CHECK(replay_acceptable(&off, 1) && !replay_acceptable(&off, 0));
    return 0;
}
