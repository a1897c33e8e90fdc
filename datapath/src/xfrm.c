#include "xfrm.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink.h"
#include "xfrm_policy.h"
#include "xfrm_sa.h"

/* The length of a request's body before its attributes. */
static size_t fixed_of(uint16_t type)
{
    switch (type) {
    case XFRM_MSG_NEWSA:
    case XFRM_MSG_UPDSA:
        return sizeof(struct xfrm_usersa_info);
    case XFRM_MSG_DELSA:
    case XFRM_MSG_GETSA:
        return sizeof(struct xfrm_usersa_id);
    case XFRM_MSG_ALLOCSPI:
        return sizeof(struct xfrm_userspi_info);
    case XFRM_MSG_FLUSHSA:
        return sizeof(struct xfrm_usersa_flush);
    case XFRM_MSG_GETAE:
        return sizeof(struct xfrm_aevent_id);
    case XFRM_MSG_NEWPOLICY:
    case XFRM_MSG_UPDPOLICY:
        return sizeof(struct xfrm_userpolicy_info);
    case XFRM_MSG_DELPOLICY:
    case XFRM_MSG_GETPOLICY:
        return sizeof(struct xfrm_userpolicy_id);
    case XFRM_MSG_GETSPDINFO:
    case XFRM_MSG_NEWSPDINFO:
        return sizeof(uint32_t);
    default:
        return 0;
    }
}

/* The type of the answer that a query gets; 0: only success or failure. */
static uint16_t answer_of(uint16_t type)
{
    switch (type) {
    case XFRM_MSG_ALLOCSPI:
    case XFRM_MSG_GETSA:
        return XFRM_MSG_NEWSA;
    case XFRM_MSG_GETAE:
        return XFRM_MSG_NEWAE;
    case XFRM_MSG_GETPOLICY:
        return XFRM_MSG_NEWPOLICY;
    case XFRM_MSG_GETSPDINFO:
        return XFRM_MSG_NEWSPDINFO;
    default:
        return 0;
    }
}

static int carry_out(struct table *table, const struct request *request, struct moment now,
                     struct message *answer)
{
    switch (request->header.nlmsg_type) {
    case XFRM_MSG_NEWSA:
    case XFRM_MSG_UPDSA:
        return sa_install(table, request, now);
    case XFRM_MSG_DELSA:
        return sa_delete(table, request);
    case XFRM_MSG_GETSA:
        return sa_get(table, request, now, answer);
    case XFRM_MSG_ALLOCSPI:
        return sa_allocate_spi(table, request, now, answer);
    case XFRM_MSG_FLUSHSA:
        return sa_flush(table);
    case XFRM_MSG_GETAE:
        return sa_get_replay(table, request, now, answer);
    case XFRM_MSG_NEWPOLICY:
    case XFRM_MSG_UPDPOLICY:
        return policy_install(table, request, now);
    case XFRM_MSG_DELPOLICY:
        return policy_delete(table, request);
    case XFRM_MSG_GETPOLICY:
        return policy_get(table, request, now, answer);
    case XFRM_MSG_FLUSHPOLICY:
        return policy_flush(table);
    case XFRM_MSG_GETSPDINFO:
        return policy_get_thresholds(answer);
    default:
        return EOPNOTSUPP;
    }
}

static size_t acknowledge(const struct request *request, int error, uint8_t *answer)
{
    struct nlmsgerr result = {-error, request->header};
    struct message message =
        message_begin(answer, XFRM_ANSWER_MAX, NLMSG_ERROR, request->header.nlmsg_seq,
                      request->header.nlmsg_pid);
    message_add(&message, &result, sizeof result);
    return message_end(&message);
}

size_t xfrm_answer(struct table *table, const uint8_t *bytes, size_t length, struct moment now,
                   uint8_t answer[XFRM_ANSWER_MAX])
{
    struct request request;
    if (!request_parse_header(&request, bytes, length))
        return 0; /* nobody to answer */
    uint16_t type = request.header.nlmsg_type;
    if ((request.header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP && answer_of(type))
        return acknowledge(&request, EOPNOTSUPP, answer);
    if (!request_parse_attributes(&request, fixed_of(type)))
        return acknowledge(&request, EINVAL, answer);
    struct message message = message_begin(answer, XFRM_ANSWER_MAX, answer_of(type),
                                           request.header.nlmsg_seq, request.header.nlmsg_pid);
    int error = carry_out(table, &request, now, &message);
    if (!error && answer_of(type))
        return message_end(&message);
    if (error || request.header.nlmsg_flags & NLM_F_ACK)
        return acknowledge(&request, error, answer);
    return 0;
}

size_t xfrm_expire(const struct sa *sa, bool hard, struct moment now,
                   uint8_t bytes[XFRM_ANSWER_MAX])
{
    struct xfrm_user_expire expire = {sa_described(sa, now), hard};
    struct message message = message_begin(bytes, XFRM_ANSWER_MAX, XFRM_MSG_EXPIRE, 0, 0);
    message_add(&message, &expire, sizeof expire);
    return message_end(&message);
}

size_t xfrm_mapping(const struct sa *sa, uint8_t bytes[XFRM_ANSWER_MAX])
{
    struct xfrm_user_mapping mapping = {
        .id = {sa->info.id.daddr, sa->info.id.spi, sa->info.family, sa->info.id.proto},
        .reqid = sa->info.reqid,
        .old_saddr = sa->info.saddr,
        .new_saddr = {.a4 = sa->mapped_address.s_addr},
        .old_sport = sa->encap_sport,
        .new_sport = sa->mapped_port,
    };
    struct message message = message_begin(bytes, XFRM_ANSWER_MAX, XFRM_MSG_MAPPING, 0, 0);
    message_add(&message, &mapping, sizeof mapping);
    return message_end(&message);
}
