#include "transform.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

enum { GCM_SALT = 4, GCM_IV = 8, GCM_ICV = 16, CBC_BLOCK = 16 };

/* By GCM or not, and by 256 bits or 128. */
static EVP_CIPHER *ciphers[2][2];
static EVP_MAC *hmac;

bool transforms_load(void)
{
    static const char *const names[2][2] = {{"AES-128-CBC", "AES-256-CBC"},
                                            {"AES-128-GCM", "AES-256-GCM"}};
    for (int gcm = 0; gcm < 2; gcm++)
        for (int wide = 0; wide < 2; wide++)
            if (!(ciphers[gcm][wide] = EVP_CIPHER_fetch(NULL, names[gcm][wide], NULL)))
                return false;
    return (hmac = EVP_MAC_fetch(NULL, "HMAC", NULL)) != NULL;
}

static bool keys_set(struct transform *transform, const struct suite *suite,
                     const EVP_CIPHER *cipher)
{
    transform->encrypt = EVP_CIPHER_CTX_new();
    transform->decrypt = EVP_CIPHER_CTX_new();
    if (!transform->encrypt || !transform->decrypt ||
        !EVP_EncryptInit_ex2(transform->encrypt, cipher, suite->key, NULL, NULL) ||
        !EVP_DecryptInit_ex2(transform->decrypt, cipher, suite->key, NULL, NULL))
        return false;
    if (suite->gcm)
        return true;
    EVP_CIPHER_CTX_set_padding(transform->encrypt, 0);
    EVP_CIPHER_CTX_set_padding(transform->decrypt, 0);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)suite->digest, 0),
        OSSL_PARAM_construct_end(),
    };
    transform->mac = EVP_MAC_CTX_new(hmac);
    return transform->mac && EVP_MAC_init(transform->mac, suite->auth_key, suite->auth_key_length,
                                          parameters);
}

bool transform_init(struct transform *transform, const struct suite *suite)
{
    size_t salt = suite->gcm ? GCM_SALT : 0;
    *transform = (struct transform){
        .iv_length = suite->gcm ? GCM_IV : CBC_BLOCK,
        .icv_length = suite->gcm ? GCM_ICV : (uint8_t)suite->icv_length,
        .block = suite->gcm ? 4 : CBC_BLOCK,
    };
    if (suite->key_length != 16 + salt && suite->key_length != 32 + salt)
        return false;
    bool wide = suite->key_length == 32 + salt;
    memcpy(transform->salt, suite->key + suite->key_length - salt, salt);
    if (keys_set(transform, suite, ciphers[suite->gcm][wide]))
        return true;
    transform_wipe(transform);
    return false;
}

void transform_wipe(struct transform *transform)
{
    /* OpenSSL cleans the key schedules as it frees them. */
    EVP_CIPHER_CTX_free(transform->encrypt);
    EVP_CIPHER_CTX_free(transform->decrypt);
    EVP_MAC_CTX_free(transform->mac);
    OPENSSL_cleanse(transform, sizeof *transform);
}

/* The HMAC over header, IV and encrypted text. */
static bool mac_over(struct transform *transform, const uint8_t *packet, size_t length,
                     uint8_t mac[EVP_MAX_MD_SIZE])
{
    size_t written;
    return EVP_MAC_init(transform->mac, NULL, 0, NULL) &&
           EVP_MAC_update(transform->mac, packet, length) &&
           EVP_MAC_final(transform->mac, mac, &written, EVP_MAX_MD_SIZE);
}

static void nonce_of(const struct transform *transform, const uint8_t *iv, uint8_t nonce[12])
{
    memcpy(nonce, transform->salt, GCM_SALT);
    memcpy(nonce + GCM_SALT, iv, GCM_IV);
}

static bool gcm_seal(struct transform *transform, uint8_t *packet, size_t length)
{
    EVP_CIPHER_CTX *context = transform->encrypt;
    uint8_t *text = packet + ESP_HEADER + GCM_IV;
    uint8_t nonce[12];
    int written;
    nonce_of(transform, packet + ESP_HEADER, nonce);
    return EVP_EncryptInit_ex2(context, NULL, NULL, nonce, NULL) &&
           EVP_EncryptUpdate(context, NULL, &written, packet, ESP_HEADER) &&
           EVP_EncryptUpdate(context, text, &written, text, (int)length) &&
           EVP_EncryptFinal_ex(context, text + length, &written) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, GCM_ICV, text + length);
}

static bool gcm_open(struct transform *transform, uint8_t *packet, size_t length)
{
    EVP_CIPHER_CTX *context = transform->decrypt;
    uint8_t *text = packet + ESP_HEADER + GCM_IV;
    uint8_t nonce[12];
    int written;
    nonce_of(transform, packet + ESP_HEADER, nonce);
    return EVP_DecryptInit_ex2(context, NULL, NULL, nonce, NULL) &&
           EVP_DecryptUpdate(context, NULL, &written, packet, ESP_HEADER) &&
           EVP_DecryptUpdate(context, text, &written, text, (int)length) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, GCM_ICV, text + length) &&
           EVP_DecryptFinal_ex(context, text + length, &written) > 0;
}

static bool cbc_seal(struct transform *transform, uint8_t *packet, size_t length)
{
    uint8_t *iv = packet + ESP_HEADER, *text = iv + CBC_BLOCK;
    uint8_t mac[EVP_MAX_MD_SIZE];
    int written;
    if (!EVP_EncryptInit_ex2(transform->encrypt, NULL, NULL, iv, NULL) ||
        !EVP_EncryptUpdate(transform->encrypt, text, &written, text, (int)length) ||
        !mac_over(transform, packet, ESP_HEADER + CBC_BLOCK + length, mac))
        return false;
    memcpy(text + length, mac, transform->icv_length);
    return true;
}

static bool cbc_open(struct transform *transform, uint8_t *packet, size_t length)
{
    uint8_t *iv = packet + ESP_HEADER, *text = iv + CBC_BLOCK;
    uint8_t mac[EVP_MAX_MD_SIZE];
    int written;
    return mac_over(transform, packet, ESP_HEADER + CBC_BLOCK + length, mac) &&
           CRYPTO_memcmp(mac, text + length, transform->icv_length) == 0 &&
           EVP_DecryptInit_ex2(transform->decrypt, NULL, NULL, iv, NULL) &&
           EVP_DecryptUpdate(transform->decrypt, text, &written, text, (int)length);
}

bool transform_seal(struct transform *transform, uint8_t *packet, size_t length)
{
    return transform->mac ? cbc_seal(transform, packet, length)
                          : gcm_seal(transform, packet, length);
}

bool transform_open(struct transform *transform, uint8_t *packet, size_t length)
{
    return transform->mac ? cbc_open(transform, packet, length)
                          : gcm_open(transform, packet, length);
}
