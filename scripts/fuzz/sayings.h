/* SPDX-License-Identifier: GPL-2.0-only */
/* What hosts and routers say to a switch: datagrams, mostly well-formed ones. */
#ifndef FUZZ_SAYINGS_H
#define FUZZ_SAYINGS_H

static void say_anything(struct life *l)
{
	u16 slot = take_slot(l), vid = take_vid(l);
	u8 host = take(l);

	l->len = take16(l) % 2048;
	l->len = l->len < l->left ? l->len : l->left;
	memcpy(l->buf, l->data, l->len);
	l->data += l->len;
	l->left -= l->len;
	arrive(l, slot, vid, host);
}

/* Some of eight, or a range. */
static u16 put_set(struct life *l)
{
	u8 how = take(l), set = take(l);
	u16 n, i;

	if (how < 0xe0) {
		for (i = 0; i < 8; i++)
			put(l, 0x0a000001 + i, set >> i & 1 ? 4 : 0);
		return (u16)__builtin_popcount(set);
	}
	n = how < 0xf0 ? set : 64 + set;
	for (i = 0; i < n; i++)
		put(l, 0x0a000100 + i, 4);
	return n;
}

static void put_record(struct life *l)
{
	u8 type = take(l) % 8;
	size_t at = l->len;
	u16 n;

	put(l, (u32)type << 24, 4);
	put(l, take_group(l), 4);
	n = take(l) & 1 ? put_set(l) : 0;
	l->buf[at + 2] = (u8)(n >> 8);
	l->buf[at + 3] = (u8)n;
}

static void hosts_report(struct life *l)
{
	u16 slot = take_slot(l), vid = take_vid(l);
	u8 host = take(l), n = 1 + take(l) % 4;

	begin_message(l);
	put(l, 0x22000000, 4);
	put(l, n, 4);
	while (n--)
		put_record(l);
	wrap(l, 0xc000020b + host, 0xe0000016);
	arrive(l, slot, vid, host);
}

/* One message of many groups. */
static void host_floods(struct life *l)
{
	u16 slot = take_slot(l), vid = take_vid(l), n = take16(l) % RECORDS, i;
	u32 type = 1 + take(l) % 6, first = take(l);

	begin_message(l);
	put(l, 0x22000000, 4);
	put(l, n, 4);
	for (i = 0; i < n; i++) {
		put(l, type << 24 | (type != 4), 4);
		put(l, 0xef030000 + 16 * first + i, 4);
		if (type != 4)
			put(l, 0x0a000001, 4);
	}
	wrap(l, 0xc000020b, 0xe0000016);
	arrive(l, slot, vid, 0);
}

static void older_host_speaks(struct life *l)
{
	static const u32 types[] = { 0x12000000, 0x16000000, 0x16000000, 0x17000000 };
	u16 slot = take_slot(l), vid = take_vid(l);
	u32 grp = take_group(l), type = types[take(l) % 4];
	u8 host = take(l);

	begin_message(l);
	put(l, type, 4);
	put(l, grp, 4);
	wrap(l, 0xc000020b + host, grp);
	arrive(l, slot, vid, host);
}

static void router_asks(struct life *l)
{
	u16 slot = take_slot(l), vid = take_vid(l), n = 0;
	u32 src = take_router(l), grp = take(l) & 1 ? take_group(l) : 0;
	u8 version = take(l) % 4;

	begin_message(l);
	put(l, 0x11000000 | (version ? (u32)take(l) << 16 : 0), 4);
	put(l, grp, 4);
	if (version > 1) {
		put(l, take16(l), 2);
		put(l, 0, 2);
		n = grp && take(l) & 1 ? put_set(l) : 0;
		l->buf[MGATE_IPV4_IGMP_HEADER + 10] = (u8)(n >> 8);
		l->buf[MGATE_IPV4_IGMP_HEADER + 11] = (u8)n;
	}
	wrap(l, src, grp ? grp : 0xe0000001);
	arrive(l, slot, vid, 0);
}

static void router_shows_itself(struct life *l)
{
	static const u32 dst[] = { 0xe000000d, 0xe000006a, 0xe000006a, 0xe0000004 };
	u16 slot = take_slot(l), vid = take_vid(l);
	u32 src = WORLD_ROUTER + take(l);
	u8 how = take(l) % 4;

	begin_message(l);
	if (how == 0) {
		put(l, 0x20000000, 4);
		put(l, 0x00010002, 4);
		put(l, take16(l), 2);
	} else {
		put(l, how == 1 ? 0x30000000 | (u32)take(l) << 16 :
		       how == 2 ? 0x32000000 : 0x13010000, 4);
		put(l, 0, 4);
	}
	wrap(l, src, dst[how]);
	arrive(l, slot, vid, 0);
}

#endif
