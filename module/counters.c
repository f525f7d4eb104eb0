// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often each thing happened at a port: per CPU, written without a lock, and
 * summed up when somebody reads them.
 */
#include <linux/cpumask.h>

#include <mgate/bridge.h>

static unsigned long sum(const struct mgate_counters __percpu *counters, size_t offset)
{
	unsigned long n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += READ_ONCE(*(unsigned long *)((u8 *)per_cpu_ptr(counters, cpu) + offset));
	return n;
}

static unsigned long turned(const struct mgate_port *port, unsigned int i)
{
	return sum(port->counters, offsetof(struct mgate_counters, turned[i]));
}

/**
 * mgate_counters_begin() - a port has come: nothing from before is held back from it
 * @port: the port, known to nobody else yet
 */
void mgate_counters_begin(struct mgate_port *port)
{
	unsigned int i;

	for (i = 0; i < MGATE_COUNTERS_HOLDS; i++)
		port->turned_before[i] = turned(&port->bridge->host, i);
}

/* How far what a port got may run ahead of what was turned, while both are read. */
#define AHEAD BIT(20)

/* Read while frames run, the three may disagree by a few; each of them begins anew after as
 * many as an unsigned long holds.
 */
static unsigned long held(const struct mgate_port *port, unsigned int i)
{
	unsigned long own = port->slot == MGATE_SLOT_HOST ? 0 : turned(port, i);
	unsigned long gone = own + port->turned_before[i] +
			     sum(port->counters, offsetof(struct mgate_counters, reached[i]));
	unsigned long all = turned(&port->bridge->host, i);

	return gone - all < AHEAD ? 0 : all - gone;
}

/**
 * mgate_counters_read() - how many frames or messages were counted
 * @port: the port
 * @reason: the reason
 *
 * Any context.
 */
unsigned long mgate_counters_read(const struct mgate_port *port, enum mgate_reason reason)
{
	unsigned long n = sum(port->counters, offsetof(struct mgate_counters, n[reason]));

	if (!mgate_counters_is_hold(reason))
		return n;
	return n + held(port, reason - MGATE_REASON_NOT_MEMBER);
}
