/* ESP packets: known answers, round trips, and what is refused. */

#include "../src/esp.h"

#include <netinet/in.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../src/bytes.h"
#include "../src/tos.h"
#include "check.h"
#include "packets.h"
#include "vectors.h"

enum { PACKET_MAX = 2048, SPI = 0x1001 };

static struct table table;

struct kind {
    const char *digest; /* NULL: GCM */
    size_t key, auth_key, icv;
};

static const struct kind kinds[] = {
    {NULL, 20, 0, 16},        {NULL, 36, 0, 16},        {"SHA1", 16, 20, 12},
    {"SHA1", 32, 20, 12},     {"SHA2-256", 16, 32, 16}, {"SHA2-256", 32, 32, 16},
    {"SHA2-256", 32, 32, 12}, {"SHA2-384", 16, 48, 24}, {"SHA2-384", 32, 48, 24},
    {"SHA2-512", 16, 64, 32}, {"SHA2-512", 32, 64, 32},
};

static struct sa sa_with(const struct kind *kind, const uint8_t *key, const uint8_t *auth_key)
{
    struct suite suite = {
        .gcm = !kind->digest,
        .key = key,
        .key_length = kind->key,
        .digest = kind->digest,
        .auth_key = auth_key,
        .auth_key_length = kind->auth_key,
        .icv_length = kind->icv,
    };
    struct sa sa = {.state = SA_ALIVE, .replay.window = 64, .info.id.spi = htonl(SPI)};
    CHECK(transform_init(&sa.transform, &suite));
    return sa;
}

static struct sa sa_of(const struct kind *kind)
{
    static const uint8_t key[64] = {1, 2, 3}, auth_key[64] = {4, 5, 6};
    return sa_with(kind, key, auth_key);
}

/* esp_open() in memory that ends with the packet, so that the sanitizer sees its end. */
static enum counter open_copy(struct sa *sa, const uint8_t *packet, size_t length, uint8_t *inner,
                              size_t *inner_length)
{
    uint8_t *copy = malloc(length), *found = NULL;
    memcpy(copy, packet, length);
    enum counter verdict = esp_open(sa, copy, length, 0, &found, inner_length);
    if (verdict == IN_PACKETS) {
        CHECK(found >= copy && found + *inner_length <= copy + length);
        memcpy(inner, found, *inner_length);
    }
    free(copy);
    return verdict;
}

static void a_known_packet_is_opened_and_made(const struct whole_answer *answer)
{
    uint8_t key[64], auth_key[64], packet[PACKET_MAX], again[PACKET_MAX], inner[PACKET_MAX];
    size_t inner_length, length = unhex(answer->packet, packet);
    struct kind kind = {.digest = *answer->digest ? answer->digest : NULL, .icv = answer->icv};
    kind.key = unhex(answer->key, key);
    kind.auth_key = unhex(answer->auth_key, auth_key);
    struct sa in = sa_with(&kind, key, auth_key), out = sa_with(&kind, key, auth_key);
    CHECK(open_copy(&in, packet, length, inner, &inner_length) == IN_PACKETS);
    CHECK(inner_length == 36 && inner[0] == 0x45 && inner[35] == 15);
    memcpy(again + esp_text(&out), inner, inner_length);
    if (!kind.digest) { /* CBC's IV is random */
        out.iv = (uint64_t)load32(packet + 8) << 32 | load32(packet + 12);
        CHECK(esp_seal(&table, &out, again, inner_length) == length);
        CHECK(memcmp(again, packet, length) == 0);
    }
    transform_wipe(&in.transform);
    transform_wipe(&out.transform);
}

static size_t an_inner_packet(bool ipv6, size_t length, uint8_t *ip)
{
    struct packet packet = {.ipv6 = ipv6, .protocol = 99};
    size_t headers = ipv6 ? 44 : 24;
    if (length < headers) { /* an IP header alone */
        size_t whole = write_packet(&packet, 0, ip) - 4;
        store16(ip + (ipv6 ? 4 : 2), ipv6 ? 0 : 20);
        repair_checksums(ip, whole);
        return whole;
    }
    return write_packet(&packet, length - headers, ip);
}

