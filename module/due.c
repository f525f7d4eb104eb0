// SPDX-License-Identifier: GPL-2.0-only
/*
 * One queue of deadlines per bridge, on the kernel's timerqueue. Only numbers
 * are kept; the one timer that serves them all is the tick's.
 *
 * All functions are called with the lock of the switch held.
 */
#include <mgate/due.h>

/**
 * mgate_due_setup() - make ready for the queue
 * @due: the thing with a deadline
 * @kind: what it is embedded in
 */
void mgate_due_setup(struct mgate_due *due, enum mgate_due_kind kind)
{
	timerqueue_init(&due->node);
	due->kind = kind;
	due->queued = false;
}

/**
 * mgate_due_clear() - take out of the queue
 * @queue: the queue
 * @due: may be in it or not
 */
void mgate_due_clear(struct timerqueue_head *queue, struct mgate_due *due)
{
	if (due->queued)
		timerqueue_del(queue, &due->node);
	due->queued = false;
}

/**
 * mgate_due_at() - set the deadline
 * @queue: the queue
 * @due: may be in it or not
 * @when: ms; MGATE_NEVER takes it out
 */
void mgate_due_at(struct timerqueue_head *queue, struct mgate_due *due, u64 when)
{
	if (due->queued && due->node.expires == (ktime_t)when)
		return;
	mgate_due_clear(queue, due);
	if (when == MGATE_NEVER)
		return;
	due->node.expires = (ktime_t)when;
	timerqueue_add(queue, &due->node);
	due->queued = true;
}

/**
 * mgate_due_again() - what was taken out just now is due as before
 * @queue: the queue
 * @due: what mgate_due_pop() gave
 */
void mgate_due_again(struct timerqueue_head *queue, struct mgate_due *due)
{
	mgate_due_at(queue, due, (u64)due->node.expires);
}

/**
 * mgate_due_before() - make the deadline no later than this
 * @queue: the queue
 * @due: may be in it or not
 * @when: ms
 *
 * A deadline that moved away may stay early in the queue: who finds nothing to
 * do at it sets the right one. A refresh so costs no work on the queue.
 */
void mgate_due_before(struct timerqueue_head *queue, struct mgate_due *due, u64 when)
{
	if (!due->queued || (u64)due->node.expires > when)
		mgate_due_at(queue, due, when);
}

/**
 * mgate_due_pop() - take out what is due first
 * @queue: the queue
 * @now: ms
 *
 * Return: NULL if nothing is due yet.
 */
struct mgate_due *mgate_due_pop(struct timerqueue_head *queue, u64 now)
{
	struct timerqueue_node *node = timerqueue_getnext(queue);
	struct mgate_due *due;

	if (!node || (u64)node->expires > now)
		return NULL;
	due = container_of(node, struct mgate_due, node);
	mgate_due_clear(queue, due);
	return due;
}
