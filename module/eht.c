// SPDX-License-Identifier: GPL-2.0-only
/*
 * Explicit host tracking: which hosts stand behind a membership, and what each
 * of them wants, so that a leave can end what nobody else wants (RFC 9776
 * appendix A.2).
 *
 * It errs towards a host that is still there: what could not be kept track of
 * makes a membership crowded, and then hosts are asked as if it were off.
 *
 * All functions are called with the lock of the switch held.
 */
#include <mgate/eht.h>
#include <mgate/family.h>
#include <mgate/ledger.h>
#include <mgate/memory.h>

static int cmp_who(const void *key, const struct rb_node *node)
{
	return mgate_eht_cmp(key, &rb_entry(node, struct mgate_eht_host, node)->who);
}

static int cmp_host(struct rb_node *node, const struct rb_node *other)
{
	return cmp_who(&rb_entry(node, struct mgate_eht_host, node)->who, other);
}

static int cmp_host_addr(const void *key, const struct rb_node *node)
{
	return mgate_addr_cmp(key, &rb_entry(node, struct mgate_eht_source, node)->addr);
}

static int cmp_host_source(struct rb_node *node, const struct rb_node *other)
{
	return cmp_host_addr(&rb_entry(node, struct mgate_eht_source, node)->addr, other);
}

/**
 * mgate_eht_find() - a host behind a membership
 * @m: the membership
 * @who: the host
 *
 * Return: NULL if it is not known.
 */
struct mgate_eht_host *mgate_eht_find(const struct mgate_member *m,
				      const struct mgate_eht_who *who)
{
	return rb_entry_safe(rb_find(who, &m->hosts, cmp_who), struct mgate_eht_host, node);
}

static struct mgate_eht_source *find_host_source(const struct mgate_eht_host *h,
						 const struct mgate_addr *src)
{
	struct rb_node *node = rb_find(src, &h->sources, cmp_host_addr);

	return rb_entry_safe(node, struct mgate_eht_source, node);
}

static void del_host_source(struct mgate_eht_host *h, struct mgate_eht_source *s, u32 *used)
{
	rb_erase(&s->node, &h->sources);
	mgate_memory_free(MGATE_OBJECT_EHT_SOURCE, s);
	(*used)--;
}

static void del_host_sources(struct mgate_eht_host *h, u32 *used)
{
	struct mgate_eht_source *s;

	while (!RB_EMPTY_ROOT(&h->sources)) {
		s = rb_entry(rb_first(&h->sources), struct mgate_eht_source, node);
		del_host_source(h, s, used);
	}
}

static void del_host(struct mgate_member *m, struct mgate_eht_host *h, u32 *used)
{
	del_host_sources(h, used);
	rb_erase(&h->node, &m->hosts);
	if (h == &m->group->host) {
		mgate_memory_spoil(h, sizeof(*h));
		m->group->housed = false;
	} else {
		mgate_memory_free(MGATE_OBJECT_EHT_HOST, h);
	}
	(*used)--;
}

/* Return: NULL if there is no room for one more. */
static void *new_entry(enum mgate_object kind, u32 *used)
{
	void *p = *used < MGATE_EHT_PORT ? mgate_memory_new(kind) : NULL;

	*used += !!p;
	return p;
}

static struct mgate_eht_host *new_host(struct mgate_member *m, u32 *used)
{
	struct mgate_group *g = m->group;

	if (m != &g->first || g->housed || *used >= MGATE_EHT_PORT)
		return new_entry(MGATE_OBJECT_EHT_HOST, used);
	g->housed = true;
	(*used)++;
	return &g->host;
}

static struct mgate_eht_host *add_host(struct mgate_member *m, const struct mgate_eht_event *e)
{
	struct mgate_eht_host *h = new_host(m, e->used);

	if (!h)
		return NULL;
	*h = (struct mgate_eht_host){ .who = *e->who, .mode = MGATE_MODE_INCLUDE };
	rb_find_add(&h->node, &m->hosts, cmp_host);
	return h;
}