static void any_length_goes_around(const struct kind *kind)
{
    struct sa out = sa_of(kind), in = sa_of(kind);
    uint8_t packet[PACKET_MAX], text[PACKET_MAX], inner[PACKET_MAX];
    size_t inner_length;
    for (size_t wanted = 20; wanted <= 1500; wanted++) {
        size_t length = an_inner_packet(below(2), wanted, text), at = esp_text(&out);
        memset(packet, 0xee, sizeof packet);
        memcpy(packet + at, text, length);
        size_t sealed = esp_seal(&table, &out, packet, length);
        CHECK(sealed > length && sealed <= length + ESP_OVERHEAD_MAX);
        CHECK(packet[sealed] == 0xee); /* nothing is written behind it */
        CHECK((sealed - at - kind->icv) % (kind->digest ? 16 : 4) == 0);
        CHECK(load32(packet) == SPI && load32(packet + 4) == wanted - 19);
        CHECK(memcmp(packet + at, text, length) != 0);
        CHECK(open_copy(&in, packet, sealed, inner, &inner_length) == IN_PACKETS);
        CHECK(inner_length == length && memcmp(inner, text, length) == 0);
        CHECK(open_copy(&in, packet, sealed, inner, &inner_length) == DROP_REPLAY);
    }
    transform_wipe(&out.transform);
    transform_wipe(&in.transform);
}

/* Nothing that is refused counts as seen: the packet itself is opened afterwards. */
static void a_packet_is_opened_unchanged_only(const struct kind *kind)
{
    struct sa out = sa_of(kind), in = sa_of(kind);
    uint8_t packet[PACKET_MAX], inner[PACKET_MAX];
    size_t inner_length;
    for (size_t length = 20; length < 1500; length += 1 + below(300)) {
        an_inner_packet(false, length < 24 ? 20 : length, packet + esp_text(&out));
        size_t sealed = esp_seal(&table, &out, packet, length < 24 ? 20 : length);
        for (size_t at = 0; at < sealed; at++) {
            uint8_t flip = (uint8_t)(1 + below(255));
            packet[at] ^= flip;
            enum counter verdict = open_copy(&in, packet, sealed, inner, &inner_length);
            /* another sequence number may be too old for anyone to look further */
            CHECK(verdict == DROP_ICV || (verdict == DROP_REPLAY && at >= 4 && at < 8));
            packet[at] ^= flip;
        }
        for (size_t cut = ESP_HEADER; cut < sealed; cut++) {
            enum counter verdict = open_copy(&in, packet, cut, inner, &inner_length);
            CHECK(verdict == DROP_ICV || verdict == DROP_MALFORMED);
        }
        CHECK(open_copy(&in, packet, sealed, inner, &inner_length) == IN_PACKETS);
    }
    transform_wipe(&out.transform);
    transform_wipe(&in.transform);
}

/* What the peer sealed, whatever it is, with the trailer that the text ends with. */
static enum counter open_sealed(const struct kind *kind, const uint8_t *text, size_t length,
                                uint8_t *inner, size_t *inner_length)
{
    struct sa sa = sa_of(kind);
    uint8_t packet[PACKET_MAX] = {[7] = 1};
    memcpy(packet + esp_text(&sa), text, length);
    CHECK(transform_seal(&sa.transform, packet, length));
    enum counter verdict = open_copy(&sa, packet, esp_text(&sa) + length + kind->icv, inner,
                                     inner_length);
    CHECK(sa.replay.highest == 1); /* it was authentic, so it was seen */
    transform_wipe(&sa.transform);
    return verdict;
}

