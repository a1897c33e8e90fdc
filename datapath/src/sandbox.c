#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the system call filter does not know this architecture"
#endif

/* Bytes of heap: what contexts of all SAs need, several times over. */
enum { HEAP = 4 << 20 };

/* A user of espd's own. It has no name and no files: a number that Debian (policy 9.2.2) and systemd leave
 * unused, and below 65536, so that it exists in a container too. */
enum { USER = 65521 };

/* All that will ever be needed is mapped before it is locked: locking what is mapped later would take a
 * limit that not every container may raise. */
bool sandbox_lock_memory(void)
{
    struct rlimit none = {0, 0};
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, HEAP + 1);
    mallopt(M_TRIM_THRESHOLD, 2 * HEAP);
    void *heap = malloc(HEAP);
    free(heap);
    return heap && mlockall(MCL_CURRENT | MCL_ONFAULT) == 0 &&
           setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

bool sandbox_drop_privileges(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {0};
    for (unsigned long capability = 0;; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
            if (errno != EINVAL)
                return false;
            break; /* that was the last */
        }
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 &&
           setgroups(0, NULL) == 0 && setresgid(USER, USER, USER) == 0 &&
           setresuid(USER, USER, USER) == 0 && syscall(SYS_capset, &header, none) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

#define FIELD(name) (uint32_t) offsetof(struct seccomp_data, name)
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define VERDICT(action) BPF_STMT(BPF_RET | BPF_K, (action))
/* Of a call's arguments the low halves are looked at: all are ints, and memory is little-endian. */
#define ARGUMENT(number) FIELD(args[number])

/* Allow a call whatever its arguments. */
#define ALLOW(call)                                                                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), VERDICT(SECCOMP_RET_ALLOW)

/* Allow a call if an argument has none of these bits; otherwise go on. */
#define ALLOW_WITHOUT(call, number, bits)                                                          \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 4), LOAD(ARGUMENT(number)),                 \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 1, 0), VERDICT(SECCOMP_RET_ALLOW),            \
        LOAD(FIELD(nr))

/* Allow one option of getsockopt() or setsockopt(); otherwise go on. */
#define ALLOW_OPTION(call, level, option)                                                          \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 6), LOAD(ARGUMENT(1)),                      \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (level), 0, 3), LOAD(ARGUMENT(2)),                     \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (option), 0, 1), VERDICT(SECCOMP_RET_ALLOW),           \
        LOAD(FIELD(nr))

bool sandbox_filter_calls(void)
{
    static struct sock_filter filter[] = {
        LOAD(FIELD(arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        VERDICT(SECCOMP_RET_KILL_PROCESS),
        LOAD(FIELD(nr)),
        /* packets */
        ALLOW(read),
        ALLOW(write),
        ALLOW(recvmmsg),
        ALLOW(sendmmsg),
        ALLOW(recvmsg),
        ALLOW(sendmsg),
        ALLOW_OPTION(setsockopt, IPPROTO_IP, IP_MTU_DISCOVER),
        /* waiting, for packets and for each other */
#ifdef SYS_poll
        ALLOW(poll),
#endif
        ALLOW(ppoll),
        ALLOW(futex),
        ALLOW(restart_syscall),
        /* charon */
        ALLOW(accept4),
        ALLOW(recvfrom),
        ALLOW(sendto),
        ALLOW(close),
        ALLOW_OPTION(getsockopt, SOL_SOCKET, SO_DOMAIN),
        ALLOW_OPTION(getsockopt, SOL_SOCKET, SO_PROTOCOL),
        ALLOW_OPTION(getsockopt, IPPROTO_UDP, 103 /* UDP_SEGMENT */),
        ALLOW_OPTION(setsockopt, IPPROTO_UDP, 104 /* UDP_GRO */),
        ALLOW_OPTION(setsockopt, IPPROTO_IP, IP_PKTINFO),
        ALLOW_OPTION(setsockopt, IPPROTO_IP, IP_RECVTOS),
        /* memory, time and chance, for the C library and OpenSSL */
        ALLOW(brk),
        ALLOW(munmap),
        ALLOW(madvise),
        ALLOW_WITHOUT(mmap, 2, PROT_EXEC),
        ALLOW_WITHOUT(mprotect, 2, PROT_EXEC),
        ALLOW(clock_gettime),
        ALLOW(getrandom),
        ALLOW(getpid),
        ALLOW(gettid),
        /* a thread's beginning and end */
        ALLOW(set_robust_list),
        ALLOW(rseq),
        ALLOW(rt_sigprocmask),
        ALLOW(rt_sigreturn),
        ALLOW(exit),
        ALLOW(exit_group),
        VERDICT(SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}
