// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of a bridge about single VLANs: `vlans_ignored`, those that are left
 * alone, and `vlan`, what differs in one.
 *
 * VLAN 0 is what has no tag on a bridge that does not filter VLANs.
 */
#include <linux/bitmap.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <mgate/device.h>
#include <mgate/text.h>
#include <mgate/tick.h>
#include <mgate/vlanfiles.h>
#include <mgate/vlans.h>

/* 4095 is no VLAN. */
#define VIDS (VLAN_N_VID - 1)

/* The kernel's own lists of numbers may hold more than ids and ranges. What fills a
 * page may have been cut off.
 */
static int parse_vlans(const char *text, size_t len, unsigned long *vlans)
{
	size_t n = strspn(text, "0123456789,-");
	int err;

	if (len >= PAGE_SIZE || n + (text[n] == '\n') != len)
		return -EINVAL;
	bitmap_zero(vlans, MGATE_VLANS);
	if (!n)
		return 0;
	if (text[0] == ',' || text[n - 1] == ',' || strstr(text, ",,"))
		return -EINVAL;
	err = bitmap_parselist(text, vlans, VIDS);
	return err == -EOVERFLOW ? -ERANGE : err;
}

static void ignore(struct mgate_bridge *br, const unsigned long *vlans)
{
	mutex_lock(&br->lists);
	mgate_tick_arm(br, mgate_vlans_ignore(&br->sw, vlans, mgate_tick_now()));
	/* A frame may be on its way that has found its VLAN gating. */
	synchronize_net();
	mgate_vlans_forget(&br->sw, mgate_tick_now());
	mgate_tick_arm(br, mgate_switch_next(&br->sw));
	mutex_unlock(&br->lists);
}

static ssize_t mgate_vlanfiles_ignored_store(struct device *d, struct device_attribute *attr,
					     const char *text, size_t len)
{
	struct mgate_bridge *br = mgate_device_bridge(d);
	unsigned long *vlans;
	int err;

	if (!mgate_device_may_change(d))
		return -EPERM;
	vlans = bitmap_zalloc(MGATE_VLANS, GFP_KERNEL);
	if (!vlans)
		return -ENOMEM;
	err = parse_vlans(text, len, vlans);
	if (!err)
		ignore(br, vlans);
	else if (__ratelimit(&br->log_news))
		netdev_warn(br->dev, "mgate: what was written to vlans_ignored is no list of VLANs, and nothing is changed; write ids and ranges from 0 to 4094 as in 10,20-29, or an empty line for none\n");
	bitmap_free(vlans);
	return err ?: len;
}

/* No list is longer than what was written. */
static ssize_t mgate_vlanfiles_ignored_show(struct device *d, struct device_attribute *attr,
					    char *page)
{
	struct mgate_bridge *br = mgate_device_bridge(d);
	ssize_t len;

	mutex_lock(&br->lists);
	len = sysfs_emit(page, "%*pbl\n", MGATE_VLANS, br->sw.contexts.ignored);
	mutex_unlock(&br->lists);
	return len;
}

/** var mgate_vlanfiles_ignored - the file `vlans_ignored` of a bridge */
struct device_attribute mgate_vlanfiles_ignored =
	__ATTR(vlans_ignored, 0644, mgate_vlanfiles_ignored_show, mgate_vlanfiles_ignored_store);

/**
 * struct change - a line that was written to `vlan`
 * @vid: the VLAN
 * @what: what differs there
 * @inherit: it does not any more
 * @value: else what it is
 */
struct change {
	u16 vid;
	enum mgate_override_what what;
	bool inherit;
	u32 value;
};

static int parse_what(const char *text, struct change *c)
{
	enum mgate_override_what what;

	for (what = 0; text && what < MGATE_OVERRIDE_MAX; what++) {
		if (strcmp(mgate_params_table[mgate_override_params[what]].name, text))
			continue;
		c->what = what;
		return 0;
	}
	return -EINVAL;
}

static int parse_own(const char *text, struct change *c)
{
	const struct mgate_param_info *info = &mgate_params_table[mgate_override_params[c->what]];

	if (!text || mgate_text_parse_value(info, text, &c->value))
		return -EINVAL;
	return mgate_params_check(info, c->value);
}

/* VID NAME VALUE, or VID - NAME, and nothing more. */
static int parse_change(char *text, struct change *c)
{
	const char *w = mgate_text_word(&text);
	int err;

	err = w ? kstrtou16(w, 10, &c->vid) : -EINVAL;
	if (err)
		return err;
	if (c->vid >= VIDS)
		return -ERANGE;
	w = mgate_text_word(&text);
	c->inherit = w && !strcmp(w, "-");
	err = parse_what(c->inherit ? mgate_text_word(&text) : w, c);
	if (!err && !c->inherit)
		err = parse_own(mgate_text_word(&text), c);
	return err ?: mgate_text_word(&text) ? -EINVAL : 0;
}

