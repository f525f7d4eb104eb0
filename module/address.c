// SPDX-License-Identifier: GPL-2.0-only
/*
 * The addresses of the bridge's own host: in which VLAN it is, and from which
 * address it queries there.
 */
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/inetdevice.h>

#include <mgate/address.h>

/**
 * mgate_address_vid() - the VLAN in which the host itself is
 * @br: the bridge
 *
 * RCU read side or RTNL. Return: 0 where VLANs are not filtered, or the host is
 * in none without a tag.
 */
u16 mgate_address_vid(const struct mgate_bridge *br)
{
	u16 vid;

	if (!br_vlan_enabled(br->dev) || br_vlan_get_pvid_rcu(br->dev, &vid))
		return 0;
	return vid;
}

/* Not inet_select_addr(), which goes on to look at all other devices. */
static __be32 first_address(const struct net_device *dev)
{
	const struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return 0;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (!(ifa->ifa_flags & IFA_F_SECONDARY) && ifa->ifa_scope <= RT_SCOPE_LINK)
			return ifa->ifa_local;
	return 0;
}

/* The device of the host in a VLAN: the bridge itself, or one on top of it. */
static const struct net_device *device_in(const struct mgate_bridge *br, u16 vid)
{
	u16 proto = ETH_P_8021Q;

	if (vid == mgate_address_vid(br))
		return br->dev;
	if (br_vlan_enabled(br->dev))
		br_vlan_get_proto(br->dev, &proto);
	return __vlan_find_dev_deep_rcu(br->dev, htons(proto), vid);
}

/**
 * mgate_address_host() - the address of the host itself
 * @br: the bridge
 * @vid: in this VLAN
 *
 * RCU read side. Return: zero if the host has none there.
 */
struct mgate_addr mgate_address_host(const struct mgate_bridge *br, u16 vid)
{
	const struct net_device *dev = device_in(br, vid);
	__be32 ip = dev ? first_address(dev) : 0;
	struct mgate_addr a;

	mgate_addr_load(&a, (const u8 *)&ip, sizeof(ip));
	return a;
}

/**
 * mgate_address_own() - the address that the bridge queries from
 * @br: the bridge
 * @vid: in this VLAN
 *
 * RCU read side. Return: zero if it has none there.
 */
struct mgate_addr mgate_address_own(const struct mgate_bridge *br, u16 vid)
{
	u32 fixed = READ_ONCE(br->sw.params.v[MGATE_PARAM_QUERIER_ADDRESS]);

	mgate_override_get(rcu_dereference(br->sw.contexts.overrides), vid,
			   MGATE_OVERRIDE_QUERIER_ADDRESS, &fixed);
	return fixed != MGATE_AUTO ? mgate_params_address(fixed) : mgate_address_host(br, vid);
}
