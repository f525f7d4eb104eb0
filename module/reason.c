// SPDX-License-Identifier: GPL-2.0-only
/* The names of the reasons, as users read them in debugfs. */
#include <mgate/base.h>
#include <mgate/reason.h>

#define MGATE_REASON_NAME(symbol, name) [MGATE_REASON_##symbol] = name,

static const char * const names[MGATE_REASON_MAX] = {
	[MGATE_REASON_NONE] = "none",
	MGATE_REASONS(MGATE_REASON_NAME)
};

/**
 * mgate_reason_name() - the word for a reason in debugfs and in the README
 * @reason: the reason
 */
const char *mgate_reason_name(enum mgate_reason reason)
{
	return (unsigned int)reason < MGATE_REASON_MAX ? names[reason] : "unknown";
}
