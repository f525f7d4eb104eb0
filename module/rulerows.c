// SPDX-License-Identifier: GPL-2.0-only
/* What the lists of sysfs hold, as rows of netlink dumps. */
#include <mgate/rulerows.h>
#include <mgate/text.h>
#include <mgate/vlanfiles.h>

/* Where a dump of them is: @slot of the dump. A port's `deny` is at its slot. */
enum stage {
	FLOOD = MGATE_SLOTS,
	IGNORED,
	VLAN,
	END,
};

static bool put_rule(struct sk_buff *skb, const char *rule, const char *value)
{
	return nla_put_string(skb, MGATE_A_RULE, rule) ||
	       nla_put_string(skb, MGATE_A_VALUE, value);
}

static bool put_range(struct sk_buff *skb, const char *rule, const struct mgate_prefix *p)
{
	char text[MGATE_TEXT_ADDR], value[MGATE_TEXT_ADDR + 4];

	snprintf(value, sizeof(value), "%s/%u", mgate_text_addr(text, p->af, &p->addr), p->len);
	return put_rule(skb, rule, value);
}

/* The lock of the switch is held for the list of a port. */
static int ranges(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
		  const struct mgate_policy *list)
{
	bool of_port = d->slot < MGATE_SLOTS;
	void *head;
	int err;

	for (; list && d->row < list->n; d->row++) {
		head = mgate_attrs_begin(skb, d, br);
		err = mgate_attrs_end(skb, head, !head ||
				      (of_port && mgate_attrs_port(skb, br, (u16)d->slot)) ||
				      put_range(skb, of_port ? "deny" : "flood",
						&list->prefix[d->row]));
		if (err)
			return err;
	}
	return 0;
}

static int denied(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	const struct mgate_switch_port *sp;
	int err = 0;

	spin_lock_bh(&br->sw.lock);
	sp = br->sw.ports[d->slot];
	if (sp)
		err = ranges(d, br, skb, sp->deny);
	spin_unlock_bh(&br->sw.lock);
	return err;
}

/* As text no longer than what somebody wrote: a page. Of a copy, as kasprintf() looks at
 * it twice. Return: NULL without memory.
 */
static char *ignored_text(struct mgate_bridge *br)
{
	unsigned long *vlans = bitmap_alloc(MGATE_VLANS, GFP_KERNEL);
	char *text;

	if (!vlans)
		return NULL;
	spin_lock_bh(&br->sw.lock);
	bitmap_copy(vlans, br->sw.contexts.ignored, MGATE_VLANS);
	spin_unlock_bh(&br->sw.lock);
	text = kasprintf(GFP_KERNEL, "%*pbl", MGATE_VLANS, vlans);
	bitmap_free(vlans);
	return text;
}

static int ignored(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	char *value = ignored_text(br);
	void *head;
	int err;

	if (!value)
		return -ENOMEM;
	if (!*value) {
		kfree(value);
		return 0;
	}
	head = mgate_attrs_begin(skb, d, br);
	err = mgate_attrs_end(skb, head, !head || put_rule(skb, "vlans_ignored", value));
	kfree(value);
	return err;
}

static int override_row(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb,
			const struct mgate_override *o, enum mgate_override_what what)
{
	char line[MGATE_VLANFILES_LINE];
	void *head;

	if (!mgate_override_has(o, what))
		return 0;
	head = mgate_attrs_begin(skb, d, br);
	return mgate_attrs_end(skb, head, !head ||
			       put_rule(skb, "vlan", mgate_vlanfiles_line(line, o, what)));
}

/* @row of the dump counts what may differ in each VLAN of the list. */
static int overrides(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	const struct mgate_overrides *list;
	int err = 0;

	rcu_read_lock();
	list = rcu_dereference(br->sw.contexts.overrides);
	for (; list && d->row < list->n * MGATE_OVERRIDE_MAX; d->row++) {
		err = override_row(d, br, skb, &list->vlan[d->row / MGATE_OVERRIDE_MAX],
				   d->row % MGATE_OVERRIDE_MAX);
		if (err)
			break;
	}
	rcu_read_unlock();
	return err;
}

static int flooded(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	int err;

	rcu_read_lock();
	err = ranges(d, br, skb, rcu_dereference(br->sw.flood));
	rcu_read_unlock();
	return err;
}

/**
 * mgate_rulerows() - the table rules, without what is in groups
 * @d: the dump
 * @br: the bridge
 * @skb: where rows go
 *
 * See struct mgate_dump.
 */
int mgate_rulerows(struct mgate_dump *d, struct mgate_bridge *br, struct sk_buff *skb)
{
	int err;

	for (; d->slot < END; d->slot++) {
		if (d->slot == FLOOD)
			err = flooded(d, br, skb);
		else if (d->slot == IGNORED)
			err = ignored(d, br, skb);
		else if (d->slot == VLAN)
			err = overrides(d, br, skb);
		else
			err = denied(d, br, skb);
		if (err)
			return err;
		d->row = 0;
	}
	return 0;
}
