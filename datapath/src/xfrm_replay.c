#include "xfrm_replay.h"

#include <errno.h>
#include <string.h>

/* Packets; a larger window needs XFRMA_REPLAY_ESN_VAL. */
enum { SMALL_WINDOW = 32 };

static int read_small_replay(struct sa *sa, struct span attribute)
{
    struct xfrm_replay_state state = {0};
    if (attribute.bytes && !span_copy(attribute, &state, sizeof state))
        return EINVAL;
    sa->sequence = state.oseq;
    sa->replay.window = sa->info.replay_window;
    if (sa->replay.window > SMALL_WINDOW)
        sa->replay.window = SMALL_WINDOW;
    sa->replay.highest = state.seq;
    for (uint32_t ago = 0; ago < sa->replay.window && ago < state.seq; ago++)
        if (state.bitmap >> ago & 1)
            replay_advance(&sa->replay, state.seq - ago);
    return 0;
}

/* The bit of sequence number n is number (n - 1) modulo the window's size. */
static int read_replay_bitmap(struct sa *sa, struct span attribute)
{
    struct xfrm_replay_state_esn state;
    if (!span_copy(attribute, &state, sizeof state) ||
        state.bmp_len > REPLAY_WINDOW_MAX / SMALL_WINDOW ||
        attribute.length < sizeof state + 4 * state.bmp_len ||
        state.replay_window > 32 * state.bmp_len || sa->info.replay_window)
        return EINVAL;
    sa->replay_bitmap = true;
    sa->sequence = state.oseq;
    sa->replay.window = state.replay_window;
    sa->replay.highest = state.seq;
    for (uint32_t ago = 0; ago < state.replay_window && ago < state.seq; ago++) {
        uint32_t bit = (state.seq - ago - 1) % state.replay_window, word;
        memcpy(&word, attribute.bytes + sizeof state + bit / 32 * 4, 4);
        if (word >> bit % 32 & 1)
            replay_advance(&sa->replay, state.seq - ago);
    }
    return 0;
}

int replay_read(struct sa *sa, const struct request *request)
{
    if (request->attributes[XFRMA_REPLAY_ESN_VAL].bytes)
        return read_replay_bitmap(sa, request->attributes[XFRMA_REPLAY_ESN_VAL]);
    return read_small_replay(sa, request->attributes[XFRMA_REPLAY_VAL]);
}

static void describe_bitmap(const struct sa *sa, struct message *message)
{
    struct {
        struct xfrm_replay_state_esn state;
        uint32_t bitmap[REPLAY_WINDOW_MAX / 32];
    } replay = {0};
    uint32_t window = sa->replay.window, words = (window + 31) / 32;
    replay.state.bmp_len = words;
    replay.state.oseq = sa->sequence;
    replay.state.seq = sa->replay.highest;
    replay.state.replay_window = window;
    for (uint32_t ago = 0; ago < window && ago < sa->replay.highest; ago++) {
        uint32_t sequence = sa->replay.highest - ago, bit = (sequence - 1) % window;
        if (!replay_acceptable(&sa->replay, sequence))
            replay.bitmap[bit / 32] |= 1u << bit % 32;
    }
    message_attribute(message, XFRMA_REPLAY_ESN_VAL, &replay, sizeof replay.state + 4 * words);
}

static void describe_small(const struct sa *sa, struct message *message)
{
    struct xfrm_replay_state state = {.oseq = sa->sequence, .seq = sa->replay.highest};
    for (uint32_t ago = 0; ago < sa->replay.window && ago < sa->replay.highest; ago++)
        if (!replay_acceptable(&sa->replay, sa->replay.highest - ago))
            state.bitmap |= 1u << ago;
    message_attribute(message, XFRMA_REPLAY_VAL, &state, sizeof state);
}

void replay_describe(const struct sa *sa, struct message *message)
{
    if (sa->replay_bitmap)
        describe_bitmap(sa, message);
    else
        describe_small(sa, message);
}
