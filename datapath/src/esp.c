#include "esp.h"

#include <netinet/in.h>
#include <openssl/rand.h>
#include <string.h>

#include "bytes.h"
#include "flow.h"
#include "tos.h"

enum { TRAILER = 2 }; /* pad length and next header */

/* The sequence number at which a new SA is asked for: a quarter of an hour before the end, at 300,000
 * packets a second. */
static const uint32_t SEQUENCE_SOFT = 0xf0000000;

/* Random bytes, fetched many at a time, for the one thread that seals. */
static bool random_iv(uint8_t *iv, size_t length)
{
    static uint8_t pool[4096];
    static size_t left;
    if (left < length) {
        if (RAND_bytes(pool, sizeof pool) != 1)
            return false;
        left = sizeof pool;
    }
    left -= length;
    memcpy(iv, pool + left, length);
    return true;
}

static bool set_iv(struct sa *sa, uint8_t *iv)
{
    if (sa->transform.mac)
        return random_iv(iv, sa->transform.iv_length); /* CBC's must be unpredictable */
    store64(iv, sa->iv++);                             /* GCM's must never repeat */
    return true;
}

size_t esp_seal(struct table *table, struct sa *sa, uint8_t *packet, size_t length)
{
    uint8_t *text = packet + esp_text(sa);
    if (sa->sequence == UINT32_MAX) {
        sa->state = SA_DEAD;
        table_notice(table);
        return 0;
    }
    if (sa->sequence >= SEQUENCE_SOFT && !sa->soft_due) {
        sa->soft_due = true;
        table_notice(table);
    }
    size_t padding = -(length + TRAILER) & (sa->transform.block - 1u);
    for (size_t i = 0; i < padding; i++)
        text[length + i] = (uint8_t)(i + 1);
    text[length + padding] = (uint8_t)padding;
    text[length + padding + 1] = text[0] >> 4 == 4 ? IPPROTO_IPIP : IPPROTO_IPV6;
    memcpy(packet, &sa->info.id.spi, 4);
    store32(packet + 4, ++sa->sequence);
    size_t padded = length + padding + TRAILER;
    if (!set_iv(sa, packet + ESP_HEADER) || !transform_seal(&sa->transform, packet, padded))
        return 0;
    return esp_text(sa) + padded + sa->transform.icv_length;
}

/* The inner packet in an authentic text, by the trailer and by its own header. */
static enum counter inner_of(uint8_t *text, size_t length, size_t *inner_length)
{
    size_t padding = text[length - 2];
    uint8_t next_header = text[length - 1];
    if (next_header == IPPROTO_NONE)
        return DROP_DUMMY;
    if (padding + TRAILER > length)
        return DROP_MALFORMED;
    if (!packet_whole(text, length - TRAILER - padding, inner_length))
        return DROP_MALFORMED;
    if (next_header != (text[0] >> 4 == 4 ? IPPROTO_IPIP : IPPROTO_IPV6))
        return DROP_MALFORMED;
    return IN_PACKETS;
}

enum counter esp_open(struct sa *sa, uint8_t *packet, size_t length, uint8_t outer_tos,
                      uint8_t **inner, size_t *inner_length)
{
    size_t overhead = esp_text(sa) + sa->transform.icv_length;
    if (length < overhead + TRAILER || (length - overhead) % sa->transform.block)
        return DROP_MALFORMED;
    size_t text_length = length - overhead;
    uint32_t sequence = load32(packet + 4);
    if (!replay_acceptable(&sa->replay, sequence))
        return DROP_REPLAY;
    if (!transform_open(&sa->transform, packet, text_length))
        return DROP_ICV;
    replay_advance(&sa->replay, sequence);
    *inner = packet + esp_text(sa);
    enum counter verdict = inner_of(*inner, text_length, inner_length);
    if (verdict != IN_PACKETS)
        return verdict;
    return tos_decapsulate(sa, *inner, outer_tos) ? IN_PACKETS : DROP_ECN;
}