/* RFC 4303 section 2.7: behind the inner packet, before the padding, for it has a length of its own. */
static void padding_for_traffic_flow_confidentiality_is_taken_off(const struct kind *kind)
{
    uint8_t text[PACKET_MAX], inner[PACKET_MAX];
    size_t inner_length;
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        size_t length = an_inner_packet(ipv6, 100, text);
        for (size_t whole = 112; whole <= 1504; whole += 16) {
            fill_arbitrarily(text + length, whole - length);
            text[whole - 2] = (uint8_t)below(10);
            text[whole - 1] = ipv6 ? IPPROTO_IPV6 : IPPROTO_IPIP;
            CHECK(open_sealed(kind, text, whole, inner, &inner_length) == IN_PACKETS);
            CHECK(inner_length == length && memcmp(inner, text, length) == 0);
        }
    }
}

static void dummies_are_dropped(const struct kind *kind)
{
    uint8_t text[PACKET_MAX], inner[PACKET_MAX];
    size_t inner_length;
    for (size_t whole = 16; whole < 1500; whole += 16) {
        fill_arbitrarily(text, whole);
        text[whole - 1] = IPPROTO_NONE;
        CHECK(open_sealed(kind, text, whole, inner, &inner_length) == DROP_DUMMY);
    }
}

static void a_wrong_trailer_is_refused(const struct kind *kind)
{
    enum { LENGTH = 36, WHOLE = 48 };
    uint8_t text[WHOLE], inner[PACKET_MAX];
    size_t inner_length;
    an_inner_packet(false, LENGTH, text);
    memset(text + LENGTH, 0, WHOLE - LENGTH);
    for (unsigned padding = 0; padding < 256; padding++) {
        text[WHOLE - 2] = (uint8_t)padding;
        text[WHOLE - 1] = IPPROTO_IPIP;
        bool fits = padding <= WHOLE - 2 - LENGTH; /* otherwise some of the packet would be padding */
        CHECK(open_sealed(kind, text, WHOLE, inner, &inner_length) ==
              (fits ? IN_PACKETS : DROP_MALFORMED));
    }
    text[WHOLE - 2] = WHOLE - 2 - LENGTH;
    for (unsigned next = 0; next < 256; next++) {
        text[WHOLE - 1] = (uint8_t)next;
        enum counter expected = next == IPPROTO_IPIP   ? IN_PACKETS
                                : next == IPPROTO_NONE ? DROP_DUMMY
                                                       : DROP_MALFORMED;
        CHECK(open_sealed(kind, text, WHOLE, inner, &inner_length) == expected);
    }
}

static void a_wrong_inner_length_is_refused(const struct kind *kind)
{
    enum { LENGTH = 44, WHOLE = 48 };
    uint8_t text[WHOLE], inner[PACKET_MAX];
    size_t inner_length;
    for (unsigned stated = 0; stated < 65536; stated += stated < 100 ? 1 : 999) {
        an_inner_packet(false, LENGTH, text);
        text[WHOLE - 4] = 1, text[WHOLE - 3] = 2, text[WHOLE - 2] = 2, text[WHOLE - 1] = IPPROTO_IPIP;
        store16(text + 2, (uint16_t)stated);
        enum counter verdict = open_sealed(kind, text, WHOLE, inner, &inner_length);
        CHECK(verdict == (stated >= 20 && stated <= LENGTH ? IN_PACKETS : DROP_MALFORMED));
        CHECK(verdict != IN_PACKETS || inner_length == stated);
        an_inner_packet(true, LENGTH, text);
        text[WHOLE - 2] = 2, text[WHOLE - 1] = IPPROTO_IPV6;
        store16(text + 4, (uint16_t)stated);
        verdict = open_sealed(kind, text, WHOLE, inner, &inner_length);
        CHECK(verdict == (stated <= LENGTH - 40 ? IN_PACKETS : DROP_MALFORMED));
    }
}

