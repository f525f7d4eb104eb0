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

static void say_source(struct mgate_news *news, const struct mgate_member *m,
		       struct mgate_source *s)
{
	struct mgate_event e = {
		.key = m->group->route.key,
		.slot = m->slot,
		.kind = MGATE_NEWS_SOURCE_SET,
		.blocked = !mgate_source_forwards(m, s),
		.permanent = s->permanent,
	};

	if (s->said && s->said_blocked == e.blocked && s->said_permanent == e.permanent)
		return;
	s->said = true;
	s->said_blocked = e.blocked;
	s->said_permanent = e.permanent;
	e.key.src = *mgate_source_addr(s);
	mgate_news_tell(news, &e);
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
	struct mgate_event e = {
		.key = m->group->route.key,
		.slot = m->slot,
		.kind = m->said ? MGATE_NEWS_CHANGE : MGATE_NEWS_JOIN,
		.exclude = mgate_ledger_wants(m),
		.permanent = m->permanent,
	};
	struct mgate_source *s;

	if (!m->said || m->said_exclude != e.exclude || m->said_permanent != e.permanent) {
		m->said = true;
		m->said_exclude = e.exclude;
		m->said_permanent = e.permanent;
		mgate_news_tell(news, &e);
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
	struct mgate_event e = {
		.key = m->group->route.key,
		.slot = m->slot,
		.kind = MGATE_NEWS_LEAVE,
	};

	if (m->said)
		mgate_news_tell(news, &e);
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
	struct mgate_event e = {
		.key = m->group->route.key,
		.slot = m->slot,
		.kind = MGATE_NEWS_SOURCE_DEL,
	};

	if (!s->said)
		return;
	e.key.src = *mgate_source_addr(s);
	mgate_news_tell(news, &e);
}
