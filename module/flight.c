// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was decided of a frame once, kept per CPU until the bridge's hooks ask
 * for each port. The bridge floods within one softirq on one CPU, and the
 * clones of a frame share its buffer.
 *
 * The places of a CPU: for the frame being received, for the one being sent by
 * the host, and for a query of ours, since a port of one bridge may be a device
 * on top of another, and one flood then happens within the other. Whoever sends
 * a received frame keeps its place; what is received meanwhile has another.
 * A miss is always legal: the frame is then looked at anew. Every received
 * frame begins by emptying its place, so that a buffer that is used again
 * brings back nothing.
 */
#include <linux/percpu.h>

#include <mgate/flight.h>

/** var mgate_flight_places - one set per CPU */
struct mgate_flights __percpu *mgate_flight_places __read_mostly;

/**
 * mgate_flight_init() - set up the places
 *
 * May sleep. Return: 0 or -ENOMEM.
 */
int mgate_flight_init(void)
{
	mgate_flight_places = alloc_percpu(struct mgate_flights);
	return mgate_flight_places ? 0 : -ENOMEM;
}

/**
 * mgate_flight_exit() - give the places back; no hook runs any more
 */
void mgate_flight_exit(void)
{
	free_percpu(mgate_flight_places);
}
