#include "counters.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct entry {
    char name[32];
    _Atomic uint64_t value;
};
_Static_assert(sizeof(struct entry) == 40, "the form that README.md promises");

enum { FILE_SIZE = 4096 };
_Static_assert((COUNTERS + 1) * sizeof(struct entry) <= FILE_SIZE, "one page");

static const char *const names[COUNTERS] = {
    [IN_PACKETS] = "in_packets",
    [IN_BYTES] = "in_bytes",
    [OUT_PACKETS] = "out_packets",
    [OUT_BYTES] = "out_bytes",
    [DROP_NO_SA] = "drop_no_sa",
    [DROP_REPLAY] = "drop_replay",
    [DROP_ICV] = "drop_icv",
    [DROP_MALFORMED] = "drop_malformed",
    [DROP_ENCAPSULATION] = "drop_encapsulation",
    [DROP_POLICY] = "drop_policy",
    [DROP_NO_POLICY] = "drop_no_policy",
    [DROP_DUMMY] = "drop_dummy",
    [DROP_ECN] = "drop_ecn",
    [DROP_TOO_BIG] = "drop_too_big",
    [DROP_SEQUENCE] = "drop_sequence",
    [DROP_SEND] = "drop_send",
    [DROP_TUN] = "drop_tun",
};

static struct entry before_open[COUNTERS];
static struct entry *entries = before_open;

bool counters_open(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    void *page = MAP_FAILED;
    if (ftruncate(file, FILE_SIZE) == 0)
        page = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (page == MAP_FAILED)
        return false;
    entries = page;
    for (int i = 0; i < COUNTERS; i++)
        strncpy(entries[i].name, names[i], sizeof entries[i].name - 1);
    return true;
}

void count(enum counter which, uint64_t number)
{
    atomic_fetch_add_explicit(&entries[which].value, number, memory_order_relaxed);
}

uint64_t counted(enum counter which)
{
    return atomic_load_explicit(&entries[which].value, memory_order_relaxed);
}