/* Return: false if there is no room for it. */
static bool name_source(struct mgate_eht_host *h, const struct mgate_addr *src,
			const struct mgate_eht_event *e)
{
	struct mgate_eht_source *s = find_host_source(h, src);

	if (!s) {
		s = new_entry(MGATE_OBJECT_EHT_SOURCE, e->used);
		if (!s)
			return false;
		s->addr = *src;
		rb_find_add(&s->node, &h->sources, cmp_host_source);
	}
	s->until = e->until;
	return true;
}

static void drop_source(struct mgate_eht_host *h, const struct mgate_addr *src,
			const struct mgate_eht_event *e)
{
	struct mgate_eht_source *s = find_host_source(h, src);

	if (s)
		del_host_source(h, s, e->used);
}

/* Each source of the record is wanted, or is not. */
static void take_sources(struct mgate_member *m, struct mgate_eht_host *h,
			 const struct mgate_eht_event *e, bool wanted)
{
	bool named = wanted == (h->mode == MGATE_MODE_INCLUDE);
	struct mgate_addr src;
	unsigned int i = 0;

	if (!e->rec->nsrcs)
		return;
	while (mgate_family_source(e->af, e->rec, &i, &src)) {
		if (!named)
			drop_source(h, &src, e);
		else if (!name_source(h, &src, e) && wanted)
			m->crowded = true;
	}
}

static bool starts_include(const struct mgate_eht_host *h, u64 now)
{
	return h->mode == MGATE_MODE_EXCLUDE && h->until <= now;
}

/*
 *  Host           Record               Host after it
 *  any            IS_EX(A), TO_EX(A)   EXCLUDE (A), for a membership interval
 *  INCLUDE (A)    IS_IN, TO_IN, ALLOW  INCLUDE (A+B), (B) for an interval
 *  INCLUDE (A)    BLOCK(B)             INCLUDE (A-B)
 *  EXCLUDE (A)    IS_IN(B), ALLOW(B)   EXCLUDE (A-B), for an interval at the least
 *  EXCLUDE (A)    TO_IN(B)             INCLUDE (B)
 *  EXCLUDE (A)    BLOCK(B)             EXCLUDE (A+B)
 *  INCLUDE (A)    TO_IN {}             INCLUDE {}
 *
 * IS_IN may be the answer to a query about single sources (RFC 9776 5.2), and
 * TO_IN one of several records, so that neither takes back what others said; whoever
 * answers so is there, even where we missed that it has become INCLUDE.
 */
static void apply_to_host(struct mgate_member *m, struct mgate_eht_host *h,
			  const struct mgate_eht_event *e)
{
	u8 type = e->rec->type;

	switch (type) {
	case MGATE_RECORD_IS_EX:
	case MGATE_RECORD_TO_EX:
		del_host_sources(h, e->used);
		h->mode = MGATE_MODE_EXCLUDE;
		h->until = e->until;
		take_sources(m, h, e, false);
		break;
	case MGATE_RECORD_BLOCK:
		take_sources(m, h, e, false);
		break;
	default:
		if ((type == MGATE_RECORD_TO_IN &&
		     (h->mode == MGATE_MODE_EXCLUDE || !e->rec->nsrcs)) ||
		    starts_include(h, e->now)) {
			del_host_sources(h, e->used);
			h->mode = MGATE_MODE_INCLUDE;
		}
		if (h->mode == MGATE_MODE_EXCLUDE && e->rec->nsrcs)
			h->until = e->until;
		take_sources(m, h, e, true);
	}
}

/* RFC 9777 5.2.13: a host reports before it has an address, and goes on as another when it has
 * one: it is the same, by its link-layer address. With IPv4 a proxy has none for good.
 */
static struct mgate_eht_host *find_or_name(struct mgate_member *m, const struct mgate_eht_who *who,
					   u8 af)
{
	struct mgate_eht_host *h = mgate_eht_find(m, who);
	struct mgate_eht_who nameless = { };

	if (h || af == MGATE_AF_INET || mgate_addr_is_zero(&who->addr))
		return h;
	memcpy(nameless.mac, who->mac, sizeof(nameless.mac));
	h = mgate_eht_find(m, &nameless);
	if (!h)
		return NULL;
	rb_erase(&h->node, &m->hosts);
	h->who = *who;
	rb_find_add(&h->node, &m->hosts, cmp_host);
	return h;
}

