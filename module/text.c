// SPDX-License-Identifier: GPL-2.0-only
/* Addresses and values as people write and read them. */
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/string.h>

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
	*af = strchr(text, ':') ? MGATE_AF_INET6 : MGATE_AF_INET;
	if (*af == MGATE_AF_INET ? !in4_pton(text, -1, a->bytes, -1, &end) :
				   !in6_pton(text, -1, a->bytes, -1, &end))
		return -EINVAL;
	return *end ? -EINVAL : 0;
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
	int err = 0;
	u8 most;

	if (len)
		*len++ = '\0';
	if (mgate_text_parse_addr(text, &p->af, &p->addr))
		return -EINVAL;
	most = 8 * mgate_family(p->af)->addr_len;
	p->len = most;
	if (len)
		err = kstrtou8(len, 10, &p->len);
	if (err)
		return err;
	if (p->len > most)
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
	snprintf(buf, MGATE_TEXT_ADDR, af == MGATE_AF_INET ? "%pI4" : "%pI6c", a->bytes);
	return buf;
}

/**
 * mgate_text_family() - a word, and a space, before what is not of IPv4
 * @af: a family
 */
const char *mgate_text_family(u8 af)
{
	return af == MGATE_AF_INET ? "" : "IPv6 ";
}

/**
 * mgate_text_by() - how a router is known
 * @by: enum mgate_by, or MGATE_NEWS_BY_STATIC
 */
const char *mgate_text_by(u8 by)
{
	static const char * const words[MGATE_BY_MAX] = {
		[MGATE_BY_QUERY] = "query",
		[MGATE_BY_PROXY] = "proxy",
		[MGATE_BY_PIM] = "pim",
		[MGATE_BY_MRD] = "mrd",
		[MGATE_BY_DVMRP] = "dvmrp",
	};

	return by < MGATE_BY_MAX ? words[by] : "static";
}

/**
 * mgate_text_querier() - who asks in a VLAN
 * @state: enum mgate_querier_state
 */
const char *mgate_text_querier(u8 state)
{
	static const char * const words[] = {
		[MGATE_QUERIER_NONE] = "none",
		[MGATE_QUERIER_OTHER] = "other",
		[MGATE_QUERIER_SELF] = "self",
	};

	return words[state];
}

/**
 * mgate_text_convergence() - does a VLAN gate yet
 * @ctx: the VLAN, the lock of its switch held
 */
const char *mgate_text_convergence(const struct mgate_context *ctx)
{
	if (ctx->gating)
		return "gating";
	return ctx->settle_at == MGATE_NEVER ? "flooding" : "converging";
}

/**
 * mgate_text_ending() - why something has ended
 * @e: the event
 *
 * Return: "-" where nothing has.
 */
const char *mgate_text_ending(const struct mgate_event *e)
{
	static const char * const words[MGATE_WHY_MAX] = {
		[MGATE_WHY_LEAVE] = "leave",
		[MGATE_WHY_EXPIRY] = "expiry",
		[MGATE_WHY_FLUSH] = "flush",
		[MGATE_WHY_PORT] = "port",
		[MGATE_WHY_LIMIT] = "limit",
		[MGATE_WHY_RULE] = "rule",
		[MGATE_WHY_OTHER] = "other",
	};

	return e->kind == MGATE_NEWS_LEAVE || e->kind == MGATE_NEWS_SOURCE_DEL ||
	       e->kind == MGATE_NEWS_ROUTER_DEL ? words[e->why] : "-";
}

/**
 * mgate_text_word() - the next word of a line
 * @rest: what is left of it; changed
 *
 * Return: NULL at the end.
 */
char *mgate_text_word(char **rest)
{
	char *w;

	do {
		w = strsep(rest, " \t\n");
	} while (w && !*w);
	return w;
}

/**
 * mgate_text_parse_sign() - what is to become of an entry of a list
 * @rest: what is left of the line; changed
 * @add: the answer: `+` adds, `-` deletes
 *
 * Return: 0, or -EINVAL for another word.
 */
int mgate_text_parse_sign(char **rest, bool *add)
{
	const char *w = mgate_text_word(rest);

	if (!w || (strcmp(w, "+") && strcmp(w, "-")))
		return -EINVAL;
	*add = *w == '+';
	return 0;
}

static int parse_host(const char *text, u32 *value)
{
	const char *end;
	__be32 ip;

	if (!in4_pton(text, -1, (u8 *)&ip, '\n', &end) || (*end && !sysfs_streq(end, "")))
		return -EINVAL;
	*value = ntohl(ip);
	return *value == MGATE_AUTO ? -EINVAL : 0;
}

/**
 * mgate_text_parse_value() - read the value of a tunable
 * @info: its row
 * @text: the value and nothing else but the end of a line
 * @value: the value; that it is one that is allowed is not checked
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int mgate_text_parse_value(const struct mgate_param_info *info, const char *text, u32 *value)
{
	int i;

	if (info->has_auto && sysfs_streq(text, "auto")) {
		*value = MGATE_AUTO;
		return 0;
	}
	if (info->address)
		return parse_host(text, value);
	if (!info->words)
		return kstrtou32(text, 10, value) ?: *value == MGATE_AUTO ? -ERANGE : 0;
	i = __sysfs_match_string(info->words, -1, text);
	if (i < 0)
		return i;
	*value = (u32)i;
	return 0;
}

/**
 * mgate_text_value() - write the value of a tunable
 * @buf: MGATE_TEXT_VALUE bytes
 * @info: its row
 * @value: the value
 *
 * Return: @buf.
 */
const char *mgate_text_value(char *buf, const struct mgate_param_info *info, u32 value)
{
	__be32 ip = htonl(value);

	if (value == MGATE_AUTO && info->has_auto)
		snprintf(buf, MGATE_TEXT_VALUE, "auto");
	else if (info->words)
		snprintf(buf, MGATE_TEXT_VALUE, "%s", info->words[value]);
	else if (info->address)
		snprintf(buf, MGATE_TEXT_VALUE, "%pI4", &ip);
	else
		snprintf(buf, MGATE_TEXT_VALUE, "%u", value);
	return buf;
}
