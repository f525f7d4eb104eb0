// SPDX-License-Identifier: GPL-2.0-only
/* mgate: IGMP and MLD snooping for Linux bridges. Init and exit, in order. */
#include <linux/module.h>

#include <compat/softirqs.h>
#include <mgate/bridge.h>
#include <mgate/debugfs.h>
#include <mgate/events.h>
#include <mgate/fdb.h>
#include <mgate/flight.h>
#include <mgate/hook.h>
#include <mgate/life.h>
#include <mgate/memory.h>
#include <mgate/netlink.h>
#include <mgate/opening.h>
#include <mgate/sysfs.h>
#include <mgate/untagged.h>

static unsigned int max_memory_mb = 256;

static int set_mode(const char *val, const struct kernel_param *kp)
{
	int wish = mgate_sysfs_wish(val);

	if (wish < 0)
		return wish;
	WRITE_ONCE(mgate_life_options.wish, (u8)wish);
	return 0;
}

static int get_mode(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%s\n",
			  mgate_sysfs_wish_name(READ_ONCE(mgate_life_options.wish)));
}

static const struct kernel_param_ops mode_ops = {
	.set = set_mode,
	.get = get_mode,
};

static int set_memory(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, 65536);
}

static const struct kernel_param_ops memory_ops = {
	.set = set_memory,
	.get = param_get_uint,
};

module_param_cb(mode, &mode_ops, NULL, 0644);
MODULE_PARM_DESC(mode, "What bridges start with: auto (on where the built-in snooping was on), on, audit or off");
module_param_named(takeover, mgate_life_options.takeover, bool, 0444);
MODULE_PARM_DESC(takeover, "Switch the built-in snooping off where mgate starts (default 1); 0: stand aside there");
module_param_cb(max_memory_mb, &memory_ops, &max_memory_mb, 0444);
MODULE_PARM_DESC(max_memory_mb, "Bound on all that mgate holds, 1 to 65536 MiB (default 256)");

static int __init mgate_init(void)
{
	int err;

	/* What is noted of a frame for the hooks that follow is a CPU's. */
	if (!compat_softirqs_keep_apart) {
		pr_err("mgate: cannot run on a kernel with PREEMPT_RT but without PREEMPT_RT_NEEDS_BH_LOCK; boot one that has both, or neither\n");
		return -EOPNOTSUPP;
	}
	err = mgate_memory_init(max_memory_mb);
	if (err)
		return err;
	err = mgate_flight_init();
	if (err)
		goto exit_memory;
	err = mgate_bridge_init();
	if (err)
		goto exit_flight;
	err = mgate_hook_init();
	if (err)
		goto exit_bridge;
	mgate_sysfs_init();
	err = mgate_fdb_init();
	if (err)
		goto exit_hook;
	err = mgate_untagged_init();
	if (err)
		goto exit_fdb;
	err = mgate_opening_init();
	if (err)
		goto exit_untagged;
	err = mgate_netlink_init();
	if (err)
		goto exit_opening;
	err = mgate_events_init();
	if (err)
		goto exit_netlink;
	mgate_debugfs_init();
	pr_info("mgate: version %s\n", MGATE_VERSION);
	return 0;

exit_netlink:
	mgate_netlink_exit();
exit_opening:
	mgate_opening_exit();
exit_untagged:
	mgate_untagged_exit();
exit_fdb:
	mgate_fdb_exit();
exit_hook:
	mgate_hook_exit();
exit_bridge:
	mgate_bridge_exit();
exit_flight:
	mgate_flight_exit();
exit_memory:
	mgate_memory_exit();
	return err;
}

static void __exit mgate_exit(void)
{
	mgate_debugfs_exit();
	mgate_events_exit();
	mgate_netlink_exit();
	mgate_opening_exit();
	mgate_untagged_exit();
	mgate_fdb_exit();
	mgate_hook_exit();
	mgate_bridge_exit();
	mgate_flight_exit();
	mgate_memory_exit();
}

module_init(mgate_init);
module_exit(mgate_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("The mgate authors");
MODULE_DESCRIPTION("IGMP and MLD snooping for Linux bridges");
MODULE_VERSION(MGATE_VERSION);
