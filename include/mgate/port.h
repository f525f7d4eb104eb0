/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_PORT_H
#define MGATE_PORT_H

#include <mgate/bridge.h>

extern unsigned int mgate_port_parted;

struct mgate_port *mgate_port_find_rcu(const struct net_device *dev);
struct mgate_port *mgate_port_find_in(const struct net_device *dev);
struct mgate_port *mgate_port_new(struct mgate_bridge *br, struct net_device *dev);
void mgate_port_del(struct mgate_port *port, u64 now);

/**
 * mgate_port_age() - how many ports have ever been deleted
 *
 * A port found at one age is still there, for an RCU read side, as long as the
 * age is the same: it is freed a grace period after the age has changed.
 */
static inline unsigned int mgate_port_age(void)
{
	/* Pairs with the release in mgate_port_del(). */
	return smp_load_acquire(&mgate_port_parted);
}

#endif
