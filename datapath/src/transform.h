/* What is done to the bytes of an ESP packet: AES-GCM (RFC 4106), or AES-CBC (RFC 3602) with an HMAC
 * (RFC 2404, RFC 4868). */
#pragma once

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ESP_HEADER = 8, IV_MAX = 16, ICV_MAX = 32 };

struct suite {
    bool gcm;
    const uint8_t *key; /* with GCM followed by the salt of 4 bytes */
    size_t key_length;  /* bytes: 16 or 32, and 4 more with GCM */
    const char *digest; /* of the HMAC, in OpenSSL's words; NULL with GCM */
    const uint8_t *auth_key;
    size_t auth_key_length;
    size_t icv_length;
};

struct transform {
    EVP_CIPHER_CTX *encrypt;
    EVP_CIPHER_CTX *decrypt;
    EVP_MAC_CTX *mac; /* NULL with GCM */
    uint8_t salt[4];
    uint8_t iv_length;
    uint8_t icv_length;
    uint8_t block; /* what the text's length is padded to a multiple of, bytes */
};

/* Fetch the algorithms, once, before the sandbox closes. Returns false when OpenSSL lacks one. */
bool transforms_load(void);

/* Set the keys. Returns false when their lengths are not the suite's, or for want of memory. */
bool transform_init(struct transform *transform, const struct suite *suite);

/* Forget the keys; also of a transform that was never set. */
void transform_wipe(struct transform *transform);

/* Encrypt `length` bytes of text in place and write the ICV behind them. `packet` is the ESP header,
 * the IV and the text, which is padded already. */
bool transform_seal(struct transform *transform, uint8_t *packet, size_t length);

/* Verify the ICV, in constant time, and decrypt in place. `length` is the text's, a multiple of the
 * block. Returns false when the packet is not authentic. */
bool transform_open(struct transform *transform, uint8_t *packet, size_t length);
