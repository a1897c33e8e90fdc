/* ESP packets: known answers, and what is refused. */

#include <netinet/in.h>

#include "../src/esp.h"
#include "../src/tos.h"
#include "check.h"

static struct table table;

struct vector {
    const char *digest;
    size_t key, auth_key, icv; /* bytes; the keys count up from 0 and from 100 */
    const char *packet;
};

/* Made with Python's `cryptography` and `hmac`: an IPv4 packet of 36 bytes, SPI 0x1001, sequence 1. */
static const struct vector vectors[] = {
    {"SHA1", 16, 20, 12,
     "0000100100000001c8c9cacbcccdcecfd0d1d2d3d4d5d6d7cc3e5dd01868693e3fdecce99634d2e670c284e590001667"
     "d6bf2440d18be8c82f6ee25b713d3031853a0117f7e46fa7b21dffc54e184588f478b4b2"},
    {"SHA2-256", 32, 32, 16,
     "0000100100000001c8c9cacbcccdcecfd0d1d2d3d4d5d6d714b21ad1dc30254305113adceccd697553de3f97ca9d77c3"
     "de3dc03aafcab62e475f90a861174029494d231b325573f4949d584b888245aaed7bceb937261c03"},
    {"SHA2-384", 16, 48, 24,
     "0000100100000001c8c9cacbcccdcecfd0d1d2d3d4d5d6d7cc3e5dd01868693e3fdecce99634d2e670c284e590001667"
     "d6bf2440d18be8c82f6ee25b713d3031853a0117f7e46fa7d613df3f4fc0062ff12ca31abbd4bebd11821e45e513b0cc"},
    {"SHA2-512", 32, 64, 32,
     "0000100100000001c8c9cacbcccdcecfd0d1d2d3d4d5d6d714b21ad1dc30254305113adceccd697553de3f97ca9d77c3"
     "de3dc03aafcab62e475f90a861174029494d231b325573f4feb32a4252bc9a75a3e224899c76d630755574f1afc5f811"
     "d29c6655cce8e408"},
};

static void fill(uint8_t *bytes, size_t length, unsigned from)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(from + i);
}

static void set_keys(struct sa *sa, const char *digest, size_t key_length, size_t auth_length,
                     size_t icv)
{
    uint8_t key[36], auth_key[64];
    fill(key, sizeof key, 0);
    fill(auth_key, sizeof auth_key, 100);
    struct suite suite = {
        .gcm = !digest,
        .key = key,
        .key_length = key_length,
        .digest = digest,
        .auth_key = auth_key,
        .auth_key_length = auth_length,
        .icv_length = icv,
    };
    memset(sa, 0, sizeof *sa);
    CHECK(transform_init(&sa->transform, &suite));
    sa->info.id.spi = htonl(0x1001);
    sa->replay.window = 64;
    sa->state = SA_ALIVE;
}

static size_t an_inner_packet(uint8_t *ip, size_t length)
{
    memset(ip, 0, length);
    ip[0] = 0x45;
    ip[2] = (uint8_t)(length >> 8);
    ip[3] = (uint8_t)length;
    ip[8] = 64;
    ip[9] = IPPROTO_UDP;
    for (size_t i = 20; i < length; i++)
        ip[i] = (uint8_t)arbitrary();
    return length;
}

static void known_packets_are_opened(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *vector = &vectors[i];
        uint8_t packet[256], *inner;
        size_t inner_length, length = unhex(vector->packet, packet);
        struct sa sa;
        set_keys(&sa, vector->digest, vector->key, vector->auth_key, vector->icv);
        CHECK(esp_open(&sa, packet, length, 0, &inner, &inner_length) == IN_PACKETS);
        CHECK(inner_length == 36 && inner[0] == 0x45 && inner[35] == 15);
        transform_wipe(&sa.transform);
    }
}

/* RFC 3602 section 4, case 5, and the GCM vector of RFC 4106's authors (draft-mcgrew-gcm-test-01, the
 * second), which seal the same text with the same IV. */
