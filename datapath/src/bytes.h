/* Numbers in network byte order at any alignment. */
#pragma once

#include <stdint.h>
#include <string.h>

static inline uint16_t load16(const uint8_t *from)
{
    return (uint16_t)(from[0] << 8 | from[1]);
}

static inline uint32_t load32(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static inline void store16(uint8_t *to, uint16_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static inline void store32(uint8_t *to, uint32_t value)
{
    store16(to, (uint16_t)(value >> 16));
    store16(to + 2, (uint16_t)value);
}

static inline void store64(uint8_t *to, uint64_t value)
{
    store32(to, (uint32_t)(value >> 32));
    store32(to + 4, (uint32_t)value);
}
