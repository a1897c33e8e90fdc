/* The ciphers and MACs against published answers (vectors.py says where from), and what is refused. */

#include "../src/transform.h"

#include <openssl/evp.h>

#include "../src/bytes.h"
#include "check.h"
#include "vectors.h"

enum { TEXT_MAX = 256 };

static struct suite cbc_suite(const uint8_t *key, size_t key_length)
{
    return (struct suite){.key = key, .key_length = key_length, .digest = "SHA1", .auth_key = key,
                          .auth_key_length = 20, .icv_length = 12};
}

static void cbc_is_as_published(const struct cbc_answer *answer)
{
    uint8_t key[64] = {0}, packet[TEXT_MAX], sealed[TEXT_MAX], text[TEXT_MAX];
    struct suite suite = cbc_suite(key, unhex(answer->key, key));
    struct transform transform;
    CHECK(transform_init(&transform, &suite));
    unhex(answer->header, packet);
    unhex(answer->iv, packet + ESP_HEADER);
    uint8_t *at = packet + ESP_HEADER + transform.iv_length;
    size_t length = unhex(answer->text, text);
    memcpy(at, text, length);
    CHECK(transform_seal(&transform, packet, length));
    CHECK(unhex(answer->sealed, sealed) == length && memcmp(at, sealed, length) == 0);
    CHECK(transform_open(&transform, packet, length));
    CHECK(memcmp(at, text, length) == 0);
    transform_wipe(&transform);
}

/* An ESP packet cannot hold the texts of the published cases, so its MAC is asked directly. */
static void hmac_is_as_published(const struct mac_answer *answer)
{
    uint8_t key[64] = {0}, data[TEXT_MAX], expected[ICV_MAX], mac[EVP_MAX_MD_SIZE];
    size_t written;
    struct suite suite = {.key = key, .key_length = 16, .digest = answer->digest, .auth_key = key};
    suite.auth_key_length = unhex(answer->key, key);
    suite.icv_length = unhex(answer->mac, expected);
    struct transform transform;
    CHECK(transform_init(&transform, &suite));
    for (int i = 0; i < 2; i++) { /* a context serves many packets */
        CHECK(EVP_MAC_init(transform.mac, NULL, 0, NULL));
        CHECK(EVP_MAC_update(transform.mac, data, unhex(answer->data, data)));
        CHECK(EVP_MAC_final(transform.mac, mac, &written, sizeof mac));
        CHECK(memcmp(mac, expected, transform.icv_length) == 0);
    }
    transform_wipe(&transform);
}

static void gcm_is_as_published(const struct gcm_answer *answer)
{
    uint8_t key[36], packet[TEXT_MAX], expected[TEXT_MAX], text[TEXT_MAX];
    struct suite suite = {.gcm = true, .key = key, .key_length = unhex(answer->key, key)};
    struct transform transform;
    CHECK(transform_init(&transform, &suite));
    size_t length = unhex(answer->packet, expected), text_length = unhex(answer->text, text);
    size_t at = ESP_HEADER + transform.iv_length;
    memcpy(packet, expected, at);
    memcpy(packet + at, text, text_length);
    CHECK(transform_seal(&transform, packet, text_length));
    CHECK(length == at + text_length + transform.icv_length);
    CHECK(memcmp(packet, expected, length) == 0);
    CHECK(transform_open(&transform, packet, text_length));
    CHECK(memcmp(packet + at, text, text_length) == 0);
    transform_wipe(&transform);
}

static void other_key_lengths_are_refused(void)
{
    uint8_t key[64] = {0};
    for (size_t length = 0; length <= sizeof key; length++) {
        struct transform transform;
        struct suite cbc = cbc_suite(key, length);
        bool made = transform_init(&transform, &cbc);
        CHECK(made == (length == 16 || length == 32));
        transform_wipe(&transform);
        struct suite gcm = {.gcm = true, .key = key, .key_length = length};
        made = transform_init(&transform, &gcm);
        CHECK(made == (length == 20 || length == 36));
        transform_wipe(&transform);
    }
}

static void an_unknown_digest_is_refused(void)
{
    uint8_t key[64] = {0};
    struct transform transform;
    struct suite suite = cbc_suite(key, 16);
    suite.digest = "SHA1-AND-A-HALF";
    CHECK(!transform_init(&transform, &suite));
    transform_wipe(&transform); /* of one that was never set: nothing is freed twice */
}

static void a_wiped_transform_holds_nothing(void)
{
    uint8_t key[36];
    static const struct transform none;
    struct transform transform;
    struct suite suite = {.gcm = true, .key = key, .key_length = 36};
    fill_arbitrarily(key, sizeof key);
    CHECK(transform_init(&transform, &suite));
    transform_wipe(&transform);
    CHECK(memcmp(&transform, &none, sizeof none) == 0);
}

int main(void)
{
    CHECK(transforms_load());
    for (size_t i = 0; i < COUNT(cbc_answers); i++)
        cbc_is_as_published(&cbc_answers[i]);
    for (size_t i = 0; i < COUNT(mac_answers); i++)
        hmac_is_as_published(&mac_answers[i]);
    for (size_t i = 0; i < COUNT(gcm_answers); i++)
        gcm_is_as_published(&gcm_answers[i]);
    other_key_lengths_are_refused();
    an_unknown_digest_is_refused();
    a_wiped_transform_holds_nothing();
    return 0;
}
