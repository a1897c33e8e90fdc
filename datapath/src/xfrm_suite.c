#include "xfrm_suite.h"

#include <errno.h>
#include <string.h>

/* An HMAC in the kernel's words, old and new, and in OpenSSL's. */
struct integrity {
    const char *name, *old_name, *openssl;
    size_t digest_bits;
    size_t icv_bits; /* when XFRMA_ALG_AUTH leaves it to the kernel */
};

static const struct integrity integrities[] = {
    {"hmac(sha1)", "sha1", "SHA1", 160, 96},
    {"hmac(sha256)", "sha256", "SHA2-256", 256, 96}, /* a draft's default, not RFC 4868's */
    {"hmac(sha384)", "", "SHA2-384", 384, 192},
    {"hmac(sha512)", "", "SHA2-512", 512, 256},
};

static const struct integrity *integrity_named(const char *name)
{
    for (size_t i = 0; i < sizeof integrities / sizeof *integrities; i++)
        if (strcmp(name, integrities[i].name) == 0 || strcmp(name, integrities[i].old_name) == 0)
            return &integrities[i];
    return NULL;
}

/* Whether an attribute holds a NUL-terminated name and, behind `head` bytes, the key of so many bits. */
static bool holds_key(struct span attribute, size_t head, const char *name, size_t name_size,
                      size_t key_bits)
{
    return name[0] && memchr(name, 0, name_size) && key_bits > 0 && key_bits % 8 == 0 &&
           key_bits / 8 <= attribute.length - head;
}

static int read_gcm(struct span attribute, struct suite *suite)
{
    struct xfrm_algo_aead aead;
    if (!span_copy(attribute, &aead, sizeof aead) ||
        !holds_key(attribute, sizeof aead, aead.alg_name, sizeof aead.alg_name, aead.alg_key_len))
        return EINVAL;
    if (strcmp(aead.alg_name, "rfc4106(gcm(aes))") != 0 || aead.alg_icv_len != 128)
        return ENOSYS;
    *suite = (struct suite){
        .gcm = true,
        .key = attribute.bytes + sizeof aead,
        .key_length = aead.alg_key_len / 8,
        .icv_length = 16,
    };
    return 0;
}

static int read_cbc(struct span attribute, struct suite *suite)
{
    struct xfrm_algo cipher;
    if (!span_copy(attribute, &cipher, sizeof cipher) ||
        !holds_key(attribute, sizeof cipher, cipher.alg_name, sizeof cipher.alg_name,
                   cipher.alg_key_len))
        return EINVAL;
    if (strcmp(cipher.alg_name, "cbc(aes)") != 0 && strcmp(cipher.alg_name, "aes") != 0)
        return ENOSYS;
    suite->key = attribute.bytes + sizeof cipher;
    suite->key_length = cipher.alg_key_len / 8;
    return 0;
}

static int set_integrity(struct suite *suite, const char *name, size_t icv_bits)
{
    const struct integrity *integrity = integrity_named(name);
    if (!integrity)
        return ENOSYS;
    if (icv_bits == 0)
        icv_bits = integrity->icv_bits;
    if (icv_bits % 8 || icv_bits < 96 || icv_bits > integrity->digest_bits || icv_bits > 8 * ICV_MAX)
        return EINVAL;
    suite->digest = integrity->openssl;
    suite->icv_length = icv_bits / 8;
    return 0;
}

static int read_hmac(struct span attribute, struct suite *suite)
{
    struct xfrm_algo auth;
    if (!span_copy(attribute, &auth, sizeof auth) ||
        !holds_key(attribute, sizeof auth, auth.alg_name, sizeof auth.alg_name, auth.alg_key_len))
        return EINVAL;
    suite->auth_key = attribute.bytes + sizeof auth;
    suite->auth_key_length = auth.alg_key_len / 8;
    return set_integrity(suite, auth.alg_name, 0);
}

static int read_hmac_truncated(struct span attribute, struct suite *suite)
{
    struct xfrm_algo_auth auth;
    if (!span_copy(attribute, &auth, sizeof auth) ||
        !holds_key(attribute, sizeof auth, auth.alg_name, sizeof auth.alg_name, auth.alg_key_len))
        return EINVAL;
    suite->auth_key = attribute.bytes + sizeof auth;
    suite->auth_key_length = auth.alg_key_len / 8;
    return set_integrity(suite, auth.alg_name, auth.alg_trunc_len);
}

int suite_of(const struct request *request, struct suite *suite)
{
    const struct span *attributes = request->attributes;
    *suite = (struct suite){0};
    if (attributes[XFRMA_ALG_AEAD].bytes)
        return read_gcm(attributes[XFRMA_ALG_AEAD], suite);
    int error = read_cbc(attributes[XFRMA_ALG_CRYPT], suite);
    if (error)
        return error;
    if (attributes[XFRMA_ALG_AUTH_TRUNC].bytes)
        return read_hmac_truncated(attributes[XFRMA_ALG_AUTH_TRUNC], suite);
    return read_hmac(attributes[XFRMA_ALG_AUTH], suite);
}
