/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_BITMAP_H
#define FUZZ_BITMAP_H

#include <linux/kernel.h>

#define BITS_TO_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DECLARE_BITMAP(name, n) unsigned long name[BITS_TO_LONGS(n)]

static inline bool test_bit(unsigned int bit, const unsigned long *map)
{
	return map[bit / BITS_PER_LONG] >> bit % BITS_PER_LONG & 1;
}

static inline void set_bit(unsigned int bit, unsigned long *map)
{
	map[bit / BITS_PER_LONG] |= BIT(bit % BITS_PER_LONG);
}

static inline void clear_bit(unsigned int bit, unsigned long *map)
{
	map[bit / BITS_PER_LONG] &= ~BIT(bit % BITS_PER_LONG);
}

#define __clear_bit clear_bit
#define __ffs(word) ((unsigned int)__builtin_ctzl(word))

static inline void assign_bit(unsigned int bit, unsigned long *map, bool on)
{
	if (on)
		set_bit(bit, map);
	else
		clear_bit(bit, map);
}

static inline bool test_and_set_bit(unsigned int bit, unsigned long *map)
{
	bool was = test_bit(bit, map);

	set_bit(bit, map);
	return was;
}

#define __set_bit set_bit

static inline unsigned int find_next_bit(const unsigned long *map, unsigned int n,
					 unsigned int bit)
{
	while (bit < n && !test_bit(bit, map))
		bit += map[bit / BITS_PER_LONG] ? 1 : BITS_PER_LONG - bit % BITS_PER_LONG;
	return bit < n ? bit : n;
}

static inline unsigned int find_first_bit(const unsigned long *map, unsigned int n)
{
	return find_next_bit(map, n, 0);
}

#define for_each_set_bit(bit, map, n) \
	for ((bit) = find_first_bit(map, n); (bit) < (n); \
	     (bit) = find_next_bit(map, n, (bit) + 1))

static inline bool bitmap_empty(const unsigned long *map, unsigned int n)
{
	return find_first_bit(map, n) == n;
}

static inline void bitmap_zero(unsigned long *map, unsigned int n)
{
	memset(map, 0, BITS_TO_LONGS(n) * sizeof(long));
}

static inline void bitmap_copy(unsigned long *to, const unsigned long *from, unsigned int n)
{
	memcpy(to, from, BITS_TO_LONGS(n) * sizeof(long));
}

static inline bool bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned int n)
{
	return !memcmp(a, b, BITS_TO_LONGS(n) * sizeof(long));
}

static inline bool bitmap_andnot(unsigned long *to, const unsigned long *a,
				 const unsigned long *b, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(n); i++)
		to[i] = a[i] & ~b[i];
	return !bitmap_empty(to, n);
}

static inline bool bitmap_subset(const unsigned long *part, const unsigned long *whole,
				 unsigned int n)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(n); i++)
		if (part[i] & ~whole[i])
			return false;
	return true;
}

#endif
