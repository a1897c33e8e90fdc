/* What the TUN might give: any header, any packet; and packets of any kind put together. */

#include <string.h>

#include "../src/coalesce.h"
#include "../src/flow.h"
#include "../src/segment.h"

enum { HEADROOM = 16, PACKET = 512 };

static void take_apart(void *context, const uint8_t *packet, size_t length)
{
    static uint8_t copy[70000], one[70000];
    struct virtio_net_hdr header;
    struct segments segments;
    (void)context;
    memcpy(&header, packet, sizeof header);
    memcpy(copy, packet + sizeof header, length - sizeof header);
    if (!segments_begin(&segments, &header, copy, length - sizeof header))
        return;
    for (size_t size; (size = segments_next_length(&segments));)
        if (size > sizeof one || segments_next(&segments, one) != size)
            __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct coalescer coalescer = {.tcp = true, .udp = true, .write = take_apart};
    static uint8_t packets[8][HEADROOM + PACKET];
    if (size < sizeof(struct virtio_net_hdr) + 1)
        return 0;
    take_apart(NULL, data, size);
    for (size_t i = 0; i < 8 && size; i++) {
        size_t length = size < PACKET ? size : PACKET, stated = 0;
        memcpy(packets[i] + HEADROOM, data, length);
        if (packet_whole(packets[i] + HEADROOM, length, &stated))
            coalesce_add(&coalescer, packets[i] + HEADROOM, stated);
        size_t step = stated > 0 && stated < length ? stated : length;
        data += step;
        size -= step;
    }
    coalesce_flush(&coalescer);
    return 0;
}