static struct mgate_overrides *copy_of(const struct mgate_overrides *old)
{
	if (!old)
		return kzalloc(sizeof(*old), GFP_KERNEL_ACCOUNT);
	return kmemdup(old, sizeof(*old), GFP_KERNEL_ACCOUNT);
}

static int apply(struct mgate_bridge *br, const struct change *c)
{
	struct mgate_overrides *new;
	u64 next;
	int err;

	new = copy_of(rcu_dereference_protected(br->sw.contexts.overrides,
						lockdep_is_held(&br->lists)));
	if (!new)
		return -ENOMEM;
	err = c->inherit ? mgate_override_del(new, c->vid, c->what) :
			   mgate_override_set(new, c->vid, c->what, c->value);
	if (!err) {
		/* An empty list is none, and costs nothing. */
		if (!new->n) {
			kfree(new);
			new = NULL;
		}
		new = mgate_vlans_override(&br->sw, new, mgate_tick_now(), &next);
		mgate_tick_arm(br, next);
		synchronize_rcu();
	}
	kfree(new);
	return err;
}

static int write_vlan(struct mgate_bridge *br, const char *text)
{
	char *copy = kstrdup(text, GFP_KERNEL);
	struct change c;
	int err;

	if (!copy)
		return -ENOMEM;
	err = parse_change(copy, &c);
	kfree(copy);
	if (err && __ratelimit(&br->log_news))
		netdev_warn(br->dev, "mgate: what was written to vlan is not understood, and nothing is changed; write VID unknown VALUE, VID querier VALUE or VID querier_address VALUE (VID from 0 to 4094, VALUE as in the files of these names), or VID - NAME to take it back\n");
	if (err)
		return err;
	mutex_lock(&br->lists);
	err = apply(br, &c);
	mutex_unlock(&br->lists);
	if (err == -ENOSPC && __ratelimit(&br->log_news))
		netdev_warn(br->dev, "mgate: %u VLANs have something of their own in vlan, and there is no room for VLAN %u; write VID - NAME to take some of it back\n",
			    MGATE_OVERRIDE_VLANS, c.vid);
	return err;
}

static ssize_t mgate_vlanfiles_vlan_store(struct device *d, struct device_attribute *attr,
					  const char *text, size_t len)
{
	if (!mgate_device_may_change(d))
		return -EPERM;
	return write_vlan(mgate_device_bridge(d), text) ?: len;
}

/**
 * mgate_vlanfiles_line() - what differs in a VLAN, as it is written to `vlan`
 * @buf: MGATE_VLANFILES_LINE bytes
 * @o: the VLAN
 * @what: what differs there
 *
 * Return: @buf.
 */
const char *mgate_vlanfiles_line(char *buf, const struct mgate_override *o,
				 enum mgate_override_what what)
{
	const struct mgate_param_info *info = &mgate_params_table[mgate_override_params[what]];
	char value[MGATE_TEXT_VALUE];

	snprintf(buf, MGATE_VLANFILES_LINE, "%u %s %s", o->vid, info->name,
		 mgate_text_value(value, info, o->v[what]));
	return buf;
}

/* Return: lines that found no room. */
static unsigned int print_override(const struct mgate_override *o, char *page, int *len)
{
	char line[MGATE_VLANFILES_LINE];
	enum mgate_override_what what;
	unsigned int more = 0;

	for (what = 0; what < MGATE_OVERRIDE_MAX; what++) {
		if (!mgate_override_has(o, what))
			continue;
		mgate_vlanfiles_line(line, o, what);
		if (*len + strlen(line) + 1 + MGATE_TEXT_MORE > PAGE_SIZE)
			more++;
		else
			*len += sysfs_emit_at(page, *len, "%s\n", line);
	}
	return more;
}

static ssize_t mgate_vlanfiles_vlan_show(struct device *d, struct device_attribute *attr,
					 char *page)
{
	struct mgate_bridge *br = mgate_device_bridge(d);
	const struct mgate_overrides *list;
	unsigned int i, more = 0;
	int len = 0;

	rcu_read_lock();
	list = rcu_dereference(br->sw.contexts.overrides);
	for (i = 0; list && i < list->n; i++)
		more += print_override(&list->vlan[i], page, &len);
	rcu_read_unlock();
	if (more)
		len += sysfs_emit_at(page, len, "… %u more\n", more);
	return len;
}

/** var mgate_vlanfiles_vlan - the file `vlan` of a bridge */
struct device_attribute mgate_vlanfiles_vlan =
	__ATTR(vlan, 0644, mgate_vlanfiles_vlan_show, mgate_vlanfiles_vlan_store);
