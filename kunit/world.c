// SPDX-License-Identifier: GPL-2.0-only
/* All sources of layers 0 to 2, compiled once for the suites that stand on world.h. */
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "../module/addr.c"
#include "../module/reason.c"
#include "messages.h"
#include "../module/family.c"
#include "../module/policy.c"
#include "../module/params.c"
#include "../module/override.c"
#include "../module/querier.c"
#include "../module/rate.c"
#include "../module/memory.c"
#include "../module/due.c"
#include "../module/routers.c"
#include "../module/context.c"
#include "../module/ledger.c"
#include "../module/map.c"
#include "../module/source.c"
#include "../module/saying.c"
#include "../module/timer.c"
#include "../module/eht.c"
#include "../module/question.c"
#include "../module/filter.c"
#include "../module/refresh.c"
#include "../module/limit.c"
#include "../module/membership.c"
#include "../module/permanent.c"
#include "../module/role.c"
#include "../module/swport.c"
#include "../module/switch.c"
#include "../module/vlans.c"
#include "../module/report.c"
#include "../module/input.c"
#include "../module/asking.c"
#include "../module/expiry.c"
#include "../module/walk.c"
#include "../module/proxy.c"
#include "../module/gate.c"
#include "world.h"

/* So much may all objects take from now on; world_init() begins with plenty. */
void world_memory(unsigned long bytes)
{
	bound = bytes;
}
