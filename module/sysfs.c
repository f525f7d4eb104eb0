// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/class/net/BRIDGE/mgate/ and /sys/class/net/PORT/mgate/, made from the
 * tables of tunables.
 *
 * No store waits for RTNL, since a notifier under RTNL waits for running
 * stores when it removes the files; the one that needs it tries and restarts.
 * A bridge or port that is found here stays until its files are removed.
 */
#include <linux/capability.h>
#include <linux/ratelimit.h>
#include <linux/rtnetlink.h>
#include <linux/string.h>

#include <mgate/address.h>
#include <mgate/device.h>
#include <mgate/life.h>
#include <mgate/port.h>
#include <mgate/probe.h>
#include <mgate/ranges.h>
#include <mgate/role.h>
#include <mgate/staticlist.h>
#include <mgate/swport.h>
#include <mgate/sysfs.h>
#include <mgate/text.h>
#include <mgate/tick.h>
#include <mgate/uevent.h>
#include <mgate/vlanfiles.h>
#include <mgate/vlans.h>

struct param_attr {
	struct device_attribute attr;
	unsigned int id;
};

static const char * const wish_words[] = {
	[MGATE_WISH_AUTO] = "auto",
	[MGATE_WISH_ON] = "on",
	[MGATE_WISH_AUDIT] = "audit",
	[MGATE_WISH_OFF] = "off",
};

static struct mgate_port *port_of(struct device *d)
{
	struct mgate_port *port;

	rcu_read_lock();
	port = mgate_port_find_rcu(to_net_dev(d));
	rcu_read_unlock();
	return port;
}

/**
 * mgate_sysfs_wish() - read a mode
 * @text: auto, on, audit or off
 *
 * Return: enum mgate_wish, or -EINVAL.
 */
int mgate_sysfs_wish(const char *text)
{
	return sysfs_match_string(wish_words, text);
}

/**
 * mgate_sysfs_wish_name() - the word for a mode
 * @wish: enum mgate_wish
 */
const char *mgate_sysfs_wish_name(unsigned int wish)
{
	return wish_words[wish];
}

static ssize_t show_value(const struct mgate_param_info *info, u32 value, char *page)
{
	char text[MGATE_TEXT_VALUE];

	return sysfs_emit(page, "%s\n", mgate_text_value(text, info, value));
}

/* Limits bound what a user namespace can make the kernel hold. */
static int check_value(const struct mgate_param_info *info, u32 value)
{
	int err = mgate_params_check(info, value);
	bool raises = info->limit && (value > info->def || (!value && !info->min));

	if (!err && raises && !capable(CAP_NET_ADMIN))
		return -EPERM;
	return err;
}

/* As a number. */
static u32 host_address(const struct mgate_bridge *br)
{
	struct mgate_addr a;

	rcu_read_lock();
	a = mgate_address_host(br, MGATE_AF_INET, mgate_address_vid(br));
	rcu_read_unlock();
	return (u32)a.bytes[0] << 24 | a.bytes[1] << 16 | a.bytes[2] << 8 | a.bytes[3];
}

static ssize_t mgate_sysfs_param_show(struct device *d, struct device_attribute *attr, char *page)
{
	const struct param_attr *a = container_of(attr, struct param_attr, attr);
	struct mgate_bridge *br = mgate_device_bridge(d);
	struct mgate_timing t;
	u32 value;

	spin_lock_bh(&br->sw.lock);
	mgate_switch_timing(&br->sw, &t);
	value = mgate_params_in_force(&br->sw.params, &t, a->id);
	spin_unlock_bh(&br->sw.lock);
	if (value == MGATE_AUTO)
		value = host_address(br);
	return show_value(&mgate_params_table[a->id], value, page);
}

static ssize_t mgate_sysfs_param_store(struct device *d, struct device_attribute *attr,
				       const char *text, size_t len)
{
	const struct param_attr *a = container_of(attr, struct param_attr, attr);
	const struct mgate_param_info *info = &mgate_params_table[a->id];
	struct mgate_bridge *br = mgate_device_bridge(d);
	enum mgate_param other = a->id;
	u32 value;
	u64 when;
	int err;

	if (!mgate_device_may_change(d))
		return -EPERM;
	err = mgate_text_parse_value(info, text, &value);
	if (!err)
		err = check_value(info, value);
	if (err)
		return err;
	/* What the flows have not told yet goes by what held for it. */
	if (a->id == MGATE_PARAM_STATS)
		mgate_flowtable_fold(br);
	when = mgate_switch_set(&br->sw, a->id, value, mgate_tick_now(), &other, &err);
	if (other != a->id && __ratelimit(&br->log_news))
		netdev_warn(br->dev, "mgate: %s and %s do not go together (the query interval is never shorter than the response interval); write %s first\n",
			    info->name, mgate_params_table[other].name,
			    mgate_params_table[other].name);
	mgate_tick_arm(br, when);
	if (!err && a->id == MGATE_PARAM_REDIRECT)
		mgate_probe_renew(br);
	if (!err && a->id == MGATE_PARAM_IPV6 && value != MGATE_IPV6_FULL) {
		/* No frame finds tables that are empty and a VLAN that gates. */
		synchronize_net();
		mgate_vlans_forget(&br->sw, mgate_tick_now());
	}
	return err ?: len;
}

