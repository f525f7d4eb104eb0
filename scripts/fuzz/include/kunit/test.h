/* SPDX-License-Identifier: GPL-2.0-only */
/* So much of KUnit that kunit/world.h and kunit/vectors.h can be used as they are. */
#ifndef FUZZ_KUNIT_TEST_H
#define FUZZ_KUNIT_TEST_H

#include <linux/kernel.h>

struct kunit {
	void *priv;
};

struct kunit_suite;

#define KUNIT_EXPECT_EQ(test, left, right) FUZZ_CHECK((left) == (right))
#define KUNIT_EXPECT_NULL(test, ptr) FUZZ_CHECK(!(ptr))

/* The caller frees it. */
static inline void *kunit_kzalloc(struct kunit *test, size_t size, int flags)
{
	return calloc(1, size);
}

static inline void strscpy(char *to, const char *from, size_t size)
{
	snprintf(to, size, "%s", from);
}

#endif
