/* SPDX-License-Identifier: GPL-2.0-only */
/* In order, as a tree is: a list, quick at its end. */
#ifndef FUZZ_RBTREE_H
#define FUZZ_RBTREE_H

#include <linux/kernel.h>

struct rb_node {
	struct rb_node *prev;
	struct rb_node *next;
};

struct rb_root {
	struct rb_node *first;
	struct rb_node *last;
};

#define RB_ROOT ((struct rb_root){ NULL, NULL })
#define RB_EMPTY_ROOT(root) (!(root)->first)

#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define rb_entry_safe(ptr, type, member) \
	({ typeof(ptr) _ptr = (ptr); _ptr ? rb_entry(_ptr, type, member) : NULL; })

static inline struct rb_node *rb_first(const struct rb_root *root)
{
	return root->first;
}

static inline struct rb_node *rb_next(const struct rb_node *node)
{
	return node->next;
}

static inline void rb_insert_between(struct rb_node *node, struct rb_node *prev,
				     struct rb_node *next, struct rb_root *root)
{
	node->prev = prev;
	node->next = next;
	*(prev ? &prev->next : &root->first) = node;
	*(next ? &next->prev : &root->last) = node;
}

static inline void rb_erase(struct rb_node *node, struct rb_root *root)
{
	FUZZ_CHECK(node->prev ? node->prev->next == node : root->first == node);
	FUZZ_CHECK(node->next ? node->next->prev == node : root->last == node);
	*(node->prev ? &node->prev->next : &root->first) = node->next;
	*(node->next ? &node->next->prev : &root->last) = node->prev;
}

static inline struct rb_node *rb_find(const void *key, const struct rb_root *root,
				      int (*cmp)(const void *key, const struct rb_node *node))
{
	struct rb_node *node = root->last;
	int diff;

	while (node) {
		diff = cmp(key, node);
		if (diff >= 0)
			return diff ? NULL : node;
		node = node->prev;
	}
	return NULL;
}

static inline struct rb_node *rb_find_add(struct rb_node *node, struct rb_root *root,
					  int (*cmp)(struct rb_node *node,
						     const struct rb_node *other))
{
	struct rb_node *prev = root->last, *next = NULL;
	int diff;

	while (prev) {
		diff = cmp(node, prev);
		if (!diff)
			return prev;
		if (diff > 0)
			break;
		next = prev;
		prev = prev->prev;
	}
	rb_insert_between(node, prev, next, root);
	return NULL;
}

#endif
