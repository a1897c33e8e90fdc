/* XFRM requests: any bytes, several messages in a row, each behind a length of two bytes. */

#include <linux/netlink.h>

#include "../src/bytes.h"
#include "../src/deadlines.h"
#include "../src/xfrm.h"

static void ignore(void *context, unsigned group, const uint8_t *message, size_t length)
{
    (void)context, (void)group, (void)message, (void)length;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return transforms_load() ? 0 : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct table table;
    static uint8_t answer[XFRM_ANSWER_MAX];
    struct moment now = {1000, 1800000000};
    table_init(&table, -1);
    while (size >= 2) {
        size_t length = load16(data) % 1024;
        if (length > size - 2)
            length = size - 2;
        size_t answered = xfrm_answer(&table, data + 2, length, now, answer);
        if (answered > sizeof answer || (answered && answered < sizeof(struct nlmsghdr)))
            __builtin_trap();
        data += 2 + length;
        size -= 2 + length;
        now.monotonic += 50;
        deadlines_meet(&table, now, ignore, NULL);
    }
    while (table.live_count)
        sa_remove(&table, table.live[0]);
    return 0;
}
