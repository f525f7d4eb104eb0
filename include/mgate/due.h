/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_DUE_H
#define MGATE_DUE_H

#include <linux/timerqueue.h>

#include <mgate/base.h>

enum mgate_due_kind {
	MGATE_DUE_GROUP,
	MGATE_DUE_CONTEXT,
	MGATE_DUE_PORT,
	MGATE_DUE_SWITCH,
	MGATE_DUE_GOODBYES,
};

/**
 * struct mgate_due - something that has a deadline
 * @node: in the queue of the switch, unless @queued is false
 * @kind: what it is embedded in
 * @queued: it is in the queue
 *
 * Plain memory under the lock of the switch: nothing is armed on it, so that
 * its owner may be freed as soon as it is out of the queue.
 */
struct mgate_due {
	struct timerqueue_node node;
	u8 kind;
	bool queued;
};

void mgate_due_setup(struct mgate_due *due, enum mgate_due_kind kind);
void mgate_due_at(struct timerqueue_head *queue, struct mgate_due *due, u64 when);
void mgate_due_again(struct timerqueue_head *queue, struct mgate_due *due);
void mgate_due_before(struct timerqueue_head *queue, struct mgate_due *due, u64 when);
void mgate_due_clear(struct timerqueue_head *queue, struct mgate_due *due);
struct mgate_due *mgate_due_pop(struct timerqueue_head *queue, u64 now);

/**
 * mgate_due_next() - when the first is due
 * @queue: the queue
 *
 * Return: ms, or MGATE_NEVER.
 */
static inline u64 mgate_due_next(struct timerqueue_head *queue)
{
	struct timerqueue_node *node = timerqueue_getnext(queue);

	return node ? (u64)node->expires : MGATE_NEVER;
}

#endif
