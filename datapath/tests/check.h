/* A check that says where it failed; a test program is a main() that makes some. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(holds)                                                                               \
    do {                                                                                           \
        if (!(holds)) {                                                                            \
            fprintf(stderr, "%s:%d: it does not hold that %s\n", __FILE__, __LINE__, #holds);      \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Read bytes from hexadecimal digits; returns how many. */
static inline size_t unhex(const char *digits, uint8_t *bytes)
{
    size_t length = 0;
    for (unsigned byte; sscanf(digits, "%2x", &byte) == 1; digits += 2)
        bytes[length++] = (uint8_t)byte;
    return length;
}

/* Numbers that look random and are the same in every run. */
static inline uint32_t arbitrary(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15;
    state = state * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(state >> 33);
}
