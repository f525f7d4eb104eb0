// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints themselves; what they are is in the header. */
#define CREATE_TRACE_POINTS
#include <mgate/trace.h>
