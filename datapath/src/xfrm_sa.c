#include "xfrm_sa.h"

#include <errno.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/socket.h>

#include "xfrm_replay.h"
#include "xfrm_suite.h"

enum {
    FLAGS = XFRM_STATE_NOECN | XFRM_STATE_DECAP_DSCP | XFRM_STATE_NOPMTUDISC | XFRM_STATE_AF_UNSPEC,
};

/* What of an SA's attributes stays as it was installed, and what changes with time. */
static const uint16_t lasting[] = {XFRMA_ALG_AEAD,       XFRMA_ALG_CRYPT, XFRMA_ALG_AUTH,
                                   XFRMA_ALG_AUTH_TRUNC, XFRMA_ENCAP,     XFRMA_SA_EXTRA_FLAGS,
                                   XFRMA_IF_ID};
static const uint16_t passing[] = {XFRMA_REPLAY_VAL, XFRMA_REPLAY_ESN_VAL, XFRMA_LTIME_VAL,
                                   XFRMA_LASTUSED};
enum { LASTING = sizeof lasting / sizeof *lasting, PASSING = sizeof passing / sizeof *passing };

static bool among(unsigned type, const uint16_t *types, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (types[i] == type)
            return true;
    return false;
}

/* Whatever else is there asks for something that is not done here. */
static bool attribute_known(unsigned type)
{
    return type == XFRMA_PAD || among(type, lasting, LASTING) || among(type, passing, PASSING);
}

static int check_info(const struct request *request, const struct xfrm_usersa_info *info)
{
    if (info->family != AF_INET)
        return EAFNOSUPPORT;
    if (info->id.proto != IPPROTO_ESP || info->mode != XFRM_MODE_TUNNEL || info->id.spi == 0)
        return EINVAL;
    if (info->flags & ~FLAGS || info->lft.soft_use_expires_seconds ||
        info->lft.hard_use_expires_seconds || request->unknown)
        return EOPNOTSUPP;
    for (unsigned type = 0; type <= XFRMA_MAX; type++)
        if (request->attributes[type].bytes && !attribute_known(type))
            return EOPNOTSUPP;
    return 0;
}

/* Keep the lasting attributes: charon asks for them, and installs the SA with them elsewhere. */
static int keep_attributes(struct sa *sa, const struct request *request)
{
    struct message kept = {sa->attributes, sizeof sa->attributes, 0};
    for (size_t i = 0; i < LASTING; i++) {
        struct span attribute = request->attributes[lasting[i]];
        if (!attribute.bytes)
            continue;
        if (attribute.length > ATTRIBUTE_MAX)
            return EINVAL;
        message_attribute(&kept, lasting[i], attribute.bytes, attribute.length);
    }
    sa->attributes_length = kept.length;
    return 0;
}

static int read_encapsulation(struct sa *sa, struct span attribute)
{
    struct xfrm_encap_tmpl encap;
    if (!attribute.bytes)
        return 0;
    if (!span_copy(attribute, &encap, sizeof encap))
        return EINVAL;
    if (encap.encap_type != UDP_ENCAP_ESPINUDP)
        return EOPNOTSUPP;
    sa->encapsulated = true;
    sa->encap_sport = encap.encap_sport;
    sa->encap_dport = encap.encap_dport;
    return 0;
}

/* A time that was reported, on the monotonic clock again; not 0, which means never. */
static uint64_t at(uint64_t real, struct moment now)
{
    uint64_t ago = real < now.real ? now.real - real : 0;
    return ago < now.monotonic ? now.monotonic - ago : 1;
}

/* An SA that goes on at another address has had a part of its life. */
static int read_lifetime(struct sa *sa, struct span attribute, struct moment now)
{
    struct xfrm_lifetime_cur lifetime;
    if (!attribute.bytes)
        return 0;
    if (!span_copy(attribute, &lifetime, sizeof lifetime))
        return EINVAL;
    sa->bytes = lifetime.bytes;
    sa->packets = lifetime.packets;
    if (lifetime.use_time)
        sa->first_used = at(lifetime.use_time, now);
    sa->added = at(lifetime.add_time, now);
    return 0;
}

static int read_sa(struct sa *sa, const struct request *request, struct moment now)
{
    const struct span *attributes = request->attributes;
    struct suite suite;
    int error = read_encapsulation(sa, attributes[XFRMA_ENCAP]);
    if (!error)
        error = read_lifetime(sa, attributes[XFRMA_LTIME_VAL], now);
    if (!error)
        error = replay_read(sa, request);
    if (!error)
        error = suite_of(request, &suite);
    if (error)
        return error;
    span_copy(attributes[XFRMA_IF_ID], &sa->if_id, sizeof sa->if_id);
    span_copy(attributes[XFRMA_SA_EXTRA_FLAGS], &sa->extra_flags, sizeof sa->extra_flags);
    if (sa->extra_flags & ~(uint32_t)XFRM_SA_XFLAG_DONT_ENCAP_DSCP)
        return EOPNOTSUPP;
    error = keep_attributes(sa, request);
    if (error)
        return error;
    if (RAND_bytes((uint8_t *)&sa->iv, sizeof sa->iv) != 1)
        return ENOMEM;
    return transform_init(&sa->transform, &suite) ? 0 : EINVAL;
}

