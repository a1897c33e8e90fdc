#include "check.h"

#include <time.h>

size_t unhex(const char *digits, uint8_t *bytes)
{
    size_t length = 0;
    for (unsigned byte; sscanf(digits, "%2x", &byte) == 1; digits += 2)
        bytes[length++] = (uint8_t)byte;
    return length;
}

static uint64_t begin(void)
{
    const char *given = getenv("SEED");
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)now.tv_sec ^ (uint64_t)now.tv_nsec;
    fprintf(stderr, "SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

/* SplitMix64 (Steele, Lea and Flood, 2014): any seed is as good as another. */
uint32_t arbitrary(void)
{
    static uint64_t state;
    static int begun;
    if (!begun) {
        state = begin();
        begun = 1;
    }
    uint64_t mixed = state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return (uint32_t)(mixed >> 32);
}

uint32_t below(uint32_t end)
{
    return arbitrary() % end;
}

void fill_arbitrarily(uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)arbitrary();
}
