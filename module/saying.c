// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is told of memberships and their sources. Each remembers what was last told
 * of it, so that whatever one record does to it, and in whatever order, is told as
 * one change, and what was taken back in time as none.
 *
 * All functions are called with the lock of the switch held.
 */
#include <mgate/saying.h>
#include <mgate/source.h>

/* Not inlined, so that the event takes stack only where somebody listens. */
static noinline void say_aloud(struct mgate_news *news, const struct mgate_member *m,
			       const struct mgate_source *s, u8 kind)
{
	struct mgate_event e = {
		.key = m->group->route.key,
		.slot = m->slot,
		.kind = kind,
	};

	if (s)
		e.key.src = *mgate_source_addr(s);
	if (kind == MGATE_NEWS_SOURCE_SET) {
		e.blocked = s->said_blocked;
		e.permanent = s->said_permanent;
	} else if (kind == MGATE_NEWS_JOIN || kind == MGATE_NEWS_CHANGE) {
		e.exclude = m->said_exclude;
		e.permanent = m->said_permanent;
	}
	mgate_news_tell(news, &e);
}

/* Of a membership, or of its source. */
static void say(struct mgate_news *news, const struct mgate_member *m,
		const struct mgate_source *s, u8 kind)
{
	if (unlikely(mgate_news_heard(news)))
		say_aloud(news, m, s, kind);
}

static void say_source(struct mgate_news *news, const struct mgate_member *m,
		       struct mgate_source *s)
{
	bool blocked = !mgate_source_forwards(m, s);

	if (s->said && s->said_blocked == blocked && s->said_permanent == s->permanent)
		return;
	s->said = true;
	s->said_blocked = blocked;
	s->said_permanent = s->permanent;
	say(news, m, s, MGATE_NEWS_SOURCE_SET);
}

/**
 * mgate_saying_member() - a membership, or a source of it, may have changed
 * @news: whom to tell, or NULL
 * @m: the membership, which stays
 *
 * To be called when all is changed that is changed at once.
 */
void mgate_saying_member(struct mgate_news *news, struct mgate_member *m)
{
	bool exclude = mgate_ledger_wants(m), said = m->said;
	struct mgate_source *s;

	if (!said || m->said_exclude != exclude || m->said_permanent != m->permanent) {
		m->said = true;
		m->said_exclude = exclude;
		m->said_permanent = m->permanent;
		say(news, m, NULL, said ? MGATE_NEWS_CHANGE : MGATE_NEWS_JOIN);
	}
	if (!m->stirred)
		return;
	m->stirred = false;
	mgate_ledger_for_each_source(s, m)
		say_source(news, m, s);
}

/**
 * mgate_saying_gone() - a membership goes
 * @news: whom to tell, or NULL
 * @m: the membership, without sources
 */
void mgate_saying_gone(struct mgate_news *news, const struct mgate_member *m)
{
	if (m->said)
		say(news, m, NULL, MGATE_NEWS_LEAVE);
}

/**
 * mgate_saying_source_gone() - a source of a membership goes
 * @news: whom to tell, or NULL
 * @m: the membership
 * @s: the source, which is still there
 */
void mgate_saying_source_gone(struct mgate_news *news, const struct mgate_member *m,
			      const struct mgate_source *s)
{
	if (s->said)
		say(news, m, s, MGATE_NEWS_SOURCE_DEL);
}
