/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_OVERRIDE_H
#define MGATE_OVERRIDE_H

#include <mgate/params.h>

/* VLANs with tunables of their own. */
#define MGATE_OVERRIDE_VLANS 256

/** enum mgate_override_what - the tunables that a VLAN can have of its own */
enum mgate_override_what {
	MGATE_OVERRIDE_UNKNOWN,
	MGATE_OVERRIDE_QUERIER,
	MGATE_OVERRIDE_QUERIER_ADDRESS,
	MGATE_OVERRIDE_MAX
};

/**
 * struct mgate_override - what differs in one VLAN
 * @vid: VLAN id
 * @set: a bit for each of @v that counts; the bridge's own counts for the others
 * @v: by enum mgate_override_what
 */
struct mgate_override {
	u16 vid;
	u8 set;
	u32 v[MGATE_OVERRIDE_MAX];
};

/**
 * struct mgate_overrides - what differs in single VLANs
 * @n: how many VLANs
 * @vlan: by VLAN id; each has something of its own
 */
struct mgate_overrides {
	u16 n;
	struct mgate_override vlan[MGATE_OVERRIDE_VLANS];
};

extern const enum mgate_param mgate_override_params[MGATE_OVERRIDE_MAX];

int mgate_override_set(struct mgate_overrides *list, u16 vid, enum mgate_override_what what,
		       u32 value);
int mgate_override_del(struct mgate_overrides *list, u16 vid, enum mgate_override_what what);
bool mgate_override_get(const struct mgate_overrides *list, u16 vid,
			enum mgate_override_what what, u32 *value);

/**
 * mgate_override_has() - does a VLAN have a tunable of its own
 * @o: the VLAN
 * @what: which
 */
static inline bool mgate_override_has(const struct mgate_override *o,
				      enum mgate_override_what what)
{
	return o->set >> what & 1;
}

#endif
