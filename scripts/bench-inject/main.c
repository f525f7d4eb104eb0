// SPDX-License-Identifier: GPL-2.0-only
/*
 * What scripts/bench-guest writes to and reads from, in debugfs/mgate_bench:
 *
 *  run    KIND BRIDGE GROUP WANT COUNT, KIND6 with IPv6 (GROUP is then the end of the
 *         group's address, ff1e::GROUP); reading it then gives
 *         MEDIAN MIN MAX FRAMES WRONG GOT DUE, see struct bench_result;
 *         join, sources: the reports come by port WANT, and nothing is measured
 *  hooks  BRIDGE bare|mgate|br_netfilter|prerouting|forward; reading it then gives how many
 *         hooks the bridge's namespace has
 *
 * Bridges are found by their names in whatever namespace they are. The module
 * cannot be unloaded: its machine is switched off instead.
 */
#include <linux/debugfs.h>
#include <linux/inet.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netfilter_bridge.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "bench.h"

static const char * const kinds[BENCH_KINDS] = {
	[BENCH_DATA] = "data",
	[BENCH_SENDERS] = "senders",
	[BENCH_GROUPS] = "groups",
	[BENCH_VLANS] = "vlans",
	[BENCH_TRUNK] = "trunk",
	[BENCH_SHARED] = "shared",
	[BENCH_V2] = "v2",
	[BENCH_V2_NEW] = "v2new",
	[BENCH_V3] = "v3",
	[BENCH_V3_NEW] = "v3new",
	[BENCH_LEAVE] = "leave",
	[BENCH_JOIN] = "join",
	[BENCH_SOURCES] = "sources",
	[BENCH_QUERY] = "query",
};

static DEFINE_MUTEX(lock);
static struct bench_bridge bridge;
static struct bench_result last_result;
static int last_hooks;

static struct net_device *find_bridge(const char *name)
{
	struct net_device *dev;
	struct net *net;

	ASSERT_RTNL();
	for_each_net(net) {
		dev = __dev_get_by_name(net, name);
		if (dev)
			return dev;
	}
	return NULL;
}

/* No references are taken: nobody deletes devices in this machine. */
static int find_ports(const char *name)
{
	struct bench_bridge *br = &bridge;
	char port[IFNAMSIZ];

	rtnl_lock();
	br->count = 0;
	br->dev = find_bridge(name);
	while (br->dev && br->count < BENCH_PORTS) {
		snprintf(port, sizeof(port), "%s_%d", name, br->count);
		br->ports[br->count] = __dev_get_by_name(dev_net(br->dev), port);
		if (!br->ports[br->count])
			break;
		br->count++;
	}
	rtnl_unlock();
	return br->count > 1 ? 0 : -ENODEV;
}

static int read_words(const char __user *from, size_t bytes, char *text, size_t room)
{
	if (bytes >= room)
		return -EINVAL;
	if (copy_from_user(text, from, bytes))
		return -EFAULT;
	text[bytes] = '\0';
	return 0;
}

static int run_text(const char *text)
{
	char kind[16], name[IFNAMSIZ], group[16];
	struct bench_what what = { };
	int want, err, i;

	if (sscanf(text, "%15s %15s %15s %d %u", kind, name, group, &want, &what.count) != 5 ||
	    !in4_pton(group, -1, (u8 *)&what.group, -1, NULL) || !what.count)
		return -EINVAL;
	i = strlen(kind) - 1;
	what.ipv6 = kind[i] == '6';
	if (what.ipv6)
		kind[i] = '\0';
	i = match_string(kinds, BENCH_KINDS, kind);
	if (i < 0)
		return i;
	what.kind = i;
	what.port = want;
	err = find_ports(name);
	if (err)
		return err;
	if (i > BENCH_LEAVE)
		return want < bridge.count ? bench_measure_none(&bridge, &what) : -EINVAL;
	return bench_measure(&bridge, &what, want, &last_result);
}

static ssize_t run_write(struct file *file, const char __user *from, size_t bytes, loff_t *pos)
{
	char text[80];
	int err = read_words(from, bytes, text, sizeof(text));

	if (err)
		return err;
	mutex_lock(&lock);
	err = run_text(text);
	mutex_unlock(&lock);
	return err ?: bytes;
}

static ssize_t run_read(struct file *file, char __user *to, size_t bytes, loff_t *pos)
{
	const struct bench_result *r = &last_result;
	char text[120];
	int length;

	mutex_lock(&lock);
	length = scnprintf(text, sizeof(text), "%llu %llu %llu %d %d %lld %lld\n", r->median,
			   r->min, r->max, BENCH_BATCH, r->wrong, r->got, r->due);
	mutex_unlock(&lock);
	return simple_read_from_buffer(to, bytes, pos, text, length);
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.read = run_read,
	.write = run_write,
};

static int hooks_text(const char *text)
{
	char name[IFNAMSIZ], what[16];
	struct net *net;
	int err;

	if (sscanf(text, "%15s %15s", name, what) != 2)
		return -EINVAL;
	err = find_ports(name);
	if (err)
		return err;
	net = dev_net(bridge.dev);
	if (!strcmp(what, "prerouting"))
		err = bench_hooks_drop(net, NF_BR_PRE_ROUTING);
	else if (!strcmp(what, "forward"))
		err = bench_hooks_drop(net, NF_BR_FORWARD);
	if (!strcmp(what, "mgate") || !strcmp(what, "bare"))
		bench_hooks_bare(net, "[mgate]");
	if (!strcmp(what, "br_netfilter") || !strcmp(what, "bare"))
		bench_hooks_bare(net, "[br_netfilter]");
	last_hooks = bench_hooks_count(net);
	return err;
}

static ssize_t hooks_write(struct file *file, const char __user *from, size_t bytes, loff_t *pos)
{
	char text[80];
	int err = read_words(from, bytes, text, sizeof(text));

	if (err)
		return err;
	mutex_lock(&lock);
	err = hooks_text(text);
	mutex_unlock(&lock);
	return err ?: bytes;
}

static ssize_t hooks_read(struct file *file, char __user *to, size_t bytes, loff_t *pos)
{
	char text[16];
	int length = scnprintf(text, sizeof(text), "%d\n", READ_ONCE(last_hooks));

	return simple_read_from_buffer(to, bytes, pos, text, length);
}

static const struct file_operations hooks_fops = {
	.owner = THIS_MODULE,
	.read = hooks_read,
	.write = hooks_write,
};

static int __init bench_init(void)
{
	struct dentry *dir = debugfs_create_dir("mgate_bench", NULL);

	debugfs_create_file("run", 0600, dir, NULL, &run_fops);
	debugfs_create_file("hooks", 0600, dir, NULL, &hooks_fops);
	return 0;
}

module_init(bench_init);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("The mgate authors");
MODULE_DESCRIPTION("Injector of mgate's benchmark, for a virtual machine only");
