// SPDX-License-Identifier: GPL-2.0-only
/* Tunables that differ in single VLANs: a list by VLAN id. */
#include <mgate/override.h>

/** var mgate_override_params - the bridge's own, by enum mgate_override_what */
const enum mgate_param mgate_override_params[MGATE_OVERRIDE_MAX] = {
	[MGATE_OVERRIDE_UNKNOWN] = MGATE_PARAM_UNKNOWN,
	[MGATE_OVERRIDE_QUERIER] = MGATE_PARAM_QUERIER,
	[MGATE_OVERRIDE_QUERIER_ADDRESS] = MGATE_PARAM_QUERIER_ADDRESS,
};

/* Where a VLAN is in the list, or would be. */
static u16 place_of(const struct mgate_overrides *list, u16 vid)
{
	u16 i = 0;

	while (i < list->n && list->vlan[i].vid < vid)
		i++;
	return i;
}

static bool is_at(const struct mgate_overrides *list, u16 i, u16 vid)
{
	return i < list->n && list->vlan[i].vid == vid;
}

static void make_room(struct mgate_overrides *list, u16 i, u16 vid)
{
	memmove(&list->vlan[i + 1], &list->vlan[i], (list->n - i) * sizeof(list->vlan[0]));
	memset(&list->vlan[i], 0, sizeof(list->vlan[0]));
	list->vlan[i].vid = vid;
	list->n++;
}

/**
 * mgate_override_set() - a tunable differs in a VLAN
 * @list: what differs in single VLANs
 * @vid: the VLAN
 * @what: which tunable
 * @value: a value that mgate_params_check() allows
 *
 * Return: 0; -ENOSPC if there are too many VLANs, and nothing is changed.
 */
int mgate_override_set(struct mgate_overrides *list, u16 vid, enum mgate_override_what what,
		       u32 value)
{
	u16 i = place_of(list, vid);

	if (!is_at(list, i, vid)) {
		if (list->n == MGATE_OVERRIDE_VLANS)
			return -ENOSPC;
		make_room(list, i, vid);
	}
	list->vlan[i].set |= 1 << what;
	list->vlan[i].v[what] = value;
	return 0;
}

/**
 * mgate_override_del() - a tunable is that of the bridge again
 * @list: what differs in single VLANs
 * @vid: the VLAN
 * @what: which tunable
 *
 * Return: 0; -ENOENT if it does not differ.
 */
int mgate_override_del(struct mgate_overrides *list, u16 vid, enum mgate_override_what what)
{
	u16 i = place_of(list, vid);

	if (!is_at(list, i, vid) || !mgate_override_has(&list->vlan[i], what))
		return -ENOENT;
	list->vlan[i].set &= ~(1 << what);
	if (list->vlan[i].set)
		return 0;
	list->n--;
	memmove(&list->vlan[i], &list->vlan[i + 1], (list->n - i) * sizeof(list->vlan[0]));
	return 0;
}

/**
 * mgate_override_get() - what a tunable is in a VLAN
 * @list: what differs in single VLANs; NULL: nothing
 * @vid: the VLAN
 * @what: which tunable
 * @value: that of the bridge; replaced if it differs
 *
 * Return: true if it differs.
 */
bool mgate_override_get(const struct mgate_overrides *list, u16 vid,
			enum mgate_override_what what, u32 *value)
{
	u16 i;

	if (!list)
		return false;
	i = place_of(list, vid);
	if (!is_at(list, i, vid) || !mgate_override_has(&list->vlan[i], what))
		return false;
	*value = list->vlan[i].v[what];
	return true;
}
