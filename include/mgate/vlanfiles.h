/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_VLANFILES_H
#define MGATE_VLANFILES_H

#include <linux/device.h>

#include <mgate/bridge.h>

/* The longest line of `vlan`, with its end. */
#define MGATE_VLANFILES_LINE 64

extern struct device_attribute mgate_vlanfiles_ignored;
extern struct device_attribute mgate_vlanfiles_vlan;

const char *mgate_vlanfiles_line(char *buf, const struct mgate_override *o,
				 enum mgate_override_what what);

#endif
