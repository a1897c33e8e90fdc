/* What this process gives up once it is set up. */
#pragma once

#include <stdbool.h>

/* Lock all memory, pages as they are touched, and keep it out of core dumps: keys are never written
 * anywhere. Before that, OpenSSL is loaded and the threads' stacks are there. */
bool sandbox_lock_memory(void);

/* Give up root and all capabilities, for good. Before the threads start: it is a matter of each. */
bool sandbox_drop_privileges(void);

/* Allow the few system calls that the three threads need, and no others, in all of them. */
bool sandbox_filter_calls(void);
