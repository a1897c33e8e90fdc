/* ESP packets: any bytes; and any bytes that the peer has sealed, down to what goes to the TUN. */

#include <netinet/in.h>
#include <string.h>

#include "../src/coalesce.h"
#include "../src/esp.h"

static struct table table;
static struct sa *sas[2];
static struct coalescer coalescer;

static void swallow(void *context, const uint8_t *packet, size_t length)
{
    (void)context;
    volatile uint8_t last = packet[length - 1]; /* so that the sanitizer sees all of it read */
    (void)last;
}

static struct sa *made(bool gcm)
{
    static const uint8_t key[64];
    struct suite suite = {.gcm = gcm, .key = key, .key_length = gcm ? 20 : 16,
                          .digest = gcm ? NULL : "SHA1", .auth_key = key, .auth_key_length = 20,
                          .icv_length = 12};
    struct sa *sa = sa_add(&table);
    sa->state = SA_ALIVE;
    sa->info.id.spi = htonl(gcm ? 1 : 2);
    return transform_init(&sa->transform, &suite) ? sa : NULL;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct policy policy = {.protects = true};
    (void)argc, (void)argv;
    if (!transforms_load())
        return 1;
    table_init(&table, -1);
    sas[0] = made(false);
    sas[1] = made(true);
    policy.info.dir = XFRM_POLICY_IN;
    policy.info.sel.family = AF_INET;
    policy_add(&table, &policy);
    policy.info.sel.family = AF_INET6;
    policy.info.sel.sport_mask = 0xffff;
    policy_add(&table, &policy);
    coalescer = (struct coalescer){.tcp = true, .udp = true, .write = swallow};
    return 0;
}

static void open_one(struct sa *sa, uint8_t *packet, size_t length, uint8_t tos)
{
    uint8_t *inner;
    size_t inner_length;
    if (length < ESP_HEADER || esp_open(sa, packet, length, tos, &inner, &inner_length) != IN_PACKETS)
        return;
    policy_for(&table, XFRM_POLICY_IN, inner, inner_length, 0);
    coalesce_add(&coalescer, inner, inner_length);
    coalesce_flush(&coalescer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t packet[8192];
    if (size < 2 || size > 4096)
        return 0;
    struct sa *sa = sas[data[0] & 1];
    uint8_t tos = data[1];
    data += 2;
    size -= 2;
    memcpy(packet, data, size);
    open_one(sa, packet, size, tos);

    size_t text = size / 16 * 16;
    if (!text)
        return 0;
    static const uint8_t header[ESP_HEADER + IV_MAX] = {[7] = 1};
    memcpy(packet, header, esp_text(sa));
    memcpy(packet + esp_text(sa), data, text);
    if (!transform_seal(&sa->transform, packet, text))
        __builtin_trap();
    open_one(sa, packet, esp_text(sa) + text + sa->transform.icv_length, tos);
    return 0;
}
