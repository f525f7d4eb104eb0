// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of groups, which users write an entry at a time: those that always flood, and
 * those that are denied at a port.
 */
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <mgate/family.h>
#include <mgate/membership.h>
#include <mgate/policy.h>
#include <mgate/ranges.h>
#include <mgate/swport.h>
#include <mgate/text.h>
#include <mgate/tick.h>

/* A shorter range of IPv4 begins in multicast and has unicast in it too. One of IPv6 that
 * is shorter than ff00::/8 does not begin there.
 */
#define MULTICAST_LEN	4

/* Return: a list that is the old one, which may be NULL, but for this entry. */
static struct mgate_policy *changed(const struct mgate_policy *old,
				    const struct mgate_prefix *prefix, bool add)
{
	struct mgate_policy *new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	int err;

	if (!new)
		return ERR_PTR(-ENOMEM);
	if (old)
		*new = *old;
	err = add ? mgate_policy_add(new, prefix) : mgate_policy_del(new, prefix);
	if (err) {
		kfree(new);
		return ERR_PTR(err);
	}
	return new;
}

static int change_flood(struct mgate_bridge *br, const struct mgate_prefix *prefix, bool add)
{
	struct mgate_policy *old, *new;

	old = rcu_dereference_protected(br->sw.flood, lockdep_is_held(&br->lists));
	new = changed(old, prefix, add);
	if (IS_ERR(new))
		return PTR_ERR(new);
	rcu_assign_pointer(br->sw.flood, new);
	spin_lock_bh(&br->sw.lock);
	mgate_switch_changed(&br->sw);
	spin_unlock_bh(&br->sw.lock);
	synchronize_rcu();
	kfree(old);
	return 0;
}

static int parse_words(char *text, struct mgate_prefix *prefix, bool *add)
{
	char *w;
	int err;

	if (mgate_text_parse_sign(&text, add))
		return -EINVAL;
	w = mgate_text_word(&text);
	if (!w || mgate_text_word(&text))
		return -EINVAL;
	err = mgate_text_parse_prefix(w, prefix);
	if (err)
		return err;
	if (mgate_family(prefix->af)->scope(&prefix->addr) == MGATE_SCOPE_NONE ||
	    prefix->len < MULTICAST_LEN)
		return -EINVAL;
	return 0;
}

static int parse_range(struct mgate_bridge *br, const char *file, const char *text,
		       struct mgate_prefix *prefix, bool *add)
{
	char *copy = kstrdup(text, GFP_KERNEL);
	int err;

	if (!copy)
		return -ENOMEM;
	err = parse_words(copy, prefix, add);
	kfree(copy);
	if (err && __ratelimit(&br->log_news))
		netdev_warn(br->dev, "mgate: what was written to %s is not understood, and nothing is changed; write + GROUP/LEN to add groups, or - GROUP/LEN to delete them, as in + 239.2.0.0/16\n",
			    file);
	return err;
}

static void warn_full(struct mgate_bridge *br, const char *file)
{
	if (__ratelimit(&br->log_news))
		netdev_warn(br->dev, "mgate: %s has %u ranges, and there is no room for more; delete one by - GROUP/LEN, or write fewer and wider ones\n",
			    file, MGATE_POLICY_PREFIXES);
}

/**
 * mgate_ranges_write_flood() - add or delete a range of groups that always flood
 * @br: the bridge
 * @text: `+ GROUP/LEN` or `- GROUP/LEN`
 *
 * May sleep. Return: 0; -EINVAL for what is no such line; -ERANGE for a length
 * out of bounds; -EEXIST, -ENOENT, -ENOSPC, -ENOMEM.
 */
int mgate_ranges_write_flood(struct mgate_bridge *br, const char *text)
{
	struct mgate_prefix prefix;
	bool add;
	int err = parse_range(br, "flood", text, &prefix, &add);

	if (err)
		return err;
	mutex_lock(&br->lists);
	err = change_flood(br, &prefix, add);
	mutex_unlock(&br->lists);
	if (err == -ENOSPC)
		warn_full(br, "flood");
	return err;
}

static ssize_t print_ranges(const struct mgate_policy *list, char *page)
{
	char text[MGATE_TEXT_ADDR];
	unsigned int i;
	int len = 0;

	for (i = 0; i < list->n; i++)
		len += sysfs_emit_at(page, len, "%s/%u\n",
				     mgate_text_addr(text, list->prefix[i].af,
						     &list->prefix[i].addr),
				     list->prefix[i].len);
	return len;
}

/**
 * mgate_ranges_read_flood() - the ranges of groups that always flood
 * @br: the bridge
 * @page: a page of sysfs
 *
 * Return: bytes written.
 */
ssize_t mgate_ranges_read_flood(struct mgate_bridge *br, char *page)
{
	ssize_t len;

	rcu_read_lock();
	len = print_ranges(rcu_dereference(br->sw.flood), page);
	rcu_read_unlock();
	return len;
}

static int change_deny(struct mgate_port *port, const struct mgate_prefix *prefix, bool add)
{
	struct mgate_switch *sw = &port->bridge->sw;
	struct mgate_policy *old = port->sw.deny, *new;

	if (!old && !add)
		return -ENOENT;
	new = changed(old, prefix, add);
	if (IS_ERR(new))
		return PTR_ERR(new);
	/* Frames ask whether there is a list at all. */
	if (!new->n) {
		kfree(new);
		new = NULL;
	}
	spin_lock_bh(&sw->lock);
	port->sw.deny = new;
	spin_unlock_bh(&sw->lock);
	kfree(old);
	/* Who had joined before it was denied does not say so again by itself. */
	if (add)
		mgate_membership_deny(sw, port->slot, prefix, mgate_tick_now());
	else
		mgate_swport_start(sw, port->slot, mgate_tick_now());
	mgate_tick_arm(port->bridge, mgate_switch_next(sw));
	return 0;
}

/**
 * mgate_ranges_write_deny() - add or delete a range of groups that a port denies
 * @port: the port
 * @text: `+ GROUP/LEN` or `- GROUP/LEN`
 *
 * What hosts had joined of it ends at once. May sleep. Return: as
 * mgate_ranges_write_flood().
 */
int mgate_ranges_write_deny(struct mgate_port *port, const char *text)
{
	struct mgate_prefix prefix;
	bool add;
	char file[IFNAMSIZ + sizeof("deny of ")];
	int err;

	snprintf(file, sizeof(file), "deny of %s", port->dev->name);
	err = parse_range(port->bridge, file, text, &prefix, &add);
	if (err)
		return err;
	mutex_lock(&port->bridge->lists);
	err = change_deny(port, &prefix, add);
	mutex_unlock(&port->bridge->lists);
	if (err == -ENOSPC)
		warn_full(port->bridge, file);
	return err;
}

/**
 * mgate_ranges_read_deny() - the ranges of groups that a port denies
 * @port: the port
 * @page: a page of sysfs
 *
 * Return: bytes written.
 */
ssize_t mgate_ranges_read_deny(struct mgate_port *port, char *page)
{
	ssize_t len;

	mutex_lock(&port->bridge->lists);
	len = port->sw.deny ? print_ranges(port->sw.deny, page) : 0;
	mutex_unlock(&port->bridge->lists);
	return len;
}