int sa_install(struct table *table, const struct request *request, struct moment now)
{
    struct xfrm_usersa_info info;
    if (!span_copy(request->body, &info, sizeof info))
        return EINVAL;
    int error = check_info(request, &info);
    if (error)
        return error;
    struct sa *before = sa_find(table, info.id.spi, &info.id.daddr);
    if (request->header.nlmsg_type == XFRM_MSG_UPDSA && !before)
        return ESRCH;
    if (before && before->state != SA_LARVAL)
        return EEXIST;
    struct sa *sa = sa_add(table);
    if (!sa)
        return ENOBUFS;
    sa->info = info;
    sa->added = now.monotonic;
    error = read_sa(sa, request, now);
    if (error) {
        sa_remove(table, sa);
        return error;
    }
    sa->state = SA_ALIVE;
    if (before)
        sa_remove(table, before);
    return 0;
}

int sa_allocate_spi(struct table *table, const struct request *request, struct moment now,
                    struct message *answer)
{
    struct xfrm_userspi_info wanted;
    if (!span_copy(request->body, &wanted, sizeof wanted) || wanted.min > wanted.max ||
        wanted.info.id.proto != IPPROTO_ESP)
        return EINVAL;
    if (wanted.info.family != AF_INET)
        return EAFNOSUPPORT;
    uint64_t range = (uint64_t)wanted.max - wanted.min + 1;
    for (int tries = 0; tries < SAS_MAX; tries++) {
        uint32_t random;
        if (RAND_bytes((uint8_t *)&random, sizeof random) != 1)
            return ENOMEM;
        wanted.info.id.spi = htonl((uint32_t)(wanted.min + random % range));
        if (!wanted.info.id.spi || sa_find(table, wanted.info.id.spi, &wanted.info.id.daddr))
            continue;
        struct sa *sa = sa_add(table);
        if (!sa)
            return ENOBUFS;
        sa->state = SA_LARVAL;
        sa->info = wanted.info;
        sa->added = now.monotonic;
        message_add(answer, &wanted.info, sizeof wanted.info);
        return 0;
    }
    return ENOENT;
}

static struct sa *sa_named(struct table *table, const struct request *request)
{
    struct xfrm_usersa_id id;
    if (!span_copy(request->body, &id, sizeof id) || id.family != AF_INET ||
        id.proto != IPPROTO_ESP)
        return NULL;
    return sa_find(table, id.spi, &id.daddr);
}

int sa_delete(struct table *table, const struct request *request)
{
    struct sa *sa = sa_named(table, request);
    if (!sa)
        return ESRCH;
    sa_remove(table, sa);
    return 0;
}

static uint64_t reported(uint64_t monotonic, struct moment now)
{
    return monotonic ? now.real - (now.monotonic - monotonic) : 0;
}

struct xfrm_usersa_info sa_described(const struct sa *sa, struct moment now)
{
    struct xfrm_usersa_info info = sa->info;
    info.curlft = (struct xfrm_lifetime_cur){
        .bytes = sa->bytes,
        .packets = sa->packets,
        .add_time = reported(sa->added, now),
        .use_time = reported(sa->first_used, now),
    };
    return info;
}

int sa_get(struct table *table, const struct request *request, struct moment now,
           struct message *answer)
{
    const struct sa *sa = sa_named(table, request);
    if (!sa)
        return ESRCH;
    struct xfrm_usersa_info info = sa_described(sa, now);
    uint64_t last_used = reported(sa->last_used, now);
    message_add(answer, &info, sizeof info);
    message_add(answer, sa->attributes, sa->attributes_length);
    replay_describe(sa, answer);
    if (last_used)
        message_attribute(answer, XFRMA_LASTUSED, &last_used, sizeof last_used);
    return 0;
}

int sa_get_replay(struct table *table, const struct request *request, struct moment now,
                  struct message *answer)
{
    struct xfrm_aevent_id id;
    if (!span_copy(request->body, &id, sizeof id))
        return EINVAL;
    const struct sa *sa = sa_named(table, request);
    if (!sa)
        return ESRCH;
    struct xfrm_lifetime_cur lifetime = sa_described(sa, now).curlft;
    id.saddr = sa->info.saddr;
    id.reqid = sa->info.reqid;
    message_add(answer, &id, sizeof id);
    replay_describe(sa, answer);
    message_attribute(answer, XFRMA_LTIME_VAL, &lifetime, sizeof lifetime);
    return 0;
}

int sa_flush(struct table *table)
{
    while (table->live_count)
        sa_remove(table, table->live[0]);
    return 0;
}
