/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_TIMERQUEUE_H
#define FUZZ_TIMERQUEUE_H

#include <linux/rbtree.h>

struct timerqueue_node {
	struct rb_node node;
	ktime_t expires;
};

struct timerqueue_head {
	struct rb_root root;
};

static inline void timerqueue_init_head(struct timerqueue_head *head)
{
	head->root = RB_ROOT;
}

static inline void timerqueue_init(struct timerqueue_node *node)
{
	memset(node, 0, sizeof(*node));
}

static inline struct timerqueue_node *timerqueue_getnext(struct timerqueue_head *head)
{
	return rb_entry_safe(rb_first(&head->root), struct timerqueue_node, node);
}

static inline bool timerqueue_add(struct timerqueue_head *head, struct timerqueue_node *node)
{
	struct rb_node *prev = head->root.last, *next = NULL;

	while (prev && rb_entry(prev, struct timerqueue_node, node)->expires > node->expires) {
		next = prev;
		prev = prev->prev;
	}
	rb_insert_between(&node->node, prev, next, &head->root);
	return !prev;
}

static inline bool timerqueue_del(struct timerqueue_head *head, struct timerqueue_node *node)
{
	rb_erase(&node->node, &head->root);
	return !RB_EMPTY_ROOT(&head->root);
}

#endif
