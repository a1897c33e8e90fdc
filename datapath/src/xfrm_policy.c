#include "xfrm_policy.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static uint32_t if_id_of(const struct request *request)
{
    uint32_t if_id = 0;
    span_copy(request->attributes[XFRMA_IF_ID], &if_id, sizeof if_id);
    return if_id;
}

/* A policy is named by its direction, selector and interface. */
static struct policy *policy_named(struct table *table, uint8_t direction,
                                   const struct xfrm_selector *selector, uint32_t if_id)
{
    for (size_t i = 0; i < table->policy_count; i++) {
        struct policy *policy = &table->policies[i];
        if (policy->info.dir == direction && policy->if_id == if_id &&
            memcmp(&policy->info.sel, selector, sizeof *selector) == 0)
            return policy;
    }
    return NULL;
}

static bool selector_valid(const struct xfrm_selector *selector)
{
    unsigned bits = selector->family == AF_INET    ? 32
                    : selector->family == AF_INET6 ? 128
                                                   : 0;
    return bits && selector->prefixlen_s <= bits && selector->prefixlen_d <= bits;
}

static int read_template(struct policy *policy, struct span attribute)
{
    if (!attribute.bytes || attribute.length == 0)
        return policy->info.action == XFRM_POLICY_BLOCK ? 0 : EOPNOTSUPP;
    if (attribute.length < sizeof policy->template)
        return EINVAL;
    if (attribute.length > sizeof policy->template)
        return EOPNOTSUPP; /* several transforms, such as compression */
    memcpy(&policy->template, attribute.bytes, sizeof policy->template);
    policy->protects = true;
    return policy->template.family == AF_INET && policy->template.id.proto == IPPROTO_ESP &&
                   policy->template.mode == XFRM_MODE_TUNNEL
               ? 0
               : EOPNOTSUPP;
}

int policy_install(struct table *table, const struct request *request, struct moment now)
{
    struct policy policy = {.if_id = if_id_of(request), .added = now.monotonic};
    if (!span_copy(request->body, &policy.info, sizeof policy.info) ||
        policy.info.dir > XFRM_POLICY_FWD || policy.info.action > XFRM_POLICY_BLOCK ||
        !selector_valid(&policy.info.sel))
        return EINVAL;
    if (request->attributes[XFRMA_MARK].bytes)
        return EOPNOTSUPP;
    int error = read_template(&policy, request->attributes[XFRMA_TMPL]);
    if (error)
        return error;
    struct policy *before =
        policy_named(table, policy.info.dir, &policy.info.sel, policy.if_id);
    if (before && request->header.nlmsg_type == XFRM_MSG_NEWPOLICY)
        return EEXIST;
    if (before) {
        policy.info.index = before->info.index;
        policy_remove(table, before);
    } else {
        /* As in the kernel the direction is in the index's last bits. */
        policy.info.index = ++table->last_index << 3 | policy.info.dir;
    }
    return policy_add(table, &policy) ? 0 : ENOBUFS;
}

static struct policy *policy_asked_for(struct table *table, const struct request *request)
{
    struct xfrm_userpolicy_id id;
    if (!span_copy(request->body, &id, sizeof id))
        return NULL;
    if (id.index == 0)
        return policy_named(table, id.dir, &id.sel, if_id_of(request));
    for (size_t i = 0; i < table->policy_count; i++)
        if (table->policies[i].info.index == id.index)
            return &table->policies[i];
    return NULL;
}

int policy_delete(struct table *table, const struct request *request)
{
    struct policy *policy = policy_asked_for(table, request);
    if (!policy)
        return ENOENT;
    policy_remove(table, policy);
    return 0;
}

int policy_get(struct table *table, const struct request *request, struct moment now,
               struct message *answer)
{
    const struct policy *policy = policy_asked_for(table, request);
    if (!policy)
        return ENOENT;
    struct xfrm_userpolicy_info info = policy->info;
    info.curlft.add_time = now.real - (now.monotonic - policy->added);
    if (policy->last_used)
        info.curlft.use_time = now.real - (now.monotonic - policy->last_used);
    message_add(answer, &info, sizeof info);
    if (policy->protects)
        message_attribute(answer, XFRMA_TMPL, &policy->template, sizeof policy->template);
    if (policy->if_id)
        message_attribute(answer, XFRMA_IF_ID, &policy->if_id, sizeof policy->if_id);
    return 0;
}

int policy_flush(struct table *table)
{
    table->policy_count = 0;
    return 0;
}

int policy_get_thresholds(struct message *answer)
{
    const struct xfrmu_spdhthresh ipv4 = {32, 32}, ipv6 = {128, 128};
    const uint32_t flags = 0;
    message_add(answer, &flags, sizeof flags);
    message_attribute(answer, XFRMA_SPD_IPV4_HTHRESH, &ipv4, sizeof ipv4);
    message_attribute(answer, XFRMA_SPD_IPV6_HTHRESH, &ipv6, sizeof ipv6);
    return 0;
}
