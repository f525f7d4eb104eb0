// SPDX-License-Identifier: GPL-2.0-only
/* Addresses as people write and read them. */
#include <linux/inet.h>
#include <linux/kernel.h>

#include <mgate/text.h>

/**
 * mgate_text_parse_addr() - read an address
 * @text: the address and nothing else
 * @af: its family
 * @a: the address
 *
 * Return: 0 or -EINVAL.
 */
int mgate_text_parse_addr(const char *text, u8 *af, struct mgate_addr *a)
{
	const char *end;

	memset(a, 0, sizeof(*a));
	if (!in4_pton(text, -1, a->bytes, -1, &end) || *end)
		return -EINVAL;
	*af = MGATE_AF_INET;
	return 0;
}

/**
 * mgate_text_parse_prefix() - read a range of addresses
 * @text: ADDRESS or ADDRESS/LEN; changed
 * @p: the range; its address has no bit set behind its length
 *
 * Return: 0; -EINVAL; -ERANGE for a length that no address has.
 */
int mgate_text_parse_prefix(char *text, struct mgate_prefix *p)
{
	char *len = strchr(text, '/');
	struct mgate_prefix bare;

	if (len)
		*len++ = '\0';
	if (mgate_text_parse_addr(text, &p->af, &p->addr))
		return -EINVAL;
	p->len = 32;
	if (len && kstrtou8(len, 10, &p->len))
		return -EINVAL;
	if (p->len > 32)
		return -ERANGE;
	/* The range without its host bits, compared with the address. */
	bare = *p;
	memset(bare.addr.bytes + p->len / 8, 0, sizeof(bare.addr.bytes) - p->len / 8);
	if (p->len % 8)
		bare.addr.bytes[p->len / 8] = p->addr.bytes[p->len / 8] &
					      (u8)(0xff00 >> p->len % 8);
	return mgate_addr_equal(&bare.addr, &p->addr) ? 0 : -EINVAL;
}

/**
 * mgate_text_addr() - write an address
 * @buf: MGATE_TEXT_ADDR bytes
 * @af: its family
 * @a: the address
 *
 * Return: @buf.
 */
const char *mgate_text_addr(char *buf, u8 af, const struct mgate_addr *a)
{
	snprintf(buf, MGATE_TEXT_ADDR, "%pI4", a->bytes);
	return buf;
}
