// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bridge's netfilter hooks of a namespace: mgate's can be taken out, and those of
 * br_netfilter, since both register them in every namespace with a bridge and the other
 * lanes are to be measured as if they were not there; and hooks that drop everything can be put in,
 * which are the floor of what any hook can do.
 */
#include <linux/kallsyms.h>
#include <linux/netfilter.h>
#include <linux/netfilter_bridge.h>

#include "bench.h"

static unsigned int drop_all(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return NF_DROP;
}

static const struct nf_hook_ops floors[NF_BR_NUMHOOKS] = {
	[NF_BR_PRE_ROUTING] = {
		.hook = drop_all,
		.pf = NFPROTO_BRIDGE,
		.hooknum = NF_BR_PRE_ROUTING,
	},
	[NF_BR_FORWARD] = {
		.hook = drop_all,
		.pf = NFPROTO_BRIDGE,
		.hooknum = NF_BR_FORWARD,
	},
};

static bool is_of(const struct nf_hook_ops *ops, const char *module)
{
	char name[KSYM_SYMBOL_LEN];

	sprint_symbol(name, (unsigned long)ops->hook);
	return strstr(name, module);
}

/* Nobody but this module changes hooks while the tool writes to it. */
static const struct nf_hook_entries *entries(struct net *net, unsigned int hooknum)
{
	return rcu_dereference_protected(net->nf.hooks_bridge[hooknum], true);
}

static struct nf_hook_ops *find(struct net *net, unsigned int hooknum, const char *module)
{
	const struct nf_hook_entries *all = entries(net, hooknum);
	struct nf_hook_ops **ops;
	unsigned int i;

	if (!all)
		return NULL;
	ops = nf_hook_entries_get_hook_ops(all);
	for (i = 0; i < all->num_hook_entries; i++)
		if (is_of(ops[i], module))
			return ops[i];
	return NULL;
}

/**
 * bench_hooks_bare() - take a module's hooks out of a namespace
 * @net: which is never deleted afterwards, nor the module unloaded
 * @module: as "[mgate]"
 */
void bench_hooks_bare(struct net *net, const char *module)
{
	struct nf_hook_ops *ops;
	unsigned int hooknum;

	for (hooknum = 0; hooknum < ARRAY_SIZE(net->nf.hooks_bridge); hooknum++)
		while ((ops = find(net, hooknum, module)))
			nf_unregister_net_hook(net, ops);
}

/**
 * bench_hooks_drop() - drop every frame of a namespace's bridges
 * @net: the namespace
 * @hooknum: where, NF_BR_PRE_ROUTING or NF_BR_FORWARD
 */
int bench_hooks_drop(struct net *net, unsigned int hooknum)
{
	return nf_register_net_hook(net, &floors[hooknum]);
}

/**
 * bench_hooks_count() - hooks there are in a namespace
 * @net: the namespace
 */
int bench_hooks_count(struct net *net)
{
	const struct nf_hook_entries *all;
	unsigned int hooknum;
	int count = 0;

	for (hooknum = 0; hooknum < ARRAY_SIZE(net->nf.hooks_bridge); hooknum++) {
		all = entries(net, hooknum);
		count += all ? all->num_hook_entries : 0;
	}
	return count;
}