static ssize_t mgate_sysfs_port_param_show(struct device *d, struct device_attribute *attr,
					   char *page)
{
	const struct param_attr *a = container_of(attr, struct param_attr, attr);
	struct mgate_port *port = port_of(d);

	return show_value(&mgate_params_port_table[a->id], READ_ONCE(port->sw.params[a->id]),
			  page);
}

static ssize_t mgate_sysfs_port_param_store(struct device *d, struct device_attribute *attr,
					    const char *text, size_t len)
{
	const struct param_attr *a = container_of(attr, struct param_attr, attr);
	const struct mgate_param_info *info = &mgate_params_port_table[a->id];
	struct mgate_port *port = port_of(d);
	u32 value;
	int err;

	if (!mgate_device_may_change(d))
		return -EPERM;
	err = mgate_text_parse_value(info, text, &value);
	if (!err)
		err = check_value(info, value);
	if (err)
		return err;
	mgate_swport_set(&port->bridge->sw, port->slot, a->id, value, mgate_tick_now());
	mgate_tick_arm(port->bridge, mgate_switch_next(&port->bridge->sw));
	return len;
}

static ssize_t mode_show(struct device *d, struct device_attribute *attr, char *page)
{
	return sysfs_emit(page, "%s\n", mgate_life_mode(mgate_device_bridge(d)));
}

static ssize_t mode_store(struct device *d, struct device_attribute *attr, const char *text,
			  size_t len)
{
	int wish = mgate_sysfs_wish(text);

	if (!mgate_device_may_change(d))
		return -EPERM;
	if (wish < 0 || wish == MGATE_WISH_AUTO)
		return -EINVAL;
	if (!rtnl_trylock())
		return restart_syscall();
	mgate_life_wish(mgate_device_bridge(d), wish);
	rtnl_unlock();
	return len;
}
static DEVICE_ATTR_RW(mode);

static ssize_t status_show(struct device *d, struct device_attribute *attr, char *page)
{
	return sysfs_emit(page, "%s\n", mgate_life_status(mgate_device_bridge(d)));
}
static DEVICE_ATTR_RO(status);

#define DERIVED(file, fn) \
	static ssize_t file##_show(struct device *d, struct device_attribute *attr, char *page) \
	{ \
		struct mgate_bridge *br = mgate_device_bridge(d); \
		struct mgate_timing t; \
		\
		spin_lock_bh(&br->sw.lock); \
		mgate_switch_timing(&br->sw, &t); \
		spin_unlock_bh(&br->sw.lock); \
		return sysfs_emit(page, "%llu\n", fn(&t)); \
	} \
	static DEVICE_ATTR_RO(file)

DERIVED(membership_interval_ms, mgate_params_membership_ms);
DERIVED(other_querier_interval_ms, mgate_params_other_querier_ms);
DERIVED(older_host_interval_ms, mgate_params_older_host_ms);
DERIVED(last_member_time_ms, mgate_params_last_member_ms);

static ssize_t groups_static_show(struct device *d, struct device_attribute *attr, char *page)
{
	return mgate_staticlist_read(mgate_device_bridge(d), page);
}

static ssize_t groups_static_store(struct device *d, struct device_attribute *attr,
				   const char *text, size_t len)
{
	if (!mgate_device_may_change(d))
		return -EPERM;
	return mgate_staticlist_write(mgate_device_bridge(d), text) ?: len;
}
static DEVICE_ATTR_RW(groups_static);

static ssize_t flood_show(struct device *d, struct device_attribute *attr, char *page)
{
	return mgate_ranges_read_flood(mgate_device_bridge(d), page);
}

static ssize_t flood_store(struct device *d, struct device_attribute *attr, const char *text,
			   size_t len)
{
	if (!mgate_device_may_change(d))
		return -EPERM;
	return mgate_ranges_write_flood(mgate_device_bridge(d), text) ?: len;
}
static DEVICE_ATTR_RW(flood);

static ssize_t flush_store(struct device *d, struct device_attribute *attr, const char *text,
			   size_t len)
{
	struct mgate_bridge *br = mgate_device_bridge(d);

	if (!mgate_device_may_change(d))
		return -EPERM;
	if (!sysfs_streq(text, "1"))
		return -EINVAL;
	mgate_life_forget(br);
	return len;
}
static DEVICE_ATTR_WO(flush);

static ssize_t port_status_show(struct device *d, struct device_attribute *attr, char *page)
{
	struct mgate_port *port = port_of(d);
	struct mgate_switch *sw = &port->bridge->sw;
	const char *word;

	spin_lock_bh(&sw->lock);
	word = mgate_life_port_status_locked(port);
	spin_unlock_bh(&sw->lock);
	return sysfs_emit(page, "%s\n", word);
}

static ssize_t deny_show(struct device *d, struct device_attribute *attr, char *page)
{
	return mgate_ranges_read_deny(port_of(d), page);
}