static void congestion_that_cannot_be_told_drops(const struct kind *kind)
{
    struct sa out = sa_of(kind), in = sa_of(kind);
    uint8_t packet[PACKET_MAX], *inner;
    size_t inner_length, length = an_inner_packet(false, 100, packet + esp_text(&out));
    size_t sealed = esp_seal(&table, &out, packet, length);
    CHECK(esp_open(&in, packet, sealed, 3, &inner, &inner_length) == DROP_ECN);
    length = an_inner_packet(false, 100, packet + esp_text(&out));
    packet[esp_text(&out) + 1] = 2;
    sealed = esp_seal(&table, &out, packet, length);
    CHECK(esp_open(&in, packet, sealed, 3, &inner, &inner_length) == IN_PACKETS);
    CHECK(tos_of(inner) == 3);
    transform_wipe(&out.transform);
    transform_wipe(&in.transform);
}

static uint64_t notices(void)
{
    uint64_t number = 0;
    return read(table.notice, &number, sizeof number) == sizeof number ? number : 0;
}

static void sequence_numbers_end(const struct kind *kind)
{
    struct sa sa = sa_of(kind);
    uint8_t packet[PACKET_MAX];
    size_t at = esp_text(&sa);
    sa.sequence = 0xf0000000 - 1;
    notices();
    CHECK(esp_seal(&table, &sa, packet, an_inner_packet(false, 40, packet + at)));
    CHECK(!sa.soft_due && notices() == 0);
    for (int i = 0; i < 3; i++) { /* there is time for a new SA; it is asked for once */
        CHECK(esp_seal(&table, &sa, packet, an_inner_packet(false, 40, packet + at)));
        CHECK(sa.soft_due && notices() == (i == 0));
    }
    sa.sequence = UINT32_MAX - 1;
    CHECK(esp_seal(&table, &sa, packet, an_inner_packet(false, 40, packet + at)));
    CHECK(load32(packet + 4) == UINT32_MAX && sa.state == SA_ALIVE);
    CHECK(!esp_seal(&table, &sa, packet, an_inner_packet(false, 40, packet + at)));
    CHECK(sa.state == SA_DEAD && sa.sequence == UINT32_MAX && notices() == 1);
    transform_wipe(&sa.transform);
}

/* GCM's count up, whatever the sequence number is; CBC's have nothing to do with each other. */
static void ivs_do_not_repeat(const struct kind *kind)
{
    struct sa sa = sa_of(kind);
    static uint8_t ivs[600][IV_MAX];
    uint8_t packet[PACKET_MAX];
    sa.iv = UINT64_MAX - 300;
    for (size_t i = 0; i < COUNT(ivs); i++) {
        CHECK(esp_seal(&table, &sa, packet, an_inner_packet(false, 40, packet + esp_text(&sa))));
        memcpy(ivs[i], packet + ESP_HEADER, sa.transform.iv_length);
        for (size_t j = 0; j < i; j++)
            CHECK(memcmp(ivs[i], ivs[j], sa.transform.iv_length) != 0);
    }
    transform_wipe(&sa.transform);
}

int main(void)
{
    CHECK(transforms_load());
    table_init(&table, eventfd(0, EFD_NONBLOCK));
    for (size_t i = 0; i < COUNT(whole_answers); i++)
        a_known_packet_is_opened_and_made(&whole_answers[i]);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        any_length_goes_around(&kinds[i]);
        a_packet_is_opened_unchanged_only(&kinds[i]);
        padding_for_traffic_flow_confidentiality_is_taken_off(&kinds[i]);
        dummies_are_dropped(&kinds[i]);
        a_wrong_trailer_is_refused(&kinds[i]);
        a_wrong_inner_length_is_refused(&kinds[i]);
        congestion_that_cannot_be_told_drops(&kinds[i]);
        sequence_numbers_end(&kinds[i]);
        ivs_do_not_repeat(&kinds[i]);
    }
    return 0;
}
