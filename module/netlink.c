// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: what may be asked, and by whom. Everything may be by
 * everybody, of its own network namespace, as the bridge's own tables may; nothing can be
 * changed here.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>

#include <mgate/dump.h>
#include <mgate/explain.h>
#include <mgate/netlink.h>

#include <uapi/mgate.h>

static const struct nla_policy dump_policy[MGATE_A_MAX + 1] = {
	[MGATE_A_BRIDGE] = { .type = NLA_U32 },
};

static const struct nla_policy explain_policy[MGATE_A_MAX + 1] = {
	[MGATE_A_BRIDGE] = { .type = NLA_U32 },
	[MGATE_A_PORT] = { .type = NLA_U32 },
	[MGATE_A_VID] = NLA_POLICY_MAX(NLA_U16, 4094),
	[MGATE_A_GROUP] = NLA_POLICY_MIN_LEN(4),
	[MGATE_A_SOURCE] = NLA_POLICY_MIN_LEN(4),
	[MGATE_A_MAC] = NLA_POLICY_ETH_ADDR,
};

#define DUMP(name) {					\
	.cmd = MGATE_CMD_##name,			\
	.start = mgate_dump_start,			\
	.dumpit = mgate_dump_more,			\
	.done = mgate_dump_done,			\
	.policy = dump_policy,				\
	.maxattr = MGATE_A_MAX,				\
}

static const struct genl_ops ops[] = {
	DUMP(BRIDGES_GET),
	DUMP(PORTS_GET),
	DUMP(GROUPS_GET),
	DUMP(HOSTS_GET),
	DUMP(ROUTERS_GET),
	DUMP(QUERIERS_GET),
	DUMP(COUNTERS_GET),
	DUMP(FLOWS_GET),
	DUMP(RULES_GET),
	DUMP(STATS_GET),
	{
		.cmd = MGATE_CMD_EXPLAIN,
		.doit = mgate_explain,
		.policy = explain_policy,
		.maxattr = MGATE_A_MAX,
	},
};

static const struct genl_multicast_group groups[] = {
	{ .name = MGATE_MCGRP_EVENTS },
};

/** var mgate_netlink_family - the family; its only multicast group is events */
struct genl_family mgate_netlink_family __ro_after_init = {
	.name = MGATE_FAMILY_NAME,
	.version = MGATE_FAMILY_VERSION,
	.maxattr = MGATE_A_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * mgate_netlink_init() - register the family
 *
 * Before the first bridge is known. May sleep. Return: 0 or an error of the kernel's.
 */
int __init mgate_netlink_init(void)
{
	return genl_register_family(&mgate_netlink_family);
}

/**
 * mgate_netlink_exit() - unregister it
 *
 * May sleep. Nobody asks on return.
 */
void mgate_netlink_exit(void)
{
	genl_unregister_family(&mgate_netlink_family);
}