static void known_texts_are_sealed(void)
{
    uint8_t key[36], auth_key[20], packet[256], expected[256];
    fill(auth_key, sizeof auth_key, 0);
    struct suite cbc = {.key = key, .key_length = 16, .digest = "SHA1", .auth_key = auth_key,
                        .auth_key_length = 20, .icv_length = 12};
    struct transform transform;
    unhex("90d382b410eeba7ad938c46cec1a82bf", key);
    CHECK(transform_init(&transform, &cbc));
    unhex("0000432100000001e96e8c08ab465763fd098d45dd3ff893", packet);
    size_t length = unhex("08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b"
                          "1c1d1e1f202122232425262728292a2b2c2d2e2f30313233343536370102030405060708"
                          "090a0b0c0d0e0e01", packet + 24);
    CHECK(transform_seal(&transform, packet, length));
    unhex("f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856a4699e523a55db080b59ec3a"
          "8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6", expected);
    CHECK(memcmp(packet + 24, expected, length) == 0);
    transform_wipe(&transform);

    struct suite gcm = {.gcm = true, .key = key, .key_length = 20};
    unhex("feffe9928665731c6d6a8f9467308308cafebabe", key);
    CHECK(transform_init(&transform, &gcm));
    unhex("0000a5f80000000afacedbaddecaf888", packet);
    length = unhex("4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d001000001000000000000"
                   "0373697009637962657263697479026" "46b00000100010001", packet + 16);
    CHECK(transform_seal(&transform, packet, length));
    unhex("deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c3de81827c10e9a4f51330d0e"
          "ec416642cfbb85a5b47e48a4ec3b9ba95d918bd183b70d3aa8bc6ee4c309e9d85a41ad4a", expected);
    CHECK(memcmp(packet + 16, expected, length + 16) == 0);
    transform_wipe(&transform);
}

/* Whatever is changed in a packet, or cut off it, it is refused; unchanged it is opened, once. */
static void a_packet_is_opened_once_and_unchanged_only(const char *digest, size_t key, size_t auth,
                                                       size_t icv)
{
    uint8_t packet[2048], copy[2048], text[1600], *inner;
    size_t inner_length;
    struct sa out, in;
    set_keys(&out, digest, key, auth, icv);
    set_keys(&in, digest, key, auth, icv);
    for (size_t length = 20; length < 1500; length += 1 + arbitrary() % 97) {
        an_inner_packet(text, length);
        memcpy(packet + esp_text(&out), text, length);
        size_t sealed = esp_seal(&table, &out, packet, length);
        CHECK(sealed > length && sealed <= length + ESP_OVERHEAD_MAX);
        for (size_t at = 4; at < sealed; at += 1 + arbitrary() % 31) {
            memcpy(copy, packet, sealed);
            copy[at] ^= (uint8_t)(1 << arbitrary() % 8);
            CHECK(esp_open(&in, copy, sealed, 0, &inner, &inner_length) != IN_PACKETS);
        }
        for (size_t cut = ESP_HEADER; cut < sealed; cut += 1 + arbitrary() % 31) {
            memcpy(copy, packet, cut);
            CHECK(esp_open(&in, copy, cut, 0, &inner, &inner_length) != IN_PACKETS);
        }
        memcpy(copy, packet, sealed);
        CHECK(esp_open(&in, copy, sealed, 0, &inner, &inner_length) == IN_PACKETS);
        CHECK(inner_length == length && memcmp(inner, text, length) == 0);
        memcpy(copy, packet, sealed);
        CHECK(esp_open(&in, copy, sealed, 0, &inner, &inner_length) == DROP_REPLAY);
    }
    transform_wipe(&out.transform);
    transform_wipe(&in.transform);
}

static void sequence_numbers_end(void)
{
    uint8_t packet[256];
    struct sa sa;
    set_keys(&sa, NULL, 20, 0, 16);
    sa.sequence = UINT32_MAX - 1;
    an_inner_packet(packet + esp_text(&sa), 40);
    CHECK(esp_seal(&table, &sa, packet, 40) != 0);
    CHECK(sa.sequence == UINT32_MAX && sa.soft_due);
    an_inner_packet(packet + esp_text(&sa), 40);
    CHECK(esp_seal(&table, &sa, packet, 40) == 0);
    CHECK(sa.state == SA_DEAD);
    transform_wipe(&sa.transform);
}

int main(void)
{
    CHECK(transforms_load());
    table_init(&table, -1);
    known_packets_are_opened();
    known_texts_are_sealed();
    a_packet_is_opened_once_and_unchanged_only(NULL, 20, 0, 16);
    a_packet_is_opened_once_and_unchanged_only(NULL, 36, 0, 16);
    a_packet_is_opened_once_and_unchanged_only("SHA1", 16, 20, 12);
    a_packet_is_opened_once_and_unchanged_only("SHA2-256", 32, 32, 16);
    a_packet_is_opened_once_and_unchanged_only("SHA2-512", 32, 64, 32);
    sequence_numbers_end();
    return 0;
}