/**
 * mgate_eht_hear() - a host said something of a group
 * @m: the membership of its port
 * @e: who, what, when
 *
 * Never sleeps. Return: false if there was no room to keep track of it.
 */
bool mgate_eht_hear(struct mgate_member *m, const struct mgate_eht_event *e)
{
	bool was_crowded = m->crowded;
	struct mgate_eht_host *h = find_or_name(m, e->who, e->af);

	if (!h && (e->rec->type == MGATE_RECORD_BLOCK ||
		   (e->rec->type == MGATE_RECORD_TO_IN && !e->rec->nsrcs)))
		return true;
	if (!h)
		h = add_host(m, e);
	if (!h) {
		m->crowded = true;
		return false;
	}
	h->version = e->version;
	apply_to_host(m, h, e);
	if (h->mode == MGATE_MODE_INCLUDE && RB_EMPTY_ROOT(&h->sources))
		del_host(m, h, e->used);
	return was_crowded || !m->crowded;
}

/**
 * mgate_eht_is_there() - does a host still stand behind the membership
 * @h: the host
 * @now: ms
 */
bool mgate_eht_is_there(const struct mgate_eht_host *h, u64 now)
{
	const struct mgate_eht_source *s;

	if (h->mode == MGATE_MODE_EXCLUDE)
		return h->until > now;
	mgate_eht_for_each_source(s, h)
		if (s->until > now)
			return true;
	return false;
}

/**
 * mgate_eht_wants_all() - does a host want sources that nobody named
 * @m: the membership
 * @now: ms
 *
 * Return: true also if that cannot be told.
 */
bool mgate_eht_wants_all(const struct mgate_member *m, u64 now)
{
	const struct mgate_eht_host *h;
	unsigned int n = 0;

	if (m->crowded)
		return true;
	mgate_eht_for_each(h, m)
		if ((h->mode == MGATE_MODE_EXCLUDE && h->until > now) || ++n > MGATE_EHT_LOOK)
			return true;
	return false;
}

static bool host_wants(const struct mgate_eht_host *h, const struct mgate_addr *src, u64 now)
{
	const struct mgate_eht_source *s = find_host_source(h, src);

	if (h->mode == MGATE_MODE_EXCLUDE)
		return h->until > now && !s;
	return s && s->until > now;
}

/**
 * mgate_eht_wants() - does a host want a source
 * @m: the membership
 * @src: the source
 * @now: ms
 *
 * Return: true also if that cannot be told.
 */
bool mgate_eht_wants(const struct mgate_member *m, const struct mgate_addr *src, u64 now)
{
	const struct mgate_eht_host *h;
	unsigned int n = 0;

	if (m->crowded)
		return true;
	mgate_eht_for_each(h, m)
		if (host_wants(h, src, now) || ++n > MGATE_EHT_LOOK)
			return true;
	return false;
}

static void expire_host_sources(struct mgate_eht_host *h, u32 *used, u64 now)
{
	struct mgate_eht_source *s;
	struct rb_node *node, *next;

	for (node = rb_first(&h->sources); node; node = next) {
		next = rb_next(node);
		s = rb_entry(node, struct mgate_eht_source, node);
		if (s->until <= now)
			del_host_source(h, s, used);
	}
}

/**
 * mgate_eht_expire() - forget the hosts that are not there any more
 * @m: the membership
 * @used: what is kept track of at the port
 * @now: ms
 */
void mgate_eht_expire(struct mgate_member *m, u32 *used, u64 now)
{
	struct mgate_eht_host *h;
	struct rb_node *node, *next;

	for (node = rb_first(&m->hosts); node; node = next) {
		next = rb_next(node);
		h = rb_entry(node, struct mgate_eht_host, node);
		if (h->mode == MGATE_MODE_INCLUDE)
			expire_host_sources(h, used, now);
		if (!mgate_eht_is_there(h, now))
			del_host(m, h, used);
	}
}

/**
 * mgate_eht_clear() - forget all hosts of a membership
 * @m: the membership
 * @used: what is kept track of at the port
 */
void mgate_eht_clear(struct mgate_member *m, u32 *used)
{
	while (!RB_EMPTY_ROOT(&m->hosts))
		del_host(m, rb_entry(rb_first(&m->hosts), struct mgate_eht_host, node), used);
	m->crowded = false;
}
