/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MGATE_LIMIT_H
#define MGATE_LIMIT_H

#include <mgate/membership.h>

enum mgate_reason mgate_limit_reason(enum mgate_refusal why);
enum mgate_refusal mgate_limit_bridge(const struct mgate_switch *sw, bool new_group);
enum mgate_refusal mgate_limit_over(const struct mgate_switch *sw,
				    const struct mgate_switch_port *port, bool new_group);
void mgate_limit_refuse_port_locked(struct mgate_switch *sw, struct mgate_switch_port *port,
				    const struct mgate_key *key, enum mgate_refusal why, u64 now);
void mgate_limit_refuse_bridge_locked(struct mgate_switch *sw, const struct mgate_key *key,
				      enum mgate_refusal why, u64 now);
void mgate_limit_end_port_locked(struct mgate_switch *sw, struct mgate_switch_port *port);
void mgate_limit_end_bridge_locked(struct mgate_switch *sw);
void mgate_limit_say_locked(struct mgate_switch *sw, const struct mgate_key *key, u16 slot,
			    enum mgate_reason reason);

#endif