static ssize_t deny_store(struct device *d, struct device_attribute *attr, const char *text,
			  size_t len)
{
	if (!mgate_device_may_change(d))
		return -EPERM;
	return mgate_ranges_write_deny(port_of(d), text) ?: len;
}

static struct device_attribute dev_attr_port_deny = __ATTR(deny, 0644, deny_show, deny_store);

static struct device_attribute dev_attr_port_status = __ATTR(status, 0444, port_status_show, NULL);

/* What is no tunable; these are added behind it. */
static struct attribute * const bridge_others[] = {
	&dev_attr_mode.attr,
	&dev_attr_status.attr,
	&dev_attr_membership_interval_ms.attr,
	&dev_attr_other_querier_interval_ms.attr,
	&dev_attr_older_host_interval_ms.attr,
	&dev_attr_last_member_time_ms.attr,
	&dev_attr_groups_static.attr,
	&dev_attr_flood.attr,
	&dev_attr_flush.attr,
	&mgate_vlanfiles_ignored.attr,
	&mgate_vlanfiles_vlan.attr,
};

static struct attribute * const port_others[] = {
	&dev_attr_port_status.attr,
	&dev_attr_port_deny.attr,
};

/* With a NULL at the end. */
static struct attribute *bridge_attrs[ARRAY_SIZE(bridge_others) + MGATE_PARAM_MAX + 1];
static struct attribute *port_attrs[ARRAY_SIZE(port_others) + MGATE_PORT_PARAM_MAX + 1];

static struct param_attr bridge_params[MGATE_PARAM_MAX];
static struct param_attr port_params[MGATE_PORT_PARAM_MAX];

static const struct attribute_group bridge_group = {
	.name = "mgate",
	.attrs = bridge_attrs,
};

static const struct attribute_group port_group = {
	.name = "mgate",
	.attrs = port_attrs,
};

static void fill(struct attribute **attrs, struct param_attr *params,
		 const struct mgate_param_info *table, unsigned int n,
		 const struct device_attribute *ops)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		params[i].id = i;
		params[i].attr = *ops;
		params[i].attr.attr.name = table[i].name;
		attrs[i] = &params[i].attr.attr;
	}
}

/**
 * mgate_sysfs_init() - make the files from the tables
 *
 * Once, before the first bridge.
 */
void mgate_sysfs_init(void)
{
	static const struct device_attribute bridge_ops =
		__ATTR(none, 0644, mgate_sysfs_param_show, mgate_sysfs_param_store);
	static const struct device_attribute port_ops =
		__ATTR(none, 0644, mgate_sysfs_port_param_show, mgate_sysfs_port_param_store);

	memcpy(bridge_attrs, bridge_others, sizeof(bridge_others));
	fill(bridge_attrs + ARRAY_SIZE(bridge_others), bridge_params, mgate_params_table,
	     MGATE_PARAM_MAX, &bridge_ops);
	memcpy(port_attrs, port_others, sizeof(port_others));
	fill(port_attrs + ARRAY_SIZE(port_others), port_params, mgate_params_port_table,
	     MGATE_PORT_PARAM_MAX, &port_ops);
}

/**
 * mgate_sysfs_bridge_add() - show a bridge's files, and tell udev of them
 * @br: the bridge
 *
 * RTNL held; may sleep. Without them mgate works, and says that they lack.
 */
void mgate_sysfs_bridge_add(struct mgate_bridge *br)
{
	if (sysfs_create_group(&br->dev->dev.kobj, &bridge_group)) {
		netdev_warn(br->dev, "mgate: cannot make /sys/class/net/%s/mgate, so nothing can be tuned there; load mgate anew when memory is free\n",
			    br->dev->name);
		return;
	}
	br->shown = true;
	mgate_uevent_tell(br->dev, false);
}

/**
 * mgate_sysfs_bridge_del() - remove a bridge's files
 * @br: the bridge
 *
 * RTNL held; may sleep. Nobody reads or writes them on return.
 */
void mgate_sysfs_bridge_del(struct mgate_bridge *br)
{
	if (br->shown)
		sysfs_remove_group(&br->dev->dev.kobj, &bridge_group);
	br->shown = false;
}

/**
 * mgate_sysfs_port_add() - show a port's files, and tell udev of them
 * @port: the port
 *
 * RTNL held; may sleep.
 */
void mgate_sysfs_port_add(struct mgate_port *port)
{
	if (sysfs_create_group(&port->dev->dev.kobj, &port_group)) {
		netdev_warn(port->dev, "mgate: cannot make /sys/class/net/%s/mgate, so nothing can be tuned there; take the port out of the bridge and put it in again\n",
			    port->dev->name);
		return;
	}
	port->shown = true;
	mgate_uevent_tell(port->dev, true);
}

/**
 * mgate_sysfs_port_del() - remove a port's files
 * @port: the port
 *
 * RTNL held; may sleep. Nobody reads or writes them on return.
 */
void mgate_sysfs_port_del(struct mgate_port *port)
{
	if (port->shown)
		sysfs_remove_group(&port->dev->dev.kobj, &port_group);
	port->shown = false;
}
