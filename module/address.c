// SPDX-License-Identifier: GPL-2.0-only
/*
 * The addresses of the bridge's own host: in which VLAN it is, and from which
 * address it queries there.
 */
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/inetdevice.h>
#include <net/addrconf.h>

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

/* RFC 9777 5.1.14: MLD is spoken from a link-local address. RFC 4862 5.4: one that is
 * still tentative must not be used.
 */
static struct mgate_addr link_local(const struct net_device *dev, bool *pending)
{
	struct mgate_addr a = { };
#if IS_ENABLED(CONFIG_IPV6)
	const struct inet6_dev *idev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifa;
	u32 flags;

	if (!idev || READ_ONCE(idev->cnf.disable_ipv6))
		return a;
	list_for_each_entry_rcu(ifa, &idev->addr_list, if_list) {
		flags = READ_ONCE(ifa->flags);
		/* Somebody else has it: that does not pass. */
		if (ifa->scope != IFA_LINK || flags & IFA_F_DADFAILED)
			continue;
		if (flags & IFA_F_TENTATIVE && !(flags & IFA_F_OPTIMISTIC)) {
			*pending = true;
			continue;
		}
		mgate_addr_load(&a, ifa->addr.s6_addr, sizeof(ifa->addr));
		break;
	}
#endif
	return a;
}

/* The host's own VLAN devices are of this protocol. */
static __be16 proto_above(const struct mgate_bridge *br)
{
	return br_vlan_enabled(br->dev) ? mgate_bridge_vlan_proto(br) : htons(ETH_P_8021Q);
}

/* The device of the host in a VLAN: the bridge itself, or one on top of it. */
static const struct net_device *device_in(const struct mgate_bridge *br, u16 vid)
{
	if (vid == mgate_address_vid(br))
		return br->dev;
	return __vlan_find_dev_deep_rcu(br->dev, proto_above(br), vid);
}

/**
 * mgate_address_host() - the address of the host itself
 * @br: the bridge
 * @af: of this family
 * @vid: in this VLAN
 *
 * IPv6: its link-local one. RCU read side. Return: zero if the host has none there.
 */
struct mgate_addr mgate_address_host(const struct mgate_bridge *br, u8 af, u16 vid)
{
	const struct net_device *dev = device_in(br, vid);
	struct mgate_addr a = { };
	bool pending = false;
	__be32 ip;

	if (!dev)
		return a;
	if (af == MGATE_AF_INET6)
		return link_local(dev, &pending);
	ip = first_address(dev);
	mgate_addr_load(&a, (const u8 *)&ip, sizeof(ip));
	return a;
}

/**
 * mgate_address_is_pending() - is the host about to have an address
 * @br: the bridge
 * @vid: in this VLAN
 *
 * IPv6, where it is not known yet that nobody else has it. RCU read side.
 */
bool mgate_address_is_pending(const struct mgate_bridge *br, u16 vid)
{
	const struct net_device *dev = device_in(br, vid);
	bool pending = false;
	struct mgate_addr a;

	if (!dev)
		return false;
	a = link_local(dev, &pending);
	return pending && mgate_addr_is_zero(&a);
}

static bool speaks_ipv6(const struct net_device *dev)
{
#if IS_ENABLED(CONFIG_IPV6)
	const struct inet6_dev *idev = __in6_dev_get(dev);

	return idev && !READ_ONCE(idev->cnf.disable_ipv6);
#else
	return false;
#endif
}

static void mute_ipv6(const struct mgate_bridge *br, unsigned long *vlans)
{
	u16 main_vid = mgate_address_vid(br);
	__be16 proto = proto_above(br);
	struct net_device *dev;
	struct list_head *iter;

	bitmap_fill(vlans, MGATE_VLANS);
	netdev_for_each_upper_dev_rcu(br->dev, dev, iter)
		if (is_vlan_dev(dev) && vlan_dev_vlan_proto(dev) == proto &&
		    speaks_ipv6(dev))
			__clear_bit(vlan_dev_vlan_id(dev), vlans);
	/* The bridge itself is the host's device there, whatever is on top of it. */
	__assign_bit(main_vid, vlans, !speaks_ipv6(br->dev));
}

/**
 * mgate_address_mute() - where can the host not query
 * @br: the bridge
 * @af: over this family
 * @vlans: the answer: those VLANs, MGATE_VLANS bits
 *
 * What the host sends in a VLAN in which the bridge itself is not goes nowhere; and not
 * everywhere does it speak IPv6. RCU read side.
 */
void mgate_address_mute(const struct mgate_bridge *br, u8 af, unsigned long *vlans)
{
	u16 vid;

	bitmap_zero(vlans, MGATE_VLANS);
	if (af == MGATE_AF_INET6)
		mute_ipv6(br, vlans);
	if (!br_vlan_enabled(br->dev))
		return;
	for (vid = 0; vid < MGATE_VLANS; vid++)
		if (!test_bit(vid, vlans) && !mgate_bridge_host_is_in(br, vid))
			__set_bit(vid, vlans);
}

/**
 * mgate_address_own() - the address that the bridge queries from
 * @br: the bridge
 * @af: in this family
 * @vid: in this VLAN
 *
 * Any context.
 *
 * Return: zero if it has none there.
 */
struct mgate_addr mgate_address_own(const struct mgate_bridge *br, u8 af, u16 vid)
{
	u32 fixed = READ_ONCE(br->sw.params.v[MGATE_PARAM_QUERIER_ADDRESS]);
	struct mgate_addr a;

	rcu_read_lock();
	if (af == MGATE_AF_INET)
		mgate_override_get(rcu_dereference(br->sw.contexts.overrides), vid,
				   MGATE_OVERRIDE_QUERIER_ADDRESS, &fixed);
	a = af == MGATE_AF_INET && fixed != MGATE_AUTO ? mgate_params_address(fixed) :
							 mgate_address_host(br, af, vid);
	rcu_read_unlock();
	return a;
}
