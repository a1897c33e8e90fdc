/* A check that says where it failed; a test program is a main() that makes some. */
#pragma once

#include <stddef.h>
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

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Read bytes from hexadecimal digits; returns how many. */
size_t unhex(const char *digits, uint8_t *bytes);

/* Numbers that look random. They differ from run to run; where they begin is printed, and the
 * environment's SEED begins there again. */
uint32_t arbitrary(void);

/* One of the numbers from 0 to `end` - 1. */
uint32_t below(uint32_t end);

/* True once in so many times. */
static inline int rarely(uint32_t times)
{
    return below(times) == 0;
}

void fill_arbitrarily(uint8_t *bytes, size_t length);
